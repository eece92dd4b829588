// Executes programs under the explorer.
#include "program.hpp"

#include "task.hpp"

#include <interlock/lock_op.hpp>
#include <interlock/mutex.hpp>
#include <interlock/testing/explorer.hpp>

#include <array>
#include <set>

namespace agreement {
namespace {

using namespace interlock::testing;
using outcome = std::array<int, 2>;

struct object {
  outcome variables;
  interlock::mutex m;
};
struct frame {
  int n = 0;
  std::array<int, 2> locals{};
};

/// False if the activity has left.
task<bool> execute(const program &p, const block &b, object &o, frame &f) {
  interlock::guard held;
  for (const statement &s : b) {
    int &variable = o.variables[static_cast<std::size_t>(s.variable)];
    int &local = f.locals[static_cast<std::size_t>(s.local)];
    const auto operand = [&] {
      return (s.use_local ? local : f.n) + s.constant;
    };
    switch (s.kind) {
    case kind::suspend:
      co_await yield();
      break;
    case kind::read:
      local = variable;
      break;
    case kind::set:
      variable = operand();
      break;
    case kind::add:
      variable += operand();
      break;
    case kind::if_state:
    case kind::if_local: {
      const int checked = s.kind == kind::if_state ? variable : local;
      if (!co_await execute(p, checked >= s.constant ? s.then : s.otherwise, o,
                            f))
        co_return false;
      break;
    }
    case kind::leave:
      co_return false;
    case kind::guard:
      held = co_await o.m.acquire();
      break;
    case kind::alias:
      if (s.suspends)
        co_await yield();
      variable = variable + operand();
      break;
    case kind::help: {
      frame own;
      (void)co_await execute(p, p.helper, o, own);
      break;
    }
    case kind::loop:
      for (int i = 0; i != 2; ++i)
        if (!co_await execute(p, s.then, o, f))
          co_return false;
      break;
    }
  }
  co_return true;
}

struct activity {
  const block *code;
  const char *name;
  int n;
};

/// Two activities of a program, from a state of its variables.
class experiment {
public:
  experiment(const program &p, outcome begin, activity one, activity other)
      : program_(p), begin_(begin), activities_{one, other} {}

  void judge(verdict &v) {
    const std::set<outcome> serial{run_serially(0, 1), run_serially(1, 0)};
    options how;
    how.maximum_schedules = 20'000;
    const report r = explore(how, [&](schedule &s) {
      object o{begin_, {}};
      s.watch("x_", [&] { return o.variables[0]; });
      s.watch("y_", [&] { return o.variables[1]; });
      std::array<frame, 2> frames{frame{activities_[0].n, {}},
                                  frame{activities_[1].n, {}}};
      for (std::size_t i = 0; i != 2; ++i)
        s.spawn(activities_[i].name, [this, &o, &frames, i] {
          return execute(program_, *activities_[i].code, o, frames[i]);
        });
      s.run();
      s.check(serial.contains(o.variables), "as in some serial order");
    });
    v.exhausted &= r.exhausted || !r.ok();
    if (r.ok())
      return;
    v.racy = true;
    v.how = r.drawing();
  }

private:
  outcome run_serially(std::size_t first, std::size_t second) {
    outcome end{};
    const report r = explore(bounded(0), [&](schedule &s) {
      object o{begin_, {}};
      for (const std::size_t i : {first, second}) {
        frame f{activities_[i].n, {}};
        s.spawn(activities_[i].name,
                [&] { return execute(program_, *activities_[i].code, o, f); });
        s.run();
      }
      end = o.variables;
    });
    (void)r;
    return end;
  }

  // Found here, not the namespace's: the explorer's.
  static report explore(const options &how,
                        const std::function<void(schedule &)> &body) {
    return interlock::testing::explore(how, body);
  }

  const program &program_;
  outcome begin_;
  std::array<activity, 2> activities_;
};

} // namespace

verdict explore(const program &p) {
  verdict v;
  const activity first{&p.first, "first(1)", 1};
  const activity again{&p.first, "first(2)", 2};
  const activity second{&p.second, "second(3)", 3};
  const activity twice{&p.second, "second(4)", 4};
  for (const outcome begin : {outcome{0, 0}, outcome{4, 9}, outcome{20, 3}})
    for (const auto &[one, other] :
         {std::pair(first, again), std::pair(first, second),
          std::pair(second, twice)}) {
      experiment(p, begin, one, other).judge(v);
      if (v.racy)
        return v;
    }
  return v;
}

} // namespace agreement
