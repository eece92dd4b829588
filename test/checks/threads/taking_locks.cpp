// RUN: %check-cases %s -- --executor=multi-threaded --guarded-state=all --checks=-*,stale-*,unguarded-*,mismatched-guard,nested-guard
// Ways to take a lock, and to give it back for a while.
#include <array>
#include <boost/thread.hpp>
#include <map>
#include <mutex>
#include <vector>

namespace absl {
class Mutex {
public:
  void Lock();
  void Unlock();
};
class MutexLock {
public:
  explicit MutexLock(Mutex *mutex);
  MutexLock(const MutexLock &) = delete;
  ~MutexLock();
};
class CondVar {
public:
  void Wait(Mutex *mutex);
};
} // namespace absl

class QMutex {
public:
  void lock();
  void unlock();
};
class QMutexLocker {
public:
  explicit QMutexLocker(QMutex *mutex);
  ~QMutexLocker();
  void unlock();
  void relock();
};

struct wallet {
  std::mutex mutex;
  long cash = 0;
};

class desk {
public:
  // Both or none.
  void move_ok(wallet &from, wallet &to, long n) {
    std::unique_lock first(from.mutex, std::defer_lock);
    std::unique_lock second(to.mutex, std::defer_lock);
    std::lock(first, second);
    from.cash -= n;
    to.cash += n;
  }
  void move_never_locked_bad(wallet &from, long n) {
    std::unique_lock first(from.mutex, std::defer_lock);
    from.cash -= n; // expect: unguarded-modification
  }
  void put_ok(wallet &into, long n) {
    std::lock_guard hold(into.mutex);
    into.cash += n;
  }
};

/// The condition variable names the mutex, not the guard.
class pipe {
public:
  void put_ok(int n) {
    absl::MutexLock hold(&mutex_);
    items_.push_back(n);
  }
  void take_ok() {
    absl::MutexLock hold(&mutex_);
    while (items_.empty())
      filled_.Wait(&mutex_);
    items_.pop_back();
  }
  void take_bad() {
    absl::MutexLock hold(&mutex_);
    const bool many = items_.size() > 3;
    filled_.Wait(&mutex_);
    if (many)
      items_.pop_back(); // expect: unguarded-check-then-modify
  }

private:
  absl::Mutex mutex_;
  absl::CondVar filled_;
  std::vector<int> items_;
};

class list {
public:
  void add_ok(int n) {
    QMutexLocker hold(&mutex_);
    items_.push_back(n);
  }
  void add_again_ok(int n) {
    QMutexLocker hold(&mutex_);
    hold.unlock();
    hold.relock();
    items_.push_back(n);
  }
  void add_after_bad(int n) {
    QMutexLocker hold(&mutex_);
    hold.unlock();
    items_.push_back(n); // expect: unguarded-modification
  }

private:
  QMutex mutex_;
  std::vector<int> items_;
};

class table {
public:
  bool add_ok(int key) {
    boost::upgrade_lock<boost::shared_mutex> hold(mutex_);
    if (rows_.count(key))
      return false;
    boost::upgrade_to_unique_lock<boost::shared_mutex> alone(hold);
    rows_[key] = 1;
    return true;
  }
  void drop_ok(int key) {
    boost::unique_lock<boost::shared_mutex> hold(mutex_);
    rows_.erase(key);
  }
  void drop_bad(int key) {
    boost::shared_lock<boost::shared_mutex> hold(mutex_);
    rows_.erase(key); // expect: unguarded-modification
  }

private:
  boost::shared_mutex mutex_;
  std::map<int, int> rows_;
};

/// An object that is a lock itself.
class job {
public:
  void lock() { mutex_.lock(); }
  void unlock() { mutex_.unlock(); }
  void start_ok() {
    std::lock_guard<job> hold(*this);
    ++starts_;
  }
  void start_bad() {
    ++starts_; // expect: unguarded-modification
  }

private:
  std::mutex mutex_;
  long starts_ = 0;
};

class shards {
public:
  void add_ok(unsigned key, int n) {
    part &here = parts_[key % 16];
    std::lock_guard hold(here.mutex);
    here.items.push_back(n);
  }
  // Always the first one's lock, for whichever it is.
  void add_bad(unsigned key, int n) {
    part &here = parts_[key % 16];
    std::lock_guard hold(parts_[0].mutex);
    here.items.push_back(n); // expect: mismatched-guard
  }
  void clear_first_ok() {
    std::lock_guard hold(parts_[0].mutex);
    parts_[0].items.clear();
  }

private:
  struct part {
    std::mutex mutex;
    std::vector<int> items;
  };
  std::array<part, 16> parts_;
};

/// The lock stands in the class that all of them are made from.
class place {
protected:
  template <class Body> auto alone(Body body) {
    std::lock_guard hold(mutex_);
    return body();
  }
  std::mutex mutex_;
};

class depot : public place {
public:
  bool receive_ok(int parcel) {
    return alone([&] {
      if (shelf_.size() >= most_)
        return false;
      shelf_.push_back(parcel);
      return true;
    });
  }
  static bool move_ok(depot &from, depot &to) {
    std::scoped_lock both(from.mutex_, to.mutex_);
    if (from.shelf_.empty() || to.shelf_.size() >= to.most_)
      return false;
    to.shelf_.push_back(from.shelf_.back());
    from.shelf_.pop_back();
    return true;
  }
  static bool move_half_bad(depot &from, depot &to) {
    std::lock_guard hold(from.mutex_);
    if (from.shelf_.empty())
      return false;
    to.shelf_.push_back(from.shelf_.back()); // expect: mismatched-guard
    from.shelf_.pop_back();
    return true;
  }
  void take_ok() {
    std::lock_guard hold(mutex_);
    if (!shelf_.empty())
      shelf_.pop_back();
    note();
    log();
  }
  void open_ok() {
    std::lock_guard hold(mutex_);
    log();
  }
  // The helper wants to be called under the lock.
  void leave_bad() {
    note(); // expect: unguarded-modification
  }

private:
  void note() {
    if (left_ < 1000)
      ++left_;
  }
  void log() { ++lines_; }

  std::vector<int> shelf_;
  const std::size_t most_ = 9;
  long left_ = 0, lines_ = 0;
};
