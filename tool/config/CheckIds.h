#pragma once

#include "matchers/base/Finding.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <optional>
#include <string>
#include <vector>

namespace interlock {

/// One line of matchers/Checks.def.
struct CheckInfo {
  llvm::StringLiteral Class;
  llvm::StringLiteral Id;
  Level Default;
  llvm::StringLiteral Summary;
};

llvm::ArrayRef<CheckInfo> allChecks();
const CheckInfo *findCheck(llvm::StringRef Id);

/// `error`, `warning`, `note`; `none` for no level.
llvm::StringRef levelName(Level L);
std::optional<Level> levelFromName(llvm::StringRef Name);

/// The id without the prefix that checks carry inside clang-tidy.
llvm::StringRef plainId(llvm::StringRef Id);

/// Whether `Text` matches a pattern in which `*` stands for any text.
bool matchesGlob(llvm::StringRef Pattern, llvm::StringRef Text);

/// Whether a list of globs, later ones winning and `-` excluding, selects an
/// id. An empty list selects by `IfEmpty`.
bool selects(llvm::ArrayRef<std::string> Globs, llvm::StringRef Id,
             bool IfEmpty);

/// `a,b,-c` as a list, blanks dropped.
std::vector<std::string> splitList(llvm::StringRef Text);

/// Says what is wrong with a glob for check ids (it selects no check), or
/// nothing.
std::optional<std::string> badCheckGlob(llvm::StringRef Glob);

} // namespace interlock
