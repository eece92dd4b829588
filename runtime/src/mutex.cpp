#include <interlock/contract.hpp>
#include <interlock/detail/spin_lock.hpp>
#include <interlock/detail/wait_profile.hpp>
#include <interlock/mutex.hpp>

#include <algorithm>
#include <mutex>

INTERLOCK_NAMESPACE_BEGIN

using detail::competition;
using detail::wait_kind;
using detail::wait_stage;
using detail::waiter;

namespace {

/// Looks at a lock that may be free in a moment (more of them keep the line of
/// the lock moving between the cores), and failures in a row after
/// which only one contended acquisition in 64 looks.
constexpr int spins = 1;
constexpr std::uint8_t first_failure = 184;
constexpr std::uint8_t give_up = 192;

void cpu_pause() noexcept {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

/// Releases after one to a waiter on another thread during which the waiters
/// on this one compete too.
constexpr std::uint8_t crowd_memory = 64;
/// Releases that leave it to a waiter that was woken before.
constexpr std::uint8_t maximum_left_free = 16;

} // namespace

mutex::mutex(const lock_options &options)
    : fairness_(options.fairness),
      special_(options.name != nullptr || options.executor != nullptr),
      profile_(options.name != nullptr ? new detail::wait_profile(options)
                                       : nullptr),
      executor_(options.executor) {}

mutex::~mutex() {
  if (word_.load(std::memory_order_relaxed) != 0 || fifo_ != nullptr)
    detail::contract_violation(name(), "destroyed while it is held or awaited");
  delete profile_;
}

const char *mutex::name() const noexcept {
  return profile_ != nullptr ? profile_->name() : nullptr;
}

void mutex::lock() {
  if (!try_lock()) {
    // Without the misuse checks: `unlock()` would not tell them.
    detail::mutex_target target{this};
    detail::guard_access::forget(
        detail::thread_wait<detail::mutex_target>::acquire(target));
  }
}

void mutex::sample_hold() noexcept {
  if (profile_ != nullptr)
    hold_since_ = profile_->now();
}

void mutex::note_released() noexcept {
  profile_->record_hold_exclusive(profile_->now() - hold_since_);
  hold_since_ = 0;
}

bool mutex::push_measured(waiter &w) noexcept {
  detail::wait_profile *const profile = profile_;
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
    w.next = pointer(word);
    // Relaxed: a gauge. Who finds the inbox empty stamps it before the push
    // that fills it, so the stamp is never older than the oldest waiter by
    // more than the time of this loop.
    const bool first = w.next == nullptr;
    if (first)
      profile->inbox_since.store(w.queued_at, std::memory_order_relaxed);
    profile->inbox_length.store(
        first ? 1 : profile->inbox_length.load(std::memory_order_relaxed) + 1,
        std::memory_order_relaxed);
    // release: pairs with the acquire in collect_inbox(), which reads `w`.
    if (word_.compare_exchange_weak(
            word, reinterpret_cast<std::uintptr_t>(&w) + locked,
            std::memory_order_release, std::memory_order_relaxed))
      return false;
  }
}

/// Waits a moment for a holder that runs on another thread, if that has paid
/// lately. A suspended holder is not worth it: after eight failures in a row
/// only one contended acquisition in 64 tries.
bool mutex::spin() noexcept {
  // Relaxed: a heuristic, lost updates do no harm.
  const std::uint8_t failures = spin_failures_.load(std::memory_order_relaxed);
  if (failures >= give_up) {
    spin_failures_.store(
        static_cast<std::uint8_t>(failures == 255 ? give_up - 1 : failures + 1),
        std::memory_order_relaxed);
    return false;
  }
  for (int i = 0; i != spins; ++i) {
    cpu_pause();
    if (try_lock_only()) {
      spin_failures_.store(first_failure, std::memory_order_relaxed);
      return true;
    }
  }
  spin_failures_.store(static_cast<std::uint8_t>(failures + 1),
                       std::memory_order_relaxed);
  return false;
}

