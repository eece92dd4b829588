#include "rewriters/base/NewSuspension.h"
#include "rewriters/base/AwaitedCalls.h"
#include "rewriters/base/SharedChange.h"
#include "rewriters/base/Statements.h"

#include "clang/AST/ExprCXX.h"
#include "clang/AST/StmtCXX.h"

#include <fmt/format.h>

#include <algorithm>

namespace interlock {

using namespace clang;

namespace {

/// The stretch of a function around a guard in which nothing suspends but the
/// guard itself, as the text shows it.
struct Slice {
  unsigned Begin = 0;
  unsigned Guard = 0;
  unsigned End = 0; ///< of the first suspension behind the guard
};

} // namespace

static Slice sliceAround(const FunctionView &View, unsigned Guard) {
  Slice Found{0, Guard, View.end()};
  for (const Node &N : View.nodes())
    if (isSuspension(N)) {
      if (N.End <= Guard)
        Found.Begin = std::max(Found.Begin, N.End);
      else if (N.Begin >= Guard)
        Found.End = std::min(Found.End, N.End);
    }
  return Found;
}

/// Whether the node is a condition, or decides what a local is.
static bool decides(const FunctionView &View, int I) {
  for (int Part = -1; I >= 0 && !isa<CompoundStmt>(View[I].S);
       Part = I, I = View[I].Parent)
    if (isa<IfStmt, SwitchStmt, WhileStmt, DoStmt, ForStmt, DeclStmt>(
            View[I].S))
      return Part < 0 || !isBodyOf(View[I].S, View[Part].S);
  return false;
}

/// The member or global that a node names; null if it names none.
static const ValueDecl *sharedState(const Stmt *S) {
  if (const auto *Access = dyn_cast<MemberExpr>(S))
    return dyn_cast<FieldDecl>(Access->getMemberDecl());
  if (const auto *Ref = dyn_cast<DeclRefExpr>(S))
    if (const auto *Var = dyn_cast<VarDecl>(Ref->getDecl());
        Var && Var->hasGlobalStorage())
      return Var;
  return nullptr;
}

/// Members and globals that are changed at or behind an offset.
static llvm::DenseSet<const ValueDecl *> writtenFrom(const FunctionView &View,
                                                     unsigned Offset) {
  llvm::DenseSet<const ValueDecl *> Written;
  for (int I = 0; I < static_cast<int>(View.nodes().size()); ++I)
    if (!View[I].Foreign && View[I].Begin >= Offset)
      if (const SharedChange Change = changeAt(View, I);
          Change.State && !Change.Opaque)
        Written.insert(Change.State);
  return Written;
}

static std::variant<Extent, Why> coverChecks(const FunctionView &View, Extent E,
                                             llvm::StringRef Member) {
  const unsigned Start = beginOf(View, E);
  const Slice Around = sliceAround(View, Start);
  const auto Later = writtenFrom(View, Start);
  for (int I = 0; I < static_cast<int>(View.nodes().size()); ++I) {
    const Node &N = View[I];
    if (N.Foreign || N.Begin < Around.Begin || N.End > beginOf(View, E) ||
        !decides(View, I))
      continue;
    const ValueDecl *State = sharedState(N.S);
    if (!State ||
        !(Later.contains(State) ||
          (State->getDeclName().isIdentifier() && State->getName() == Member)))
      continue;
    auto Wider = cover(View, E, I);
    if (std::holds_alternative<Why>(Wider))
      return Wider;
    E = std::get<Extent>(Wider);
  }
  return E;
}

/// Whether what the declaration refers to can be changed by others: it is
/// reached over members, globals or calls.
static bool refersToShared(const FunctionView &View, int I) {
  const Node &N = View[I];
  if (sharedState(N.S) || isa<CallExpr, CXXThisExpr>(N.S))
    return true;
  return llvm::any_of(N.Children,
                      [&](int C) { return refersToShared(View, C); });
}

/// The declaration of an alias that was good until the guard alone; -1 if
/// there is none.
static int shortAlias(const FunctionView &View, const Slice &Around) {
  llvm::DenseSet<const ValueDecl *> Later;
  for (const Node &N : View.nodes())
    if (const auto *Ref = dyn_cast<DeclRefExpr>(N.S); Ref && N.End > Around.End)
      Later.insert(Ref->getDecl());
  for (int I = 0; I < static_cast<int>(View.nodes().size()); ++I) {
    const Node &N = View[I];
    if (N.Foreign || N.Begin < Around.Guard || N.End > Around.End ||
        !isa<DeclRefExpr>(N.S))
      continue;
    const ValueDecl *Var = cast<DeclRefExpr>(N.S)->getDecl();
    const int At = View.declarationOf(Var);
    if (At < 0 || View[At].Foreign || View[At].Begin < Around.Begin ||
        View[At].End > Around.Guard || !isAlias(Var) || Later.contains(Var) ||
        !refersToShared(View, At))
      continue;
    // A loop over a range keeps its place over the awaits of its body.
    if (View[At].Parent >= 0 && isa<CXXForRangeStmt>(View[View[At].Parent].S))
      continue;
    return At;
  }
  return -1;
}

std::variant<Extent, Why> coverSlice(const FunctionView &View, Extent E,
                                     llvm::StringRef Member) {
  while (true) {
    auto Checked = coverChecks(View, E, Member);
    if (std::holds_alternative<Why>(Checked))
      return Checked;
    E = std::get<Extent>(Checked);
    const int At = shortAlias(View, sliceAround(View, beginOf(View, E)));
    if (At < 0)
      return E;
    auto Wider = cover(View, E, At);
    if (std::holds_alternative<Why>(Wider))
      return Wider;
    E = std::get<Extent>(Wider);
  }
}

/// Whether everything that the extent runs through before it comes to a
/// suspension of its own comes after the node.
static bool leadsTo(const FunctionView &View, int I, const Extent &E) {
  const int Both = View.common(I, E.Block);
  int Loop = E.Block;
  while (Loop >= 0 &&
         !isa<ForStmt, WhileStmt, DoStmt, CXXForRangeStmt>(View[Loop].S))
    Loop = View[Loop].Parent;
  return isa<CompoundStmt>(View[Both].S) &&
         (Loop < 0 || View.inside(Both, Loop));
}

std::optional<Extent> coverChanges(const FunctionView &View, const Extent &E) {
  const Slice Around = sliceAround(View, beginOf(View, E));
  std::vector<int> Before;
  llvm::DenseSet<const ValueDecl *> With;
  bool Changes = false;
  for (int I = 0; I < static_cast<int>(View.nodes().size()); ++I) {
    const Node &N = View[I];
    if (N.Foreign || N.Begin < Around.Begin || N.End > Around.End ||
        !changeAt(View, I).State)
      continue;
    if (N.Begin >= Around.Guard) {
      const auto Names = View.locals(I);
      With.insert(Names.begin(), Names.end());
      Changes = true;
    } else if (N.End <= Around.Guard && leadsTo(View, I, E)) {
      Before.push_back(I);
    }
  }
  for (const int I : Before) {
    // A call into a class that nothing is known of may only look like a change.
    const bool Same = llvm::any_of(View.locals(I), [&](const ValueDecl *Var) {
      return With.contains(Var);
    });
    if (!Changes || (changeAt(View, I).Opaque && !Same))
      continue;
    auto Wider = cover(View, E, I);
    return std::holds_alternative<Extent>(Wider)
               ? std::optional(std::get<Extent>(Wider))
               : std::nullopt;
  }
  return std::nullopt;
}

/// Whether the class says that it never suspends: `await_ready` is `true`.
static bool neverSuspends(const CXXRecordDecl *Awaiter) {
  if (!Awaiter || !Awaiter->hasDefinition())
    return false;
  for (const CXXMethodDecl *M : Awaiter->getDefinition()->methods()) {
    const auto *Body = M->getIdentifier() && M->getName() == "await_ready"
                           ? dyn_cast_or_null<CompoundStmt>(M->getBody())
                           : nullptr;
    if (!Body || Body->size() != 1)
      continue;
    const auto *Return = dyn_cast<ReturnStmt>(Body->body_front());
    const auto *Value =
        Return && Return->getRetValue()
            ? dyn_cast<CXXBoolLiteralExpr>(Return->getRetValue()->IgnoreCasts())
            : nullptr;
    return Value && Value->getValue();
  }
  return Awaiter->getName() == "suspend_never";
}

/// Whether the coroutine runs up to its first suspension within the call.
static bool beginsAtOnce(const FunctionDecl &Function) {
  const auto *Body = dyn_cast_or_null<CoroutineBodyStmt>(Function.getBody());
  const Stmt *S = Body ? Body->getInitSuspendStmt() : nullptr;
  if (const auto *E = dyn_cast_or_null<Expr>(S))
    S = E->IgnoreParenImpCasts();
  if (const auto *Cleanups = dyn_cast_or_null<ExprWithCleanups>(S))
    S = Cleanups->getSubExpr()->IgnoreParenImpCasts();
  const auto *Await = dyn_cast_or_null<CoroutineSuspendExpr>(S);
  return Await && Await->getCommonExpr() &&
         neverSuspends(Await->getCommonExpr()->getType()->getAsCXXRecordDecl());
}

/// Whether the caller's object, not a copy of it, is behind the name.
static bool borrows(const FunctionView &View, const ValueDecl *Var) {
  const QualType Type = Var->getType();
  if (isa<ParmVarDecl>(Var) &&
      Var->getDeclContext() == cast<DeclContext>(&View.function())) {
    if (Type->isReferenceType())
      return true;
    const auto *Record = Type->getAsCXXRecordDecl();
    return Record && (Record->getName() == "basic_string_view" ||
                      Record->getName() == "span");
  }
  return false;
}

/// The variable that what an expression refers to is a part of: `reg` in
/// `reg.positions[symbol]`; null if it shows none.
static const ValueDecl *ownerIn(const Expr *E) {
  while (E) {
    E = E->IgnoreParenImpCasts();
    if (const auto *Ref = dyn_cast<DeclRefExpr>(E))
      return Ref->getDecl();
    if (const auto *Member = dyn_cast<MemberExpr>(E))
      E = Member->getBase();
    else if (const auto *Call = dyn_cast<CXXMemberCallExpr>(E))
      E = Call->getImplicitObjectArgument();
    else if (const auto *Operator = dyn_cast<CXXOperatorCallExpr>(E))
      E = Operator->getNumArgs() > 0 ? Operator->getArg(0) : nullptr;
    else if (const auto *Unary = dyn_cast<UnaryOperator>(E))
      E = Unary->getSubExpr();
    else if (const auto *Index = dyn_cast<ArraySubscriptExpr>(E))
      E = Index->getBase();
    else
      return nullptr;
  }
  return nullptr;
}

/// The variable that a local refers into; null if it is no alias.
static const ValueDecl *lender(const ValueDecl *Var) {
  if (const auto *Binding = dyn_cast<BindingDecl>(Var))
    Var = Binding->getDecomposedDecl();
  const auto *Local = dyn_cast_or_null<VarDecl>(Var);
  return Local && Local->isLocalVarDecl() && isAlias(Local)
             ? ownerIn(Local->getInit())
             : nullptr;
}

std::optional<Why> danglingParameter(const FunctionView &View,
                                     unsigned Offset) {
  if (!beginsAtOnce(View.function()))
    return std::nullopt;
  const auto *Method = dyn_cast<CXXMethodDecl>(&View.function());
  const bool Lambda = Method && Method->getParent()->isLambda();
  const Slice Around = sliceAround(View, Offset);
  if (Around.Begin > 0)
    return std::nullopt; // the caller has gone on before
  llvm::DenseSet<const ValueDecl *> Early, Late;
  for (const Node &N : View.nodes())
    if (const auto *Ref = dyn_cast<DeclRefExpr>(N.S)) {
      if (N.Begin >= Around.End)
        if (const ValueDecl *Lender = lender(Ref->getDecl()))
          Late.insert(Lender); // as late as what it has lent
      // What a lambda captures lives in the lambda, which is the caller's.
      const bool Captured = Lambda && Ref->refersToEnclosingVariableOrCapture();
      if (N.Begin < Offset || !(Captured || borrows(View, Ref->getDecl())))
        continue;
      (N.End <= Around.End ? Early : Late).insert(Ref->getDecl());
    }
  // What is used behind a suspension anyway outlives it, or was wrong before.
  for (const Node &N : View.nodes())
    if (const auto *Ref = dyn_cast<DeclRefExpr>(N.S))
      if (Early.contains(Ref->getDecl()) && !Late.contains(Ref->getDecl()) &&
          !alwaysAwaited(View.context(), View.function()))
        return Why{
            "dangling-parameter",
            fmt::format("the coroutine begins within its call, and '{}' may be "
                        "gone when it goes on behind the guard",
                        Ref->getDecl()->getNameAsString())};
  return std::nullopt;
}

} // namespace interlock
