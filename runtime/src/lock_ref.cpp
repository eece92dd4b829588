#include <interlock/contract.hpp>
#include <interlock/detail/lock_ref.hpp>
#include <interlock/detail/shared_wait.hpp>
#include <interlock/detail/trampoline.hpp>
#include <interlock/detail/wait_profile.hpp>

#include "unwinding.hpp"

#include <utility>

#if defined(__GNUC__)
#include <cxxabi.h>
#endif

INTERLOCK_NAMESPACE_BEGIN
namespace detail {
namespace {
mutex &plain(const lock_ref &lock) { return *static_cast<mutex *>(lock.owner); }
keyed_base &keyed(const lock_ref &lock) {
  return *static_cast<keyed_base *>(lock.owner);
}
} // namespace

#if INTERLOCK_HAS_EXCEPTIONS && defined(__GNUC__)
thread_local constinit const exception_globals *local_exceptions = nullptr;

INTERLOCK_NOINLINE unsigned first_uncaught_exceptions() noexcept {
  local_exceptions =
      reinterpret_cast<const exception_globals *>(abi::__cxa_get_globals());
  return local_exceptions->uncaught;
}
#endif

competition lock_ref::compete(waiter &w) const noexcept {
  const lock_ref self = *this; // part of `w`, which may be gone after this
  const competition how =
      entry == nullptr ? plain(self).compete(w) : keyed(self).compete(entry, w);
  if (how == competition::queued_again)
    test_event(sync_event::wait, self);
  return how;
}

void lock_ref::give_back() const noexcept {
  if (entry != nullptr) {
    keyed(*this).uncount(entry);
  } else {
    // Relaxed load and store: only the holder writes.
    auto &count = plain(*this).found_free_;
    count.store(count.load(std::memory_order_relaxed) - 1,
                std::memory_order_relaxed);
  }
  release();
}

void lock_ref::pass_on() const noexcept {
  if (entry == nullptr)
    plain(*this).pass_on();
  else
    keyed(*this).pass_on(entry);
}

void lock_ref::remove(waiter &w) const noexcept {
  if (entry == nullptr)
    plain(*this).remove(w);
  else
    keyed(*this).remove(entry, w);
}

void lock_ref::count_cancelled(bool timed_out) const noexcept {
  if (entry != nullptr)
    return keyed(*this).count_cancelled(timed_out);
  if (wait_profile *const profile = plain(*this).profile_)
    // Relaxed, here and below: totals and gauges.
    (timed_out ? profile->timed_out : profile->cancelled)
        .fetch_add(1, std::memory_order_relaxed);
}

void lock_ref::leave_scope_slow(lock_ref lock) noexcept {
  if (left_by_exception()) [[unlikely]]
    return leave_scope_unwinding(lock);
  lock.release();
}

void lock_ref::leave_scope_unwinding(lock_ref lock) noexcept {
  lock.count_exception();
  // The waiters that run inside this release have nothing to do with it.
  const unsigned outer =
      std::exchange(local_trampoline.exceptions, uncaught_exceptions());
  lock.release();
  local_trampoline.exceptions = outer;
}

void lock_ref::count_exception() const noexcept {
  if (entry != nullptr)
    return keyed(*this).count_exception();
  if (wait_profile *const profile = plain(*this).profile_)
    profile->released_by_exception.fetch_add(1, std::memory_order_relaxed);
}

void lock_ref::count_abandoned(bool added) const noexcept {
  if (entry != nullptr)
    return keyed(*this).count_abandoned(added);
  if (wait_profile *const profile = plain(*this).profile_) {
    if (added)
      profile->abandoned.fetch_add(1, std::memory_order_relaxed);
    else
      profile->abandoned.fetch_sub(1, std::memory_order_relaxed);
  }
}

bool lock_ref::has_waiters() const noexcept {
  return entry == nullptr ? plain(*this).has_waiters()
                          : keyed(*this).has_waiters(entry);
}

const char *lock_ref::name() const noexcept {
  return entry == nullptr ? plain(*this).name() : keyed(*this).name();
}

std::string lock_ref::key_text() const {
  return entry == nullptr ? std::string() : keyed(*this).key_text(entry);
}

std::uint64_t lock_ref::key_hash() const noexcept {
  return entry == nullptr ? 0 : keyed(*this).key_hash(entry);
}

void abandon_waiter(waiter &w) noexcept {
  if (w.now.stage == wait_stage::untried) {
    w.ex->remove(w);
    return;
  }
  if (w.now.stage == wait_stage::queued) {
    test_forget(w);
    return w.lock.remove(w);
  }
  const bool taken_back =
      w.ex != nullptr ? w.ex->remove(w) : this_thread_trampoline().remove(w);
  if (!taken_back)
    contract_violation(w.lock.name(),
                       "a coroutine was destroyed while its executor was about "
                       "to resume it, and the executor cannot take it back");
  if (w.now.stage == wait_stage::granted)
    w.lock.release();
  else
    w.lock.pass_on();
}

} // namespace detail
INTERLOCK_NAMESPACE_END
