#include "interpreter.hpp"

#include "task.hpp"

#include <interlock/lock_op.hpp>
#include <interlock/mutex.hpp>
#include <interlock/testing/points.hpp>

#include <algorithm>
#include <optional>
#include <span>
#include <vector>

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
  bool leaves = false; ///< decides what follows to the end of the function
  bool raises = false; ///< ... to the end of the `try`
};

struct modification {
  int activity;
  moment when;
};

struct object {
  outcome variables;
  interlock::mutex m;
  moment now = 0;
  std::vector<modification> history[2]; ///< of each variable
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

bool touches_variable(kind k) {
  return k == kind::read || k == kind::set || k == kind::add ||
         k == kind::check || k == kind::compare;
}

enum class ending : std::uint8_t { reached, left, raised };

/// One of the two coroutines, while it runs.
class activity {
public:
  activity(const program &p, object &o, int id, liberties may)
      : program_(p), object_(o), id_(id), may_(may),
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
      if (may_.suspend_anywhere && touches_variable(s.kind))
        co_await yield();
      const ending e = co_await run(s, f, held);
      if (e != ending::reached)
        co_return e;
    }
    co_return ending::reached;
  }

  task<ending> run(const statement &s, frame &f, interlock::guard &held) {
    value operand = s.use_local ? f.locals[s.local] : f.n;
    operand.number += s.constant;
    switch (s.kind) {
    case kind::suspend:
      co_await yield();
      co_return s.risky &&fails("risky") ? ending::raised : ending::reached;
    case kind::read:
      f.locals[s.local] = look_at(s.variable);
      break;
    case kind::set:
      modify(s.variable, operand, operand.number, false);
      break;
    case kind::add: {
      const int by = s.subtract ? -operand.number : operand.number;
      modify(s.variable, operand, look_at(s.variable).number + by, true);
      break;
    }
    case kind::check:
    case kind::check_local:
    case kind::compare:
      co_return co_await branch(s, f);
    case kind::leave:
      co_return ending::left;
    case kind::raise:
      co_return ending::raised;
    case kind::attempt:
      co_return co_await attempt(s, f);
    case kind::guard:
      held = co_await object_.m.acquire();
      break;
    case kind::alias:
      break;
    case kind::help:
      co_return co_await help(s, f, operand);
    case kind::loop:
      for (int i = 0; i != 2; ++i) {
        const ending e = co_await run(s.then, f);
        if (e != ending::reached)
          co_return e;
      }
      break;
    }
    co_return ending::reached;
  }

  task<ending> help(const statement &s, frame &f, value argument) {
    frame own(argument);
    const std::size_t outside = conditions_.size();
    if (co_await run(program_.helper, own) == ending::raised)
      co_return ending::raised;
    end_of(outside, &condition::leaves, &condition::raises);
    if (s.keep)
      f.locals[s.local] = own.locals[0];
    co_return ending::reached;
  }

  task<ending> branch(const statement &s, frame &f) {
    value &local = f.locals[s.local];
    const value checked =
        s.kind == kind::check_local ? local : look_at(s.variable);
    const bool yes = may_.take_any_branch ? choose(2) != 0
                     : s.kind == kind::compare
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

  void modify(int variable, const value &operand, int to, bool relative) {
    int &place = object_.variables[static_cast<std::size_t>(variable)];
    const bool old = relies_on_old(variable, operand, relative);
    object_.stale |= old;
    if (schedule *const s = schedule::current()) {
      s->observe(&place, true);
      if (old && s->tracing())
        s->note("modifies on the strength of an old read:");
    }
    place = to;
    object_.history[variable].push_back({id_, ++object_.now});
  }

  /// The definition of the defect: another activity has modified the variable
  /// since the read from which its new value was computed, or since all checks
  /// on which it depends whether it is modified. What this activity had used
  /// up by then is its own: `x -= a` may be taken back by `x += a`.
  bool relies_on_old(int variable, const value &operand, bool relative) const {
    if (operand.variable == variable && !fresh(variable, operand.read) &&
        !(relative && used_up(variable, operand.read)))
      return true;
    bool old = false;
    for (const condition &c : conditions_)
      if (c.variable == variable) {
        if (fresh(variable, c.read))
          return false;
        old |= !used_up(variable, c.read);
      }
    return old;
  }
  bool fresh(int variable, moment read) const {
    const auto later = since(variable, read);
    return std::all_of(later.begin(), later.end(), [&](const modification &m) {
      return m.activity == id_;
    });
  }
  /// The first modify after a read was made by this activity.
  bool used_up(int variable, moment read) const {
    const auto later = since(variable, read);
    return !later.empty() && later.front().activity == id_;
  }
  std::span<const modification> since(int variable, moment read) const {
    const auto &all = object_.history[variable];
    return {std::find_if(all.begin(), all.end(),
                         [&](const modification &m) { return m.when > read; }),
            all.end()};
  }

  const program &program_;
  object &object_;
  int id_;
  liberties may_;
  bool helper_raises_;
  std::vector<condition> conditions_;
};

} // namespace

struct run_of::parts {
  parts(const program &p, const experiment &e, liberties may)
      : state{.variables = e.begin, .m = {}, .history = {}},
        activities{{p, state, 0, may}, {p, state, 1, may}}, code(p), how(e) {}

  object state;
  activity activities[2];
  const program &code;
  const experiment &how;
};

run_of::run_of(const program &p, const experiment &e, liberties may)
    : parts_(std::make_unique<parts>(p, e, may)) {}
run_of::~run_of() = default;

void run_of::spawn(schedule &s, int i) {
  const experiment &how = parts_->how;
  const block &code = how.first[i] ? parts_->code.first : parts_->code.second;
  s.spawn(
      std::string(how.first[i] ? "first(" : "second(") +
          std::to_string(how.argument[i]) + ')',
      [&code, &activity = parts_->activities[i], argument = how.argument[i]] {
        return activity.run(code, argument);
      });
}
const outcome &run_of::variables() const noexcept {
  return parts_->state.variables;
}
bool run_of::stale() const noexcept { return parts_->state.stale; }

} // namespace agreement
