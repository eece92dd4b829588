#include <interlock/monitor.hpp>

#include <cstdio>

INTERLOCK_NAMESPACE_BEGIN

std::string lock_alert::text() const {
  const char *word = level == alert_level::critical ? "critical"
                     : level == alert_level::warning || waits_too_long
                         ? "warning"
                         : "recovered";
  char line[256];
  std::snprintf(line, sizeof line,
                "%s: lock %s: contention_rate_pct=%.1f max_wait_time_ms=%.3f "
                "acquisitions=%llu waiters=%llu",
                word, lock.c_str(), window.contention_rate_pct,
                window.max_wait_time_ms,
                static_cast<unsigned long long>(window.acquisitions),
                static_cast<unsigned long long>(window.current_waiters));
  return line;
}

lock_monitor::lock_monitor(const SafeTradingState &state,
                           monitor_options options)
    : state_(state), options_(std::move(options)),
      last_(state.get_lock_statistics()) {}

alert_level lock_monitor::judge(const lock_statistics &window,
                                alert_level before) const {
  const bool few = window.acquisitions < options_.minimum_acquisitions;
  const double rate = window.contention_rate_pct;
  const auto over = [&](double threshold, alert_level level) {
    // An alert that is on stays on until the rate is clearly below; few
    // acquisitions begin none.
    return before >= level ? rate > threshold * options_.hysteresis
                           : !few && rate > threshold;
  };
  if (over(options_.critical_pct, alert_level::critical))
    return alert_level::critical;
  return over(options_.warn_pct, alert_level::warning) ? alert_level::warning
                                                       : alert_level::none;
}

std::vector<lock_alert> lock_monitor::sample() {
  lock_statistics_map now = state_.get_lock_statistics();
  lock_statistics_map windows;
  for (const auto &[name, statistics] : now)
    windows.emplace(name, statistics.since(last_[name]));
  last_ = std::move(now);

  std::vector<lock_alert> changed;
  for (const auto &[name, window] : windows) {
    memory &before = alerts_[name];
    const alert_level level = judge(window, before.level);
    const double limit =
        std::chrono::duration<double, std::milli>(options_.max_wait).count();
    const bool slow =
        window.max_wait_time_ms >
        (before.waits_too_long ? limit * options_.hysteresis : limit);
    if (level != before.level || slow != before.waits_too_long)
      changed.push_back({name, level, slow, window});
    before = {level, slow};
  }
  for (const lock_alert &alert : changed) {
    const std::string line = alert.text();
    if (options_.sink)
      options_.sink(line);
    else
      std::fprintf(stderr, "%s\n", line.c_str());
  }
  if (options_.log_summary)
    interlock::log_statistics(windows, options_.sink);
  return changed;
}

INTERLOCK_NAMESPACE_END
