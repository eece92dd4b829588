// Makes programs, and makes them smaller.
#include "program.hpp"

#include <functional>
#include <numeric>
#include <random>
#include <sstream>
#include <utility>

namespace agreement {
namespace {

/// Where a block stands.
struct place {
  int depth = 0;
  bool branch = false;   ///< what follows is reached in another way
  bool guarded = false;  ///< no second guard: it would wait for the first one
  bool handler = false;  ///< where C++ allows no co_await
  bool may_help = false; ///< the helper does not call itself
  bool risky = false;    ///< suspensions can fail: somebody catches that
};

class generator {
public:
  generator(std::uint64_t seed, int modifies)
      : random_(seed), modifies_(modifies) {}

  program make() {
    program p;
    left_ = below(3) == 0 ? 1 : 0;
    const int before = left_;
    p.helper =
        make_block(1 + below(3), {.depth = 1, .guarded = true, .risky = true});
    helper_modifies_ = left_ != before;
    left_ = modifies_;
    p.first = make_block(2 + below(4), {.may_help = true});
    left_ = modifies_;
    p.second = make_block(1 + below(4), {.may_help = true});
    return p;
  }

private:
  int below(int n) {
    return static_cast<int>(random_() % static_cast<unsigned>(n));
  }
  bool maybe() { return below(2) != 0; }

  block make_block(int length, place at) {
    block out;
    while (length-- != 0 && (out.empty() || !ends(out.back().kind)))
      add_statement(out, at);
    return out;
  }

  static bool ends(kind k) { return k == kind::leave || k == kind::raise; }

  statement simple(kind k, int variable) {
    statement s;
    s.kind = k;
    s.variable = variable;
    s.spelling = static_cast<spelling>(below(4));
    s.local = below(2);
    s.use_local = below(4) != 0;
    s.constant = 1 + below(7);
    s.subtract = maybe();
    s.less = maybe();
    s.keep = maybe();
    return s;
  }

  void add_statement(block &out, place &at) {
    static constexpr kind weighted[] = {
        kind::suspend, kind::suspend,     kind::suspend, kind::suspend,
        kind::read,    kind::read,        kind::set,     kind::set,
        kind::add,     kind::add,         kind::add,     kind::check,
        kind::check,   kind::check_local, kind::leave,   kind::raise,
        kind::attempt, kind::guard,       kind::alias,   kind::help,
        kind::loop};
    // What people write more often than chance would.
    if (at.depth < 2 && below(12) == 0)
      return add_idiom(out, at);
    statement s;
    do
      s = simple(weighted[below(std::size(weighted))], below(2));
    while (!allowed(s.kind, at));
    s.risky = at.risky;
    place inside = at;
    ++inside.depth;
    switch (s.kind) {
    case kind::check:
    case kind::check_local:
      inside.branch = true;
      s.then = make_block(1 + below(3), inside);
      if (below(3) == 0)
        s.otherwise = make_block(1 + below(2), inside);
      break;
    case kind::attempt: {
      place handler = inside;
      handler.handler = true;
      s.otherwise = make_block(1 + below(2), handler);
      inside.risky = true;
      s.then = make_block(1 + below(3), inside);
      break;
    }
    case kind::loop:
      s.then = make_block(1 + below(2), inside);
      break;
    case kind::guard:
      at.guarded = true;
      break;
    default:
      break;
    }
    out.push_back(std::move(s));
  }

  bool allowed(kind k, const place &at) {
    switch (k) {
    case kind::set:
    case kind::add:
      return take_modify();
    case kind::check:
    case kind::check_local:
    case kind::attempt:
    case kind::loop:
      return at.depth < 2;
    case kind::leave:
    case kind::raise:
      return at.branch && maybe();
    case kind::suspend:
      return !at.handler;
    case kind::guard:
      return !at.handler && !at.guarded;
    case kind::help:
      return !at.handler && at.may_help && (!helper_modifies_ || take_modify());
    default:
      return true;
    }
  }

