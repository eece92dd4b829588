#include <interlock/checks.hpp>
#include <interlock/contract.hpp>
#include <interlock/detail/check_hooks.hpp>
#include <interlock/detail/test_hook.hpp>
#include <interlock/detail/wait_profile.hpp>

#include <atomic>
#include <cstdio>
#include <map>
#include <mutex>
#include <set>
#include <utility>
#include <vector>

INTERLOCK_NAMESPACE_BEGIN
namespace detail {
namespace {

struct hold {
  acquisition by;
  std::uint64_t since = 0;
};

struct place {
  explicit place(const std::source_location &at)
      : file(at.file_name()), line(at.line()), column(at.column()) {}
  auto operator<=>(const place &) const = default;
  std::string file;
  std::uint32_t line, column;
};

/// Everything the checks know. Never destroyed: guards may die late.
struct registry {
  std::mutex lock;
  std::map<std::pair<const void *, const void *>, hold> held;
  /// From a lock's name to those acquired while it was held, with the places.
  std::map<std::string, std::map<std::string, std::pair<std::source_location,
                                                        std::source_location>>>
      order;
  std::set<std::pair<place, place>> reported;
  check_handler handler;
  std::atomic<std::int64_t> limit_ns{1'000'000'000};

  static registry &instance() {
    static auto &r = *new registry;
    return r;
  }
  /// True if `to` was ever acquired, directly or not, while `from` was held.
  bool reaches(const std::string &from, const std::string &to) const {
    std::vector<std::string> open{from};
    std::set<std::string> seen;
    while (!open.empty()) {
      const std::string at = std::move(open.back());
      open.pop_back();
      if (at == to)
        return true;
      if (!seen.insert(at).second)
        continue;
      if (const auto next = order.find(at); next != order.end())
        for (const auto &edge : next->second)
          open.push_back(edge.first);
    }
    return false;
  }
};

[[maybe_unused]] std::string text(const std::source_location &at) {
  return std::string(at.file_name()) + ":" + std::to_string(at.line());
}

[[maybe_unused]] std::string name_of(const acquisition &a) {
  return a.name != nullptr ? a.name : "(unnamed)";
}

[[maybe_unused]] void tell(const check_handler &handler,
                           const check_report &report) {
  if (handler)
    handler(report);
  else
    std::fprintf(stderr, "interlock: %s\n", report.text.c_str());
}

} // namespace

#if defined(INTERLOCK_CHECKED)
void check_before(const acquisition &a) {
  if (a.identity == nullptr || current_test_scheduler() != nullptr)
    return;
  registry &r = registry::instance();
  std::vector<check_report> reports;
  check_handler handler;
  {
    const std::lock_guard lock(r.lock);
    for (const auto &[ref, h] : r.held) {
      const bool said = a.holding && a.holding.owner == ref.first &&
                        a.holding.entry == ref.second;
      if (!said && h.by.identity != a.identity)
        continue;
      const std::string ours = name_of(a), theirs = name_of(h.by);
      const bool same = h.by.owner == a.owner && h.by.key_hash == a.key_hash;
      const bool inverted = !same && ours != theirs && r.reaches(ours, theirs);
      if (!same && ours != theirs)
        r.order[theirs].emplace(ours, std::pair(h.by.where, a.where));
      if (!r.reported.insert({place(a.where), place(h.by.where)}).second)
        continue;
      check_report report;
      report.kind = same       ? check_kind::relock
                    : inverted ? check_kind::order_inversion
                               : check_kind::nested;
      report.lock = ours;
      report.where = a.where;
      report.other_lock = theirs;
      report.other = h.by.where;
      report.text = "lock '" + ours + "' acquired at " + text(a.where) +
                    " while '" + theirs + "' is held since " + text(h.by.where);
      if (same)
        report.text += ": it waits for itself";
      else if (inverted)
        report.text += ": elsewhere they are acquired in the other order";
      reports.push_back(std::move(report));
    }
    handler = r.handler;
  }
  for (const check_report &report : reports)
    tell(handler, report);
}

void check_acquired(const acquisition &a, lock_ref ref) {
  if (current_test_scheduler() != nullptr)
    return;
  registry &r = registry::instance();
  const std::lock_guard lock(r.lock);
  r.held[{ref.owner, ref.entry}] = hold{a, steady_ns()};
}

void check_moved(lock_ref ref) noexcept {
  if (current_test_scheduler() != nullptr)
    return; // a scheduler finds deadlocks itself, and wants to be fast
  registry &r = registry::instance();
  const std::lock_guard lock(r.lock);
  const auto found = r.held.find({ref.owner, ref.entry});
  if (found != r.held.end())
    found->second.by.identity = nullptr;
}

void check_released(lock_ref ref) noexcept {
  if (current_test_scheduler() != nullptr)
    return; // a scheduler finds deadlocks itself, and wants to be fast
  registry &r = registry::instance();
  check_report report;
  check_handler handler;
  {
    const std::lock_guard lock(r.lock);
    const auto found = r.held.find({ref.owner, ref.entry});
    if (found == r.held.end())
      return;
    const hold h = found->second;
    r.held.erase(found);
    // Relaxed: a setting.
    const std::int64_t limit = r.limit_ns.load(std::memory_order_relaxed);
    const std::uint64_t held_ns = steady_ns() - h.since;
    if (limit == 0 || held_ns <= static_cast<std::uint64_t>(limit) ||
        !r.reported.insert({place(h.by.where), place(h.by.where)}).second)
      return;
    report.kind = check_kind::long_hold;
    report.lock = name_of(h.by);
    report.where = h.by.where;
    report.text = "lock '" + report.lock + "' acquired at " + text(h.by.where) +
                  " was held for " + std::to_string(held_ns / 1'000'000) +
                  " ms";
    handler = r.handler;
  }
  tell(handler, report);
}

void check_no_guard(const void *mutex) noexcept {
  if (current_test_scheduler() != nullptr)
    return;
  registry &r = registry::instance();
  acquisition by;
  {
    const std::lock_guard lock(r.lock);
    const auto found = r.held.find({mutex, nullptr});
    if (found == r.held.end())
      return;
    by = found->second.by;
  }
  const std::string mistake =
      "released by hand while a guard holds it, acquired at " + text(by.where);
  contract_violation(by.name, mistake.c_str());
}

const void *thread_identity() noexcept {
  static thread_local const char here = 0;
  return &here;
}
#endif

} // namespace detail

void set_check_handler(check_handler handler) {
  auto &r = detail::registry::instance();
  const std::lock_guard lock(r.lock);
  r.handler = std::move(handler);
}

void set_long_hold_limit(std::chrono::nanoseconds limit) noexcept {
  detail::registry::instance().limit_ns.store(limit.count(),
                                              std::memory_order_relaxed);
}

void reset_checks() {
  auto &r = detail::registry::instance();
  const std::lock_guard lock(r.lock);
  r.order.clear();
  r.reported.clear();
}

INTERLOCK_NAMESPACE_END
