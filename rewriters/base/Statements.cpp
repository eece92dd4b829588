#include "rewriters/base/Statements.h"
#include "rewriters/base/Containers.h"
#include "rewriters/base/Format.h"
#include "rewriters/base/GuardCode.h"

#include "clang/AST/ExprCXX.h"
#include "clang/AST/StmtCXX.h"

namespace interlock {

using namespace clang;

int statementAt(const FunctionView &View, int I) {
  while (I >= 0 && View[I].Parent >= 0 &&
         !isa<CompoundStmt>(View[View[I].Parent].S))
    I = View[I].Parent;
  return I >= 0 && View[I].Parent >= 0 ? I : -1;
}

int statementAt(const FunctionView &View, const SourceSpan &At) {
  return At.File == View.file() ? statementAt(View, View.find(At.Begin, At.End))
                                : -1;
}

int fullExpressionAt(const FunctionView &View, const SourceSpan &At) {
  int I = At.File == View.file() ? View.find(At.Begin, At.End) : -1;
  while (I >= 0 && View[I].Parent >= 0 && isa<Expr>(View[View[I].Parent].S))
    I = View[I].Parent;
  const int Parent = I < 0 ? -1 : View[I].Parent;
  if (Parent < 0 || !isa<Expr>(View[I].S))
    return -1;
  const auto *If = dyn_cast<IfStmt>(View[Parent].S);
  const bool Alone =
      isa<CompoundStmt>(View[Parent].S) ||
      (If && (View[I].S == If->getThen() || View[I].S == If->getElse()));
  return Alone ? I : -1;
}

unsigned placeInBlock(const FunctionView &View, int Statement) {
  const auto &Children = View[View[Statement].Parent].Children;
  return static_cast<unsigned>(llvm::find(Children, Statement) -
                               Children.begin());
}

int nodeOf(const FunctionView &View, int Root, const Stmt *S) {
  for (unsigned I = static_cast<unsigned>(Root); I < View.nodes().size(); ++I)
    if (View[static_cast<int>(I)].S == S)
      return static_cast<int>(I);
  return -1;
}

const Expr *plain(const Stmt *S) {
  const auto *E = dyn_cast_or_null<Expr>(S);
  while (E) {
    if (const auto *Clean = dyn_cast<ExprWithCleanups>(E))
      E = Clean->getSubExpr();
    else if (const auto *Temporary = dyn_cast<CXXBindTemporaryExpr>(E))
      E = Temporary->getSubExpr();
    else if (const auto *Made = dyn_cast<MaterializeTemporaryExpr>(E))
      E = Made->getSubExpr();
    else if (E != E->IgnoreParenImpCasts())
      E = E->IgnoreParenImpCasts();
    else
      return E;
  }
  return nullptr;
}

/// A call in a template that only looks into a container, whichever it is.
static bool onlyLooks(const CallExpr *Call) {
  static constexpr llvm::StringLiteral Looks[] = {
      "at",    "begin", "cbegin", "cend", "contains",
      "count", "end",   "empty",  "find", "size"};
  const auto Named = namedCall(Call);
  return Named && llvm::is_contained(Looks, Named->Name);
}

bool repeatable(const FunctionView &View, int I) {
  const Stmt *S = View[I].S;
  if (isa<CoroutineSuspendExpr, DependentCoawaitExpr, LambdaExpr, CXXNewExpr>(
          S))
    return false;
  if (const auto *Op = dyn_cast<UnaryOperator>(S);
      Op && Op->isIncrementDecrementOp())
    return false;
  if (const auto *Op = dyn_cast<BinaryOperator>(S); Op && Op->isAssignmentOp())
    return false;
  if (const auto *Call = dyn_cast<CallExpr>(S);
      Call && !isa<CXXOperatorCallExpr>(Call)) {
    const auto *Method = dyn_cast_or_null<CXXMethodDecl>(Call->getCalleeDecl());
    if (!(Method ? Method->isConst() : onlyLooks(Call)))
      return false;
  }
  return llvm::all_of(View[I].Children,
                      [&](int C) { return repeatable(View, C); });
}

std::string negated(const Expr *E, const std::string &Text) {
  const bool Short =
      isa<MemberExpr, CXXDependentScopeMemberExpr, DeclRefExpr>(E) ||
      (isa<CallExpr>(E) && !isa<CXXOperatorCallExpr>(E));
  return Short ? "!" + Text : "!(" + Text + ")";
}

bool leaves(const Stmt *S) {
  if (const auto *Block = dyn_cast<CompoundStmt>(S))
    return !Block->body_empty() && leaves(Block->body_back());
  if (const auto *Clean = dyn_cast<ExprWithCleanups>(S))
    return leaves(Clean->getSubExpr());
  return isa<CoreturnStmt, ReturnStmt, BreakStmt, ContinueStmt, CXXThrowExpr>(
      S);
}

std::optional<Lines> ownLines(const FunctionView &View, int Statement,
                              bool Commented) {
  const llvm::StringRef Content = View.content();
  const Node &N = View[Statement];
  const unsigned End = lineEnd(Content, N.End);
  const llvm::StringRef Behind = Content.slice(N.End, End).trim();
  if (N.BeginInMacro || N.EndInMacro || !firstOnLine(Content, N.Begin) ||
      !(Behind.empty() || (Commented && lastOnLine(Content, N.End))))
    return std::nullopt;
  return Lines{lineStart(Content, N.Begin),
               End < Content.size() ? End + 1 : End};
}

std::optional<Lines> removal(const FunctionView &View, int Statement) {
  const Node &N = View[Statement];
  if (const auto Own = ownLines(View, Statement);
      Own || N.BeginInMacro || N.EndInMacro)
    return Own;
  const llvm::StringRef Before = View.content().take_front(N.Begin);
  const llvm::StringRef Behind = View.content().substr(N.End);
  const auto Blanks = [](llvm::StringRef All, llvm::StringRef Rest) {
    return static_cast<unsigned>(All.size() - Rest.size());
  };
  if (!firstOnLine(View.content(), N.Begin) &&
      lastOnLine(View.content(), N.End))
    return Lines{N.Begin - Blanks(Before, Before.rtrim(" \t")), N.End};
  return Lines{N.Begin, N.End + Blanks(Behind, Behind.ltrim(" \t"))};
}

std::string gapBefore(const FunctionView &View, int Statement) {
  const llvm::StringRef Content = View.content();
  const unsigned At = View[Statement].Begin;
  return firstOnLine(Content, At)
             ? layoutOf(Content).LineEnd + indentationAt(Content, At).str()
             : " ";
}

std::optional<RelativeModify> relativeModify(const FunctionView &View,
                                             const SourceSpan &At) {
  return relativeModify(View, statementAt(View, At));
}

std::optional<RelativeModify> relativeModify(const FunctionView &View,
                                             int Statement) {
  RelativeModify M;
  M.Statement = Statement;
  if (M.Statement < 0 || View[M.Statement].BeginInMacro)
    return std::nullopt;
  const Expr *E = plain(View[M.Statement].S);
  if (const auto *Op = dyn_cast_or_null<CompoundAssignOperator>(E)) {
    if (!Op->getType()->isIntegralOrEnumerationType())
      return std::nullopt;
    M.State = Op->getLHS();
    M.Amount = Op->getRHS();
    M.Adds = Op->getOpcode() == BO_AddAssign;
    return M.Adds || Op->getOpcode() == BO_SubAssign ? std::optional(M)
                                                     : std::nullopt;
  }
  if (const auto *Op = dyn_cast_or_null<CXXOperatorCallExpr>(E);
      Op && Op->getNumArgs() == 2 &&
      (Op->getOperator() == OO_PlusEqual ||
       Op->getOperator() == OO_MinusEqual)) {
    M.State = Op->getArg(0);
    M.Amount = Op->getArg(1);
    M.Adds = Op->getOperator() == OO_PlusEqual;
    return M;
  }
  return std::nullopt;
}

const Expr *assignedTo(const Stmt *S) {
  if (const auto *Op = dyn_cast<BinaryOperator>(S))
    return Op->isAssignmentOp() ? Op->getLHS() : nullptr;
  if (const auto *Op = dyn_cast<UnaryOperator>(S))
    return Op->isIncrementDecrementOp() ? Op->getSubExpr() : nullptr;
  if (const auto *Op = dyn_cast<CXXOperatorCallExpr>(S))
    return Op->isAssignmentOp() ? Op->getArg(0) : nullptr;
  return nullptr;
}

/// The operands of a comparison, in a template's pattern as well.
static std::optional<std::pair<const Expr *, const Expr *>>
compared(const Expr *E, OverloadedOperatorKind Kind) {
  if (const auto *Call = dyn_cast_or_null<CXXOperatorCallExpr>(E);
      Call && Call->getOperator() == Kind)
    return std::pair(Call->getArg(0), Call->getArg(1));
  const auto *Op = dyn_cast_or_null<BinaryOperator>(E);
  return Op && Op->getOpcode() == BinaryOperator::getOverloadedOpcode(Kind)
             ? std::optional(std::pair<const Expr *, const Expr *>(
                   Op->getLHS(), Op->getRHS()))
             : std::nullopt;
}

std::optional<std::pair<const Expr *, const Expr *>> equal(const Expr *E) {
  return compared(E, OO_EqualEqual);
}

std::optional<std::pair<const Expr *, const Expr *>> unequal(const Expr *E) {
  if (const auto Plain = compared(E, OO_ExclaimEqual))
    return Plain;
  const auto *Rewritten = dyn_cast_or_null<CXXRewrittenBinaryOperator>(E);
  if (!Rewritten || Rewritten->getOperator() != BO_NE)
    return std::nullopt;
  return std::pair(Rewritten->getLHS(), Rewritten->getRHS());
}

/// The member of a local that a node names, directly behind it; null if it is
/// no member of that local.
static const ValueDecl *memberOf(const Stmt *S, const ValueDecl *Var) {
  const auto *Access = dyn_cast<MemberExpr>(S);
  const auto *Ref =
      Access ? dyn_cast_or_null<DeclRefExpr>(plain(Access->getBase()))
             : nullptr;
  return Ref && Ref->getDecl() == Var ? Access->getMemberDecl() : nullptr;
}

/// Whether a member of a local that the expression `At` reads, or an element of
/// the local, is what the node `I` assigns to.
static bool changesPart(const FunctionView &View, int I, int At,
                        const ValueDecl *Var) {
  const Expr *Target = assignedTo(View[I].S);
  const ValueDecl *Member = nullptr;
  while (const auto *Access = dyn_cast_or_null<MemberExpr>(plain(Target))) {
    Member = memberOf(Access, Var);
    Target = Access->getBase();
  }
  const auto *Ref = dyn_cast_or_null<DeclRefExpr>(plain(Target));
  if (!Ref || Ref->getDecl() != Var)
    return false;
  unsigned Uses = 0, OfOthers = 0;
  for (int Use = At; Use < static_cast<int>(View.nodes().size()); ++Use) {
    if (!View.inside(Use, At))
      continue;
    const auto *Named = dyn_cast<DeclRefExpr>(View[Use].S);
    Uses += Named && Named->getDecl() == Var;
    const ValueDecl *Read = memberOf(View[Use].S, Var);
    OfOthers += Member && Read && Read != Member;
  }
  return Uses > OfOthers;
}

bool sameFrom(const FunctionView &View, int At, unsigned Offset) {
  if (!repeatable(View, At))
    return false;
  LockCode Names;
  for (const ValueDecl *Var : View.locals(At)) {
    const int Declared = View.declarationOf(Var);
    if (Declared >= 0 && View[Declared].Begin >= Offset)
      return false;
    for (int I = 0; I < static_cast<int>(View.nodes().size()); ++I)
      if (Offset <= View[I].Begin && View[I].End <= View[At].Begin &&
          changesPart(View, I, At, Var))
        return false;
    Names.Uses.push_back(Var);
  }
  return !settleKey(View, Names, Offset, View[At].End);
}

bool settledAmount(const FunctionView &View, int Amount, unsigned Offset) {
  const auto *E = cast<Expr>(View[Amount].S)->IgnoreParenImpCasts();
  // `balance -= cost`, which takes the cost by value.
  while (const auto *Copy = dyn_cast<CXXConstructExpr>(E)) {
    if (!Copy->getConstructor()->isCopyOrMoveConstructor())
      break;
    E = Copy->getArg(0)->IgnoreParenImpCasts();
  }
  if (!E->isInstantiationDependent() && E->isEvaluatable(View.context()))
    return true;
  const auto *Ref = dyn_cast<DeclRefExpr>(E);
  const auto *Var = Ref ? dyn_cast<VarDecl>(Ref->getDecl()) : nullptr;
  if (!Var || !Var->isLocalVarDeclOrParm() || Var->getType()->isReferenceType())
    return false;
  const int At = View.declarationOf(Var);
  if (At >= 0 && View[At].Begin >= Offset)
    return false;
  LockCode Probe;
  Probe.Uses.push_back(Var);
  return !settleKey(View, Probe, Offset, View.end());
}

bool isBodyOf(const Stmt *Control, const Stmt *Child) {
  if (const auto *If = dyn_cast<IfStmt>(Control))
    return If->getThen() == Child || If->getElse() == Child;
  if (const auto *For = dyn_cast<ForStmt>(Control))
    return For->getBody() == Child;
  if (const auto *Each = dyn_cast<CXXForRangeStmt>(Control))
    return Each->getBody() == Child;
  if (const auto *While = dyn_cast<WhileStmt>(Control))
    return While->getBody() == Child;
  const auto *Do = dyn_cast<DoStmt>(Control);
  return Do && Do->getBody() == Child;
}

} // namespace interlock
