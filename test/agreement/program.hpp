// Small random programs: two coroutines of a class that has two variables, a
// lock and a helper coroutine. One tree, two uses: it is written as C++ for
// interlock, and executed by the explorer.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace agreement {

enum class kind : std::uint8_t {
  suspend,  ///< co_await tick();
  read,     ///< local = variable;
  set,      ///< variable = local or argument, + constant;
  add,      ///< variable += ...;
  if_state, ///< if (variable >= constant) ... else ...
  if_local, ///< if (local >= constant) ... else ...
  leave,    ///< co_return;
  guard,    ///< auto g = co_await m_.acquire();, to the end of the block
  alias,    ///< int &r = variable; co_await tick(); r = r + ...;
  help,     ///< co_await helper();
  loop,     ///< twice
};

struct statement;
using block = std::vector<statement>;

struct statement {
  agreement::kind kind = kind::suspend;
  int variable = 0;
  int local = 0;
  bool use_local = false; ///< the operand is the local, else the argument
  int constant = 0;
  bool suspends = false; ///< `alias`: between binding and use
  block then;
  block otherwise;
};

struct program {
  block first;
  block second;
  block helper;
};

program random_program(std::uint64_t seed);

/// As a class called `Program<number>`.
std::string to_cpp(const program &p, std::uint64_t number);
/// What `to_cpp` needs before the first program.
std::string preamble();

/// How many statements there are: small programs are read first.
int size(const program &p);

struct verdict {
  /// Some interleaving of two activities ends in a state that no serial order
  /// of them ends in.
  bool racy = false;
  bool exhausted = true; ///< false: no verdict
  std::string how;       ///< which activities, and the interleaving
};

verdict explore(const program &p);

} // namespace agreement
