// What a schedule writes down in the run that is reported.
#include <interlock/testing/schedule.hpp>

#include <algorithm>

INTERLOCK_NAMESPACE_BEGIN
namespace testing {

using interlock::detail::lock_ref;
using interlock::detail::sync_event;

void schedule::trace_line(std::string text, const std::source_location *where) {
  if (trace_->stopped)
    return;
  drawing::event e;
  e.step = static_cast<unsigned>(result_.steps.size());
  e.lane = actors_[current_].lane;
  e.text = std::move(text);
  if (where != nullptr && where->line() != 0) {
    e.file = where->file_name();
    e.line = where->line();
  }
  trace_->drawn.events.push_back(std::move(e));
}

/// The parts of one task are told apart by numbers.
std::uint32_t schedule::add_lane(std::string name) {
  auto &lanes = trace_->drawn.lanes;
  const auto parts =
      std::count_if(lanes.begin(), lanes.end(), [&](const std::string &l) {
        return l == name || l.starts_with(name + "/");
      });
  if (parts != 0)
    name += "/" + std::to_string(parts + 1);
  lanes.push_back(std::move(name));
  return static_cast<std::uint32_t>(lanes.size() - 1);
}

std::string schedule::lock_text(const lock_ref &lock) {
  if (const char *name = lock.name()) {
    const std::string key = lock.key_text();
    return std::string("'") + name +
           (key.empty() ? std::string() : "(" + key + ")") + "'";
  }
  if (lock.entry != nullptr)
    return "lock of key '" + lock.key_text() + "'";
  for (const auto &[owner, name] : trace_->anonymous)
    if (owner == lock.owner)
      return name;
  std::string name = "lock #" + std::to_string(trace_->anonymous.size() + 1);
  trace_->anonymous.emplace_back(lock.owner, name);
  return name;
}

void schedule::trace_step(unsigned id, bool passes) {
  const actor &a = actors_[id];
  if (passes)
    return trace_line("the deadline passes", &a.where);
  switch (a.kind) {
  case point::start:
    return trace_line("starts", nullptr);
  case point::acquire:
  case point::granted:
    return; // see trace_lock()
  case point::queued:
    return;
  case point::woken:
    return trace_line("competes for " + lock_text(a.lock), &a.where);
  case point::cancelled:
    return trace_line("stops waiting for " + lock_text(a.lock), &a.where);
  case point::yield:
    return trace_line("continues", &a.where);
  case point::io:
    return trace_line(std::string("continues after ") + a.label, &a.where);
  case point::sleep:
    return trace_line("wakes at " + std::to_string(a.due / 1'000'000) + " ms",
                      &a.where);
  case point::posted:
    return trace_line("continues", nullptr);
  }
}

void schedule::trace_suspension(const actor &a) {
  switch (a.kind) {
  case point::io:
    return trace_line(std::string("waits for ") + a.label, &a.where);
  case point::sleep:
    return trace_line(
        "sleeps until " + std::to_string(a.due / 1'000'000) + " ms", &a.where);
  default:
    return trace_line("yields", &a.where);
  }
}

void schedule::trace_lock(sync_event event, const lock_ref &lock) {
  auto &held = trace_->held;
  const auto at = std::find_if(held.begin(), held.end(), [&](const auto &h) {
    return h.owner == lock.owner && h.entry == lock.entry;
  });
  const actor &a = actors_[current_];
  switch (event) {
  case sync_event::acquired:
    if (at == held.end())
      held.push_back(
          {lock.owner, lock.entry, trace_->drawn.lanes[a.lane], a.where});
    return trace_line("acquires " + lock_text(lock), &a.where);
  case sync_event::wait:
    return trace_line(
        "queues for " + lock_text(lock) +
            (at != held.end() ? ", held by '" + at->who + "'" : std::string()),
        &a.where);
  case sync_event::release:
    if (at != held.end())
      held.erase(at);
    return trace_line("releases " + lock_text(lock) +
                          (lock.has_waiters() ? ", others wait" : ""),
                      nullptr);
  }
}

void schedule::add_watch(std::string name, std::function<std::string()> read) {
  watched w{std::move(name), std::move(read), {}};
  w.last = w.read();
  trace_->drawn.initially.push_back(w.name + " = " + w.last);
  watches_.push_back(std::move(w));
}

void schedule::trace_watches() {
  for (watched &w : watches_) {
    std::string value = w.read();
    if (value == w.last)
      continue;
    trace_line(w.name + ": " + w.last + " -> " + value, nullptr);
    w.last = std::move(value);
  }
}

void schedule::trace_stuck() {
  for (unsigned id = 0; id != actor_count_; ++id) {
    const actor &a = actors_[id];
    if (!a.used || a.item != nullptr ||
        (a.waiting == nullptr &&
         (a.task >= task_count_ || tasks_[a.task].done)))
      continue;
    current_ = id;
    if (a.waiting == nullptr) {
      trace_line("waits for something that never happens", nullptr);
      continue;
    }
    std::string text = "still waits for " + lock_text(a.lock);
    if (!waits_for_holder(a))
      text += ", which is free";
    for (const auto &h : trace_->held)
      if (h.owner == a.lock.owner && h.entry == a.lock.entry)
        text += ", held by '" + h.who + "' since line " +
                std::to_string(h.where.line());
    trace_line(std::move(text), &a.where);
  }
}

void schedule::note(std::string_view text) {
  if (trace_ != nullptr)
    trace_line(std::string(text), nullptr);
}

} // namespace testing
INTERLOCK_NAMESPACE_END
