#include "check_registry.hpp"

#include <interlock/contract.hpp>
#include <interlock/detail/test_hook.hpp>
#include <interlock/detail/trampoline.hpp>
#include <interlock/detail/wait_profile.hpp>

#include <algorithm>
#include <cstdio>

INTERLOCK_NAMESPACE_BEGIN
namespace detail {

check_registry &check_registry::instance() {
  static auto &r = *new check_registry;
  return r;
}

bool check_registry::reaches(const std::string &from,
                             const std::string &to) const {
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

std::string text(const std::source_location &at) {
  return at.line() == 0
             ? "a place not told"
             : std::string(at.file_name()) + ":" + std::to_string(at.line());
}

std::string name_of(const acquisition &a) {
  return a.name != nullptr ? a.name : "(unnamed)";
}

std::string by(const std::string &task) {
  return task.empty() ? task : " by '" + task + "'";
}

std::string check_registry::task_of(const acquisition &a) const {
  const auto found = tasks.find(a.identity);
  return found != tasks.end() ? found->second : std::string();
}

void tell(const check_handler &handler, const check_report &report) {
  if (handler)
    handler(report);
  else
    std::fprintf(stderr, "interlock: %s\n", report.text.c_str());
}

#if defined(INTERLOCK_CHECKED)
namespace {

/// A scheduler finds deadlocks itself, and wants to be fast.
bool off() noexcept { return current_test_scheduler() != nullptr; }

check_report nested(const check_registry &r, const acquisition &a,
                    const hold &h) {
  check_report report;
  report.lock = name_of(a);
  report.where = a.where;
  report.task = r.task_of(a);
  report.other_lock = name_of(h.by);
  report.other = h.by.where;
  const bool same = h.by.owner == a.owner && h.by.key_hash == a.key_hash;
  const bool inverted = !same && report.lock != report.other_lock &&
                        r.reaches(report.lock, report.other_lock);
  report.kind = same       ? check_kind::relock
                : inverted ? check_kind::order_inversion
                           : check_kind::nested;
  report.text = "lock '" + report.lock + "' acquired at " + text(a.where) +
                by(report.task) + " while '" + report.other_lock +
                "' is held since " + text(h.by.where);
  if (same)
    report.text += ": it waits for itself";
  else if (inverted)
    report.text += ": elsewhere they are acquired in the other order";
  return report;
}

/// What `a` does while something is held already.
void judge_nesting(check_registry &r, const acquisition &a,
                   std::vector<check_report> &reports) {
  for (auto &[ref, h] : r.held) {
    const bool said = a.holding && a.holding.owner == ref.first &&
                      a.holding.entry == ref.second;
    if (!said && (a.identity == nullptr || h.by.identity != a.identity))
      continue;
    h.by.delivered = false; // its owner has it and goes on: it has arrived
    check_report report = nested(r, a, h);
    if (report.lock != report.other_lock)
      r.order[report.other_lock].emplace(report.lock,
                                         std::pair(h.by.where, a.where));
    if (r.reported.insert({place(a.where), place(h.by.where)}).second)
      reports.push_back(std::move(report));
  }
}

/// Does the wait that has just begun close a circle of waits? The walk ends:
/// whoever waits, waits for one lock.
bool closes_circle(const check_registry &r, const void *begun) {
  std::size_t left = r.waits.size();
  const void *at = r.next_wait(begun);
  while (at != nullptr && at != begun && --left != 0)
    at = r.next_wait(at);
  return at == begun;
}

void judge_circle(const check_registry &r, const void *begun,
                  std::vector<check_report> &reports) {
  if (!closes_circle(r, begun))
    return;
  const auto [graph, keys] = r.graph(steady_ns());
  const auto index = static_cast<std::size_t>(
      std::find(keys.begin(), keys.end(), begun) - keys.begin());
  for (const auto &cycle : graph.cycles) {
    // One that waits for itself is a `relock`.
    if (cycle.size() < 2 || !graph.certain(cycle) ||
        std::find(cycle.begin(), cycle.end(), index) == cycle.end())
      continue;
    const lock_wait &w = graph.waits[index];
    check_report report;
    report.kind = check_kind::deadlock;
    report.lock = w.lock;
    report.where = w.where;
    report.task = w.task;
    report.other = w.held_since;
    report.other_lock = graph.waits[*w.holder_waits_in].lock;
    report.text = "deadlock: " + graph.text(index);
    reports.push_back(std::move(report));
  }
}

} // namespace

void check_before(const acquisition &a, const void *wait) {
  if (off())
    return;
  check_registry &r = check_registry::instance();
  std::vector<check_report> reports;
  check_handler handler;
  {
    const std::lock_guard lock(r.lock);
    judge_nesting(r, a, reports);
    if (wait != nullptr) {
      r.begin_wait(wait, a, steady_ns());
      judge_circle(r, wait, reports);
    }
    handler = r.handler;
  }
  for (const check_report &report : reports)
    tell(handler, report);
}

void check_blocking(const acquisition &a, const executor *where) {
  if (off() ||
      !(local_trampoline.active || (where != nullptr && where->runs_here())))
    return;
  check_registry &r = check_registry::instance();
  check_report report;
  check_handler handler;
  {
    const std::lock_guard lock(r.lock);
    if (!r.reported.insert({place(a.where), place({})}).second)
      return;
    report.kind = check_kind::blocked_executor;
    report.lock = name_of(a);
    report.where = a.where;
    report.task = r.task_of(a);
    report.text = "lock '" + report.lock + "' blocks a thread at " +
                  text(a.where) + by(report.task) +
                  " on which coroutines that may hold it have to run";
    handler = r.handler;
  }
  tell(handler, report);
}

void check_task_begins(const void *identity, const char *name) {
  check_registry &r = check_registry::instance();
  const std::lock_guard lock(r.lock);
  r.tasks[identity] = name;
}

void check_task_ends(const void *identity) noexcept {
  check_registry &r = check_registry::instance();
  const std::lock_guard lock(r.lock);
  r.tasks.erase(identity);
}

void check_wait_over(const void *wait) noexcept {
  if (off())
    return;
  check_registry &r = check_registry::instance();
  const std::lock_guard lock(r.lock);
  r.end_wait(wait);
}

void check_acquired(const acquisition &a, lock_ref ref) {
  if (off())
    return;
  check_registry &r = check_registry::instance();
  const std::lock_guard lock(r.lock);
  r.begin_hold(ref, a, steady_ns());
}

void check_moved(lock_ref ref) noexcept {
  if (off())
    return;
  check_registry &r = check_registry::instance();
  const std::lock_guard lock(r.lock);
  const auto found = r.held.find({ref.owner, ref.entry});
  if (found != r.held.end() && !found->second.by.delivered)
    found->second.by.identity = nullptr;
}

void check_together(const acquisition &first, const acquisition &second) {
  const std::string before = name_of(first), after = name_of(second);
  if (off() || before == after)
    return;
  check_registry &r = check_registry::instance();
  const std::lock_guard lock(r.lock);
  r.order[before].emplace(after, std::pair(first.where, second.where));
}

void check_released(lock_ref ref) noexcept {
  if (off())
    return;
  check_registry &r = check_registry::instance();
  check_report report;
  check_handler handler;
  {
    const std::lock_guard lock(r.lock);
    hold h;
    if (!r.end_hold(ref, h))
      return;
    // Relaxed: a setting.
    const std::int64_t limit = r.hold_limit_ns.load(std::memory_order_relaxed);
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
  if (off())
    return;
  check_registry &r = check_registry::instance();
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
  auto &r = detail::check_registry::instance();
  const std::lock_guard lock(r.lock);
  r.handler = std::move(handler);
}

void set_long_hold_limit(std::chrono::nanoseconds limit) noexcept {
  detail::check_registry::instance().hold_limit_ns.store(
      limit.count(), std::memory_order_relaxed);
}

void reset_checks() {
  auto &r = detail::check_registry::instance();
  const std::lock_guard lock(r.lock);
  r.order.clear();
  r.reported.clear();
}

INTERLOCK_NAMESPACE_END
