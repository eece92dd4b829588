#pragma once

#include "matchers/base/Finding.h"
#include "rewriters/Rewriters.h"

#include "clang/Frontend/ASTUnit.h"

#include <memory>
#include <string>
#include <vector>

/// Source text with the facts of a finding marked in it, so that rewriters can
/// be tested without a detector:
///
///     if ($r{balance_} >= cost) { $s{co_await send()}; $m{balance_ -= cost}; }
///
/// `$r` marks a read, `$s` a suspension, `$m` a modify, `$k` the key; a digit
/// behind the letter tells several findings of one text apart (`$m2{...}`).
namespace interlock::test {

struct Marked {
  std::string Code;              ///< without the markers
  std::vector<Finding> Findings; ///< one for each digit, `0` without one
};

/// What the findings of a text are about.
struct About {
  std::string Category = "balance";
  std::string Member = "Account::balance_";
  std::string Owner = "this";
  std::string Key = {};
  std::string Check = "stale-check";
  bool IsCoroutine = true;
  std::vector<Obstacle> Obstacles = {};
};

inline constexpr char TestFile[] = "/virtual/test.cpp";

Marked readMarks(llvm::StringRef Text, std::vector<About> Subjects = {{}});

/// Parses code as C++20 with the warnings that a strict project has, the
/// runtime's headers and `task.hpp`, a minimal lazy coroutine type.
std::unique_ptr<clang::ASTUnit> parse(const std::string &Code,
                                      std::vector<std::string> &Messages,
                                      const std::string &File = TestFile);

/// The outcome of planning for one text, applied.
struct Rewritten {
  std::string Code; ///< with all plans applied
  FixResult Result;
  std::vector<std::string> Before; ///< compiler messages
  std::vector<std::string> After;
};

Rewritten rewrite(llvm::StringRef Text, std::vector<About> Subjects = {{}},
                  FixOptions Opts = {});

} // namespace interlock::test
