#pragma once

#include "matchers/base/Finding.h"
#include "matchers/base/Options.h"
#include "rewriters/base/Extent.h"
#include "rewriters/base/FixPlan.h"
#include "rewriters/base/FunctionView.h"
#include "rewriters/base/KeyCode.h"

#include <string>
#include <variant>
#include <vector>

namespace interlock {

/// Where the locks of a finding's state live.
struct StateCode {
  std::string Spelling; ///< `safe_state_`, `account.safe_state_`, ...
  /// Local variables that the spelling names.
  llvm::SmallVector<const clang::ValueDecl *> Uses;
  /// The declaration where it has to be added to a class, with its include.
  std::vector<Edit> Declares;
};

/// What the configuration says; else a state that the class, or the function,
/// has already; else what `Opts.Access` asks for. `Header` is what a file that
/// declares a state includes. Fails where a class cannot be given a member.
std::variant<StateCode, Why> stateOf(const FunctionView &View, const Finding &F,
                                     const FixOptions &Opts,
                                     llvm::StringRef Header);

/// How the function reaches a member of the object: `safe_state_`,
/// `account.safe_state_`, `session->safe_state_`.
std::string within(const KeyCode &Owner, llvm::StringRef Member);

/// The class that the function is a part of, through lambdas; null if none.
const clang::CXXRecordDecl *enclosingClass(const clang::FunctionDecl &F);

/// Whether the class or a base has a member of that name.
bool hasMember(const clang::CXXRecordDecl *Record, llvm::StringRef Name);

/// The member that is the state, wherever it is reached; null if it has another
/// kind of name.
const clang::FieldDecl *fieldOf(const FunctionView &View, const Finding &F);

} // namespace interlock
