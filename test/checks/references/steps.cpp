// RUN: %check-cases %s -- --executor=multi-threaded --guarded-state=all --checks=-*,stale-reference
// An iterator that goes on by a function looks at what it leads to, like `++`.
#include <functional>
#include <iterator>
#include <map>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

using listener = std::function<void(int)>;

class engine {
public:
  void add_ok(int id, listener f) {
    std::lock_guard held(mutex_);
    listeners_[id] = std::move(f);
  }
  void drop_ok(int id) {
    std::lock_guard held(mutex_);
    listeners_.erase(id);
  }
  void next_bad() {
    std::unique_lock held(mutex_);
    for (auto it = listeners_.begin(); it != listeners_.end();) {
      const listener call = it->second;
      held.unlock();
      call(1);
      held.lock();
      it = std::next(it); // expect: stale-reference
    }
  }
  void advance_bad() {
    std::unique_lock held(mutex_);
    auto it = listeners_.begin();
    while (it != listeners_.end()) {
      const listener call = it->second;
      held.unlock();
      call(1);
      held.lock();
      std::advance(it, 1); // expect: stale-reference
    }
  }
  // The step comes before the lock is given back, and the place after it is
  // found again by its key.
  void by_key_ok() {
    std::unique_lock held(mutex_);
    auto it = listeners_.begin();
    while (it != listeners_.end()) {
      const auto [key, call] = *it;
      held.unlock();
      call(1);
      held.lock();
      it = listeners_.upper_bound(key);
    }
  }
  void all_under_lock_ok() {
    std::lock_guard held(mutex_);
    for (auto it = listeners_.begin(); it != listeners_.end();
         it = std::next(it))
      ++calls_;
  }

private:
  std::mutex mutex_;
  std::map<int, listener> listeners_;
  long calls_ = 0;
};

void drive(engine &e) {
  std::vector<std::thread> all;
  for (int i = 0; i < 3; ++i)
    all.emplace_back([&e, i] {
      e.add_ok(i, [](int) {});
      e.next_bad();
      e.advance_bad();
      e.by_key_ok();
      e.all_under_lock_ok();
      e.drop_ok(i);
    });
  for (std::thread &each : all)
    each.join();
}
