// Tasks and steps: how one run of a test goes.
#include <interlock/testing/schedule.hpp>

#include "actors.hpp"

#include <algorithm>
#include <bit>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <stdexcept>

INTERLOCK_NAMESPACE_BEGIN
namespace testing {
namespace detail {

void driver::finished(schedule &s, unsigned task) noexcept {
  s.finish_task(task);
}
void driver::threw(schedule &s, unsigned task) noexcept {
  s.fail_task(task, std::current_exception());
}

} // namespace detail

schedule *schedule::current() noexcept {
  // Nobody but the explorer installs schedulers in programs that use it.
  return static_cast<schedule *>(interlock::detail::current_test_scheduler());
}

schedule::~schedule() { destroy_frames(); }

void schedule::reset(detail::chooser &chooser, const detail::run_limits &limits,
                     detail::trace *trace) {
  destroy_frames();
  for (unsigned i = 0; i != actor_count_; ++i)
    actors_[i] = actor{};
  for (unsigned i = 0; i != task_count_; ++i) {
    tasks_[i].done = false;
    tasks_[i].error = nullptr;
  }
  chooser_ = &chooser;
  trace_ = trace;
  limits_ = limits;
  actor_count_ = task_count_ = current_ = 0;
  last_ = nobody;
  inside_step_ = queued_in_step_ = false;
  ran_all_ = true;
  ready_ = sleeping_ = timed_ = 0;
  now_ = 0;
  steps_ = 0;
  footprint_ = {};
  objects_.clear();
  invariants_.clear();
  watches_.clear();
  result_.kind = detail::failure_kind::none;
  result_.what.clear();
  result_.decisions.clear();
  result_.steps.clear();
  result_.decisions_at_failure = result_.steps_at_failure = 0;
  result_.too_long = false;
}

unsigned schedule::take_actor(unsigned task) noexcept {
  unsigned id = 0;
  while (id != actor_count_ && actors_[id].used)
    ++id;
  if (id == maximum_actors) {
    std::fputs("interlock: too many tasks wait at once in one schedule\n",
               stderr);
    std::abort();
  }
  actor_count_ = std::max(actor_count_, id + 1);
  actor &a = actors_[id];
  a = actor{};
  a.used = true;
  a.task = task;
  if (inside_step_)
    footprint_.writes = detail::footprint::everything;
  if (trace_ != nullptr)
    a.lane = add_lane(task == no_task ? "(test)" : tasks_[task].name);
  return id;
}

unsigned schedule::add_task(std::string_view name) {
  if (task_count_ == maximum_actors)
    throw std::length_error("too many tasks in one schedule");
  const unsigned id = task_count_++;
  tasks_[id].name.assign(name);
  return id;
}

void schedule::set_driver(unsigned id, std::coroutine_handle<> frame) noexcept {
  task &t = tasks_[id];
  t.frame = frame;
  t.run = [](work_item *item) noexcept {
    static_cast<task *>(item)->frame.resume();
  };
  const unsigned a = take_actor(id);
  actors_[a].item = &t;
  actors_[a].kind = point::start;
  ready_ |= bit(a);
  ran_all_ = false;
}

void schedule::finish_task(unsigned id) noexcept {
  tasks_[id].done = true;
  if (trace_ != nullptr)
    trace_line("is done", nullptr);
}

bool schedule::finished(task_id task) const {
  return tasks_[static_cast<unsigned>(task)].done;
}

bool schedule::queued(task_id which) const noexcept {
  return std::any_of(actors_.begin(), actors_.begin() + actor_count_,
                     [&](const actor &a) {
                       return a.waiting != nullptr &&
                              a.task == static_cast<std::uint32_t>(which);
                     });
}

void schedule::destroy(task_id which) {
  task &t = tasks_[static_cast<unsigned>(which)];
  footprint_.writes = detail::footprint::everything;
  if (trace_ != nullptr)
    trace_line("destroys '" + t.name + "'", nullptr);
  remove(t); // its first step, if it has not run
  t.done = true;
  if (t.frame)
    std::exchange(t.frame, nullptr).destroy();
}

void schedule::destroy_frames() noexcept {
  for (unsigned i = 0; i != task_count_; ++i)
    if (tasks_[i].frame)
      std::exchange(tasks_[i].frame, nullptr).destroy();
}

schedule::mask schedule::enabled() const noexcept {
  mask m = ready_ | timed_;
  if (sleeping_ == 0)
    return m;
  std::int64_t first = std::numeric_limits<std::int64_t>::max();
  mask earliest = 0;
  for (mask rest = sleeping_; rest != 0; rest &= rest - 1) {
    const auto id = static_cast<unsigned>(std::countr_zero(rest));
    if (actors_[id].due < first) {
      first = actors_[id].due;
      earliest = 0;
    }
    if (actors_[id].due == first)
      earliest |= bit(id);
  }
  return m | earliest;
}

void schedule::step(unsigned id) {
  actor &a = actors_[id];
  const bool passes = (timed_ & bit(id)) != 0;
  current_ = id;
  footprint_ = {};
  queued_in_step_ = false;
  if (trace_ != nullptr)
    trace_step(id, passes);
  inside_step_ = true;
  if (passes) {
    a.deadline->cancel(interlock::detail::wait_outcome::timed_out);
  } else {
    running_ = std::exchange(a.item, nullptr);
    if (a.kind == point::sleep) {
      now_ = std::max(now_, a.due);
      footprint_.writes |= detail::footprint::clock;
    }
    ready_ &= ~bit(id);
    sleeping_ &= ~bit(id);
    runs_waiter_ = a.kind == point::acquire || a.kind == point::granted ||
                   a.kind == point::woken;
    running_->run(running_);
    if (a.kind == point::posted)
      footprint_.writes = detail::footprint::everything;
    if (!queued_in_step_)
      footprint_.writes |= limits_.observed ? 0 : detail::footprint::unobserved;
  }
  inside_step_ = false;
  if (a.item == nullptr && a.waiting == nullptr &&
      (a.task == no_task || tasks_[a.task].done))
    a.used = false;
}

bool schedule::run() {
  for (;;) {
    const mask options = enabled();
    if (options == 0)
      break;
    if (++steps_ > limits_.steps) {
      result_.too_long = true;
      ran_all_ = true;
      destroy_frames();
      return false;
    }
    unsigned id = static_cast<unsigned>(std::countr_zero(options));
    if ((options & (options - 1)) != 0) {
      id = chooser_->pick(options, last_);
      result_.decisions.push_back(
          {options, static_cast<std::uint8_t>(id), false});
    } else {
      chooser_->forced(id);
    }
    result_.steps.push_back(static_cast<std::uint8_t>(id));
    step(id);
    chooser_->stepped(id, footprint_);
    last_ = id;
    if (trace_ != nullptr)
      trace_watches();
    if (!result_.failed())
      check_invariants();
  }
  ran_all_ = true;
  const bool all_done =
      std::all_of(tasks_.begin(), tasks_.begin() + task_count_,
                  [](const task &t) { return t.done; });
  if (!all_done && limits_.stuck_fails)
    report_stuck();
  destroy_frames();
  while (ready_ != 0) // what the destroyed frames left to others
    step(static_cast<unsigned>(std::countr_zero(ready_)));
  return all_done;
}

unsigned schedule::choose(unsigned n, std::string_view what) {
  if (n < 2)
    return 0;
  const unsigned answer = chooser_->choose(n);
  result_.decisions.push_back({n, static_cast<std::uint8_t>(answer), true});
  if (trace_ != nullptr)
    trace_line(std::string(what) + (n == 2 ? (answer != 0 ? ": yes" : ": no")
                                           : ": " + std::to_string(answer)),
               nullptr);
  return answer;
}

std::chrono::nanoseconds schedule::now() noexcept {
  footprint_.reads |= detail::footprint::clock;
  return std::chrono::nanoseconds(now_);
}

} // namespace testing
INTERLOCK_NAMESPACE_END
