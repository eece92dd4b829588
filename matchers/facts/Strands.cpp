#include "matchers/facts/Lowering.h"

using namespace clang;

namespace interlock {

/// The strand that an executor expression names, if it is one.
std::optional<LockName> Lowering::strandOf(const Expr *E) {
  E = strip(E);
  if (!E)
    return std::nullopt;
  const Expr *Maker = E;
  if (const auto *D = dyn_cast<DeclRefExpr>(E))
    if (const auto *VD = dyn_cast<VarDecl>(D->getDecl()))
      if (const Expr *Init = VD->getInit(); Init && VD->isLocalVarDecl())
        Maker = strip(Init);
  const auto *ME = dyn_cast<MemberExpr>(E);
  if (!C.Words.Strands.matches(C.N.type(E->getType())) &&
      !(Maker && C.Words.Strands.matches(C.N.type(Maker->getType()))) &&
      !(ME && C.Types.initializedWith(ME->getMemberDecl(), C.Words.Strands)))
    return std::nullopt;
  LockName Result = lockName(E, "", nullptr);
  Result.Strand = true;
  if (const auto *D = dyn_cast<DeclRefExpr>(E))
    if (const auto *VD = dyn_cast<VarDecl>(D->getDecl());
        VD && VD->isLocalVarDecl()) {
      // What it starts knows it by where it was made.
      Result.Path = AccessPath();
      Result.Path.Base = AccessPath::Root::Global;
      Result.Path.Name = F.Id + "@" + VD->getNameAsString();
    }
  return Result;
}

std::optional<LockName> Lowering::strandAmong(const CallExpr *CE) {
  if (const auto *MC = dyn_cast<CXXMemberCallExpr>(CE))
    if (auto Strand = strandOf(MC->getImplicitObjectArgument()))
      return Strand;
  for (const Expr *Argument : CE->arguments())
    if (!isa<CXXDefaultArgExpr>(Argument))
      if (auto Strand = strandOf(Argument))
        return Strand;
  return std::nullopt;
}

} // namespace interlock
