// The fix for a value that is read, waited over and written back changed: the
// change itself is written, from the value that is there by then.
//
//     const long seen = balance_;            co_await settle();
//     co_await settle();                     balance_ += amount;
//     balance_ = seen + amount;
//
//     balance_ = balance_ + co_await fee();  balance_ += co_await fee();
//
// On executors with several threads the one statement is put under the guard.
#include "rewriters/base/Format.h"
#include "rewriters/base/GuardCode.h"
#include "rewriters/base/Includes.h"
#include "rewriters/base/KeyCode.h"
#include "rewriters/base/Planner.h"
#include "rewriters/base/Statements.h"
#include "rewriters/base/WriteBack.h"

#include "clang/AST/ExprCXX.h"
#include "clang/AST/StmtCXX.h"

#include <fmt/format.h>

namespace interlock {

using namespace clang;

/// The declaration of a local that only carries the old value from the state
/// to the write: its initialiser is the state, and nothing else names it.
static int carrier(const FunctionView &View, const WriteBack &W) {
  const int At = copyOfState(View, W);
  if (At < 0 || !cast<DeclStmt>(View[At].S)->isSingleDecl())
    return -1;
  const ValueDecl *Var = cast<DeclRefExpr>(W.Old)->getDecl();
  const unsigned Uses = llvm::count_if(View.nodes(), [&](const Node &N) {
    const auto *Use = dyn_cast<DeclRefExpr>(N.S);
    return Use && Use->getDecl() == Var;
  });
  return Uses == 1 ? At : -1;
}

static bool namesMember(const Stmt *S, llvm::StringRef Member) {
  const ValueDecl *D = nullptr;
  if (const auto *Access = dyn_cast<MemberExpr>(S))
    D = Access->getMemberDecl();
  else if (const auto *Ref = dyn_cast<DeclRefExpr>(S))
    D = Ref->getDecl();
  return D && D->getDeclName().isIdentifier() && D->getName() == Member;
}

/// Whether the function reads the state nowhere but where the old value comes
/// from: what it decided by another read would stay stale.
static bool readOnce(const FunctionView &View, const WriteBack &W, int Carrier,
                     llvm::StringRef Member) {
  const int Amount = nodeOf(View, W.Statement, W.Amount);
  for (int I = 0; I < static_cast<int>(View.nodes().size()); ++I)
    if (namesMember(View[I].S, Member) &&
        (View.inside(I, Amount) ||
         !(View.inside(I, W.Statement) ||
           (Carrier >= 0 && View.inside(I, Carrier)))))
      return false;
  return Amount >= 0;
}

/// Whether the state is spelled by what means the same before and after the
/// wait: members, parameters and keys that do not change.
static bool steady(const FunctionView &View, const WriteBack &W, int Carrier) {
  const int State = nodeOf(View, W.Statement, W.State);
  if (State < 0 || !repeatable(View, State))
    return false;
  LockCode Names;
  for (const ValueDecl *Var : View.locals(State)) {
    const QualType Type = Var->getType();
    if (!isa<ParmVarDecl>(Var) &&
        (isa<BindingDecl>(Var) || Type->isReferenceType() ||
         Type->isPointerType()))
      return false;
    Names.Uses.push_back(Var);
  }
  const int From = Carrier >= 0 ? Carrier : W.Statement;
  return !settleKey(View, Names, View[From].Begin, View[W.Statement].End);
}

/// The statement under a guard of its own, given back where the rest of the
/// block suspends.
static std::variant<std::string, Why>
guarded(FunctionFixes &Fixes, const Finding &F, const WriteBack &W,
        const std::string &Update, std::string &Header) {
  const FunctionView &View = Fixes.View;
  if (const auto Problem = obstacleTo(Fixes.Findings, F))
    return *Problem;
  if (const auto Problem = cannotAwait(View))
    return *Problem;
  auto Lock = lockCode(View, F, Fixes.Opts);
  if (std::holds_alternative<Why>(Lock))
    return std::get<Why>(Lock);
  if (const auto Problem =
          settleKey(View, std::get<LockCode>(Lock), View[W.Statement].Begin,
                    View[W.Statement].End))
    return *Problem;
  const Extent Own{View[W.Statement].Parent, placeInBlock(View, W.Statement),
                   placeInBlock(View, W.Statement)};
  const auto Chosen = chooseForm(View, Own, true);
  if (std::holds_alternative<Why>(Chosen))
    return std::get<Why>(Chosen);
  if (std::get<LockCode>(Lock).Custom.empty())
    Header = headerFor(View, Fixes.Opts);
  const std::string Gap = gapBefore(View, W.Statement);
  const std::string Guard = fmt::format(
      "auto {} = co_await {};", guardName(View, F.State.Category, Fixes.Names),
      std::get<LockCode>(Lock).operation());
  if (std::get<Form>(Chosen) == Form::ToEndOfBlock)
    return Guard + Gap + Update;
  const std::string Inner =
      Gap == " " ? Gap : Gap + layoutOf(View.content()).Indent;
  return "{" + Inner + Guard + Inner + Update + Gap + "}";
}

static std::optional<FixPlan> planFor(FunctionFixes &Fixes, unsigned Index) {
  const FunctionView &View = Fixes.View;
  const Finding &F = Fixes.Findings[Index];
  if (F.Extent.Modifies.size() != 1 || F.State.Category.empty() ||
      !F.Extent.LateGuards.empty())
    return std::nullopt;
  const auto W = writeBack(View, statementAt(View, F.Extent.Modifies.front()));
  if (!W)
    return std::nullopt;
  const bool OneThread = Fixes.Opts.ExecutorModel == Executor::SingleThreaded;
  const bool Awaits = View.suspends(W->Statement);
  const int Carrier = carrier(View, *W);
  const bool InPlace = sameText(View, W->Old, W->State);
  // An await in the statement itself would run under the guard.
  if (!(Carrier >= 0 || (InPlace && Awaits)) || (Awaits && !OneThread) ||
      !readOnce(View, *W, Carrier, memberName(F)) || !steady(View, *W, Carrier))
    return std::nullopt;
  std::optional<Lines> Gone;
  if (Carrier >= 0) {
    Gone = ownLines(View, Carrier);
    if (!Gone)
      return std::nullopt;
  }
  std::string Update = fmt::format(
      "{} {} {};", View.text(nodeOf(View, W->Statement, W->State)), W->Operator,
      View.text(nodeOf(View, W->Statement, W->Amount)));
  std::string Header;
  if (!OneThread) {
    auto Text = guarded(Fixes, F, *W, Update, Header);
    if (std::holds_alternative<Why>(Text))
      return std::nullopt;
    Update = std::get<std::string>(Text);
  }
  FixPlan Plan;
  Plan.Strategy = "relative-update";
  Plan.Description = fmt::format(
      "change '{}' by the amount in '{}' in place of writing back what it was",
      F.State.Member, F.Function);
  Plan.Repairs = repairedWith(Fixes, Index, View[W->Statement].Begin,
                              View[W->Statement].End);
  std::vector<Edit> Edits{{View.file(), View[W->Statement].Begin,
                           View[W->Statement].End - View[W->Statement].Begin,
                           Update}};
  if (Gone)
    Edits.push_back({View.file(), Gone->Begin, Gone->End - Gone->Begin, ""});
  llvm::sort(Edits);
  Plan.Edits =
      formatted(Edits, View,
                Carrier >= 0 ? View[Carrier].Begin : View[W->Statement].Begin,
                View[W->Statement].End);
  if (!Header.empty())
    if (const auto Include = includeEdit(View.file(), View.content(), Header))
      Plan.Edits.push_back(*Include);
  llvm::sort(Plan.Edits);
  return Plan;
}

void fixByRelativeUpdate(FunctionFixes &Fixes) {
  for (const unsigned Index : Fixes.stillOpen()) {
    auto Plan = planFor(Fixes, Index);
    if (!Plan)
      continue;
    Fixes.add(std::move(*Plan));
  }
}

} // namespace interlock
