// RUN: %check-cases %s -- --executor=multi-threaded --guarded-state=all --checks=-*,stale-*,unguarded-*,mismatched-guard
// Guards that are handed on, tried again, or given back by who got them.
#include <mutex>
#include <thread>
#include <vector>

void save(const std::vector<int> &readings) noexcept;

class window {
  using guard = std::unique_lock<std::mutex>;

public:
  void push_ok(int reading) {
    guard lock(mutex_);
    readings_.push_back(reading);
    if (readings_.size() > 100)
      write(std::move(lock));
  }
  void flush_ok() {
    guard lock(mutex_);
    if (!readings_.empty())
      write(std::move(lock));
  }
  void shrink_bad() {
    guard lock(mutex_);
    write(std::move(lock));
    readings_.shrink_to_fit(); // expect: unguarded-modification
  }
  // held on every way
  void patient_ok(int reading) {
    guard lock(mutex_, std::defer_lock);
    for (int i = 0; i < 3 && !lock.try_lock(); ++i)
      std::this_thread::yield();
    if (!lock)
      lock.lock();
    readings_.push_back(reading);
    ++taken_;
  }
  void restart_bad() {
    guard lock(mutex_, std::defer_lock);
    taken_ = 0; // expect: unguarded-modification
  }
  // exactly here it is not held
  void hasty_bad(int reading) {
    guard lock(mutex_, std::try_to_lock);
    if (!lock.owns_lock()) {
      --taken_; // expect: unguarded-modification
      return;
    }
    readings_.push_back(reading);
  }

private:
  void write(guard lock) {
    if (writing_)
      return;
    writing_ = true;
    std::vector<int> out;
    out.swap(readings_);
    lock.unlock();
    save(out);
    lock.lock();
    writing_ = false;
  }

  std::mutex mutex_;
  std::vector<int> readings_;
  int taken_ = 0;
  bool writing_ = false;
};
