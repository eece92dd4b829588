// RUN: %check-cases %s -- --executor=multi-threaded --guarded-state=all --checks=-*,unguarded-*
// Whoever waits on a condition variable has to look again.
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>

class belt {
public:
  void put_ok(int item) {
    {
      std::lock_guard hold(mutex_);
      items_.push_back(item);
    }
    filled_.notify_one();
  }
  std::optional<int> take_once_bad() {
    std::unique_lock hold(mutex_);
    if (items_.empty() && !closed_)
      filled_.wait(hold);
    if (closed_)
      return std::nullopt;
    const int item = items_.front();
    items_.pop_front(); // expect: unguarded-check-then-modify
    return item;
  }
  std::optional<int> take_ok() {
    std::unique_lock hold(mutex_);
    while (items_.empty() && !closed_)
      filled_.wait(hold);
    if (items_.empty())
      return std::nullopt;
    const int item = items_.front();
    items_.pop_front();
    return item;
  }
  int take_asking_ok() {
    std::unique_lock hold(mutex_);
    if (items_.empty())
      filled_.wait(hold, [this] { return !items_.empty(); });
    const int item = items_.front();
    items_.pop_front();
    return item;
  }
  std::optional<int> take_soon_ok() {
    std::unique_lock hold(mutex_);
    if (items_.empty())
      filled_.wait_for(hold, std::chrono::seconds(1));
    if (items_.empty())
      return std::nullopt;
    const int item = items_.front();
    items_.pop_front();
    return item;
  }
  void close_ok() {
    std::lock_guard hold(mutex_);
    closed_ = true;
    filled_.notify_all();
  }

private:
  std::mutex mutex_;
  std::condition_variable filled_;
  std::deque<int> items_;
  bool closed_ = false;
};

/// A predicate is asked under the lock: who sets what it asks for needs that.
class lamp {
public:
  void run() {
    std::unique_lock hold(mutex_);
    for (;;) {
      changed_.wait(hold, [this] { return off_ || wanted_ > 0; });
      if (off_)
        return;
      --wanted_;
    }
  }
  void off_bad() {
    off_ = true; // expect: unguarded-modification
    changed_.notify_all();
  }
  void flash_ok() {
    std::lock_guard hold(mutex_);
    ++wanted_;
    changed_.notify_all();
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool off_ = false;
  int wanted_ = 0;
};
