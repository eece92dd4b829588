// RUN: %check-cases %s -- --executor=multi-threaded --guarded-state=all --checks=-*,stale-*,unguarded-*,mismatched-guard
#include "locks.hpp"
#include "task.hpp"
#include "venue.hpp"
#include <map>
#include <string>
#include <vector>

#define CAPABILITY(x) __attribute__((capability(x)))
#define SCOPED __attribute__((scoped_lockable))
#define GUARDED_BY(x) __attribute__((guarded_by(x)))
#define PT_GUARDED_BY(x) __attribute__((pt_guarded_by(x)))
#define REQUIRES(...) __attribute__((requires_capability(__VA_ARGS__)))
#define ACQUIRE(...) __attribute__((acquire_capability(__VA_ARGS__)))
#define RELEASE(...) __attribute__((release_capability(__VA_ARGS__)))
#define TRY_ACQUIRE(...) __attribute__((try_acquire_capability(__VA_ARGS__)))
#define ASSERT_CAPABILITY(x) __attribute__((assert_capability(x)))
#define EXCLUDES(...) __attribute__((locks_excluded(__VA_ARGS__)))

class CAPABILITY("mutex") Mutex {
public:
  void Lock() ACQUIRE();
  void Unlock() RELEASE();
  bool TryLock() TRY_ACQUIRE(true);
  void AssertHeld() ASSERT_CAPABILITY(this);
};
class SCOPED MutexLock {
public:
  explicit MutexLock(Mutex *m) ACQUIRE(m);
  ~MutexLock() RELEASE();
};

class Inventory {
public:
  void Add_ok(const std::string &sku, int n) EXCLUDES(mu_) {
    MutexLock l(&mu_);
    stock_[sku] += n;
    AddLocked_ok(n);
  }
  bool Take_ok(const std::string &sku, int n) {
    MutexLock l(&mu_);
    auto it = stock_.find(sku);
    if (it == stock_.end() || it->second < n)
      return false;
    it->second -= n;
    total_ -= n;
    return true;
  }
  void Reset_bad() {
    total_ = 0; // expect: unguarded-modification
  }
  bool TryReset_ok() {
    if (!mu_.TryLock())
      return false;
    total_ = 0;
    mu_.Unlock();
    return true;
  }
  void TryIgnored_bad() {
    (void)mu_.TryLock();
    total_ = 0; // expect: unguarded-modification
  }
  void Manual_ok(int n) {
    mu_.Lock();
    total_ += n;
    mu_.Unlock();
  }
  void ManualLate_bad(int n) {
    mu_.Lock();
    int t = total_;
    mu_.Unlock();
    if (t > 3)
      total_ = t - n; // expect: stale-value|stale-check|unguarded-check-then-modify
  }
  void Internal_ok(int n) {
    mu_.AssertHeld();
    total_ += n;
  }

private:
  void AddLocked_ok(int n) REQUIRES(mu_) { total_ += n; }
  Mutex mu_;
  std::map<std::string, int> stock_ GUARDED_BY(mu_);
  int total_ GUARDED_BY(mu_) = 0;
};

/// The mutex is declared, but nobody in view uses it yet.
class Counter {
public:
  void Bump_bad() {
    ++hits_; // expect: unguarded-modification
  }

private:
  Mutex mu_;
  int hits_ GUARDED_BY(mu_) = 0;
};

/// A conditional acquisition: one path without.
class Queue {
public:
  void Push_ok(int n) {
    MutexLock l(&mu_);
    items_.push_back(n);
  }
  void MaybeLocked_bad(int n, bool shared) {
    if (shared)
      mu_.Lock();
    items_.push_back(n); // expect: unguarded-modification
    if (shared)
      mu_.Unlock();
  }
  void EarlyOut_ok(int n) {
    mu_.Lock();
    if (n < 0) {
      mu_.Unlock();
      return;
    }
    items_.push_back(n);
    mu_.Unlock();
  }
  void EarlyOut_bad(int n) {
    mu_.Lock();
    if (n < 0) {
      mu_.Unlock();
      log_line("negative");
      items_.push_back(0); // expect: unguarded-modification
      return;
    }
    items_.push_back(n);
    mu_.Unlock();
  }

private:
  Mutex mu_;
  std::vector<int> items_ GUARDED_BY(mu_);
};