bool mutex::lock_or_enqueue(waiter &w) noexcept {
  if (w.ex != nullptr && fairness_ == fairness::adaptive && spin()) {
    note_acquired();
    return true;
  }
  if (detail::wait_profile *const profile = profile_) {
    w.queued_at = profile->now();
    w.ahead = profile->fifo_length.load(std::memory_order_relaxed);
  }
  if (!push(w))
    return false;
  note_acquired();
  return true;
}

inline std::uint64_t mutex::count_contended() noexcept {
  // Relaxed load and store: the holder writes alone.
  const std::uint64_t n = contentions_.load(std::memory_order_relaxed) + 1;
  contentions_.store(n, std::memory_order_relaxed);
  return n;
}

inline void mutex::note_contended(const waiter &w, std::uint64_t now) noexcept {
  const std::uint64_t n = count_contended();
  if (detail::wait_profile *const profile = profile_) {
    if ((n & hold_sample_mask) == 0) [[unlikely]]
      hold_since_ = now;
    profile->record_wait_exclusive(now - std::min(now, w.queued_at));
  }
}

competition mutex::compete(waiter &w) noexcept {
  // seq_cst, with the load of the word: pairs with leave_free().
  woken_.store(false, std::memory_order_seq_cst);
  if (try_lock_only(std::memory_order_seq_cst)) {
    note_contended(w, profile_ != nullptr ? profile_->now() : 0);
    return competition::won;
  }
  ++w.now.losses;
  w.now.stage = wait_stage::queued;
  if (!w.unclaim())
    return competition::cancelled;
  if (profile_ == nullptr && w.now.losses == 1)
    w.queued_at = detail::patience_ns(); // from now on it may not wait for long
  // Before the push: `w` may be gone after it.
  losers_.fetch_add(1, std::memory_order_relaxed);
  if (!push(w))
    return competition::queued_again;
  losers_.fetch_sub(1, std::memory_order_relaxed);
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
  woken_.store(false, std::memory_order_seq_cst); // as in compete()
  if (try_lock_only(std::memory_order_seq_cst))
    unlock();
}

/// Moves the inbox into the holder's list: those that lost a competition in
/// front, the others behind.
void mutex::collect_inbox() noexcept {
  // acquire: pairs with the release of every push onto the inbox.
  waiter *newest = pointer(word_.exchange(locked, std::memory_order_acquire));
  if (profile_ != nullptr || fifo_ != nullptr ||
      losers_.load(std::memory_order_relaxed) != 0)
    return file(newest);
  while (newest != nullptr) {
    waiter *const older = static_cast<waiter *>(newest->next);
    newest->next = fifo_;
    fifo_ = newest;
    newest = older;
  }
}

/// The same where there is more to do than turning the inbox round.
void mutex::file(waiter *newest) noexcept {
  waiter *others = nullptr, *losers = nullptr, *last_loser = nullptr;
  std::int64_t count = 0, most = 0;
  const bool may_have_losers = losers_.load(std::memory_order_relaxed) != 0;
  std::uint16_t found = 0;
  while (newest != nullptr) {
    waiter *const older = static_cast<waiter *>(newest->next);
    if (may_have_losers && newest->now.losses != 0) {
      if (losers == nullptr)
        last_loser = newest;
      newest->next = losers;
      losers = newest;
      ++found;
    } else {
      newest->next = others;
      others = newest;
    }
    // With `count` younger ones behind it, this one saw so many in front.
    if (profile_ != nullptr)
      most = std::max(most, std::int64_t{newest->ahead} - count);
    newest = older;
    ++count;
  }
  if (fifo_ == nullptr) {
    fifo_ = others;
  } else if (others != nullptr) {
    waiter *end = fifo_;
    while (end->next != nullptr)
      end = static_cast<waiter *>(end->next);
    end->next = others;
  }
  if (losers != nullptr) {
    last_loser->next = fifo_;
    fifo_ = losers;
    losers_.fetch_sub(found, std::memory_order_relaxed);
  }
  if (detail::wait_profile *const profile = profile_) {
    // Relaxed: gauges, written by the holder.
    profile->fifo_length.store(
        profile->fifo_length.load(std::memory_order_relaxed) +
            static_cast<std::uint32_t>(count),
        std::memory_order_relaxed);
    if (count != 0)
      profile->note_peak_exclusive(static_cast<std::uint64_t>(most + count));
  }
}

