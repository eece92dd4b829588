// The fix for a guard of the wrong key: it takes the key of what is changed
// under it; and for one of another category: it takes the lock of what is
// changed as well. What the code changes stays the same; only who waits for
// whom does not.
//
//     auto guard = co_await locks_.atomic_position_update(order.desk);
//     positions_[order.symbol] += order.size;
//
//     auto guard = co_await locks_.atomic_position_update(order.symbol);
//     positions_[order.symbol] += order.size;
//
//     auto guard = co_await locks_.atomic_position_update(symbol);
//     balance_ -= cost;
//
//     auto guard = co_await locks_.atomic_update(interlock::balance,
//                                                interlock::position(symbol));
//     balance_ -= cost;
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

/// The call that acquires the guard of a finding, if a method of the library
/// does; -1 if it is none of this function's.
static int acquisition(const FunctionView &View, const Finding &F) {
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
            "interlock::SafeTradingState" ||
        !Call->getMethodDecl()->getDeclName().isIdentifier())
      return -1;
    return nodeOf(View, At, Call);
  }
  return -1;
}

/// The node of the key in the acquisition of a keyed lock; -1 if it has none.
static int keyOfGuard(const FunctionView &View, int Acquisition) {
  const auto *Call = cast<CXXMemberCallExpr>(View[Acquisition].S);
  const Expr *Last = nullptr;
  for (const Expr *Argument : Call->arguments())
    if (!isa<CXXDefaultArgExpr>(Argument))
      Last = Argument;
  return Last ? nodeOf(View, Acquisition, Last) : -1;
}

/// The lock that a call acquires; none if it takes several.
static std::optional<LockCode> lockAt(const FunctionView &View, int Call) {
  const auto *Made = cast<CXXMemberCallExpr>(View[Call].S);
  const int Object = nodeOf(View, Call, Made->getImplicitObjectArgument());
  std::string Arguments;
  for (const Expr *Argument : Made->arguments())
    if (!isa<CXXDefaultArgExpr>(Argument))
      Arguments += (Arguments.empty() ? "" : ", ") +
                   View.text(nodeOf(View, Call, Argument));
  return Object < 0 ? std::nullopt
                    : lockOfMethod(View.text(Object),
                                   Made->getMethodDecl()->getName(), Arguments);
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

static FixPlan changedAcquisition(const FunctionFixes &Fixes, int Guard,
                                  int Part, std::string Text,
                                  llvm::ArrayRef<unsigned> Findings) {
  const FunctionView &View = Fixes.View;
  FixPlan Plan;
  Plan.Strategy = "rekey-guard";
  Plan.Repairs.assign(Findings.begin(), Findings.end());
  Plan.Edits = formatted({{View.file(), View[Part].Begin,
                           View[Part].End - View[Part].Begin, std::move(Text)}},
                         View, View[Guard].Begin, View[Guard].End);
  return Plan;
}

/// The guard of another category takes the lock of this one as well, both at
/// once.
static std::variant<FixPlan, Why>
planForBoth(const FunctionFixes &Fixes, int Guard, int Call,
            llvm::ArrayRef<unsigned> Findings) {
  const FunctionView &View = Fixes.View;
  const auto Held = lockAt(View, Call);
  if (!Held)
    return Why{"two-locks", "the guard takes several locks, and another one "
                            "would have to be taken with them"};
  std::vector<LockCode> All{*Held};
  for (const unsigned Index : Findings) {
    auto Wanted = locksOf(View, Fixes.Findings[Index], Fixes.Opts);
    if (std::holds_alternative<Why>(Wanted))
      return std::get<Why>(Wanted);
    for (LockCode &Lock : std::get<std::vector<LockCode>>(Wanted)) {
      if (!Lock.Custom.empty() || Lock.State != Held->State)
        return Why{"two-locks",
                   "the guard is of another lock, which cannot be acquired at "
                   "once with the one that is wanted"};
      if (auto Problem = settleKey(View, Lock, View[Guard].Begin,
                                   View[View[Guard].Parent].End))
        return std::move(*Problem);
      if (llvm::none_of(All, [&](const LockCode &Known) {
            return Known.Tag == Lock.Tag && Known.Arguments == Lock.Arguments;
          }))
        All.push_back(std::move(Lock));
    }
  }
  const Finding &First = Fixes.Findings[Findings.front()];
  FixPlan Plan =
      changedAcquisition(Fixes, Guard, Call, combinedOperation(All), Findings);
  Plan.Description =
      fmt::format("take the {} lock with that of the {} in '{}'",
                  First.State.Category, Held->Category, First.Function);
  return Plan;
}

static std::variant<FixPlan, Why> planFor(const FunctionFixes &Fixes, int Call,
                                          llvm::ArrayRef<unsigned> Findings) {
  const FunctionView &View = Fixes.View;
  int Guard = Call;
  while (View[Guard].Parent >= 0 &&
         !isa<CompoundStmt>(View[View[Guard].Parent].S))
    Guard = View[Guard].Parent;
  if (View[Call].BeginInMacro || View[Call].EndInMacro ||
      View[Guard].Parent < 0)
    return Why{"macro-body", "the key of the guard comes out of a macro"};
  const auto Held = lockAt(View, Call);
  const int Key = keyOfGuard(View, Call);
  if (!Held ||
      Held->Category != Fixes.Findings[Findings.front()].State.Category)
    return planForBoth(Fixes, Guard, Call, Findings);
  if (Key < 0)
    return Why{"no-fix", "which of the two was meant, the state or the guard, "
                         "is for a reader to say"};
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
  FixPlan Plan = changedAcquisition(Fixes, Guard, Key, *Wanted, Findings);
  Plan.Description =
      fmt::format("take the lock of '{}', which is changed in '{}'", *Wanted,
                  Fixes.Findings[Findings.front()].Function);
  return Plan;
}

void fixByRekeying(FunctionFixes &Fixes) {
  std::map<int, std::vector<unsigned>> ByCall;
  for (const unsigned Index : Fixes.Open)
    ByCall[acquisition(Fixes.View, Fixes.Findings[Index])].push_back(Index);
  for (const auto &[Call, Findings] : ByCall) {
    if (Call < 0) {
      for (const unsigned Index : Findings)
        Fixes.refuse(Index,
                     {"no-fix", "which of the two was meant, the state or the "
                                "guard, is for a reader to say"},
                     {});
      continue;
    }
    auto Plan = planFor(Fixes, Call, Findings);
    if (std::holds_alternative<FixPlan>(Plan)) {
      Fixes.add(std::get<FixPlan>(std::move(Plan)));
      continue;
    }
    for (const unsigned Index : Findings)
      Fixes.refuse(Index, std::get<Why>(Plan), {});
  }
}

} // namespace interlock
