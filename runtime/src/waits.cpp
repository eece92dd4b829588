// Who waits for whom: the wait-for graph of the misuse checks.
#include "check_registry.hpp"

#include <interlock/detail/wait_profile.hpp>

#include <algorithm>
#include <cstddef>

INTERLOCK_NAMESPACE_BEGIN
namespace detail {
namespace {

constexpr std::size_t nowhere = static_cast<std::size_t>(-1);

std::chrono::nanoseconds since(std::uint64_t then, std::uint64_t now) {
  return std::chrono::nanoseconds(
      static_cast<std::int64_t>(now - std::min(now, then)));
}

std::string milliseconds(std::chrono::nanoseconds d) {
  return std::to_string(d.count() / 1'000'000) + " ms";
}

/// Each wait leads to at most one other, so a walk from a wait either ends or
/// runs into a cycle; each cycle is found from the first of its waits.
std::vector<std::vector<std::size_t>>
cycles_of(const std::vector<lock_wait> &waits) {
  std::vector<std::vector<std::size_t>> cycles;
  std::vector<std::size_t> walked_from(waits.size(), nowhere);
  for (std::size_t start = 0; start != waits.size(); ++start) {
    std::size_t at = start;
    while (at != nowhere && walked_from[at] == nowhere) {
      walked_from[at] = start;
      at = waits[at].holder_waits_in.value_or(nowhere);
    }
    if (at == nowhere || walked_from[at] != start)
      continue;
    std::vector<std::size_t> cycle;
    const std::size_t first = at;
    do {
      cycle.push_back(at);
      at = *waits[at].holder_waits_in;
    } while (at != first);
    std::rotate(cycle.begin(), std::min_element(cycle.begin(), cycle.end()),
                cycle.end());
    cycles.push_back(std::move(cycle));
  }
  return cycles;
}

std::string line_of(const lock_wait &w) {
  std::string line = "lock '" + w.lock + "' awaited at " + text(w.where) +
                     by(w.task) + " for " + milliseconds(w.waited);
  if (!w.holder_known)
    return line + "; who holds it is not known";
  return line + "; held for " + milliseconds(w.held) + " since " +
         text(w.held_since) + (w.holder_moved ? ", by a guard that moved" : "");
}

} // namespace

void check_registry::begin_wait(const void *key, const acquisition &a,
                                std::uint64_t now) {
  waits[key] = {a, now, ++waits_begun_};
  if (a.identity != nullptr)
    wait_of_[a.identity] = key;
}

void check_registry::end_wait(const void *key) noexcept {
  const auto found = waits.find(key);
  if (found == waits.end())
    return;
  const auto mine = wait_of_.find(found->second.by.identity);
  if (mine != wait_of_.end() && mine->second == key)
    wait_of_.erase(mine);
  waits.erase(found);
}

void check_registry::begin_hold(const lock_ref &ref, const acquisition &a,
                                std::uint64_t now) {
  held[{ref.owner, ref.entry}] = {a, now, a.identity};
  hold_of_[{a.owner, a.key_hash}] = {ref.owner, ref.entry};
}

bool check_registry::end_hold(const lock_ref &ref, hold &ended) noexcept {
  const auto found = held.find({ref.owner, ref.entry});
  if (found == held.end())
    return false;
  ended = found->second;
  hold_of_.erase({ended.by.owner, ended.by.key_hash});
  held.erase(found);
  return true;
}

const hold *check_registry::holder_of(const wait &w) const {
  const auto ref = hold_of_.find({w.by.owner, w.by.key_hash});
  if (ref == hold_of_.end())
    return nullptr;
  const auto found = held.find(ref->second);
  return found != held.end() ? &found->second : nullptr;
}

const void *check_registry::next_wait(const void *key) const {
  const hold *const h = holder_of(waits.at(key));
  if (h == nullptr || h->acquired_by == nullptr)
    return nullptr;
  const auto found = wait_of_.find(h->acquired_by);
  return found != wait_of_.end() ? found->second : nullptr;
}

numbered_graph check_registry::graph(std::uint64_t now) const {
  numbered_graph all;
  for (const auto &[key, w] : waits)
    all.waits.push_back(key);
  std::sort(all.waits.begin(), all.waits.end(), [this](auto a, auto b) {
    return waits.at(a).number < waits.at(b).number;
  });
  std::map<const void *, std::size_t> index;
  for (const void *const key : all.waits)
    index.emplace(key, index.size());
  for (const void *const key : all.waits) {
    const wait &w = waits.at(key);
    lock_wait entry;
    entry.lock = name_of(w.by);
    entry.where = w.by.where;
    entry.task = task_of(w.by);
    entry.waited = since(w.since, now);
    entry.limited = w.by.limited;
    if (const hold *const h = holder_of(w)) {
      entry.holder_known = true;
      entry.holder_moved = h->by.identity != h->acquired_by;
      entry.held_since = h->by.where;
      entry.held = since(h->since, now);
      if (const void *const next = next_wait(key))
        entry.holder_waits_in = index.at(next);
    }
    all.graph.waits.push_back(std::move(entry));
  }
  all.graph.cycles = cycles_of(all.graph.waits);
  return all;
}

} // namespace detail

