#include <interlock/contract.hpp>
#include <interlock/detail/wait_profile.hpp>
#include <interlock/mutex.hpp>

#include <algorithm>

INTERLOCK_NAMESPACE_BEGIN

using detail::competition;
using detail::wait_stage;
using detail::waiter;

namespace {

/// After so many lost competitions, or so long a wait, the lock is handed over.
constexpr std::uint8_t maximum_losses = 16;
constexpr std::uint64_t maximum_wait_ns = 1'000'000;

waiter *pointer(std::uintptr_t word, std::uintptr_t flags) noexcept {
  return reinterpret_cast<waiter *>(word & ~flags);
}

} // namespace

mutex::mutex(const lock_options &options)
    : profile_(options.name != nullptr ? new detail::wait_profile(options)
                                       : nullptr),
      executor_(options.executor), fairness_(options.fairness) {}

mutex::~mutex() {
  if (word_.load(std::memory_order_relaxed) != 0 || fifo_ != nullptr)
    detail::contract_violation(name(), "destroyed while it is held or awaited");
  delete profile_;
}

const char *mutex::name() const noexcept {
  return profile_ != nullptr ? profile_->name() : nullptr;
}

void mutex::lock() {
  if (!try_lock())
    detail::guard_access::forget(acquire().blocking());
}

void mutex::sample_hold() noexcept {
  if (profile_ != nullptr)
    hold_since_ = profile_->now();
}

void mutex::note_released() noexcept {
  profile_->record_hold_exclusive(profile_->now() - hold_since_);
  hold_since_ = 0;
}

bool mutex::push(waiter &w, std::uintptr_t extra_flags) noexcept {
  std::uintptr_t word = word_.load(std::memory_order_relaxed);
  for (;;) {
    if ((word & locked) == 0) {
      // acquire: pairs with the release of the lock.
      if (word_.compare_exchange_weak(word, word | locked,
                                      std::memory_order_acquire,
                                      std::memory_order_relaxed))
        return true;
      continue;
    }
    w.next = pointer(word, flags);
    if (profile_ != nullptr) {
      // Relaxed: a gauge. Who finds the inbox empty stamps it before the push
      // that fills it, so the stamp is never older than the oldest waiter by
      // more than the time of this loop.
      const bool first = w.next == nullptr;
      if (first)
        profile_->inbox_since.store(w.queued_at, std::memory_order_relaxed);
      profile_->inbox_length.store(
          first ? 1
                : profile_->inbox_length.load(std::memory_order_relaxed) + 1,
          std::memory_order_relaxed);
    }
    // release: pairs with the acquire in collect_inbox(), which reads `w`.
    if (word_.compare_exchange_weak(
            word,
            reinterpret_cast<std::uintptr_t>(&w) | (word & flags) | extra_flags,
            std::memory_order_release, std::memory_order_relaxed))
      return false;
  }
}

bool mutex::lock_or_enqueue(waiter &w) noexcept {
  if (profile_ != nullptr) {
    w.queued_at = profile_->now();
    w.ahead = profile_->fifo_length.load(std::memory_order_relaxed);
  }
  if (!push(w, 0))
    return false;
  note_acquired();
  return true;
}

void mutex::note_contended(const waiter &w, std::uint64_t now) noexcept {
  contentions_.store(contentions_.load(std::memory_order_relaxed) + 1,
                     std::memory_order_relaxed); // the holder writes alone
  note_acquired();
  if (profile_ != nullptr)
    profile_->record_wait_exclusive(now - std::min(now, w.queued_at));
}

competition mutex::compete(waiter &w) noexcept {
  if (try_lock_only()) {
    note_contended(w, profile_ != nullptr ? profile_->now() : 0);
    return competition::won;
  }
  ++w.losses;
  w.stage = wait_stage::queued;
  if (!w.unclaim())
    return competition::cancelled;
  if (!push(w, loser))
    return competition::queued_again;
  if (!w.claim()) { // whoever cancelled it resumes it
    unlock();
    detail::drop_from_queue(w);
    return competition::queued_again;
  }
  note_contended(w, profile_ != nullptr ? profile_->now() : 0);
  return competition::won;
}

void mutex::pass_on() noexcept {
  // The lock was left free for a waiter that is gone. If somebody took it, the
  // next release wakes the next waiter; if not, wake it here.
  if (try_lock_only())
    unlock();
}

/// Moves the inbox into the holder's list: those that lost a competition in
/// front, the others behind.
void mutex::collect_inbox() noexcept {
  // acquire: pairs with the release of every push onto the inbox.
  waiter *newest =
      pointer(word_.exchange(locked, std::memory_order_acquire), flags);
  if (newest == nullptr)
    return;
  waiter *others = nullptr, *losers = nullptr;
  waiter *last_loser = nullptr;
  std::uint32_t count = 0;
  while (newest != nullptr) {
    waiter *const older = static_cast<waiter *>(newest->next);
    waiter *&list = newest->losses != 0 ? losers : others;
    if (newest->losses != 0 && losers == nullptr)
      last_loser = newest;
    newest->next = list;
    list = newest;
    newest = older;
    ++count;
  }
  if (others != nullptr) {
    if (fifo_ == nullptr) {
      fifo_ = others;
    } else {
      waiter *end = fifo_;
      while (end->next != nullptr)
        end = static_cast<waiter *>(end->next);
      end->next = others;
    }
  }
  if (losers != nullptr) {
    last_loser->next = fifo_;
    fifo_ = losers;
  }
  position_ = 0;
  if (profile_ != nullptr) {
    // Relaxed: gauges, written by the holder.
    profile_->fifo_length.store(
        profile_->fifo_length.load(std::memory_order_relaxed) + count,
        std::memory_order_relaxed);
  }
}

