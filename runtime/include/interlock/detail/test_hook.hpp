// The hook through which a test scheduler drives the library.
//
// Compiled in only for targets that link `interlock::runtime_checked`
// (INTERLOCK_CHECKED); elsewhere every function here is empty.
//
// A scheduler derives from `test_scheduler` and installs itself for its thread.
// From then on each acquisition made on that thread
//   1. suspends, also when the lock is free, and comes to `before_acquire` with
//      the work item that will attempt it: a choice point. The scheduler keeps
//      the item (its `next` is free for use) and runs it when it likes;
//   2. if the lock is taken then, the waiter queues (`sync_event::wait`) and
//   the
//      scheduler gets it through `post` (as its executor) once it is granted;
//   3. in the end `sync_event::acquired`, and later `sync_event::release`.
// Nothing runs outside the items the scheduler runs, so "no item left and
// somebody waiting" is a deadlock. A deadline passes when the scheduler says so
// (`add_deadline`), by `shared_wait::cancel`.
#pragma once

#include <interlock/detail/waiter.hpp>

#include <cstdint>
#include <source_location>

INTERLOCK_NAMESPACE_BEGIN
namespace detail {

struct shared_wait;

enum class sync_event : std::uint8_t {
  wait,     ///< the lock is held: the coroutine queues
  acquired, ///< the coroutine owns the lock now
  release,  ///< the lock is about to be released
};

class test_scheduler : public executor {
public:
  /// A coroutine is about to acquire a lock. `owner` is the address of the
  /// mutex or keyed table, `key_hash` tells its keys apart (0: no key).
  /// `attempt` is the `waiter`; run, it acquires or queues, and resumes the
  /// coroutine in the first case. `where` is the await expression.
  virtual void before_acquire(const void *owner, std::uint64_t key_hash,
                              work_item &attempt,
                              const std::source_location &where) noexcept = 0;

  /// Somebody takes the lock if it is free, and does not wait otherwise.
  virtual void on_try(const void *, std::uint64_t) noexcept {}

  /// A queued waiter is gone.
  virtual void forget(work_item &) noexcept {}

  /// A wait with a deadline begins or ends.
  virtual void add_deadline(shared_wait &) noexcept {}
  virtual void remove_deadline(shared_wait &) noexcept {}

  /// For traces. Must not run or resume anything.
  virtual void on_event(sync_event, const lock_ref &) noexcept {}

  bool runs_here() const noexcept override { return true; }

protected:
  ~test_scheduler() = default;
};

#if defined(INTERLOCK_CHECKED)
/// The scheduler installed on this thread, or null.
test_scheduler *current_test_scheduler() noexcept;
/// Installs a scheduler on this thread (null: none) and returns the old one.
test_scheduler *set_test_scheduler(test_scheduler *scheduler) noexcept;

inline void test_event(sync_event event, const lock_ref &lock) noexcept {
  if (test_scheduler *scheduler = current_test_scheduler())
    scheduler->on_event(event, lock);
}
inline void test_forget(work_item &item) noexcept {
  if (test_scheduler *scheduler = current_test_scheduler())
    scheduler->forget(item);
}
template <class Target> void test_try(const Target &target) noexcept {
  if (test_scheduler *scheduler = current_test_scheduler())
    scheduler->on_try(target.owner(), target.key_hash());
}
#else
inline test_scheduler *current_test_scheduler() noexcept { return nullptr; }
inline void test_event(sync_event, const lock_ref &) noexcept {}
inline void test_forget(work_item &) noexcept {}
template <class Target> void test_try(const Target &) noexcept {}
#endif

} // namespace detail
INTERLOCK_NAMESPACE_END
