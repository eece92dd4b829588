#include <interlock/statistics.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>

INTERLOCK_NAMESPACE_BEGIN

std::uint64_t wait_histogram::upper_bound_ns(std::size_t bucket) noexcept {
  if (bucket < 4)
    return bucket + 1;
  const std::size_t octave = bucket / 4 + 1;
  return (std::uint64_t{4} + bucket % 4 + 1) << (octave - 2);
}

std::uint64_t wait_histogram::count() const noexcept {
  std::uint64_t sum = 0;
  for (const std::uint64_t n : buckets)
    sum += n;
  return sum;
}

std::uint64_t wait_histogram::quantile_ns(double quantile) const noexcept {
  const std::uint64_t all = count();
  if (all == 0)
    return 0;
  const auto rank = static_cast<std::uint64_t>(
      std::ceil(std::clamp(quantile, 0.0, 1.0) * static_cast<double>(all)));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i != bucket_count; ++i) {
    seen += buckets[i];
    if (seen >= std::max<std::uint64_t>(rank, 1))
      return upper_bound_ns(i);
  }
  return upper_bound_ns(bucket_count - 1);
}

std::uint64_t wait_histogram::count_up_to(std::uint64_t ns) const noexcept {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i != bucket_count && upper_bound_ns(i) <= ns; ++i)
    sum += buckets[i];
  return sum;
}

std::uint64_t wait_histogram::highest_ns() const noexcept {
  for (std::size_t i = bucket_count; i-- != 0;)
    if (buckets[i] != 0)
      return upper_bound_ns(i);
  return 0;
}

wait_histogram
wait_histogram::since(const wait_histogram &earlier) const noexcept {
  wait_histogram window;
  for (std::size_t i = 0; i != bucket_count; ++i)
    window.buckets[i] = buckets[i] - std::min(buckets[i], earlier.buckets[i]);
  return window;
}

void lock_statistics::finish() {
  contention_rate_pct = acquisitions == 0
                            ? 0
                            : 100.0 * static_cast<double>(contentions) /
                                  static_cast<double>(acquisitions);
  avg_wait_time_ms =
      contentions == 0 ? 0
                       : total_wait_time_ms / static_cast<double>(contentions);
  total_hold_time_ms = avg_hold_time_ms * static_cast<double>(acquisitions);
  const auto quantile = [](const wait_histogram &times, double q, double max) {
    // A bucket's bound may exceed what was really seen.
    return std::min(static_cast<double>(times.quantile_ns(q)) / 1e6, max);
  };
  p50_wait_time_ms = quantile(waits, 0.5, max_wait_time_ms);
  p90_wait_time_ms = quantile(waits, 0.9, max_wait_time_ms);
  p99_wait_time_ms = quantile(waits, 0.99, max_wait_time_ms);
  p50_hold_time_ms = quantile(holds, 0.5, max_hold_time_ms);
  p90_hold_time_ms = quantile(holds, 0.9, max_hold_time_ms);
  p99_hold_time_ms = quantile(holds, 0.99, max_hold_time_ms);
}

lock_statistics lock_statistics::since(const lock_statistics &earlier) const {
  if (acquisitions < earlier.acquisitions)
    return since({}); // reset in between: the window begins there
  lock_statistics window = *this;
  const auto subtract = [](auto &from, auto what) {
    from -= std::min(from, what);
  };
  subtract(window.acquisitions, earlier.acquisitions);
  subtract(window.contentions, earlier.contentions);
  subtract(window.total_wait_time_ms, earlier.total_wait_time_ms);
  subtract(window.hold_samples, earlier.hold_samples);
  subtract(window.cancelled, earlier.cancelled);
  subtract(window.timed_out, earlier.timed_out);
  subtract(window.released_by_exception, earlier.released_by_exception);
  const double hold =
      avg_hold_time_ms * static_cast<double>(hold_samples) -
      earlier.avg_hold_time_ms * static_cast<double>(earlier.hold_samples);
  window.avg_hold_time_ms =
      window.hold_samples == 0
          ? 0
          : std::max(0.0, hold) / static_cast<double>(window.hold_samples);
  window.waits = waits.since(earlier.waits);
  window.holds = holds.since(earlier.holds);
  const auto highest = [](const wait_histogram &times, double max) {
    return std::min(static_cast<double>(times.highest_ns()) / 1e6, max);
  };
  window.max_wait_time_ms =
      std::max(highest(window.waits, max_wait_time_ms), oldest_wait_ms);
  window.max_hold_time_ms = highest(window.holds, max_hold_time_ms);
  window.finish();
  return window;
}

