#include <interlock/detail/lock_ref.hpp>
#include <interlock/detail/shared_wait.hpp>

#include "service_thread.hpp"

INTERLOCK_NAMESPACE_BEGIN
namespace detail {

void drop_from_queue(waiter &w) noexcept {
  auto &wait = static_cast<shared_wait &>(w);
  wait.counts.count_abandoned(false);
  wait.drop_ref();
}

wait_outcome shared_wait::cancel_outcome() const noexcept {
  // acquire: pairs with request_cancel().
  return (claims.load(std::memory_order_acquire) & deadline_passed) != 0
             ? wait_outcome::timed_out
             : wait_outcome::cancelled;
}

void shared_wait::note_cancelled() noexcept {
  counts.count_cancelled(cancel_outcome() == wait_outcome::timed_out);
}

void shared_wait::cancel(wait_outcome why) noexcept {
  const std::uint32_t bits =
      why == wait_outcome::timed_out ? deadline_passed : cancel_requested;
  add_ref(); // if the wait ends elsewhere right now, we still look at it
  if (request_cancel(bits)) {
    counts.count_abandoned(true);
    note_cancelled();
    add_ref(); // of the posted cancellation
    executor &to = ex != nullptr ? *ex : service_executor();
    to.post(cancellation_);
  }
  drop_ref();
}

bool shared_wait::give_up() noexcept {
  const bool ours = request_cancel(cancel_requested);
  if (ours)
    counts.count_abandoned(true);
  return ours;
}

void shared_wait::abandon() noexcept {
  // Relaxed: read by the same executor, or after a claim that lost to ours.
  abandoned_.store(true, std::memory_order_relaxed);
  give_up();
}

bool shared_wait::abandoned() const noexcept {
  return abandoned_.load(std::memory_order_relaxed); // see abandon()
}

void shared_wait::on_cancelled(work_item *item) noexcept {
  shared_wait &self = *static_cast<decltype(cancellation_) *>(item)->owner;
  if (!self.abandoned())
    self.complete(self.cancel_outcome());
  self.drop_ref();
}

shared_wait::wake_up shared_wait::settle(wait_outcome &outcome) noexcept {
  outcome = wait_outcome::acquired;
  if (now.stage == wait_stage::woken) {
    switch (lock.compete(*this)) {
    case competition::won:
      break;
    case competition::queued_again:
      return wake_up::queued_again; // and perhaps gone
    case competition::cancelled:
      outcome = cancel_outcome();
      note_cancelled();
      break;
    }
  }
  if (!abandoned())
    return wake_up::over;
  if (outcome == wait_outcome::acquired)
    lock.release();
  return wake_up::nobody_left;
}

void shared_wait::on_woken(work_item *item) noexcept {
  shared_wait &self = *static_cast<shared_wait *>(item);
  wait_outcome outcome{};
  const wake_up what = self.settle(outcome);
  if (what == wake_up::queued_again)
    return;
  if (what == wake_up::over)
    self.complete(outcome);
  self.drop_ref(); // the queue's
}

void shared_wait::arm_deadline(std::chrono::steady_clock::time_point at) {
  deadline = at;
  if (test_scheduler *const scheduler = current_test_scheduler())
    return scheduler->add_deadline(*this);
  service_thread::instance().add_deadline(*this);
}

void shared_wait::disarm() noexcept {
  // Written before the wait queued, by whoever armed it.
  if (deadline == std::chrono::steady_clock::time_point{})
    return;
  if (test_scheduler *const scheduler = current_test_scheduler())
    scheduler->remove_deadline(*this);
  else
    service_thread::instance().remove_deadline(*this);
}

void shared_wait::add_ref() noexcept {
  // Relaxed: whoever adds a count has one.
  refs_.fetch_add(1, std::memory_order_relaxed);
}

void shared_wait::drop_ref() noexcept {
  // acq_rel: the last one sees what the others did.
  if (refs_.fetch_sub(1, std::memory_order_acq_rel) != 1)
    return;
  const std::size_t size = block_size_;
  void *const block = block_;
  this->~shared_wait();
  pool_free(block, size);
}

} // namespace detail
INTERLOCK_NAMESPACE_END
