#include "matchers/facts/Lowering.h"

using namespace clang;

// Threads: where they are made, and where they are joined.
namespace interlock {

bool isThread(QualType T, const LoweringContext &C) {
  const std::string &Name = C.N.type(T);
  return Name == "std::thread" || Name == "std::jthread" ||
         Name == "boost::thread";
}

bool keepsThreads(const CXXRecordDecl *R, const LoweringContext &C) {
  return R && R->hasDefinition() &&
         llvm::any_of(R->getDefinition()->fields(), [&](const FieldDecl *F) {
           const QualType Of = firstTypeArgument(F->getType());
           return C.Types.isContainer(F->getType()) && !Of.isNull() &&
                  isThread(Of, C);
         });
}

/// Notes where threads are made and where they are joined: what is done before
/// the one and after the other is done alone.
void Lowering::noteThreads(const CallExpr *CE, const CXXMethodDecl *MD,
                           llvm::StringRef Name) {
  const auto *MC = dyn_cast<CXXMemberCallExpr>(CE);
  if (!MC || !MD)
    return;
  const Expr *Object = MC->getImplicitObjectArgument();
  const bool Joins = Name.ends_with("::join");
  const QualType Of = firstTypeArgument(objectType(Object));
  // `workers_.emplace_back([this] { work(); })`
  const bool Makes = C.Words.effect(MD->getIdentifier() ? MD->getName() : "") ==
                         MethodEffect::Insert &&
                     !Of.isNull() && isThread(Of, C);
  if (!Joins && !Makes)
    return;
  CallSite S;
  S.Name = Joins ? Name.str() : std::string(MadeThread);
  S.At = C.N.span(CE->getSourceRange());
  if (Joins)
    S.Receiver = place(Object).Path;
  emit(OpKind::Call, CE).Calls.push_back(std::move(S));
  if (Makes)
    startOnThread({CE->getArgs(), CE->getNumArgs()}, CE);
}

} // namespace interlock
