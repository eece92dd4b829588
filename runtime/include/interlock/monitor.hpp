// Watching the locks while the program runs.
#pragma once

#include <interlock/safe_state.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

INTERLOCK_NAMESPACE_BEGIN

enum class alert_level : std::uint8_t { none, warning, critical };

/// When the monitor speaks up.
struct monitor_options {
  /// Time between two samples; each window is what happened in between.
  std::chrono::milliseconds interval = std::chrono::seconds(300);
  double warn_pct = 30;
  double critical_pct = 50;
  /// Longest wait of the window, those not over yet included.
  std::chrono::milliseconds max_wait = std::chrono::milliseconds(100);
  /// Windows with fewer acquisitions begin no alert about the contention rate;
  /// one that is on they may end.
  std::uint64_t minimum_acquisitions = 100;
  /// An alert ends only when its value is below this share of the threshold,
  /// so that a value on the edge does not ring every time.
  double hysteresis = 0.8;
  /// Log the statistics of every window.
  bool log_summary = true;
  /// Where the lines go; stderr if empty.
  log_sink sink = {};
};

/// One lock over its thresholds, or back below them (`none`).
struct lock_alert {
  std::string lock;
  alert_level level = alert_level::none;
  bool waits_too_long = false;
  lock_statistics window;
  /// One line for people.
  std::string text() const;
};

/// The monitor without its clock: call `sample()` once per interval. Not
/// thread-safe in itself; the state may be in use by anybody.
class lock_monitor {
public:
  lock_monitor(const SafeTradingState &state, monitor_options options);

  /// Looks at the window since the last call, reports alerts that began, rose,
  /// or ended, and returns those. The first call's window begins at
  /// construction.
  std::vector<lock_alert> sample();

  const monitor_options &options() const noexcept { return options_; }

private:
  struct memory {
    alert_level level = alert_level::none;
    bool waits_too_long = false;
  };
  alert_level judge(const lock_statistics &window, alert_level before) const;

  const SafeTradingState &state_;
  monitor_options options_;
  lock_statistics_map last_;
  std::map<std::string, memory, std::less<>> alerts_;
};

/// A monitor that runs as a coroutine of any type: `sleep(duration)` gives
/// something to await that takes that long, and a virtual clock in tests.
/// Returns once `stop` is requested; `sleep` should end early then.
///
///     task<> watch() {
///       co_await interlock::monitor<task<>>(state, {.warn_pct = 30}, stop,
///           [&](auto d) { return timer.after(d); });
///     }
template <class Task, class Sleep>
Task monitor(const SafeTradingState &state, monitor_options options,
             std::stop_token stop, Sleep sleep) {
  lock_monitor watching(state, std::move(options));
  while (!stop.stop_requested()) {
    co_await sleep(watching.options().interval);
    if (stop.stop_requested())
      break;
    watching.sample();
  }
}

INTERLOCK_NAMESPACE_END
