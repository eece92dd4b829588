// The fix for a guard of the wrong key: it takes the key of what is changed
// under it. What the code changes stays the same; only who waits for whom does
// not.
//
//     auto guard = co_await locks_.atomic_position_update(order.desk);
//     positions_[order.symbol] += order.size;
//
//     auto guard = co_await locks_.atomic_position_update(order.symbol);
//     positions_[order.symbol] += order.size;
#include "rewriters/base/Format.h"
#include "rewriters/base/GuardCode.h"
#include "rewriters/base/KeyCode.h"
#include "rewriters/base/Planner.h"
#include "rewriters/base/Statements.h"

#include "clang/AST/ExprCXX.h"
#include "clang/AST/StmtCXX.h"

#include <fmt/format.h>

#include <map>

namespace interlock {

using namespace clang;

/// The node of the key in the acquisition of a keyed lock of the library; -1 if
/// the guard is no other statement's than its own, or not of that kind.
static int keyOfGuard(const FunctionView &View, const Finding &F) {
  for (const Step &S : F.Path) {
    if (S.Kind != StepKind::Acquired || S.At.File != View.file())
      continue;
    int At = View.find(S.At.Begin, S.At.End);
    while (At >= 0 && !isa<CoawaitExpr, CompoundStmt>(View[At].S))
      At = View[At].Parent;
    const auto *Await = At < 0 ? nullptr : dyn_cast<CoawaitExpr>(View[At].S);
    const auto *Call = dyn_cast_or_null<CXXMemberCallExpr>(
        Await ? plain(Await->getOperand()) : nullptr);
    if (!Call || !Call->getMethodDecl() ||
        Call->getMethodDecl()->getParent()->getQualifiedNameAsString() !=
            "interlock::SafeTradingState")
      return -1;
    const Expr *Last = nullptr;
    for (const Expr *Argument : Call->arguments())
      if (!isa<CXXDefaultArgExpr>(Argument))
        Last = Argument;
    return Last ? nodeOf(View, At, Last) : -1;
  }
  return -1;
}

/// Whether the text is a key, or any other argument, of something in the block
/// of the guard behind it.
static bool selectsElsewhere(const FunctionView &View, int Guard,
                             const std::string &Text) {
  const unsigned From = View[Guard].End, To = View[View[Guard].Parent].End;
  for (int I = 0; I < static_cast<int>(View.nodes().size()); ++I) {
    const Node &N = View[I];
    const Stmt *Parent = N.Parent < 0 ? nullptr : View[N.Parent].S;
    if (N.Begin >= From && N.End <= To && isa<Expr>(N.S) &&
        isa_and_nonnull<CallExpr, ArraySubscriptExpr>(Parent) &&
        View.text(I) == Text)
      return true;
  }
  return false;
}

/// The key that the guard has to have, if there is one.
static std::variant<std::string, Why>
wantedKey(const FunctionView &View, int Guard, int Key, const Finding &F) {
  const std::vector<KeyCode> Keys = keysOf(View, F);
  if (Keys.empty())
    return Why{"unknown-key",
               fmt::format("'{}' is guarded element by element, and no key of "
                           "the one at hand is spelled in the function",
                           F.State.Member)};
  if (Keys.size() > 1 || selectsElsewhere(View, Guard, View.text(Key)))
    return Why{"two-locks",
               fmt::format("the guard of '{}' covers what other keys select "
                           "as well",
                           View.text(Key))};
  LockCode Lock;
  Lock.Arguments = Lock.Key = Keys.front().Text;
  Lock.Uses = Keys.front().Uses;
  Lock.ImpureKey = Keys.front().Impure;
  if (auto Problem = settleKey(View, Lock, View[Guard].Begin,
                               View[View[Guard].Parent].End))
    return std::move(*Problem);
  return Lock.Arguments;
}

static std::variant<FixPlan, Why> planFor(const FunctionFixes &Fixes, int Key,
                                          llvm::ArrayRef<unsigned> Findings) {
  const FunctionView &View = Fixes.View;
  int Guard = Key;
  while (View[Guard].Parent >= 0 &&
         !isa<CompoundStmt>(View[View[Guard].Parent].S))
    Guard = View[Guard].Parent;
  if (View[Key].BeginInMacro || View[Key].EndInMacro || View[Guard].Parent < 0)
    return Why{"macro-body", "the key of the guard comes out of a macro"};
  std::optional<std::string> Wanted;
  for (const unsigned Index : Findings) {
    auto One = wantedKey(View, Guard, Key, Fixes.Findings[Index]);
    if (std::holds_alternative<Why>(One))
      return std::get<Why>(One);
    if (Wanted && *Wanted != std::get<std::string>(One))
      return Why{"two-locks",
                 fmt::format("'{}' and '{}' are both changed under "
                             "the guard",
                             *Wanted, std::get<std::string>(One))};
    Wanted = std::get<std::string>(One);
  }
  FixPlan Plan;
  Plan.Strategy = "rekey-guard";
  Plan.Description =
      fmt::format("take the lock of '{}', which is changed in '{}'", *Wanted,
                  Fixes.Findings[Findings.front()].Function);
  Plan.Repairs.assign(Findings.begin(), Findings.end());
  Plan.Edits = formatted({{View.file(), View[Key].Begin,
                           View[Key].End - View[Key].Begin, *Wanted}},
                         View, View[Guard].Begin, View[Guard].End);
  return Plan;
}

void fixByRekeying(FunctionFixes &Fixes) {
  std::map<int, std::vector<unsigned>> ByKey;
  for (const unsigned Index : Fixes.Open)
    ByKey[keyOfGuard(Fixes.View, Fixes.Findings[Index])].push_back(Index);
  for (const auto &[Key, Findings] : ByKey) {
    if (Key < 0) {
      for (const unsigned Index : Findings)
        Fixes.refuse(Index,
                     {"no-fix", "which of the two was meant, the state or the "
                                "guard, is for a reader to say"},
                     {});
      continue;
    }
    auto Plan = planFor(Fixes, Key, Findings);
    if (std::holds_alternative<FixPlan>(Plan)) {
      Fixes.add(std::get<FixPlan>(std::move(Plan)));
      continue;
    }
    for (const unsigned Index : Findings)
      Fixes.refuse(Index, std::get<Why>(Plan), {});
  }
}

} // namespace interlock
