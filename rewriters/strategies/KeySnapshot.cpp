// The fix for a loop over a container by key that suspends in its body: it goes
// over a copy of the keys and looks each of them up, once more behind the wait
// if the element is used there.
//
//     for (auto &[id, order] : orders_) {
//       co_await cancel(order.venue_id);
//       order.open = false;
//     }
//
//     std::vector<decltype(orders_)::key_type> keys;
//     for (const auto &each : orders_)
//       keys.push_back(each.first);
//     for (const auto &id : keys) {
//       const auto found = orders_.find(id);
//       if (found == orders_.end())
//         continue;
//       auto &order = found->second;
//       co_await cancel(order.venue_id);
//       const auto found_2 = orders_.find(id);
//       if (found_2 == orders_.end())
//         continue;
//       auto &order_now = found_2->second;
//       order_now.open = false;
//     }
#include "rewriters/base/Containers.h"
#include "rewriters/base/Format.h"
#include "rewriters/base/GuardCode.h"
#include "rewriters/base/Includes.h"
#include "rewriters/base/LookAgain.h"
#include "rewriters/base/Planner.h"
#include "rewriters/base/Statements.h"

#include "clang/AST/ExprCXX.h"
#include "clang/AST/StmtCXX.h"

#include <fmt/format.h>

