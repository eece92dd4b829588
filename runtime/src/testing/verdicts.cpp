// What a schedule calls a failure.
#include <interlock/mutex.hpp>
#include <interlock/testing/schedule.hpp>

#include <algorithm>

INTERLOCK_NAMESPACE_BEGIN
namespace testing {

void schedule::fail(detail::failure_kind kind, std::string what) {
  if (result_.failed() || result_.too_long)
    return;
  result_.kind = kind;
  result_.what = std::move(what);
  result_.decisions_at_failure = result_.decisions.size();
  result_.steps_at_failure = result_.steps.size();
  if (trace_ != nullptr) {
    if (inside_step_)
      trace_watches();
    trace_->stopped = true;
    trace_->drawn.outcome = "FAILS: " + result_.what;
  }
}

void schedule::check(bool ok, std::string_view what) {
  if (!ok)
    fail(detail::failure_kind::check, std::string(what));
}

void schedule::check_invariants() {
  for (const invariant &i : invariants_)
    if (!i.holds())
      return fail(detail::failure_kind::invariant, i.what);
}

bool schedule::waits_for_holder(const actor &a) noexcept {
  if (a.waiting == nullptr)
    return false;
  // The entry of a key is there only while somebody holds it or waits.
  return a.lock.entry != nullptr ||
         static_cast<const interlock::mutex *>(a.lock.owner)->is_locked();
}

void schedule::report_stuck() {
  bool only_locks = true;
  std::string who;
  for (unsigned t = 0; t != task_count_; ++t) {
    if (tasks_[t].done)
      continue;
    only_locks &= std::any_of(
        actors_.begin(), actors_.begin() + actor_count_,
        [&](const actor &a) { return a.task == t && waits_for_holder(a); });
    who += (who.empty() ? "'" : ", '") + tasks_[t].name + "'";
  }
  if (trace_ != nullptr)
    trace_stuck();
  if (only_locks)
    fail(detail::failure_kind::deadlock, "deadlock of " + who);
  else
    fail(detail::failure_kind::lost_wakeup,
         "lost wake-up: nothing will ever resume " + who);
}

void schedule::fail_task(unsigned id, std::exception_ptr error) noexcept {
  tasks_[id].done = true;
  std::string what = "task '" + tasks_[id].name + "' ended with an exception";
  try {
    std::rethrow_exception(std::move(error));
  } catch (const std::exception &e) {
    what += std::string(": ") + e.what();
  } catch (...) {
    what += " that is no std::exception";
  }
  fail(detail::failure_kind::exception, std::move(what));
}

} // namespace testing
INTERLOCK_NAMESPACE_END
