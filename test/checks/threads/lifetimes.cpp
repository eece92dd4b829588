// RUN: %check-cases %s -- --executor=multi-threaded --guarded-state=all --checks=-*,unguarded-*
// What a service does before it makes its threads, and once it has joined them,
// it does alone.
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>
class by_pointer {
public:
  void start_ok() {
    routers_.emplace(1, 1);
    thread_ = new std::thread(std::bind(&by_pointer::run_ok, this));
  }
  void stop_ok() {
    thread_->join();
    delete thread_;
    routers_.clear();
  }
  void add_ok(int k) { std::lock_guard l(m_); routers_[k] = 1; }
  void drop_bad(int k) { routers_.erase(k); } // expect: unguarded-modification

private:
  void run_ok() { std::lock_guard l(m_); routers_[2] = 3; }
  std::mutex m_;
  std::map<int, int> routers_;
  std::thread *thread_ = nullptr;
};
class by_value {
public:
  void start_ok() {
    routers_.emplace(1, 1);
    thread_ = std::thread([this] { run_ok(); });
  }
  void stop_ok() {
    if (thread_.joinable())
      thread_.join();
    routers_.clear();
  }
  void add_ok(int k) { std::lock_guard l(m_); routers_[k] = 1; }
  void drop_bad(int k) { routers_.erase(k); } // expect: unguarded-modification

private:
  void run_ok() { std::lock_guard l(m_); routers_[2] = 3; }
  std::mutex m_;
  std::map<int, int> routers_;
  std::thread thread_;
};
class several {
public:
  void start_ok() {
    routers_.emplace(1, 1);
    for (int i = 0; i < 3; ++i)
      threads_.emplace_back([this] { run_ok(); });
  }
  void stop_ok() {
    for (auto &t : threads_)
      t.join();
    routers_.clear();
  }
  void add_ok(int k) { std::lock_guard l(m_); routers_[k] = 1; }
  void drop_bad(int k) { routers_.erase(k); } // expect: unguarded-modification

private:
  void run_ok() { std::lock_guard l(m_); routers_[2] = 3; }
  std::mutex m_;
  std::map<int, int> routers_;
  std::vector<std::thread> threads_;
};

/// The thread is one of the call's own: others may be at work meanwhile.
class own_thread {
public:
  void scan_bad() {
    std::thread helper([] {});
    helper.join();
    found_ = 0; // expect: unguarded-modification
  }
  void add_ok() {
    std::lock_guard held(mutex_);
    ++found_;
  }
  void reset_ok() {
    std::lock_guard held(mutex_);
    found_ = 0;
  }

private:
  std::mutex mutex_;
  int found_ = 0;
};
