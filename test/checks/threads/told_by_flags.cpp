// RUN: %check-cases %s -- --executor=multi-threaded --guarded-state=all --checks=-*,stale-*,unguarded-*
#include <map>
#include <mutex>
#include <thread>

// What a helper does is judged where it is called, by the flags that it is
// given there.

class tunnels {
public:
  void run() {
    std::thread first([this] { add(1); }), second([this] { reload_bad(); }),
        third([this] { mark_ok(); });
    first.join();
    second.join();
    third.join();
  }

private:
  void add(int id) {
    std::lock_guard hold(mutex_);
    open_[id] = 1;
  }
  void stop() {
    std::lock_guard hold(mutex_);
    open_.clear();
  }
  void reload_bad() {
    visit(true); // expect: unguarded-modification
  }
  void mark_ok() { visit(false); }

  void visit(bool clean) {
    for (auto it = open_.begin(); it != open_.end();)
      if (clean && it->second > 9)
        it = open_.erase(it);
      else
        ++it;
  }
  std::mutex mutex_;
  std::map<int, int> open_;
};

// A number that only grows makes a lower bound no worse.
class numbered {
public:
  void run() {
    std::thread first([this] { next(); }), second([this] { seen_ok(3); }),
        third([this] { wrap_bad(3); });
    first.join();
    second.join();
    third.join();
  }

private:
  unsigned next() {
    std::lock_guard hold(mutex_);
    return ++last_;
  }
  unsigned limit() {
    std::lock_guard hold(mutex_);
    return ++limit_;
  }
  void lower() {
    std::lock_guard hold(mutex_);
    limit_ = 0;
  }
  void seen_ok(unsigned number) {
    if (number > last_)
      return;
    next();
  }
  void wrap_bad(unsigned number) {
    if (number > limit_)
      return;
    limit(); // expect: unguarded-check-then-modify
  }
  std::mutex mutex_;
  unsigned last_ = 0, limit_ = 0;
};
