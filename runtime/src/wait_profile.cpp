#include <interlock/detail/wait_profile.hpp>

#include <algorithm>
#include <mutex>

INTERLOCK_NAMESPACE_BEGIN
namespace detail {
namespace {

using counter = std::atomic<std::uint64_t>;
// Relaxed everywhere below: see wait_profile.
constexpr auto relaxed = std::memory_order_relaxed;

void raise_shared(counter &c, std::uint64_t n) noexcept {
  std::uint64_t old = c.load(relaxed);
  while (old < n && !c.compare_exchange_weak(old, n, relaxed))
    continue;
}

/// Guards the baselines of all profiles.
std::mutex &baseline_lock() {
  static std::mutex lock;
  return lock;
}

} // namespace

wait_profile::wait_profile(const lock_options &options) noexcept
    : name_(options.name), clock_(options.clock) {
  calibrate_ticks();
  counter_ = clock_ == nullptr && tick_rate != 0;
  rate_ = counter_ ? tick_rate : nanosecond_rate;
}

std::uint64_t wait_profile::slow_now() const noexcept {
  return std::max<std::uint64_t>(
      clock_ != nullptr ? clock_->now_ns() : patience_ns(), 1);
}

void wait_profile::record_wait_shared(std::uint64_t ticks) noexcept {
  wait_ticks_.fetch_add(ticks, relaxed);
  raise_shared(wait_max_, ticks);
  waits_[wait_histogram::bucket_of(ns(ticks))].fetch_add(1, relaxed);
}

void wait_profile::record_hold_exclusive(std::uint64_t ticks) noexcept {
  add_exclusive(hold_ticks_, ticks);
  raise_exclusive(hold_max_, ticks);
  add_exclusive(holds_[wait_histogram::bucket_of(ns(ticks))], 1);
}

void wait_profile::record_hold_shared(std::uint64_t ticks) noexcept {
  hold_ticks_.fetch_add(ticks, relaxed);
  raise_shared(hold_max_, ticks);
  holds_[wait_histogram::bucket_of(ns(ticks))].fetch_add(1, relaxed);
}

void wait_profile::note_peak_shared(std::uint64_t waiters) noexcept {
  raise_shared(peak_, waiters);
}

wait_profile::totals wait_profile::load() const noexcept {
  totals t;
  t.wait_ticks = wait_ticks_.load(relaxed);
  t.hold_ticks = hold_ticks_.load(relaxed);
  t.cancelled = cancelled.load(relaxed);
  t.timed_out = timed_out.load(relaxed);
  t.by_exception = released_by_exception.load(relaxed);
  for (std::size_t i = 0; i != waits_.size(); ++i) {
    t.waits.buckets[i] = waits_[i].load(relaxed);
    t.holds.buckets[i] = holds_[i].load(relaxed);
  }
  if (const std::uint64_t last = last_wait_.load(relaxed))
    ++t.waits.buckets[wait_histogram::bucket_of(ns(last - 1))];
  return t;
}

void wait_profile::read(lock_statistics &out) const {
  totals t = load();
  {
    const std::lock_guard lock(baseline_lock());
    if (baseline_ != nullptr) {
      const totals &b = *baseline_;
      // Saturating: a reset may have come after these were read, and one
      // acquisition may have been taken back (lock_ref::give_back()).
      const auto subtract = [](std::uint64_t &from, std::uint64_t what) {
        from -= std::min(from, what);
      };
      subtract(out.acquisitions, b.acquisitions);
      subtract(out.contentions, b.contentions);
      subtract(t.wait_ticks, b.wait_ticks);
      subtract(t.hold_ticks, b.hold_ticks);
      subtract(t.cancelled, b.cancelled);
      subtract(t.timed_out, b.timed_out);
      subtract(t.by_exception, b.by_exception);
      t.waits = t.waits.since(b.waits);
      t.holds = t.holds.since(b.holds);
    }
  }
  if (name_ != nullptr)
    out.name = name_;
  out.waits = t.waits;
  out.holds = t.holds;
  out.total_wait_time_ms = ms(t.wait_ticks);
  out.max_wait_time_ms = std::max(
      {out.max_wait_time_ms, ms(wait_max_.load(relaxed)), out.oldest_wait_ms});
  out.hold_samples = t.holds.count();
  if (out.hold_samples != 0)
    out.avg_hold_time_ms =
        ms(t.hold_ticks) / static_cast<double>(out.hold_samples);
  out.max_hold_time_ms =
      std::max(out.max_hold_time_ms, ms(hold_max_.load(relaxed)));
  out.peak_waiters =
      std::max({out.peak_waiters, out.current_waiters, peak_.load(relaxed)});
  out.cancelled += t.cancelled;
  out.timed_out += t.timed_out;
  out.released_by_exception += t.by_exception;
  out.abandoned_waiters += abandoned.load(relaxed);
  out.finish();
}

void wait_profile::reset(std::uint64_t acquisitions,
                         std::uint64_t contentions) {
  auto now = std::make_unique<totals>(load());
  now->acquisitions = acquisitions;
  now->contentions = contentions;
  const std::lock_guard lock(baseline_lock());
  baseline_ = std::move(now);
  wait_max_.store(0, relaxed);
  hold_max_.store(0, relaxed);
  peak_.store(0, relaxed);
}

} // namespace detail
INTERLOCK_NAMESPACE_END