/// Takes the oldest waiter out of the holder's list.
inline waiter *mutex::pop() noexcept {
  waiter *const w = fifo_;
  waiter *const next = static_cast<waiter *>(w->next);
  fifo_ = next;
  if (detail::wait_profile *const profile = profile_) {
    // Relaxed: gauges, written by the holder.
    profile->fifo_length.store(
        profile->fifo_length.load(std::memory_order_relaxed) - 1,
        std::memory_order_relaxed);
    profile->fifo_since.store(next != nullptr ? next->queued_at : 0,
                              std::memory_order_relaxed);
  }
  return w;
}

/// Takes the next waiter that still wants the lock out of the queue.
waiter *mutex::next_waiter() noexcept {
  for (;;) {
    if (fifo_ == nullptr || losers_.load(std::memory_order_relaxed) != 0)
      collect_inbox();
    if (fifo_ == nullptr)
      return nullptr;
    waiter *const w = pop();
    if (w->claim())
      return w;
    detail::drop_from_queue(*w);
  }
}

/// A waiter that resumes on another thread competes. While such waiters are
/// about, those that resume here do as well: handing the lock to them would
/// close it to the other threads until their executor comes round to them.
bool mutex::should_compete(const waiter &w, std::uint64_t now) noexcept {
  if (fairness_ != fairness::adaptive || w.ex == nullptr)
    return false;
  if (!w.ex->runs_here())
    crowded_ = crowd_memory;
  else if (crowded_ == 0)
    return false;
  else
    --crowded_;
  return detail::is_patient(w, now, profile_);
}

/// Releases the lock without handing it to anybody. False if a waiter has to be
/// woken after all: then the caller holds the lock again.
bool mutex::leave_free() noexcept {
  // Whoever locks next also takes over `fifo_`. seq_cst with the load below:
  // pairs with compete(). Either the woken waiter's look at the word comes
  // after this release, or its being back in the queue is seen here.
  word_.fetch_and(~locked, std::memory_order_seq_cst);
  return woken_.load(std::memory_order_seq_cst) ||
         !try_lock_only(std::memory_order_relaxed);
}

/// There are waiters in the holder's list, and so most probably a plain one in
/// front: free of everything optional.
void mutex::hand_over_plain() noexcept {
  waiter *const first = fifo_;
  if (first->now.kind != wait_kind::direct ||
      losers_.load(std::memory_order_relaxed))
    return unlock_general();
  fifo_ = static_cast<waiter *>(first->next);
  count_contended();
  detail::local_trampoline.resume(*first);
}

void mutex::hand_over_measured() noexcept {
  waiter *const first = fifo_;
  if (profile_ == nullptr || first->now.kind != wait_kind::direct ||
      losers_.load(std::memory_order_relaxed))
    return unlock_general();
  if (hold_since_ != 0) [[unlikely]]
    note_released();
  pop();
  note_contended(*first, profile_->now());
  detail::local_trampoline.resume(*first);
}

/// The holder's list is empty, the inbox is not.
void mutex::unlock_slow() noexcept {
  check_held();
  collect_inbox();
  if (fifo_ != nullptr)
    hand_over();
  else
    unlock_general();
}

/// Only a holder may release. Seen whenever the fast way out is closed, and so
/// for every lock that is free.
void mutex::check_held() const noexcept {
  if (!is_locked()) [[unlikely]]
    detail::contract_violation(name(), "released, but nobody holds it");
}

