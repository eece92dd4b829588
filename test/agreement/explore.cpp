// Executes programs under the explorer, and watches what modifies rely on.
#include "verdict.hpp"

#include "task.hpp"

#include <interlock/lock_op.hpp>
#include <interlock/mutex.hpp>
#include <interlock/testing/explorer.hpp>

#include <algorithm>
#include <optional>

namespace agreement {
namespace {

using namespace interlock::testing;

/// Counts accesses: later is greater.
using moment = unsigned;

/// A number, and the read that it was computed from.
struct value {
  int number = 0;
  std::optional<int> variable;
  moment read = 0;
};

/// A branch that decides whether what follows is run.
struct condition {
  int variable;
  moment read;
  bool used_up = false; ///< its variable was modified in the slice of the read
  bool leaves = false;  ///< decides what follows to the end of the function
  bool raises = false;  ///< ... to the end of the `try`
};

struct object {
  outcome variables;
  interlock::mutex m;
  moment now = 0;
  moment written[2][2] = {}; ///< by activity and variable
  bool stale = false;
};

bool contains(const block &b, kind wanted) {
  return std::any_of(b.begin(), b.end(), [&](const statement &s) {
    // What a handler catches does not leave the statement.
    const bool caught = s.kind == kind::attempt && wanted == kind::raise;
    return s.kind == wanted || (!caught && contains(s.then, wanted)) ||
           contains(s.otherwise, wanted);
  });
}

enum class ending : std::uint8_t { reached, left, raised };

/// One of the two coroutines, while it runs.
class activity {
public:
  activity(const program &p, object &o, int id)
      : program_(p), object_(o), id_(id),
        helper_raises_(contains(p.helper, kind::raise)) {}

  task<> run(const block &code, int argument) {
    frame f(value{argument, {}, 0});
    (void)co_await run(code, f);
  }

private:
  struct frame {
    explicit frame(const value &argument)
        : n(argument), locals{argument, argument} {}
    value n;
    value locals[2];
  };

  task<ending> run(const block &b, frame &f) {
    interlock::guard held;
    for (const statement &s : b) {
      value &local = f.locals[s.local];
      value operand = s.use_local ? local : f.n;
      operand.number += s.constant;
      switch (s.kind) {
      case kind::suspend:
        co_await yield();
        slice_ = ++object_.now;
        if (s.risky && fails("risky"))
          co_return ending::raised;
        break;
      case kind::read:
        local = look_at(s.variable);
        break;
      case kind::set:
        modify(s.variable, operand, operand.number);
        break;
      case kind::add: {
        const int before = look_at(s.variable).number;
        modify(s.variable, operand,
               before + (s.subtract ? -operand.number : operand.number));
        break;
      }
      case kind::check:
      case kind::check_local:
      case kind::compare: {
        const ending e = co_await branch(s, f);
        if (e != ending::reached)
          co_return e;
        break;
      }
      case kind::leave:
        co_return ending::left;
      case kind::raise:
        co_return ending::raised;
      case kind::attempt: {
        const ending e = co_await attempt(s, f);
        if (e != ending::reached)
          co_return e;
        break;
      }
      case kind::guard:
        held = co_await object_.m.acquire();
        slice_ = ++object_.now;
        break;
      case kind::alias:
        break;
      case kind::help: {
        frame own(operand);
        const std::size_t outside = conditions_.size();
        if (co_await run(program_.helper, own) == ending::raised)
          co_return ending::raised;
        end_of(outside, &condition::leaves, &condition::raises);
        if (s.keep)
          local = own.locals[0];
        break;
      }
      case kind::loop:
        for (int i = 0; i != 2; ++i) {
          const ending e = co_await run(s.then, f);
          if (e != ending::reached)
            co_return e;
        }
        break;
      }
    }
    co_return ending::reached;
  }

  task<ending> branch(const statement &s, frame &f) {
    value &local = f.locals[s.local];
    const value checked =
        s.kind == kind::check_local ? local : look_at(s.variable);
    const bool yes = s.kind == kind::compare
                         ? checked.number == local.number
                         : (checked.number < s.constant) == s.less;
    // `if (x_ == seen)`: what was seen is what is there.
    if (s.kind == kind::compare && yes && local.variable == s.variable)
      local.read = checked.read;
    const std::size_t outside = conditions_.size();
    if (checked.variable)
      conditions_.push_back({.variable = *checked.variable,
                             .read = checked.read,
                             .leaves = has(s, kind::leave),
                             .raises = has(s, kind::raise) ||
                                       (helper_raises_ && has(s, kind::help))});
    const ending e = co_await run(yes ? s.then : s.otherwise, f);
    if (e == ending::reached && checked.variable &&
        !conditions_[outside].leaves && !conditions_[outside].raises)
      conditions_.resize(outside);
    co_return e;
  }
  static bool has(const statement &s, kind k) {
    return contains(s.then, k) || contains(s.otherwise, k);
  }

  task<ending> attempt(const statement &s, frame &f) {
    const std::size_t outside = conditions_.size();
    ending e = co_await run(s.then, f);
    if (e == ending::raised)
      e = co_await run(s.otherwise, f);
    if (e == ending::reached && !contains(s.otherwise, kind::leave) &&
        !contains(s.otherwise, kind::raise))
      end_of(outside, &condition::raises, &condition::leaves);
    co_return e;
  }

