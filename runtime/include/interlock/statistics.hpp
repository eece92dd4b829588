// What the locks have seen.
#pragma once

#include <interlock/detail/config.hpp>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

INTERLOCK_NAMESPACE_BEGIN

/// Distribution of waiting or hold times: four buckets to the octave, so a
/// value read from it is at most a quarter too high.
class wait_histogram {
public:
  static constexpr std::size_t bucket_count = 168;

  /// The bucket that holds `ns`.
  static std::size_t bucket_of(std::uint64_t ns) noexcept {
    // Buckets are (lower, upper] so that powers of two are exact bounds.
    const std::uint64_t v = ns == 0 ? 0 : ns - 1;
    if (v < 4)
      return static_cast<std::size_t>(v);
    const auto octave = static_cast<std::size_t>(std::bit_width(v)) - 1;
    const std::size_t quarter = (v >> (octave - 2)) & 3;
    const std::size_t bucket = (octave - 1) * 4 + quarter;
    return bucket < bucket_count ? bucket : bucket_count - 1;
  }
  /// The largest value that falls into `bucket`, in ns.
  static std::uint64_t upper_bound_ns(std::size_t bucket) noexcept;

  std::uint64_t count() const noexcept;
  /// The value below which a share of `quantile` (0 to 1) lies, in ns; the
  /// upper bound of its bucket. 0 if empty.
  std::uint64_t quantile_ns(double quantile) const noexcept;
  /// How many values are at most `ns`, which must be a power of two.
  std::uint64_t count_up_to(std::uint64_t ns) const noexcept;
  /// The upper bound of the highest bucket in use; 0 if empty.
  std::uint64_t highest_ns() const noexcept;
  /// What was recorded since `earlier` was read.
  wait_histogram since(const wait_histogram &earlier) const noexcept;

  std::array<std::uint64_t, bucket_count> buckets{};
};

/// A key and how often somebody had to wait for it.
struct hot_key {
  std::string key;
  std::uint64_t contentions = 0;
};

/// Numbers of one lock name (`balance`, `position`, `order`, `trade`) since
/// the start or the last reset. Counts are exact: an acquisition is counted by
/// its holder. A wait lasts from queueing to the grant of the lock.
struct lock_statistics {
  std::string name;

  std::uint64_t acquisitions = 0;
  /// Acquisitions that had to wait.
  std::uint64_t contentions = 0;
  /// `contentions` in percent of `acquisitions`.
  double contention_rate_pct = 0;

  double total_wait_time_ms = 0;
  /// Mean over the acquisitions that waited.
  double avg_wait_time_ms = 0;
  /// Longest wait, those not over yet included.
  double max_wait_time_ms = 0;
  double p50_wait_time_ms = 0;
  double p90_wait_time_ms = 0;
  double p99_wait_time_ms = 0;

  /// Hold times are measured for one acquisition in 64; the total is what these
  /// make probable for all.
  std::uint64_t hold_samples = 0;
  double total_hold_time_ms = 0;
  double avg_hold_time_ms = 0;
  double max_hold_time_ms = 0;
  double p50_hold_time_ms = 0;
  double p90_hold_time_ms = 0;
  double p99_hold_time_ms = 0;

  /// Exact when nobody is queueing at this moment.
  std::uint64_t current_waiters = 0;
  std::uint64_t peak_waiters = 0;
  /// How long the one who waits longest has been waiting. A lock without key
  /// counts from the oldest in its queue, who may have given up meanwhile if
  /// somebody else still waits.
  double oldest_wait_ms = 0;

  /// Waits that ended by a stop request or an Asio cancellation.
  std::uint64_t cancelled = 0;
  std::uint64_t timed_out = 0;
  /// Guards destroyed while an exception was in flight.
  std::uint64_t released_by_exception = 0;
  /// Cancelled waits whose node is still in the queue.
  std::uint64_t abandoned_waiters = 0;

  /// Keyed locks: keys that exist at this moment, and the most contended ones
  /// (a bounded sketch: a count may be too high, never too low).
  std::uint64_t live_keys = 0;
  std::vector<hot_key> hot_keys;

  wait_histogram waits;
  wait_histogram holds; ///< of the samples

  /// Computes rates, means and percentiles from the totals.
  void finish();

  /// What happened since `earlier`: counts, rate and times of that window.
  /// Maxima come from the histogram of the window. If the counts have become
  /// smaller, there was a reset: what happened since that.
  lock_statistics since(const lock_statistics &earlier) const;
};

/// Statistics by lock name.
using lock_statistics_map = std::map<std::string, lock_statistics, std::less<>>;

/// Receives one line of a log, without line end. May be called from any thread.
using log_sink = std::function<void(std::string_view line)>;

/// One line per lock, readable by people; to stderr if `sink` is empty.
void log_statistics(const lock_statistics_map &statistics,
                    const log_sink &sink = {});

/// The statistics in Prometheus' text format: `interlock_lock_*`, label `lock`.
/// Units are seconds; keys are never labels.
std::string prometheus_text(const lock_statistics_map &statistics);

INTERLOCK_NAMESPACE_END