/// Takes the next waiter that still wants the lock out of the queue.
waiter *mutex::next_waiter() noexcept {
  for (;;) {
    // Relaxed: only a hint that somebody who was woken is back in the inbox;
    // missing it costs that waiter one release.
    if (fifo_ == nullptr ||
        (word_.load(std::memory_order_relaxed) & loser) != 0)
      collect_inbox();
    waiter *const w = fifo_;
    if (w == nullptr)
      return nullptr;
    fifo_ = static_cast<waiter *>(w->next);
    if (profile_ != nullptr) {
      const auto length =
          profile_->fifo_length.load(std::memory_order_relaxed) - 1;
      profile_->fifo_length.store(length, std::memory_order_relaxed);
      profile_->fifo_since.store(fifo_ != nullptr ? fifo_->queued_at : 0,
                                 std::memory_order_relaxed);
      profile_->note_peak(w->ahead + ++position_);
    }
    if (w->claim())
      return w;
    detail::drop_from_queue(*w);
  }
}

bool mutex::should_compete(const waiter &w, std::uint64_t now) const noexcept {
  return fairness_ == fairness::adaptive && w.ex != nullptr &&
         !w.ex->runs_here() && w.losses < maximum_losses &&
         (w.queued_at == 0 || now - w.queued_at < maximum_wait_ns);
}

void mutex::unlock_slow() noexcept {
  for (;;) {
    waiter *const w = next_waiter();
    if (w == nullptr) {
      std::uintptr_t word = locked;
      // release: pairs with the acquire of whoever locks next.
      if (word_.compare_exchange_strong(word, 0, std::memory_order_release,
                                        std::memory_order_relaxed))
        return;
      continue;
    }
    const std::uint64_t now = profile_ != nullptr ? profile_->now() : 0;
    executor *const ex = w->ex;
    if (should_compete(*w, now)) {
      w->stage = wait_stage::woken;
      // release: as above; whoever locks next also takes over `fifo_`.
      word_.fetch_and(~locked, std::memory_order_release);
    } else {
      w->stage = wait_stage::granted;
      note_contended(*w, now);
    }
    detail::dispatch(ex, *w);
    return;
  }
}

void mutex::remove(waiter &w) noexcept {
  // The lock is not being released at this moment (the caller's promise), so
  // the list and everything behind the newest waiter of the inbox are still.
  waiter *before = nullptr;
  for (waiter *at = fifo_; at != nullptr;
       before = at, at = static_cast<waiter *>(at->next)) {
    if (at != &w)
      continue;
    if (before != nullptr)
      before->next = at->next;
    else
      fifo_ = static_cast<waiter *>(at->next);
    if (profile_ != nullptr) {
      profile_->fifo_length.fetch_sub(1, std::memory_order_relaxed);
      profile_->fifo_since.store(fifo_ != nullptr ? fifo_->queued_at : 0,
                                 std::memory_order_relaxed);
    }
    return;
  }
  // acquire: pairs with the pushes, whose nodes are read here.
  std::uintptr_t word = word_.load(std::memory_order_acquire);
  while (pointer(word, flags) == &w) {
    if (word_.compare_exchange_weak(
            word, reinterpret_cast<std::uintptr_t>(w.next) | (word & flags),
            std::memory_order_acq_rel, std::memory_order_acquire)) {
      if (profile_ != nullptr)
        profile_->inbox_length.fetch_sub(1, std::memory_order_relaxed);
      return;
    }
  }
  for (waiter *at = pointer(word, flags); at != nullptr;
       at = static_cast<waiter *>(at->next)) {
    if (at->next != &w)
      continue;
    at->next = w.next;
    if (profile_ != nullptr)
      profile_->inbox_length.fetch_sub(1, std::memory_order_relaxed);
    return;
  }
  detail::contract_violation(
      name(), "a waiting coroutine was destroyed while the lock was released");
}

lock_statistics mutex::get_lock_statistics() const {
  lock_statistics out;
  // Relaxed: totals, see wait_profile.
  out.acquisitions = acquisitions_.load(std::memory_order_relaxed);
  out.contentions = contentions_.load(std::memory_order_relaxed);
  if (profile_ != nullptr) {
    const std::uintptr_t word = word_.load(std::memory_order_relaxed);
    const bool inbox = (word & ~flags) != 0;
    out.current_waiters =
        profile_->fifo_length.load(std::memory_order_relaxed) +
        (inbox ? profile_->inbox_length.load(std::memory_order_relaxed) : 0);
    std::uint64_t since = profile_->fifo_since.load(std::memory_order_relaxed);
    if (since == 0 && inbox)
      since = profile_->inbox_since.load(std::memory_order_relaxed);
    const std::uint64_t now = profile_->now();
    if (since != 0 && since < now)
      out.oldest_wait_ms = static_cast<double>(now - since) / 1e6;
    out.peak_waiters = out.current_waiters;
    profile_->read(out);
  }
  return out;
}

void mutex::reset_statistics() {
  if (profile_ != nullptr)
    profile_->reset(acquisitions_.load(std::memory_order_relaxed),
                    contentions_.load(std::memory_order_relaxed));
}

INTERLOCK_NAMESPACE_END