  /// Paths that parted `by` come together; what parted for `another` reason
  /// stays apart.
  void end_of(std::size_t outside, bool condition::*by,
              bool condition::*another) {
    const auto begin =
        conditions_.begin() + static_cast<std::ptrdiff_t>(outside);
    conditions_.erase(
        std::remove_if(begin, conditions_.end(),
                       [&](const condition &c) { return !(c.*another); }),
        conditions_.end());
    for (std::size_t i = outside; i != conditions_.size(); ++i)
      conditions_[i].*by = false;
  }

  value look_at(int variable) {
    const int number = object_.variables[static_cast<std::size_t>(variable)];
    if (schedule *const s = schedule::current())
      s->observe(&object_.variables[static_cast<std::size_t>(variable)], false);
    return {number, variable, ++object_.now};
  }

  void modify(int variable, const value &operand, int to) {
    int &place = object_.variables[static_cast<std::size_t>(variable)];
    const bool old = relies_on_old(variable, operand);
    object_.stale |= old;
    if (schedule *const s = schedule::current()) {
      s->observe(&place, true);
      if (old && s->tracing())
        s->note("modifies on the strength of an old read:");
    }
    place = to;
    object_.written[id_][variable] = ++object_.now;
    for (condition &c : conditions_)
      c.used_up |= c.variable == variable && c.read > slice_;
  }

  /// The definition of the defect: another activity has modified the variable
  /// since the read from which its new value was computed, or on which it
  /// depends whether it is modified.
  bool relies_on_old(int variable, const value &operand) const {
    const moment others = object_.written[1 - id_][variable];
    if (operand.variable == variable && operand.read < others)
      return true;
    const auto of_it = [&](const condition &c) {
      return c.variable == variable;
    };
    const bool checked_again = std::any_of(
        conditions_.begin(), conditions_.end(),
        [&](const condition &c) { return of_it(c) && c.read > slice_; });
    return !checked_again && std::any_of(conditions_.begin(), conditions_.end(),
                                         [&](const condition &c) {
                                           return of_it(c) && !c.used_up &&
                                                  c.read < others;
                                         });
  }

  const program &program_;
  object &object_;
  int id_;
  bool helper_raises_;
  moment slice_ = 0; ///< when the running slice began
  std::vector<condition> conditions_;
};

/// Runs both activities of an experiment and gives the state they leave.
class both {
public:
  both(const program &p, const experiment &e)
      : object_{.variables = e.begin, .m = {}},
        activities_{{p, object_, 0}, {p, object_, 1}}, program_(p), how_(e) {}

  void spawn(schedule &s, int i) {
    const block &code = how_.first[i] ? program_.first : program_.second;
    s.spawn(std::string(how_.first[i] ? "first(" : "second(") +
                std::to_string(how_.argument[i]) + ')',
            [this, &code, i] {
              return activities_[i].run(code, how_.argument[i]);
            });
  }
  const object &result() const { return object_; }

private:
  object object_;
  activity activities_[2];
  const program &program_;
  const experiment &how_;
};

options small_search() {
  options how;
  how.observed = true;
  how.maximum_schedules = 20'000;
  return how;
}

} // namespace

const std::vector<experiment> &experiments() {
  static const std::vector<experiment> all = [] {
    std::vector<experiment> out;
    for (const outcome begin :
         {outcome{0, 0}, outcome{4, 9}, outcome{20, 3}, outcome{9, 20}}) {
      for (const auto &[one, other] : {std::pair(9, 9), {9, 0}, {0, 0}}) {
        out.push_back({begin, {true, true}, {one, other}});
        out.push_back({begin, {true, false}, {one, other}});
        out.push_back({begin, {false, false}, {one, other}});
      }
      out.push_back({begin, {true, false}, {0, 9}});
    }
    return out;
  }();
  return all;
}

exploration explore(const program &p, const experiment &e) {
  exploration out;
  const report r = explore(small_search(), [&](schedule &s) {
    both run(p, e);
    run.spawn(s, 0);
    run.spawn(s, 1);
    if (!s.run())
      return;
    out.all.insert(run.result().variables);
    if (!run.result().stale)
      out.fresh.insert(run.result().variables);
    out.stale |= run.result().stale;
  });
  out.exhausted = r.ok() && r.exhausted;
  for (const int last : {0, 1})
    (void)explore(bounded(0), [&](schedule &s) {
      both run(p, e);
      for (const int i : {1 - last, last}) {
        run.spawn(s, i);
        s.run();
      }
      out.serial.insert(run.result().variables);
    });
  return out;
}

std::string drawing(const program &p, const experiment &e,
                    const std::set<outcome> &allowed) {
  return explore(small_search(),
                 [&](schedule &s) {
                   both run(p, e);
                   const outcome &now = run.result().variables;
                   s.watch("x_", [&] { return now[0]; });
                   s.watch("y_", [&] { return now[1]; });
                   run.spawn(s, 0);
                   run.spawn(s, 1);
                   s.run();
                   s.check(allowed.contains(now), "an outcome that is allowed");
                 })
      .drawing();
}

verdict judge(const program &p) {
  verdict v;
  for (const experiment &e : experiments()) {
    const exploration x = explore(p, e);
    const auto within = [&](const std::set<outcome> &allowed) {
      return std::includes(allowed.begin(), allowed.end(), x.all.begin(),
                           x.all.end());
    };
    const staleness found = !within(x.fresh) ? staleness::racy
                            : x.stale        ? staleness::stale
                                             : staleness::fresh;
    v.exhausted &= x.exhausted;
    v.staleness = std::max(v.staleness, found);
    v.serial &= within(x.serial);
    v.explorations.push_back(x);
  }
  return v;
}

} // namespace agreement
