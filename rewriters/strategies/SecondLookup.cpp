// The fix for a handle into a container that is used behind a suspension: it
// is looked up again, with the exit that the function takes if there is
// nothing. No lock is needed on a single-threaded executor.
//
//     auto it = orders_.find(id);          auto it = orders_.find(id);
//     if (it == orders_.end())             if (it == orders_.end())
//       co_return;                           co_return;
//     co_await journal(id);                co_await journal(id);
//     it->second.filled = qty;             it = orders_.find(id);
//                                          if (it == orders_.end())
//                                            co_return;
//                                          it->second.filled = qty;
//
//     Order &o = orders_.at(id);           Order &o = orders_.at(id);
//     co_await journal(o);                 co_await journal(o);
//     o.filled = qty;                      Order &o_now = orders_.at(id);
//                                          o_now.filled = qty;
#include "rewriters/base/Containers.h"
#include "rewriters/base/Format.h"
#include "rewriters/base/Growth.h"
#include "rewriters/base/GuardCode.h"
#include "rewriters/base/KeyCode.h"
#include "rewriters/base/Planner.h"
#include "rewriters/base/Statements.h"

#include "clang/AST/ExprCXX.h"
#include "clang/AST/StmtCXX.h"

#include <fmt/format.h>

namespace interlock {

using namespace clang;

namespace {

/// A local that a lookup gave, and where it is used too late.
struct LookedUp {
  int Declaration = -1;
  const VarDecl *Var = nullptr;
  int Lookup = -1; ///< the initialiser
  int Step = -1;   ///< the child of the block that suspends
};

} // namespace

static bool isLookup(const Expr *E) {
  return subscript(E) || objectOfCall(E, {"find", "at"});
}

/// Whether the lookup goes by the index of an element that may have moved.
static bool byUnstableIndex(const FunctionView &View, const LookedUp &L) {
  const auto *Lookup = cast<Expr>(View[L.Lookup].S);
  const auto Index = subscript(Lookup);
  const auto Call = namedCall(Lookup);
  const Expr *Of = plain(Index ? Index->Object : Call ? Call->Object : nullptr);
  if (Of && Of->isTypeDependent()) {
    llvm::StringRef Kind = standardClass(Of);
    Kind.consume_front("unordered_");
    return Kind != "map" && Kind != "set";
  }
  if (!Of || !shiftsElements(Of->getType()))
    return false;
  if (const auto *Access = dyn_cast<MemberExpr>(Of))
    return !onlyGrows(View.context(), *Access->getMemberDecl());
  const auto *Ref = dyn_cast<DeclRefExpr>(Of);
  return !Ref || !onlyGrows(View.context(), *Ref->getDecl());
}

/// Whether the lookup means the same again: its container is a member or a
/// global, and the key has its value until the end of the function.
static bool repeatableLookup(const FunctionView &View, const LookedUp &L) {
  LockCode Names;
  for (const ValueDecl *Used : View.locals(L.Lookup)) {
    if (!isa<ParmVarDecl>(Used) && Used->getType()->isReferenceType())
      return false;
    Names.Uses.push_back(Used);
  }
  for (const int Child : View[L.Lookup].Children)
    if (const auto *Call = dyn_cast<CallExpr>(View[Child].S);
        Call && !repeatable(View, Child))
      return false;
  return !settleKey(View, Names, View[L.Declaration].End, View.end());
}

/// `if (it == orders_.end()) co_return;` right behind the lookup.
static int missingPath(const FunctionView &View, const LookedUp &L) {
  const auto &Children = View[View[L.Declaration].Parent].Children;
  const unsigned Next = placeInBlock(View, L.Declaration) + 1;
  if (Next >= Children.size())
    return -1;
  const auto *If = dyn_cast<IfStmt>(View[Children[Next]].S);
  if (!If || If->getElse() || If->getInit() || If->hasVarStorage() ||
      !leaves(If->getThen()) || View.suspends(Children[Next]))
    return -1;
  const auto Compared = equal(plain(If->getCond()));
  if (!Compared)
    return -1;
  for (const auto &[Side, Other] :
       {*Compared, std::pair(Compared->second, Compared->first)}) {
    const auto *Ref = dyn_cast_or_null<DeclRefExpr>(plain(Side));
    if (Ref && Ref->getDecl() == L.Var && objectOfCall(Other, {"end", "cend"}))
      return Children[Next];
  }
  return -1;
}

static std::optional<LookedUp> lookedUp(const FunctionView &View,
                                        const Finding &F) {
  if (F.Extent.Reads.empty() || F.Extent.Suspensions.empty())
    return std::nullopt;
  LookedUp L;
  L.Declaration = statementAt(View, F.Extent.Reads.front());
  const auto *Decls =
      L.Declaration < 0 ? nullptr : dyn_cast<DeclStmt>(View[L.Declaration].S);
  if (!Decls || !Decls->isSingleDecl() || View[L.Declaration].BeginInMacro)
    return std::nullopt;
  L.Var = dyn_cast<VarDecl>(Decls->getSingleDecl());
  const Expr *Init = L.Var ? plain(L.Var->getInit()) : nullptr;
  if (!Init || !isLookup(Init))
    return std::nullopt;
  L.Lookup = nodeOf(View, L.Declaration, Init);
  const SourceSpan &S = F.Extent.Suspensions.front();
  const int At = View.find(S.Begin, S.End);
  L.Step = At < 0 ? -1 : View.childTowards(View[L.Declaration].Parent, At);
  if (F.Check == "stale-check") {
    // Only whether the element is there was checked: that is repeated.
    const int Missing = L.Lookup < 0 ? -1 : missingPath(View, L);
    if (Missing < 0 || llvm::any_of(
                           F.Extent.Reads,
                           [&](const SourceSpan &R) {
                             return R.Begin < View[L.Declaration].Begin ||
                                    R.End > View[Missing].End;
                           }))
      return std::nullopt;
  }
  return L.Lookup >= 0 && L.Step >= 0 && repeatableLookup(View, L) &&
                 !byUnstableIndex(View, L)
             ? std::optional(L)
             : std::nullopt;
}

/// The uses of the variable in a stretch of the function.
static std::vector<int> usesWithin(const FunctionView &View, const LookedUp &L,
                                   unsigned Begin, unsigned End) {
  std::vector<int> Uses;
  for (int I = 0; I < static_cast<int>(View.nodes().size()); ++I)
    if (const auto *Ref = dyn_cast<DeclRefExpr>(View[I].S);
        Ref && Ref->getDecl() == L.Var && Begin <= View[I].Begin &&
        View[I].End <= End)
      Uses.push_back(I);
  return Uses;
}

/// Whether a statement suspends once, and all uses come before that: they are
/// what is awaited.
static bool usesBefore(const FunctionView &View, int Child,
                       llvm::ArrayRef<int> Uses) {
  const int Await = View.soleSuspension(Child);
  return Await >= 0 && isa<Expr, DeclStmt>(View[Child].S) &&
         llvm::all_of(Uses, [&](int Use) { return View.inside(Use, Await); });
}

/// The statements in the block of the declaration that use the variable after
/// a suspension, each with the uses from it on up to the next one; empty if a
/// lookup cannot be put between one that suspends and one that uses.
static std::vector<std::pair<int, std::vector<int>>>
staleUses(const FunctionView &View, const LookedUp &L) {
  std::vector<std::pair<int, std::vector<int>>> Found;
  const auto &Children = View[View[L.Declaration].Parent].Children;
  bool Stale = false;
  for (unsigned I = placeInBlock(View, L.Declaration) + 1; I < Children.size();
       ++I) {
    const int Child = Children[I];
    const std::vector<int> Uses =
        usesWithin(View, L, View[Child].Begin, View[Child].End);
    const bool Suspends = View.suspends(Child);
    if (!Uses.empty() && Stale) {
      if (View[Child].BeginInMacro ||
          !firstOnLine(View.content(), View[Child].Begin) ||
          (Suspends && !usesBefore(View, Child, Uses)))
        return {};
      Found.push_back({Child, {}});
      Stale = false;
    } else if (!Uses.empty() && Suspends && !usesBefore(View, Child, Uses)) {
      return {};
    }
    if (!Found.empty())
      llvm::append_range(Found.back().second, Uses);
    Stale |= Suspends;
  }
  return Found;
}

/// A reference cannot be bound anew: another one takes its place.
static std::vector<Edit> otherReference(FunctionFixes &Fixes, const LookedUp &L,
                                        int Before, llvm::ArrayRef<int> Uses) {
  const FunctionView &View = Fixes.View;
  const std::string Name = L.Var->getNameAsString();
  const std::string Fresh = freeName(View, Name + "_now", Fixes.Names);
  std::string Declaration = View.text(L.Declaration);
  const unsigned At =
      View.context().getSourceManager().getFileOffset(L.Var->getLocation()) -
      View[L.Declaration].Begin;
  Declaration.replace(At, Name.size(), Fresh);
  std::vector<Edit> Edits{{View.file(), View[Before].Begin, 0,
                           Declaration + gapBefore(View, Before)}};
  for (const int Use : Uses)
    Edits.push_back(
        {View.file(), View[Use].Begin, View[Use].End - View[Use].Begin, Fresh});
  return Edits;
}

static std::optional<std::vector<Edit>> again(FunctionFixes &Fixes,
                                              const LookedUp &L) {
  const FunctionView &View = Fixes.View;
  const auto Stale = staleUses(View, L);
  if (Stale.empty())
    return std::nullopt;
  std::vector<Edit> Edits;
  if (L.Var->getType()->isReferenceType()) {
    for (const auto &[Before, Uses] : Stale)
      llvm::append_range(Edits, otherReference(Fixes, L, Before, Uses));
    // What the first lookup does to a map, or throws, it still has to do.
    if (usesWithin(View, L, View[L.Declaration].End,
                   View[Stale.front().first].Begin)
            .empty() &&
        !L.Var->hasAttr<UnusedAttr>())
      Edits.push_back(
          {View.file(), View[L.Declaration].Begin, 0, "[[maybe_unused]] "});
    return Edits;
  }
  const int Missing = missingPath(View, L);
  if (Missing < 0 || L.Var->getType().isConstQualified() ||
      !objectOfCall(View[L.Lookup].S, {"find"}))
    return std::nullopt;
  for (const auto &[Before, Uses] : Stale) {
    const std::string Gap = gapBefore(View, Before);
    Edits.push_back(
        {View.file(), View[Before].Begin, 0,
         fmt::format("{} = {};{}{}{}", L.Var->getNameAsString(),
                     View.text(L.Lookup), Gap, View.text(Missing), Gap)});
  }
  return Edits;
}

void fixBySecondLookup(FunctionFixes &Fixes) {
  const FunctionView &View = Fixes.View;
  // Another thread could change the container right behind the lookup.
  if (Fixes.Opts.ExecutorModel != Executor::SingleThreaded)
    return;
  for (const unsigned Index : Fixes.stillOpen()) {
    const Finding &F = Fixes.Findings[Index];
    const auto L = lookedUp(View, F);
    if (!L)
      continue;
    auto Edits = again(Fixes, *L);
    if (!Edits)
      continue;
    FixPlan Plan;
    Plan.Strategy = "second-lookup";
    Plan.Description = fmt::format("look '{}' up again after the wait in '{}'",
                                   L->Var->getNameAsString(), F.Function);
    llvm::sort(*Edits);
    Plan.Edits = formatted(*Edits, View, View[L->Declaration].Begin,
                           Edits->back().Offset);
    for (const unsigned Other : Fixes.Open)
      if (Fixes.Findings[Other].Extent.Reads == F.Extent.Reads)
        Plan.Repairs.push_back(Other);
    Fixes.add(std::move(Plan));
  }
}

} // namespace interlock
