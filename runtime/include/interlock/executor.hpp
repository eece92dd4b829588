// Where a waiter resumes.
#pragma once

#include <interlock/detail/config.hpp>

INTERLOCK_NAMESPACE_BEGIN

/// One unit of work for an executor: an intrusive node, so that posting never
/// allocates. The poster sets `run` and keeps the item alive until it was
/// called.
struct work_item {
  /// Free for the executor's own list between `post` and `run`.
  work_item *next;
  /// What to do; called exactly once per post, with the item itself. The item
  /// may be gone when it returns: read `next` before.
  void (*run)(work_item *) noexcept;
};

/// A place where waiters resume: a thread pool, an event loop, a test
/// scheduler. Give one to a lock (`lock_options::executor`), to a
/// `SafeTradingState`, or to a single acquisition (`.via(executor)`).
///
/// It must outlive every lock operation that names it.
class executor {
public:
  /// Runs `item` later, on the executor. Must not run it inside this call and
  /// must not block: locks are released from it. Any thread may call.
  virtual void post(work_item &item) noexcept = 0;

  /// True when the calling thread is the one (or one of those) on which posted
  /// work runs. A waiter that resumes on the releasing thread is handed the
  /// lock directly; one that resumes elsewhere is woken to compete for it (see
  /// `fairness::adaptive`).
  virtual bool runs_here() const noexcept { return false; }

  /// Takes back an item that was posted and has not run; returns false if the
  /// executor cannot do that. Called only when a coroutine is destroyed
  /// between being granted a lock and resuming.
  virtual bool remove(work_item &) noexcept { return false; }

protected:
  ~executor() = default;
};

INTERLOCK_NAMESPACE_END
