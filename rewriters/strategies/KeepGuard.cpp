// The fix for a guard that ends too early: it is kept until after the last
// update, and what gives it back or takes it again on the way goes. Another
// guard around all of it would wait for this one.
//
//     auto guard = co_await lock();        auto guard = co_await lock();
//     const long seen = balance_;          const long seen = balance_;
//     guard.unlock();                      co_await settle();
//     co_await settle();                   balance_ = seen + amount;
//     balance_ = seen + amount;
#include "rewriters/base/Format.h"
#include "rewriters/base/GuardCode.h"
#include "rewriters/base/Insertion.h"
#include "rewriters/base/KeyCode.h"
#include "rewriters/base/Planner.h"
#include "rewriters/base/Statements.h"

#include "clang/AST/ExprCXX.h"
#include "clang/AST/StmtCXX.h"

#include <fmt/format.h>

namespace interlock {

using namespace clang;

namespace {

/// A statement that takes a lock into a local, or gives it back.
struct GuardStep {
  int Statement = -1;
  const VarDecl *Guard = nullptr;
  std::string Lock; ///< what is awaited; empty if the step gives it back
};

/// The guards of one lock in a region that none of them covers.
struct Interrupted {
  Extent E;
  std::vector<GuardStep> Steps; ///< in the extent
  std::optional<GuardStep>
      Kept;            ///< a guard that is there before the first read
  bool HeldOn = false; ///< the lock is held behind the extent as it is
};

} // namespace

static std::string awaited(const FunctionView &View, int Statement,
                           const Expr *Init) {
  const auto *Await = dyn_cast_or_null<CoawaitExpr>(plain(Init));
  const int At = Await ? nodeOf(View, Statement, Await) : -1;
  return At < 0 ? std::string() : View.text(At);
}

static std::optional<GuardStep> stepAt(const FunctionView &View, int I) {
  const auto Local = [](const Expr *E) {
    const auto *Ref = dyn_cast_or_null<DeclRefExpr>(plain(E));
    return Ref ? dyn_cast<VarDecl>(Ref->getDecl()) : nullptr;
  };
  if (const auto *Decls = dyn_cast<DeclStmt>(View[I].S)) {
    const auto *Var = Decls->isSingleDecl()
                          ? dyn_cast<VarDecl>(Decls->getSingleDecl())
                          : nullptr;
    const std::string Lock = Var ? awaited(View, I, Var->getInit()) : "";
    return Lock.empty() || !Var->getType()->isRecordType()
               ? std::nullopt
               : std::optional(GuardStep{I, Var, Lock});
  }
  const Expr *E = plain(View[I].S);
  if (const auto *Op = dyn_cast_or_null<CXXOperatorCallExpr>(E);
      Op && Op->getOperator() == OO_Equal) {
    const std::string Lock = awaited(View, I, Op->getArg(1));
    const VarDecl *Var = Local(Op->getArg(0));
    return Lock.empty() || !Var ? std::nullopt
                                : std::optional(GuardStep{I, Var, Lock});
  }
  static constexpr llvm::StringLiteral Releases[] = {
      "unlock", "release", "reset", "Unlock", "Release", "Reset"};
  const auto *Call = dyn_cast_or_null<CXXMemberCallExpr>(E);
  const CXXMethodDecl *Method = Call ? Call->getMethodDecl() : nullptr;
  if (!Method || !Method->getDeclName().isIdentifier() ||
      !llvm::is_contained(Releases, Method->getName()) ||
      Call->getNumArgs() != 0 || !Local(Call->getImplicitObjectArgument()))
    return std::nullopt;
  return GuardStep{I, Local(Call->getImplicitObjectArgument()), {}};
}

/// Whether a local is named outside of a statement, too: otherwise it would be
/// unused without it.
static bool namedElsewhere(const FunctionView &View, const ValueDecl *Var,
                           int Statement) {
  const Node &N = View[Statement];
  return llvm::any_of(View.nodes(), [&](const Node &Use) {
    const auto *Ref = dyn_cast<DeclRefExpr>(Use.S);
    return Ref && Ref->getDecl() == Var &&
           (Use.End <= N.Begin || N.End <= Use.Begin);
  });
}

/// The `if` that has nothing to do but the statement; the statement itself if
/// there is none.
static int onlyFor(const FunctionView &View, int Statement) {
  int Body = Statement, Parent = View[Body].Parent;
  if (isa<CompoundStmt>(View[Parent].S) && View[Parent].Children.size() == 1 &&
      View[Parent].Parent >= 0) {
    Body = Parent;
    Parent = View[Body].Parent;
  }
  const auto *If = dyn_cast<IfStmt>(View[Parent].S);
  const int Condition = If ? nodeOf(View, Parent, If->getCond()) : -1;
  const auto Needed = [&](const ValueDecl *Var) {
    return namedElsewhere(View, Var, Parent);
  };
  const bool Plain = Condition >= 0 && If->getThen() == View[Body].S &&
                     !If->getElse() && !If->getInit() &&
                     !If->getConditionVariable() &&
                     repeatable(View, Condition) && View[Parent].Parent >= 0 &&
                     isa<CompoundStmt>(View[View[Parent].Parent].S) &&
                     llvm::all_of(View.locals(Condition), Needed);
  return Plain ? Parent : Statement;
}

static std::vector<GuardStep> stepsOf(const FunctionView &View) {
  std::vector<GuardStep> Steps;
  for (int I = 0; I < static_cast<int>(View.nodes().size()); ++I) {
    if (View[I].Foreign || View[I].Parent < 0 ||
        !isa<CompoundStmt, IfStmt>(View[View[I].Parent].S))
      continue;
    auto Found = stepAt(View, I);
    if (Found && Found->Lock.empty())
      Found->Statement = onlyFor(View, I);
    if (Found && isa<CompoundStmt>(View[View[Found->Statement].Parent].S))
      Steps.push_back(std::move(*Found));
  }
  return Steps;
}

/// Whether control leaves the extent behind the statement, so that it is not
/// on the way from the reads to the updates.
static bool onTheWayOut(const FunctionView &View, const Extent &E, int At) {
  for (int I = View[At].Parent; I >= 0 && I != E.Block; I = View[I].Parent)
    if (isa<CompoundStmt>(View[I].S) && leaves(View[I].S))
      return true;
  return false;
}

/// Whether a guard is held for every pass that the extent runs in.
static bool covers(const FunctionView &View, const Extent &E, int Guard) {
  for (int I = E.Block; I >= 0; I = View[I].Parent) {
    if (I == View[Guard].Parent)
      return true;
    if (isa<ForStmt, WhileStmt, DoStmt, CXXForRangeStmt>(View[I].S))
      return false;
  }
  return false;
}

/// Whether a guard that an inner block declares covers one of the reads.
static bool coversRead(const FunctionView &View, const Finding &F, int Guard) {
  return llvm::any_of(F.Extent.Reads, [&](const SourceSpan &Read) {
    return View[Guard].End <= Read.Begin &&
           Read.End <= View[View[Guard].Parent].End;
  });
}

/// Picks those of one lock, if one of them ends in between.
static std::optional<Interrupted>
interruptedBy(const FunctionView &View, const Finding &F, const Extent &E,
              llvm::ArrayRef<GuardStep> All, llvm::StringRef Lock) {
  const unsigned Begin = beginOf(View, E), End = endOf(View, E);
  Interrupted Result{E, {}, {}, false};
  std::set<const VarDecl *> Guards;
  for (const GuardStep &S : All)
    if (S.Lock == Lock)
      Guards.insert(S.Guard);
  bool Gap = false;
  for (const GuardStep &S : All) {
    const Node &N = View[S.Statement];
    if (!Guards.count(S.Guard) || N.Begin >= End)
      continue;
    const bool Takes = !S.Lock.empty();
    if (N.Begin < Begin) {
      if (Takes && isa<DeclStmt>(N.S) && covers(View, E, S.Statement))
        Result.Kept = S;
      continue;
    }
    Result.Steps.push_back(S);
    if (onTheWayOut(View, E, S.Statement))
      continue;
    Gap |= Takes ? N.Parent != E.Block && coversRead(View, F, S.Statement)
                 : Result.Kept || Result.HeldOn;
    Result.HeldOn = Takes && (N.Parent == E.Block || !isa<DeclStmt>(N.S));
  }
  return Gap ? std::optional(std::move(Result)) : std::nullopt;
}

/// Whether the locals are named by nothing but the steps themselves.
static bool onlySteps(const FunctionView &View, llvm::ArrayRef<GuardStep> All,
                      const Interrupted &I) {
  for (const Node &N : View.nodes()) {
    const auto *Ref = dyn_cast<DeclRefExpr>(N.S);
    const bool Ours = Ref && llvm::any_of(I.Steps, [&](const GuardStep &S) {
                        return S.Guard == Ref->getDecl();
                      });
    if (Ours && !llvm::any_of(All, [&](const GuardStep &S) {
          return View[S.Statement].Begin <= N.Begin &&
                 N.End <= View[S.Statement].End;
        }))
      return false;
  }
  return true;
}

/// None where the guard is used for more than being taken and given back, or
/// has no place at the beginning.
static std::optional<std::vector<Edit>> joined(const FunctionView &View,
                                               llvm::ArrayRef<GuardStep> All,
                                               const Interrupted &I) {
  if (!onlySteps(View, All, I))
    return std::nullopt;
  const GuardStep &First = I.Kept ? *I.Kept : I.Steps.front();
  const std::string Name = First.Guard->getNameAsString();
  if (!isa<DeclStmt>(View[First.Statement].S))
    return std::nullopt;
  std::vector<Edit> Edits;
  const auto At = insertionPoint(View, I.E);
  if (!I.Kept && std::holds_alternative<Why>(At))
    return std::nullopt;
  const auto Chosen = chooseForm(View, I.E, true);
  if (std::holds_alternative<Why>(Chosen))
    return std::nullopt;
  Form F = std::get<Form>(Chosen);
  if (I.HeldOn)
    F = Form::ToEndOfBlock;
  if (I.Kept) {
    if (F != Form::ToEndOfBlock) {
      Edits = guardEdits(View, I.E, Form::Unlocked, beginOf(View, I.E), "",
                         Name + ".unlock();");
      Edits.erase(Edits.begin());
    }
  } else {
    LockCode Names;
    Names.Arguments = First.Lock;
    for (const ValueDecl *Var : View.locals(First.Statement))
      if (Var != First.Guard)
        Names.Uses.push_back(Var);
    const unsigned Offset = std::get<unsigned>(At);
    if (settleKey(View, Names, Offset, View[First.Statement].End))
      return std::nullopt;
    Edits = guardEdits(View, I.E, F, Offset, View.text(First.Statement),
                       Name + ".unlock();");
  }
  for (const GuardStep &S : All) {
    const Node &N = View[S.Statement];
    const bool Within = llvm::any_of(I.Steps, [&](const GuardStep &Other) {
      return Other.Statement == S.Statement;
    });
    const bool Behind = N.Begin >= endOf(View, I.E) &&
                        llvm::any_of(I.Steps, [&](const GuardStep &Other) {
                          return Other.Guard == S.Guard;
                        });
    // On a way out the guard is still given back, by its new name.
    if (S.Lock.empty() &&
        (Behind || (Within && onTheWayOut(View, I.E, S.Statement)))) {
      if (S.Guard == First.Guard)
        continue;
      for (const Node &Use : View.nodes())
        if (const auto *Ref = dyn_cast<DeclRefExpr>(Use.S);
            Ref && Ref->getDecl() == S.Guard && N.Begin <= Use.Begin &&
            Use.End <= N.End)
          Edits.push_back({View.file(), Use.Begin, Use.End - Use.Begin, Name});
      continue;
    }
    if (!Within)
      continue;
    const auto Gone = removal(View, S.Statement);
    if (!Gone)
      return std::nullopt;
    // What a block of its own indents anew is not there any more.
    llvm::erase_if(Edits, [&](const Edit &Each) {
      return Gone->Begin <= Each.Offset && Each.Offset < Gone->End &&
             Each.Length == 0 && llvm::StringRef(Each.Text).trim().empty();
    });
    Edits.push_back({View.file(), Gone->Begin, Gone->End - Gone->Begin, ""});
  }
  llvm::sort(Edits);
  return formatted(Edits, View,
                   std::min(beginOf(View, I.E), View[First.Statement].Begin),
                   endOf(View, I.E));
}

static std::optional<FixPlan> planFor(const FunctionFixes &Fixes,
                                      llvm::ArrayRef<GuardStep> All,
                                      unsigned Index) {
  const FunctionView &View = Fixes.View;
  const Finding &F = Fixes.Findings[Index];
  if (F.Extent.Suspensions.empty() || obstacleTo(Fixes.Findings, F))
    return std::nullopt;
  const auto E = findExtent(View, F.Extent.Reads, F.Extent.Suspensions,
                            F.Extent.Modifies, memberName(F));
  if (std::holds_alternative<Why>(E))
    return std::nullopt;
  for (const GuardStep &S : All) {
    if (S.Lock.empty())
      continue;
    const auto I = interruptedBy(View, F, std::get<Extent>(E), All, S.Lock);
    if (!I)
      continue;
    auto Edits = joined(View, All, *I);
    if (!Edits)
      continue;
    FixPlan Plan;
    Plan.Strategy = "keep-guard";
    Plan.Description = fmt::format(
        "keep '{}' from the first read of '{}' to the last update in '{}'",
        (I->Kept ? *I->Kept : I->Steps.front()).Guard->getNameAsString(),
        F.State.Member, F.Function);
    Plan.Repairs =
        repairedWith(Fixes, Index, beginOf(View, I->E), endOf(View, I->E));
    Plan.Needs = companionsOf(Fixes.Findings, Plan.Repairs);
    Plan.Edits = std::move(*Edits);
    return Plan;
  }
  return std::nullopt;
}

void fixByKeepingGuard(FunctionFixes &Fixes) {
  const std::vector<GuardStep> Steps = stepsOf(Fixes.View);
  for (const unsigned Index : Fixes.stillOpen())
    if (auto Plan = planFor(Fixes, Steps, Index))
      Fixes.add(std::move(*Plan));
}

} // namespace interlock
