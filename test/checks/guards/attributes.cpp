// RUN: %check-cases %s -- --executor=multi-threaded --checks=-*,stale-*,unguarded-*
// Clang's thread-safety attributes are read as facts.
#include "venue.hpp"

class __attribute__((capability("mutex"))) latch {
public:
  void lock() __attribute__((acquire_capability()));
  void unlock() __attribute__((release_capability()));
};

class __attribute__((scoped_lockable)) latch_guard {
public:
  explicit latch_guard(latch &l) __attribute__((acquire_capability(l)));
  ~latch_guard() __attribute__((release_capability()));
};

class annotated_account {
public:
  // Guarded by what the attribute names.
  void credit_ok(long n) {
    latch_guard hold(latch_);
    cash_ += n;
  }

  // The member says that it is guarded, nobody holds the lock.
  void credit_bad(long n) {
    cash_ += n; // expect: unguarded-modification
  }

  // The function says that its caller holds it.
  void settle_ok(long n) __attribute__((requires_capability(latch_))) {
    if (cash_ >= n)
      cash_ -= n;
  }

  // By hand.
  void debit_ok(long n) {
    latch_.lock();
    if (cash_ >= n)
      cash_ -= n;
    latch_.unlock();
  }

  // Unlocked between the check and the debit.
  void debit_bad(long n) {
    latch_.lock();
    const bool enough = cash_ >= n;
    latch_.unlock();
    if (enough)
      cash_ -= n; // expect: unguarded-check-then-modify
  }

private:
  latch latch_;
  long cash_ __attribute__((guarded_by(latch_))) = 0;
};