void mutex::unlock_general() noexcept {
  check_held();
  if (hold_since_ != 0) [[unlikely]]
    note_released();
  for (;;) {
    // A waiter that was woken has not looked yet: waking more of them would
    // only make them lose. But it may never run, so not for ever.
    if (woken_.load(std::memory_order_relaxed) &&
        ++left_free_ < maximum_left_free) {
      if (leave_free())
        return;
      continue;
    }
    waiter *const w = next_waiter();
    if (w == nullptr) {
      std::uintptr_t word = locked;
      // release: pairs with the acquire of whoever locks next.
      if (word_.compare_exchange_strong(word, 0, std::memory_order_release,
                                        std::memory_order_relaxed))
        return;
      continue;
    }
    const std::uint64_t now = profile_ != nullptr  ? profile_->now()
                              : w->now.losses != 0 ? detail::patience_ns()
                                                   : 0;
    executor *const ex = w->ex;
    if (should_compete(*w, now)) {
      w->now.stage = wait_stage::woken;
      left_free_ = 0;
      woken_.store(true, std::memory_order_relaxed);
      // release: as above; whoever locks next also takes over `fifo_`.
      word_.fetch_and(~locked, std::memory_order_release);
    } else {
      w->now.stage = wait_stage::granted;
      note_contended(*w, now);
    }
    detail::dispatch(ex, *w);
    return;
  }
}

inline void mutex::note_left_inbox(const waiter &w) noexcept {
  if (w.now.losses != 0)
    losers_.fetch_sub(1, std::memory_order_relaxed);
  if (profile_ != nullptr)
    profile_->inbox_length.fetch_sub(1, std::memory_order_relaxed);
}

void mutex::remove(waiter &w) noexcept {
  // Two coroutines may be destroyed on two threads at once.
  static constinit detail::spin_lock one_at_a_time;
  const std::lock_guard lock(one_at_a_time);
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
  while (pointer(word) == &w) {
    if (word_.compare_exchange_weak(
            word, reinterpret_cast<std::uintptr_t>(w.next) | (word & locked),
            std::memory_order_acq_rel, std::memory_order_acquire)) {
      return note_left_inbox(w);
    }
  }
  for (waiter *at = pointer(word); at != nullptr;
       at = static_cast<waiter *>(at->next)) {
    if (at->next != &w)
      continue;
    at->next = w.next;
    return note_left_inbox(w);
  }
  detail::contract_violation(
      name(), "a waiting coroutine was destroyed while the lock was released");
}

lock_statistics mutex::get_lock_statistics() const {
  lock_statistics out;
  // Relaxed: totals, see wait_profile.
  out.contentions = contentions_.load(std::memory_order_relaxed);
  out.acquisitions =
      found_free_.load(std::memory_order_relaxed) + out.contentions;
  if (profile_ != nullptr) {
    const std::uintptr_t word = word_.load(std::memory_order_relaxed);
    const bool inbox = (word & ~locked) != 0;
    out.current_waiters = profile_->still_waiting(
        std::uint64_t{profile_->fifo_length.load(std::memory_order_relaxed)} +
        (inbox ? profile_->inbox_length.load(std::memory_order_relaxed) : 0));
    std::uint64_t since = profile_->fifo_since.load(std::memory_order_relaxed);
    if (since == 0 && inbox)
      since = profile_->inbox_since.load(std::memory_order_relaxed);
    const std::uint64_t now = profile_->now();
    if (out.current_waiters != 0 && since != 0 && since < now)
      out.oldest_wait_ms = static_cast<double>(profile_->ns(now - since)) / 1e6;
    out.peak_waiters = out.current_waiters;
    profile_->read(out);
  }
  return out;
}

void mutex::reset_statistics() {
  if (profile_ != nullptr)
    profile_->reset(found_free_.load(std::memory_order_relaxed) +
                        contentions_.load(std::memory_order_relaxed),
                    contentions_.load(std::memory_order_relaxed));
}

INTERLOCK_NAMESPACE_END
