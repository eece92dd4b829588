#include "rewriters/base/NamedKey.h"

#include "clang/AST/ExprCXX.h"
#include "llvm/ADT/STLExtras.h"

#include <fmt/format.h>

namespace interlock {

using namespace clang;

/// The one place where the expression stands; -1 if there are several.
static int onlyPlace(const FunctionView &View, llvm::StringRef Text) {
  int Found = -1;
  for (int I = 0; I < static_cast<int>(View.nodes().size()); ++I) {
    const Node &N = View[I];
    if (!isa<Expr>(N.S) || View.content().slice(N.Begin, N.End) != Text)
      continue;
    if (N.Foreign || N.BeginInMacro || N.EndInMacro ||
        (Found >= 0 && View[Found].Begin != N.Begin))
      return -1;
    if (Found < 0)
      Found = I; // the outermost of those that the language wraps around
  }
  return Found;
}

/// Whether a part of an expression or statement is evaluated before all of the
/// rest of it, and whatever way it goes.
static bool comesFirst(const FunctionView &View, int Part) {
  const Stmt *S = View[View[Part].Parent].S;
  const Stmt *Child = View[Part].S;
  if (const auto *Op = dyn_cast<CXXOperatorCallExpr>(S))
    return Op->getOperator() == OO_Subscript && Op->getArg(1) == Child
               ? Op->getArg(0)->IgnoreParenImpCasts()->isLValue()
               : Op->getArg(0) == Child;
  if (const auto *Call = dyn_cast<CXXMemberCallExpr>(S))
    return Call->getCallee() == Child || Call->getArg(0) == Child;
  if (const auto *Op = dyn_cast<BinaryOperator>(S))
    return Op->isComparisonOp() && Op->getLHS() == Child;
  if (const auto *If = dyn_cast<IfStmt>(S))
    return If->getCond() == Child && !If->getInit();
  return isa<CastExpr, ParenExpr, MemberExpr, UnaryOperator, FullExpr,
             MaterializeTemporaryExpr, CXXBindTemporaryExpr, DeclStmt>(S);
}

/// Whether something that the expression names, and may have changed, is named
/// again behind it.
static bool lookedAtAgain(const FunctionView &View, int Key) {
  for (int I = Key; I < static_cast<int>(View.nodes().size()); ++I) {
    const auto *Access = dyn_cast<MemberExpr>(View[I].S);
    const auto *Ref = dyn_cast<DeclRefExpr>(View[I].S);
    const ValueDecl *D = Access ? Access->getMemberDecl()
                         : Ref  ? Ref->getDecl()
                                : nullptr;
    if (D && View.inside(I, Key) && isa<FieldDecl, VarDecl>(D) &&
        !D->getType().isConstQualified() && D->getDeclName().isIdentifier() &&
        View.content().slice(View[Key].End, View.end()).contains(D->getName()))
      return true;
  }
  return false;
}

static void replace(std::string &Text, llvm::StringRef From,
                    llvm::StringRef To) {
  if (const std::size_t At = Text.find(From); At != std::string::npos)
    Text.replace(At, From.size(), To);
}

std::optional<NamedKey> nameKey(const FunctionView &View, LockCode &Lock,
                                const Extent &E, std::set<std::string> &Taken) {
  const int Key = onlyPlace(View, Lock.Key);
  const int Statement = View[E.Block].Children[E.First];
  if (Key < 0 || !View.inside(Key, Statement))
    return std::nullopt;
  for (int I = Key; I != Statement; I = View[I].Parent)
    if (!comesFirst(View, I))
      return std::nullopt;
  if (lookedAtAgain(View, Key))
    return std::nullopt;
  const std::string Name = freeName(View, "key", Taken);
  NamedKey Named{
      fmt::format("const auto {} = {};", Name, Lock.Key),
      {View.file(), View[Key].Begin, View[Key].End - View[Key].Begin, Name}};
  for (std::string *Text : {&Lock.Arguments, &Lock.Custom})
    replace(*Text, Lock.Key, Name);
  for (const ValueDecl *Var : View.locals(Key))
    llvm::erase(Lock.Uses, Var);
  Lock.Key = Name;
  Lock.ImpureKey = false;
  Lock.Identity = Lock.operation();
  return Named;
}

} // namespace interlock
