#include "rewriters/base/UnseenGuard.h"
#include "rewriters/base/Statements.h"

#include "clang/AST/ExprCXX.h"

#include <fmt/format.h>

namespace interlock {

using namespace clang;

static bool ofLibrary(QualType Type, llvm::StringRef Name = {}) {
  const auto *Record = Type.getNonReferenceType()->getAsCXXRecordDecl();
  const auto *Space =
      Record ? dyn_cast<NamespaceDecl>(Record->getDeclContext()) : nullptr;
  return Space && Space->getName() == "interlock" &&
         (Name.empty() || Record->getName() == Name);
}

/// Whether the guard is the result of awaiting an operation of a lock, so that
/// the analysis knows which.
static bool seen(const VarDecl *Guard) {
  const Expr *Init = plain(Guard->getInit());
  if (const auto *Construct = dyn_cast_or_null<CXXConstructExpr>(Init))
    return Construct->getNumArgs() == 0; // holds nothing yet
  const auto *Await = dyn_cast_or_null<CoawaitExpr>(Init);
  const Expr *Operand = Await ? plain(Await->getOperand()) : nullptr;
  return Operand && ofLibrary(Operand->getType());
}

/// Whether the guard is named before the extent, where it may be given back or
/// away.
static bool namedBefore(const FunctionView &View, const VarDecl *Guard,
                        unsigned Offset) {
  return llvm::any_of(View.nodes(), [&](const Node &N) {
    const auto *Ref = dyn_cast<DeclRefExpr>(N.S);
    return Ref && Ref->getDecl() == Guard && N.End <= Offset;
  });
}

static Why problem(const VarDecl *Guard) {
  return Why{"guard-unseen",
             fmt::format("'{}' is held there already, and which lock it is of "
                         "does not show: if it is this one, a second guard "
                         "would wait for it forever",
                         Guard->getNameAsString())};
}

std::optional<Why> unseenGuard(const FunctionView &View, int Statement) {
  const unsigned Offset = View[Statement].Begin;
  for (const ParmVarDecl *P : View.function().parameters())
    if (ofLibrary(P->getType(), "guard") && !namedBefore(View, P, Offset))
      return problem(P);
  for (int Block = View[Statement].Parent; Block >= 0;
       Block = View[Block].Parent)
    for (const int Child : View[Block].Children) {
      const auto *Decls = dyn_cast<DeclStmt>(View[Child].S);
      if (!Decls || View[Child].End > Offset)
        continue;
      for (const Decl *D : Decls->decls())
        if (const auto *Var = dyn_cast<VarDecl>(D);
            Var && ofLibrary(Var->getType(), "guard") && !seen(Var) &&
            !namedBefore(View, Var, Offset))
          return problem(Var);
    }
  return std::nullopt;
}

} // namespace interlock
