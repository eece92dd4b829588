// RUN: %check-cases %s -- --executor=multi-threaded --guarded-state=all --checks=-*,stale-*,unguarded-*,mismatched-guard
// Who has an object, or all of its threads' time, to himself needs no lock.
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

std::unique_ptr<int> make_verifier();

/// To assign to an object while others use it is a fault of who does that.
class identity {
public:
  identity() = default;
  identity(const identity &other) : name_(other.name_) {}
  identity &operator=(const identity &other) {
    name_ = other.name_;
    verifier_ = nullptr; // ok
    return *this;
  }
  void verify_ok() {
    std::lock_guard lock(mutex_);
    if (!verifier_)
      verifier_ = make_verifier();
  }
  void drop_ok() {
    std::lock_guard lock(mutex_);
    verifier_ = nullptr;
  }
  void rename_bad(int name) {
    name_ = name;
    verifier_ = nullptr; // expect: unguarded-modification
  }

private:
  std::mutex mutex_;
  int name_ = 0;
  std::unique_ptr<int> verifier_;
};

/// The plain pool is for one thread, the other one for several.
class pool {
public:
  void clear_ok() { free_.clear(); }
  int acquire_ok() {
    if (free_.empty())
      return -1;
    const int result = free_.back();
    free_.pop_back();
    return result;
  }

protected:
  std::vector<int> free_;
};

class shared_pool : private pool {
public:
  int acquire_locked_ok() {
    std::lock_guard lock(mutex_);
    return acquire_ok();
  }
  void release_ok(int item) {
    std::lock_guard lock(mutex_);
    free_.push_back(item);
  }
  void release_all_ok(const std::vector<int> &items) {
    std::lock_guard lock(mutex_);
    free_.insert(free_.end(), items.begin(), items.end());
  }
  void fill_bad() {
    free_.push_back(7); // expect: unguarded-modification
  }

private:
  std::mutex mutex_;
};

/// The thread is waited for by a function of the base.
class service {
protected:
  void start_thread() { thread_ = std::make_unique<std::thread>([] {}); }
  void stop_thread() {
    if (thread_)
      thread_->join();
  }

private:
  std::unique_ptr<std::thread> thread_;
};

class requests {
public:
  void stop_ok() { waiting_.clear(); }
  void flush_bad() {
    waiting_.clear(); // expect: unguarded-modification
  }
  void add_ok(int what) {
    std::lock_guard lock(mutex_);
    waiting_.push_back(what);
  }
  void done_ok() {
    std::lock_guard lock(mutex_);
    waiting_.pop_front();
  }

private:
  std::mutex mutex_;
  std::deque<int> waiting_;
};

class server : service {
public:
  void stop_ok() {
    stop_thread();
    sessions_.clear();
    requests_.stop_ok();
  }
  void drop_bad() {
    sessions_.clear(); // expect: unguarded-modification
    stop_thread();
  }
  void reload_ok() { requests_.flush_bad(); }
  void accept_ok(int id) {
    std::lock_guard lock(mutex_);
    sessions_.push_back(id);
  }
  void lost_ok() {
    std::lock_guard lock(mutex_);
    sessions_.pop_back();
  }

private:
  std::mutex mutex_;
  std::vector<int> sessions_;
  requests requests_;
};

/// The only one of its kind is named in two ways.
class registry {
public:
  void manage_ok();
  void add_pool_ok(int pool) {
    std::lock_guard lock(pools_mutex_);
    pools_.push_back(pool);
  }
  static void hand_over_bad(registry &from, registry &to) {
    std::lock_guard lock(from.pools_mutex_);
    to.pools_.push_back(from.pools_.back()); // expect: mismatched-guard
  }

private:
  std::mutex pools_mutex_;
  std::vector<int> pools_, pending_;
};
extern registry the_registry;

void registry::manage_ok() {
  std::lock_guard lock(pools_mutex_);
  for (const int pool : pools_)
    the_registry.pending_.push_back(pool);
}
