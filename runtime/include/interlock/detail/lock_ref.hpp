// Locks without their type: the interface of keyed tables, and `lock_ref`.
#pragma once

#include <interlock/detail/check_hooks.hpp>
#include <interlock/detail/mutex_class.hpp>
#include <interlock/detail/test_hook.hpp>
#include <interlock/detail/waiter.hpp>

#include <string>

INTERLOCK_NAMESPACE_BEGIN
namespace detail {

/// What a guard or waiter needs from a keyed table, whatever its key type.
class keyed_base {
public:
  virtual void release(void *entry) noexcept = 0;
  /// Releases, and counts it if an exception is the reason.
  virtual void leave_scope(void *entry) noexcept = 0;
  /// The holder found the lock free: take that out of the count.
  virtual void uncount(void *entry) noexcept = 0;
  virtual competition compete(void *entry, waiter &w) noexcept = 0;
  virtual void pass_on(void *entry) noexcept = 0;
  virtual void remove(void *entry, waiter &w) noexcept = 0;
  virtual bool has_waiters(void *entry) const noexcept = 0;
  virtual void count_cancelled(bool timed_out) noexcept = 0;
  virtual void count_exception() noexcept = 0;
  virtual void count_abandoned(bool added) noexcept = 0;
  virtual const char *name() const noexcept = 0;
  virtual std::string key_text(const void *entry) const = 0;
  virtual std::uint64_t key_hash(const void *entry) const noexcept = 0;

protected:
  ~keyed_base() = default;
};

inline void lock_ref::release() const noexcept {
  test_event(sync_event::release, *this);
  check_released(*this);
  if (entry == nullptr)
    static_cast<mutex *>(owner)->unlock();
  else
    static_cast<keyed_base *>(owner)->release(entry);
}

inline void lock_ref::leave_scope() const noexcept {
  const bool special =
      checks_enabled ||
      (entry == nullptr && static_cast<mutex *>(owner)->special_);
  if (special)
    leave_scope_slow(*this);
  else if (entry != nullptr)
    static_cast<keyed_base *>(owner)->leave_scope(entry);
  else
    static_cast<mutex *>(owner)->unlock_plain();
}

} // namespace detail
INTERLOCK_NAMESPACE_END