  /// A check that is used up by its modify before the suspension, repeated
  /// after it, or neither; a value that is written only where nobody changed
  /// what it was computed from, or always.
  void add_idiom(block &out, place at) {
    if (at.handler || !take_modify())
      return;
    const int variable = below(2);
    statement check = simple(kind::check, variable);
    statement change = simple(kind::add, variable);
    change.subtract = !check.less;
    statement wait = simple(kind::suspend, variable);
    wait.risky = at.risky;
    switch (below(5)) {
    case 0: // claim, and sometimes put back
      check.then = {change, wait};
      if (take_modify()) {
        change.subtract = !change.subtract;
        check.then.push_back(change);
      }
      break;
    case 1: { // check again
      statement again = check;
      again.then = {change};
      check.then = {wait, again};
      break;
    }
    case 2:
      check.then = {wait, change};
      break;
    default: {
      statement seen = simple(kind::read, variable);
      seen.local = change.local;
      change.kind = kind::set;
      change.use_local = true;
      out.push_back(std::move(seen));
      out.push_back(std::move(wait));
      if (maybe()) {
        out.push_back(std::move(change));
        return;
      }
      check.kind = kind::compare;
      check.local = change.local;
      check.then = {change};
    }
    }
    out.push_back(std::move(check));
  }

  /// One modify less to come; false if there is none left.
  bool take_modify() {
    if (left_ == 0)
      return false;
    --left_;
    return true;
  }

  std::mt19937_64 random_;
  int modifies_;
  int left_ = 0;
  bool helper_modifies_ = false;
};

/// Calls `visit` with each block of the program, outer ones first.
void each_block(block &b, const std::function<void(block &)> &visit) {
  visit(b);
  for (statement &s : b) {
    each_block(s.then, visit);
    each_block(s.otherwise, visit);
  }
}

/// The program with the `index`-th statement of its `number`-th block replaced;
/// false if there is no such statement, or nothing would change.
bool reduce(program &p, std::size_t number, std::size_t index,
            block statement::*by) {
  bool done = false;
  std::size_t at = 0;
  for (block *const top : {&p.first, &p.second, &p.helper})
    each_block(*top, [&](block &b) {
      if (done || at++ != number || index >= b.size())
        return;
      block in_place;
      if (by != nullptr)
        in_place = std::move(b[index].*by);
      if (by != nullptr && in_place.empty())
        return;
      const auto hole = b.erase(b.begin() + static_cast<std::ptrdiff_t>(index));
      b.insert(hole, in_place.begin(), in_place.end());
      done = true;
    });
  return done;
}

int size(const block &b) {
  return std::accumulate(b.begin(), b.end(), 0, [](int sum, const auto &s) {
    return sum + 1 + size(s.then) + size(s.otherwise);
  });
}

} // namespace

program named(const std::string &name, int modifies) {
  std::istringstream parts(name);
  std::string part;
  std::getline(parts, part, '/');
  program p = generator(std::stoull(part), modifies).make();
  while (std::getline(parts, part, '/'))
    p = reductions(p).at(std::stoul(part));
  p.name = name;
  return p;
}

std::vector<program> reductions(const program &p) {
  std::vector<program> out;
  std::size_t blocks = 0;
  program copy = p;
  for (block *const top : {&copy.first, &copy.second, &copy.helper})
    each_block(*top, [&](block &) { ++blocks; });
  for (std::size_t number = 0; number != blocks; ++number)
    for (block statement::*const by : {static_cast<block statement::*>(nullptr),
                                       &statement::then, &statement::otherwise})
      for (std::size_t index = 0; index != 8; ++index) {
        program smaller = p;
        if (reduce(smaller, number, index, by)) {
          smaller.name = p.name + '/' + std::to_string(out.size());
          out.push_back(std::move(smaller));
        }
      }
  return out;
}

int size(const program &p) {
  return size(p.first) + size(p.second) + size(p.helper);
}

} // namespace agreement