bool wait_graph::certain(const std::vector<std::size_t> &cycle) const {
  return std::none_of(cycle.begin(), cycle.end(), [this](std::size_t i) {
    return waits[i].limited || waits[i].holder_moved;
  });
}

std::string wait_graph::text(std::size_t wait) const {
  std::string out = detail::line_of(waits[wait]);
  std::set<std::size_t> seen{wait};
  for (auto next = waits[wait].holder_waits_in; next;
       next = waits[*next].holder_waits_in) {
    if (!seen.insert(*next).second)
      return out + ", which closes the circle";
    out += ", whose holder waits: " + detail::line_of(waits[*next]);
  }
  return out;
}

std::string wait_graph::text() const {
  std::string out;
  for (const lock_wait &w : waits)
    out += detail::line_of(w) + "\n";
  for (const auto &cycle : cycles)
    out += (certain(cycle) ? "deadlock: " : "suspected deadlock: ") +
           text(cycle.front()) + "\n";
  return out;
}

wait_graph current_waits() {
  auto &r = detail::check_registry::instance();
  const std::lock_guard lock(r.lock);
  return r.graph(detail::steady_ns()).graph;
}

std::size_t report_long_waits(std::chrono::nanoseconds limit) {
  auto &r = detail::check_registry::instance();
  std::vector<check_report> reports;
  check_handler handler;
  {
    const std::lock_guard lock(r.lock);
    const std::uint64_t now = detail::steady_ns();
    const detail::numbered_graph all = r.graph(now);
    for (std::size_t i = 0; i != all.waits.size(); ++i) {
      detail::wait &w = r.waits.at(all.waits[i]);
      const lock_wait &entry = all.graph.waits[i];
      if (w.reported || entry.waited < limit)
        continue;
      w.reported = true;
      check_report report;
      report.kind = check_kind::long_wait;
      report.lock = entry.lock;
      report.where = entry.where;
      report.task = entry.task;
      report.other = entry.held_since;
      report.text = all.graph.text(i);
      reports.push_back(std::move(report));
    }
    handler = r.handler;
  }
  for (const check_report &report : reports)
    detail::tell(handler, report);
  return reports.size();
}

wait_watchdog::wait_watchdog([[maybe_unused]] std::chrono::milliseconds limit) {
#if defined(INTERLOCK_CHECKED)
  thread_ = std::thread([this, limit] {
    const auto pause = std::max(limit / 2, std::chrono::milliseconds(1));
    std::unique_lock lock(lock_);
    while (!ended_.wait_for(lock, pause, [this] { return end_; })) {
      lock.unlock();
      report_long_waits(limit);
      lock.lock();
    }
  });
#endif
}

wait_watchdog::~wait_watchdog() {
  {
    const std::lock_guard lock(lock_);
    end_ = true;
  }
  ended_.notify_one();
  if (thread_.joinable())
    thread_.join();
}

INTERLOCK_NAMESPACE_END