namespace interlock {

using namespace clang;

namespace {

/// A loop over a container by key.
struct KeyLoop {
  int Loop = -1, Body = -1;
  std::string Head; ///< what stands for each key: `const auto &id`
  KeptElement Element;
  bool Set = false;     ///< elements are keys
  bool Ordered = false; ///< there is one that comes next
  bool Late = false;    ///< which type it is shows when it is instantiated
  std::vector<Edit> Steps;
};

} // namespace

/// A container that means the same before each pass: a member, over what the
/// loop does not change.
static bool spellContainer(const FunctionView &View, KeyLoop &L,
                           const Expr *Container) {
  const auto *Access = dyn_cast_or_null<MemberExpr>(plain(Container));
  const int At = Access ? nodeOf(View, L.Loop, Access) : -1;
  llvm::StringRef Kind = standardClass(Access);
  L.Ordered = !Kind.consume_front("unordered_");
  if (At < 0 || (Kind != "map" && Kind != "set") || View[At].BeginInMacro ||
      !repeatable(View, At) ||
      Access->getMemberDecl()->getType()->isReferenceType())
    return false;
  LockCode Names;
  Names.Uses = View.locals(At);
  if (settleKey(View, Names, View[L.Loop].Begin, View[L.Loop].End))
    return false;
  L.Set = Kind == "set";
  L.Late = Access->isTypeDependent();
  L.Element.Container = View.text(At);
  return true;
}

static std::string bindingOf(QualType Element) {
  return !Element->isReferenceType()                        ? "auto "
         : Element.getNonReferenceType().isConstQualified() ? "const auto &"
                                                            : "auto &";
}

/// `for (auto &[id, order] : orders_)`, `for (auto &entry : orders_)`
static bool rangeLoop(FunctionFixes &Fixes, KeyLoop &L) {
  const FunctionView &View = Fixes.View;
  const auto *Loop = cast<CXXForRangeStmt>(View[L.Loop].S);
  const VarDecl *Var = Loop->getLoopVariable();
  if (Loop->getInit() || !isa<CompoundStmt>(Loop->getBody()) ||
      !spellContainer(View, L, Loop->getRangeInit()))
    return false;
  L.Body = nodeOf(View, L.Loop, Loop->getBody());
  KeptElement &E = L.Element;
  E.Binding = bindingOf(Var->getType());
  const bool Copied = !Var->getType()->isReferenceType();
  const auto *Parts = dyn_cast<DecompositionDecl>(Var);
  if (L.Set) {
    E.What = KeptElement::Kind::Itself;
    E.Var = Var;
    E.Key = Var->getNameAsString();
    L.Head = "const auto &" + E.Key;
    return !Parts;
  }
  if (Parts) {
    if (Parts->bindings().size() != 2)
      return false;
    E.What = Copied ? KeptElement::Kind::Copy : KeptElement::Kind::Value;
    E.Key = Parts->bindings()[0]->getNameAsString();
    E.Var = Parts->bindings()[1];
  } else {
    if (Copied)
      return false;
    E.What = KeptElement::Kind::Entry;
    E.Key = freeName(View, "key", Fixes.Names);
    E.Var = Var;
  }
  L.Head = "const auto &" + E.Key;
  return true;
}

static const ValueDecl *named(const Stmt *S) {
  const auto *Ref = dyn_cast_or_null<DeclRefExpr>(plain(S));
  return Ref ? Ref->getDecl() : nullptr;
}

/// What an expression steps on, if it is `++it` or `it++`.
static const ValueDecl *steppedOn(const Stmt *S) {
  if (const auto *Op = dyn_cast_or_null<UnaryOperator>(plain(S)))
    return Op->isIncrementOp() ? named(Op->getSubExpr()) : nullptr;
  const auto *Call = dyn_cast_or_null<CXXOperatorCallExpr>(plain(S));
  return Call && Call->getOperator() == OO_PlusPlus ? named(Call->getArg(0))
                                                    : nullptr;
}

/// Whether nothing of the pass comes behind a statement.
static bool endsPass(const FunctionView &View, const KeyLoop &L, int I) {
  while (I != L.Body) {
    const int Parent = View[I].Parent;
    if (isa<CompoundStmt>(View[Parent].S)) {
      const auto &Children = View[Parent].Children;
      const auto Next = llvm::find(Children, I) + 1;
      if (Next != Children.end())
        return isa<ContinueStmt>(View[*Next].S);
    } else if (!isa<IfStmt>(View[Parent].S)) {
      return false;
    }
    I = Parent;
  }
  return true;
}

/// Takes `++it` away, with the `else` that it is all of; or says with a
/// `continue` what a branch is for that would be empty.
static Edit withoutStep(const FunctionView &View, const KeyLoop &L, int Step) {
  const int Block = View[Step].Parent;
  const bool Alone =
      isa<CompoundStmt>(View[Block].S) && View[Block].Children.size() == 1;
  const int Branch = Alone && Block != L.Body ? Block : Step;
  const llvm::StringRef Behind = View.content().substr(View[Step].End).ltrim();
  const bool Ended = llvm::StringRef(View.text(Step)).ends_with(";") ||
                     !Behind.starts_with(";");
  const auto *If = dyn_cast<IfStmt>(View[View[Branch].Parent].S);
  if (If && If->getElse() == View[Branch].S) {
    const int Then = nodeOf(View, View[Branch].Parent, If->getThen());
    const unsigned End =
        Branch == Step && !Ended
            ? static_cast<unsigned>(Behind.data() + 1 - View.content().data())
            : View[Branch].End;
    return {View.file(), View[Then].End, End - View[Then].End, ""};
  }
  const auto Lines = removal(View, Step);
  if ((Block == L.Body || !Alone) && isa<CompoundStmt>(View[Block].S) && Lines)
    return {View.file(), Lines->Begin, Lines->End - Lines->Begin, ""};
  return {View.file(), View[Step].Begin, View[Step].End - View[Step].Begin,
          Ended ? "continue;" : "continue"};
}

/// The statement that is nothing but an expression; -1 if it is part of one.
static int alone(const FunctionView &View, int I) {
  const Expr *E = plain(View[I].S);
  while (isa<Expr>(View[View[I].Parent].S))
    I = View[I].Parent;
  return plain(View[I].S) == E ? I : -1;
}

/// What `a = b` makes of `a`; null for anything else.
static const Expr *assignedFrom(const Stmt *S) {
  if (const auto *Op = dyn_cast_or_null<BinaryOperator>(S))
    return Op->getOpcode() == BO_Assign ? Op->getRHS() : nullptr;
  const auto *Op = dyn_cast_or_null<CXXOperatorCallExpr>(S);
  return Op && Op->getOperator() == OO_Equal ? Op->getArg(1) : nullptr;
}

/// What becomes of the steps of a walk that erases as it goes, which the loop
/// over keys does itself: `++it`, `it = orders_.erase(it)`.
static bool takeStepsAway(const FunctionView &View, KeyLoop &L) {
  const ValueDecl *Var = L.Element.Var;
  for (int I = L.Body; I < static_cast<int>(View.nodes().size()); ++I) {
    if (!View.inside(I, L.Body) || View[I].Foreign || !isa<Expr>(View[I].S))
      continue;
    const bool Steps = steppedOn(View[I].S) == Var;
    const bool Assigns = named(assignedTo(plain(View[I].S))) == Var;
    if (!Steps && !Assigns)
      continue;
    const int Whole = alone(View, I);
    if (Whole < 0 || View[Whole].BeginInMacro || !endsPass(View, L, Whole))
      return false;
    if (Whole != I)
      continue; // has been seen
    if (Steps) {
      L.Element.Gone.push_back(Whole);
      L.Steps.push_back(withoutStep(View, L, Whole));
      continue;
    }
    const Expr *To = assignedFrom(plain(View[I].S));
    const Expr *Object = objectOfCall(To, {"erase"});
    const int Call = Object ? nodeOf(View, I, plain(To)) : -1;
    const int Of = Object ? nodeOf(View, I, plain(Object)) : -1;
    if (Call < 0 || Of < 0 || View.text(Of) != L.Element.Container)
      return false;
    L.Steps.push_back(
        {View.file(), View[I].Begin, View[Call].Begin - View[I].Begin, ""});
  }
  return true;
}

/// `for (auto it = orders_.begin(); it != orders_.end(); ++it)`, which steps
/// nowhere else; or without order and without the step in the head.
static bool iteratorLoop(FunctionFixes &Fixes, KeyLoop &L) {
  const FunctionView &View = Fixes.View;
  const auto *Loop = cast<ForStmt>(View[L.Loop].S);
  const auto *Decls = dyn_cast_or_null<DeclStmt>(Loop->getInit());
  const auto *Var = Decls && Decls->isSingleDecl()
                        ? dyn_cast<VarDecl>(Decls->getSingleDecl())
                        : nullptr;
  const auto Compared = unequal(plain(Loop->getCond()));
  if (!Var || !Compared || !isa<CompoundStmt>(Loop->getBody()) ||
      named(Compared->first) != Var ||
      (Loop->getInc() && steppedOn(Loop->getInc()) != Var))
    return false;
  const Expr *From = objectOfCall(Var->getInit(), {"begin", "cbegin"});
  const Expr *To = objectOfCall(Compared->second, {"end", "cend"});
  if (!From || !To || !spellContainer(View, L, From))
    return false;
  const std::string Begins = L.Element.Container;
  if (!spellContainer(View, L, To) || L.Element.Container != Begins)
    return false;
  L.Body = nodeOf(View, L.Loop, Loop->getBody());
  L.Element.What = KeptElement::Kind::Iterator;
  L.Element.Var = Var;
  if ((!Loop->getInc() && L.Ordered) || !takeStepsAway(View, L) ||
      (Loop->getInc() && !L.Steps.empty()))
    return false;
  L.Element.Key = freeName(View, "key", Fixes.Names);
  L.Head = "const auto &" + L.Element.Key;
  return true;
}

static bool usesWithin(const FunctionView &View, const KeyLoop &L,
                       unsigned Begin, unsigned End) {
  return llvm::any_of(View.nodes(), [&](const Node &N) {
    return named(N.S) == L.Element.Var && Begin <= N.Begin && N.End <= End;
  });
}

static std::optional<KeyLoop> keyLoop(FunctionFixes &Fixes, const Finding &F) {
  const FunctionView &View = Fixes.View;
  if (F.Extent.Suspensions.empty())
    return std::nullopt;
  const SourceSpan &S = F.Extent.Suspensions.front();
  KeyLoop L;
  const int At = S.File == View.file() ? View.find(S.Begin, S.End) : -1;
  L.Loop = At;
  while (L.Loop >= 0 &&
         !isa<WhileStmt, ForStmt, DoStmt, CXXForRangeStmt>(View[L.Loop].S))
    L.Loop = View[L.Loop].Parent;
  if (L.Loop < 0 || View[L.Loop].BeginInMacro || View[L.Loop].Parent < 0 ||
      !isa<CompoundStmt>(View[View[L.Loop].Parent].S) ||
      !firstOnLine(View.content(), View[L.Loop].Begin))
    return std::nullopt;
  const bool Good = isa<CXXForRangeStmt>(View[L.Loop].S) ? rangeLoop(Fixes, L)
                    : isa<ForStmt>(View[L.Loop].S) ? iteratorLoop(Fixes, L)
                                                   : false;
  if (!Good || L.Body < 0)
    return std::nullopt;
  // What went stale is the loop's own handle, or what was asked of it.
  const bool Own = F.Check == "stale-reference"
                       ? F.Extent.Reads.empty() ||
                             F.Extent.Reads.front().End <= View[L.Body].Begin
                       : usesWithin(View, L, F.At.Begin, F.At.End);
  return Own ? std::optional(L) : std::nullopt;
}

static std::optional<std::vector<Edit>> overKeys(FunctionFixes &Fixes,
                                                 const KeyLoop &L, bool Ask) {
  const FunctionView &View = Fixes.View;
  const std::string Gap = gapBefore(View, L.Loop);
  const std::string Step = layoutOf(View.content()).Indent;
  const std::string Keys = freeName(View, "keys", Fixes.Names);
  const std::string Each = freeName(View, "each", Fixes.Names);
  const std::string Head = fmt::format(
      "std::vector<{7}decltype({0})::key_type> {1};{2}for (const auto &{3} : "
      "{0}){2}{4}{1}.push_back({3}{6});{2}for ({5} : {1}) {{",
      L.Element.Container, Keys, Gap, Each, Step, L.Head, L.Set ? "" : ".first",
      L.Late ? "typename " : "");
  auto Body = lookAgain(View, L.Element, L.Body, Fixes.Names, Ask);
  if (!Body)
    return std::nullopt;
  llvm::append_range(Body->Edits, L.Steps);
  Body->Edits.push_back({View.file(), View[L.Loop].Begin,
                         View[L.Body].Begin + 1 - View[L.Loop].Begin,
                         Head + Body->First});
  return std::move(Body->Edits);
}

void fixByKeySnapshot(FunctionFixes &Fixes) {
  const FunctionView &View = Fixes.View;
  // Another thread could change the container while the keys are copied.
  if (Fixes.Opts.ExecutorModel != Executor::SingleThreaded)
    return;
  for (const unsigned Index : Fixes.stillOpen()) {
    const Finding &F = Fixes.Findings[Index];
    // Where only the element is concerned, its guard is the better repair.
    if (F.Check != "stale-reference" && !Fixes.WithoutGuard)
      continue;
    const auto L = keyLoop(Fixes, F);
    if (!L)
      continue;
    FixPlan Plan;
    bool Ask = false;
    for (const unsigned Other : Fixes.Open)
      if (const SourceSpan &At = Fixes.Findings[Other].At;
          View[L->Loop].Begin <= At.Begin && At.End <= View[L->Loop].End) {
        Plan.Repairs.push_back(Other);
        Ask |= Fixes.Findings[Other].Check == "stale-check";
      }
    auto Edits = overKeys(Fixes, *L, Ask);
    if (!Edits)
      continue;
    Plan.Strategy = "key-snapshot";
    Plan.Description = fmt::format("go over a copy of the keys of '{}' in '{}'",
                                   L->Element.Container, F.Function);
    llvm::sort(*Edits);
    Plan.Edits =
        formatted(*Edits, View, View[L->Loop].Begin, View[L->Loop].End);
    if (const auto Include =
            includeEdit(View.file(), View.content(), "<vector>"))
      Plan.Edits.push_back(*Include);
    llvm::sort(Plan.Edits);
    Fixes.add(std::move(Plan));
  }
}

} // namespace interlock
