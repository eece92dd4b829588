#pragma once

#include "matchers/base/Finding.h"
#include "matchers/base/Options.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <memory>
#include <string>
#include <vector>

namespace clang {
class ASTContext;
}

/// matchers/ understands programs, in two stages that exchange a value:
///
///   AST of one TU --collectFacts--> TUFacts --\
///   AST of one TU --collectFacts--> TUFacts ----> analyse --> findings
///
/// Facts hold no AST pointer: they can be cached, shipped and merged in any
/// order. Everything that decides about a defect happens on facts, so no TU is
/// parsed twice to see what another one knows.
namespace interlock {

/// What one translation unit says about reads, modifies, suspensions, locks
/// and calls, function by function. Defined in matchers/facts/Facts.h.
struct TUFacts;

/// Lowers the functions of a parsed translation unit. Runs on the thread that
/// owns the AST. Cost: linear in the size of the bodies that are lowered.
std::unique_ptr<TUFacts> collectFacts(clang::ASTContext &Ctx,
                                      const Options &Opts);

/// Bytes for the cache and for the phases of a distributed run. Equal facts
/// give equal bytes on every machine. Files below `Root` are written relative
/// to it, and read as below the reader's.
std::string serialize(const TUFacts &Facts, llvm::StringRef Root = {});
llvm::Expected<std::unique_ptr<TUFacts>> deserialize(llvm::StringRef Bytes,
                                                     llvm::StringRef Root = {});

/// Judges a whole program. The result is sorted, free of duplicates and does
/// not depend on the order of `Units`. Suppressions, baselines and path
/// filters are not applied here.
std::vector<Finding> analyse(llvm::ArrayRef<const TUFacts *> Units,
                             const Options &Opts);

/// Says for each access of guarded state on a line why it is not reported:
/// which guard, re-check, claim or ownership makes it safe; empty where the
/// line has no access of guarded state.
std::vector<Step> whySafe(llvm::ArrayRef<const TUFacts *> Units,
                          const Options &Opts, llvm::StringRef File,
                          unsigned Line);

} // namespace interlock
