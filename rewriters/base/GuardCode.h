#pragma once

#include "matchers/base/Finding.h"
#include "matchers/base/Options.h"
#include "rewriters/base/Extent.h"
#include "rewriters/base/FixPlan.h"
#include "rewriters/base/FunctionView.h"

#include <set>
#include <string>
#include <variant>

namespace interlock {

/// A lock as the edited function would spell it.
struct LockCode {
  /// Equal for findings that one guard can serve.
  std::string Identity;
  std::string State;  ///< `interlock::get_global_safe_state()`; empty: custom
  std::string Method; ///< `atomic_balance_update`
  std::string Tag;    ///< `interlock::balance`, the same lock among several
  std::string Arguments; ///< key, object
  std::string Custom;    ///< a whole expression, of the program's own lock
  /// Local variables that the arguments name.
  llvm::SmallVector<const clang::ValueDecl *> Uses;
  std::string Key;        ///< the part of the expression that is the key
  bool ImpureKey = false; ///< the key must not be evaluated once more
  bool Impure = false;    ///< nor must what stands before it
  std::string Category;
  /// The declaration of `State` where it has to be added to a class, with the
  /// include that it needs.
  std::vector<Edit> Declares;

  /// The operation that gives the guard when it is awaited.
  std::string operation() const;
};

/// How the state of a finding is locked: one lock, or one for each key that
/// the region touches. Fails where no key can be spelled.
std::variant<std::vector<LockCode>, Why>
locksOf(const FunctionView &View, const Finding &F, const FixOptions &Opts);

/// The same where it has to be one lock.
std::variant<LockCode, Why> lockCode(const FunctionView &View, const Finding &F,
                                     const FixOptions &Opts);

/// The lock that a method of the library acquires; none if that is not one
/// lock of a category.
std::optional<LockCode> lockOfMethod(llvm::StringRef State,
                                     llvm::StringRef Method,
                                     llvm::StringRef Arguments);

/// The operation that acquires all locks at once; they have one `State`.
std::string combinedOperation(std::vector<LockCode> Locks);

/// Whether the arguments of the lock mean the same from `Offset` to the end
/// of the extent: their variables are declared before and not changed within.
/// May respell the arguments (`it->first` as what `it` was looked up by).
std::optional<Why> settleKey(const FunctionView &View, LockCode &Lock,
                             unsigned Offset, unsigned End);

/// A name that nothing in the function or its class has; `Taken` are names
/// given before and grows by it.
std::string guardName(const FunctionView &View, llvm::StringRef Category,
                      std::set<std::string> &Taken);

/// Likewise for another local: `Wanted`, or with a number behind it.
std::string freeName(const FunctionView &View, llvm::StringRef Wanted,
                     std::set<std::string> &Taken);

/// Whether `co_await` of a foreign awaitable compiles in the coroutine.
std::optional<Why> cannotAwait(const FunctionView &View);

/// The header that the file needs, with its delimiters.
std::string headerFor(const FunctionView &View, const FixOptions &Opts);
/// The header that has `interlock::rollback`, likewise.
std::string rollbackHeader(const FixOptions &Opts);

} // namespace interlock
