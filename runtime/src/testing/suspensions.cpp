// Where tasks suspend, and how they come back to the schedule.
#include <interlock/testing/schedule.hpp>

#include "actors.hpp"

#include <algorithm>

INTERLOCK_NAMESPACE_BEGIN
namespace testing {

using interlock::detail::lock_ref;
using interlock::detail::sync_event;
using interlock::detail::wait_stage;
using interlock::detail::waiter;

unsigned schedule::actor_for_suspension() noexcept {
  if (!inside_step_)
    return take_actor(no_task);
  const actor &a = actors_[current_];
  if (a.item == nullptr && a.waiting == nullptr)
    return current_;
  return take_actor(a.task);
}

void schedule::suspend(work_item &item, point kind, const char *label,
                       const std::source_location &where,
                       std::chrono::nanoseconds delay) noexcept {
  const unsigned id = actor_for_suspension();
  actor &a = actors_[id];
  a.item = &item;
  a.kind = kind;
  a.label = label;
  a.where = where;
  if (kind == point::sleep) {
    a.due = now_ + std::max<std::int64_t>(delay.count(), 0);
    sleeping_ |= bit(id);
    footprint_.writes |= detail::footprint::clock;
  } else {
    ready_ |= bit(id);
  }
  if (trace_ != nullptr)
    trace_suspension(a);
}

void schedule::before_acquire(const void *, std::uint64_t, work_item &attempt,
                              const std::source_location &where) noexcept {
  const unsigned id = actor_for_suspension();
  actor &a = actors_[id];
  a.item = &attempt;
  a.kind = point::acquire;
  a.where = where;
  if (static_cast<waiter &>(attempt).cancellable())
    footprint_.writes = detail::footprint::everything;
  ready_ |= bit(id);
}

void schedule::post(work_item &item) noexcept {
  for (unsigned id = 0; id != actor_count_; ++id) {
    actor &a = actors_[id];
    if (a.waiting == nullptr)
      continue;
    const bool granted = a.waiting == &item;
    if (!granted && (!a.waiting->cancellable() ||
                     !static_cast<interlock::detail::shared_wait *>(a.waiting)
                          ->is_cancellation(item)))
      continue;
    a.kind = !granted                                    ? point::cancelled
             : a.waiting->now.stage == wait_stage::woken ? point::woken
                                                         : point::granted;
    touch(a.lock.owner, a.lock.key_hash(), true);
    a.waiting = nullptr;
    a.item = &item;
    timed_ &= ~bit(id);
    ready_ |= bit(id);
    return;
  }
  const unsigned id = actor_for_suspension();
  actor &a = actors_[id];
  a.item = &item;
  a.kind = point::posted;
  a.where = {};
  ready_ |= bit(id);
}

void schedule::post_for(task_id which, work_item &item) noexcept {
  const auto t = static_cast<std::uint32_t>(which);
  unsigned id = 0;
  while (id != actor_count_ &&
         (!actors_[id].used || actors_[id].task != t ||
          actors_[id].item != nullptr || actors_[id].waiting != nullptr))
    ++id;
  if (id == actor_count_)
    id = take_actor(t);
  footprint_.writes = detail::footprint::everything;
  actor &a = actors_[id];
  a.item = &item;
  a.kind = point::posted;
  a.where = {};
  ready_ |= bit(id);
}

bool schedule::remove(work_item &item) noexcept {
  for (unsigned id = 0; id != actor_count_; ++id) {
    actor &a = actors_[id];
    if (a.item != &item)
      continue;
    a.item = nullptr;
    ready_ &= ~bit(id);
    sleeping_ &= ~bit(id);
    return true;
  }
  return false;
}

void schedule::forget(work_item &item) noexcept {
  for (unsigned id = 0; id != actor_count_; ++id)
    if (actors_[id].waiting == &item) {
      actors_[id].waiting = nullptr;
      timed_ &= ~bit(id);
    }
}

bool schedule::runs_here() const noexcept {
  if (!limits_.competing_wakeups || !inside_step_)
    return true;
  auto *const self = const_cast<schedule *>(this);
  return self->choose(2, "the woken waiter has to compete") == 0;
}

void schedule::add_deadline(interlock::detail::shared_wait &wait) noexcept {
  actors_[current_].deadline = &wait;
}

void schedule::remove_deadline(interlock::detail::shared_wait &wait) noexcept {
  for (unsigned id = 0; id != actor_count_; ++id)
    if (actors_[id].deadline == &wait) {
      actors_[id].deadline = nullptr;
      timed_ &= ~bit(id);
    }
}

void schedule::on_try(const void *owner, std::uint64_t key_hash) noexcept {
  touch(owner, key_hash, true);
}

void schedule::on_event(sync_event event, const lock_ref &lock) noexcept {
  touch(lock.owner, lock.key_hash(), true);
  if (event == sync_event::wait && inside_step_ && runs_waiter_) {
    actor &a = actors_[current_];
    a.kind = point::queued;
    a.lock = lock;
    a.waiting = static_cast<waiter *>(running_);
    // A wait that can be cancelled also depends on what cancels it.
    queued_in_step_ = !a.waiting->cancellable();
    if (a.deadline != nullptr)
      timed_ |= bit(current_);
  }
  if (trace_ != nullptr)
    trace_lock(event, lock);
}

void schedule::touch(const void *owner, std::uint64_t key,
                     bool writes) noexcept {
  if (!limits_.track)
    return;
  footprint_.add(objects_.touched(owner, key, writes));
}

void schedule::observe(const void *address, bool writes) noexcept {
  touch(address, ~std::uint64_t{0}, writes);
}

} // namespace testing
INTERLOCK_NAMESPACE_END
