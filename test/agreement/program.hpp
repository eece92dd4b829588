// Small random programs: two coroutines of a class that has two variables, a
// lock and a helper coroutine. One tree, two uses: it is written as C++ for
// interlock, and executed by the explorer.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace agreement {

enum class kind : std::uint8_t {
  suspend,     ///< co_await tick(); or risky(), which sometimes throws
  read,        ///< local = variable;
  set,         ///< variable = operand;
  add,         ///< variable += operand; or -=
  check,       ///< if (variable >= or < constant) ... else ...
  check_local, ///< if (local >= or < constant) ... else ...
  compare,     ///< if (variable == local) ... else ...
  leave,       ///< co_return;
  raise,       ///< throw failure{};
  attempt,     ///< try ... catch (const failure &) ...
  guard,       ///< auto g = co_await m_.acquire();, to the end of the block
  alias,       ///< int &r = variable;, for the rest of the block
  help,        ///< local = co_await helper(operand); or without the local
  loop,        ///< twice
};

/// How C++ spells an access to a variable: it means the same.
enum class spelling : std::uint8_t { plain, alias, function, lengthy };

struct statement;
using block = std::vector<statement>;

struct statement {
  agreement::kind kind = kind::suspend;
  agreement::spelling spelling = spelling::plain;
  int variable = 0;
  int local = 0;
  bool use_local =
      false; ///< the operand is local + constant, else n + constant
  int constant = 0;
  bool subtract = false; ///< `add`
  bool less = false;     ///< checks: < instead of >=
  bool keep = false;     ///< `help`: the result
  bool risky = false;    ///< `suspend`: can fail
  block then;
  block otherwise;
};

struct program {
  std::string name; ///< what `named` makes it from
  block first;
  block second;
  block helper;
};

/// `SEED` is a random program with at most `modifies` modifies in each
/// activity; `SEED/K` is the K-th of its reductions, and so on.
program named(const std::string &name, int modifies);
/// Programs that lack one statement, or have one in place of what it holds.
std::vector<program> reductions(const program &p);

/// As a class that is called `class_name(p)`.
std::string to_cpp(const program &p);
std::string class_name(const program &p);
/// What `to_cpp` needs before the first program.
std::string preamble();

/// How many statements there are: small programs are read first.
int size(const program &p);

} // namespace agreement