namespace {

/// `std::format` is not in g++ 12's library.
template <class... Values>
std::string text(const char *format, Values... values) {
  const int size = std::snprintf(nullptr, 0, format, values...);
  std::string out(static_cast<std::size_t>(std::max(size, 0)), '\0');
  std::snprintf(out.data(), out.size() + 1, format, values...);
  return out;
}

unsigned long long number(std::uint64_t n) { return n; }

/// A label value in the text format: backslash, quote and line end escaped.
std::string escaped(std::string_view value) {
  std::string out;
  for (const char c : value) {
    if (c == '\\' || c == '"')
      out += '\\';
    if (c == '\n')
      out += "\\n";
    else
      out += c;
  }
  return out;
}

} // namespace

void log_statistics(const lock_statistics_map &statistics,
                    const log_sink &sink) {
  for (const auto &[name, s] : statistics) {
    std::string line = text(
        "lock %s: acquisitions=%llu contentions=%llu contention_rate_pct=%.2f "
        "avg_wait_time_ms=%.3f max_wait_time_ms=%.3f p99_wait_time_ms=%.3f "
        "avg_hold_time_ms=%.3f max_hold_time_ms=%.3f waiters=%llu "
        "peak_waiters=%llu "
        "oldest_wait_ms=%.3f",
        name.c_str(), number(s.acquisitions), number(s.contentions),
        s.contention_rate_pct, s.avg_wait_time_ms, s.max_wait_time_ms,
        s.p99_wait_time_ms, s.avg_hold_time_ms, s.max_hold_time_ms,
        number(s.current_waiters), number(s.peak_waiters), s.oldest_wait_ms);
    if (!s.hot_keys.empty()) {
      line += " hot_keys=";
      const char *separator = "";
      for (const hot_key &hot : s.hot_keys) {
        line += text("%s%s:%llu", separator, hot.key.c_str(),
                     number(hot.contentions));
        separator = ",";
      }
    }
    if (sink)
      sink(line);
    else
      std::fprintf(stderr, "%s\n", line.c_str());
  }
}

std::string prometheus_text(const lock_statistics_map &statistics) {
  std::string out;
  const auto family = [&](const char *metric, const char *type,
                          const char *help, auto value) {
    out += text("# HELP %s %s\n# TYPE %s %s\n", metric, help, metric, type);
    for (const auto &[name, s] : statistics)
      out += text("%s{lock=\"%s\"} %.17g\n", metric, escaped(name).c_str(),
                  static_cast<double>(value(s)));
  };
  family("interlock_lock_acquisitions_total", "counter",
         "Acquisitions of the lock.",
         [](const lock_statistics &s) { return s.acquisitions; });
  family("interlock_lock_contentions_total", "counter",
         "Acquisitions that had to wait.",
         [](const lock_statistics &s) { return s.contentions; });
  family("interlock_lock_cancelled_total", "counter",
         "Waits that were cancelled.",
         [](const lock_statistics &s) { return s.cancelled; });
  family("interlock_lock_timed_out_total", "counter",
         "Waits that reached their deadline.",
         [](const lock_statistics &s) { return s.timed_out; });
  family("interlock_lock_released_by_exception_total", "counter",
         "Guards released by an exception.",
         [](const lock_statistics &s) { return s.released_by_exception; });
  family("interlock_lock_waiters", "gauge", "Waiters at this moment.",
         [](const lock_statistics &s) { return s.current_waiters; });
  family("interlock_lock_oldest_wait_seconds", "gauge",
         "How long the oldest waiter has been waiting.",
         [](const lock_statistics &s) { return s.oldest_wait_ms / 1e3; });
  family("interlock_lock_abandoned_waiters", "gauge",
         "Cancelled waiters still in the queue.",
         [](const lock_statistics &s) { return s.abandoned_waiters; });

  constexpr const char *waits = "interlock_lock_wait_seconds";
  out += text("# HELP %s Time from queueing to the grant of the lock.\n"
              "# TYPE %s histogram\n",
              waits, waits);
  for (const auto &[name, s] : statistics) {
    const std::string label = escaped(name);
    // 1 microsecond to 17 seconds; powers of two are bounds of our buckets.
    for (unsigned exponent = 10; exponent <= 34; exponent += 2) {
      const std::uint64_t bound = std::uint64_t{1} << exponent;
      out += text("%s_bucket{lock=\"%s\",le=\"%.12g\"} %llu\n", waits,
                  label.c_str(), static_cast<double>(bound) / 1e9,
                  number(s.waits.count_up_to(bound)));
    }
    const std::uint64_t count = s.waits.count();
    out += text("%s_bucket{lock=\"%s\",le=\"+Inf\"} %llu\n", waits,
                label.c_str(), number(count));
    out += text("%s_sum{lock=\"%s\"} %.17g\n", waits, label.c_str(),
                s.total_wait_time_ms / 1e3);
    out += text("%s_count{lock=\"%s\"} %llu\n", waits, label.c_str(),
                number(count));
  }
  return out;
}

INTERLOCK_NAMESPACE_END
