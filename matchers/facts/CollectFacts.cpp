#include "matchers/Analysis.h"
#include "matchers/facts/Lowering.h"

#include "clang/AST/RecursiveASTVisitor.h"

using namespace clang;

namespace interlock {
namespace {

/// Finds the functions to lower and the locals that activities share.
class FunctionFinder : public RecursiveASTVisitor<FunctionFinder> {
public:
  explicit FunctionFinder(LoweringContext &C) : C(C) {}
  std::vector<const FunctionDecl *> Functions;

  bool shouldVisitTemplateInstantiations() const { return true; }
  bool shouldVisitImplicitCode() const { return false; }

  bool TraverseDecl(Decl *D) {
    if (D && !isa<TranslationUnitDecl>(D) && C.Types.inSystemHeader(D))
      return true;
    return RecursiveASTVisitor::TraverseDecl(D);
  }

  void add(const FunctionDecl *FD) {
    if (FD->doesThisDeclarationHaveABody() && !FD->isDependentContext() &&
        !FD->isDefaulted() && !FD->isInvalidDecl())
      Functions.push_back(FD);
  }

  bool VisitFunctionDecl(FunctionDecl *FD) {
    const auto *MD = dyn_cast<CXXMethodDecl>(FD);
    if (!MD || !MD->getParent()->isLambda())
      add(FD);
    return true;
  }

  bool VisitLambdaExpr(LambdaExpr *L) {
    const CXXMethodDecl *Body = L->getCallOperator();
    if (const FunctionTemplateDecl *Generic =
            Body->getDescribedFunctionTemplate()) {
      for (const FunctionDecl *Each : Generic->specializations())
        add(Each);
    } else {
      add(Body);
    }
    if (isa_and_nonnull<CoroutineBodyStmt>(Body->getBody()))
      share(L);
    return true;
  }

  bool VisitCallExpr(CallExpr *CE) {
    const FunctionDecl *Callee = CE->getDirectCallee();
    if (!Callee || isa<CXXOperatorCallExpr>(CE) ||
        C.Words.RunsNow.matches(C.N.qualified(Callee)))
      return true;
    for (const Expr *Argument : CE->arguments()) {
      const Expr *E = Argument->IgnoreParenImpCasts();
      if (const auto *M = dyn_cast<MaterializeTemporaryExpr>(E))
        E = M->getSubExpr()->IgnoreParenImpCasts();
      if (const auto *L = dyn_cast<LambdaExpr>(E))
        if (C.Types.inSystemHeader(Callee))
          share(L);
    }
    return true;
  }

  bool VisitTypedefNameDecl(TypedefNameDecl *TD) {
    const auto *Record = dyn_cast<CXXRecordDecl>(TD->getDeclContext());
    if (!Record)
      return true;
    for (const auto *A : TD->specific_attrs<AnnotateAttr>()) {
      llvm::StringRef Text = A->getAnnotation();
      if (!Text.consume_front("interlock::invariant="))
        continue;
      InvariantDecl Invariant;
      llvm::SmallVector<llvm::StringRef, 4> Members;
      Text.split(Members, ',');
      for (const llvm::StringRef Name : Members)
        for (const FieldDecl *Field : Record->fields())
          if (Field->getName() == Name.trim())
            Invariant.Fields.push_back(C.Types.field(Field));
      if (Invariant.Fields.size() > 1)
        C.Facts.Invariants.push_back(std::move(Invariant));
    }
    return true;
  }

private:
  void share(const LambdaExpr *L) {
    for (const LambdaCapture &Capture : L->captures())
      if (Capture.capturesVariable() && Capture.getCaptureKind() == LCK_ByRef)
        if (const auto *VD = dyn_cast<VarDecl>(Capture.getCapturedVar()))
          C.SharedLocals.insert(VD->getCanonicalDecl());
  }

  LoweringContext &C;
};

} // namespace

std::unique_ptr<TUFacts> collectFacts(ASTContext &Ctx, const Options &Opts) {
  auto Facts = std::make_unique<TUFacts>();
  const SourceManager &SM = Ctx.getSourceManager();
  if (const OptionalFileEntryRef Main =
          SM.getFileEntryRefForID(SM.getMainFileID())) {
    Facts->File = Main->getFileEntry().tryGetRealPathName().str();
    if (Facts->File.empty())
      Facts->File = Main->getName().str();
  }
  const Vocabulary Words(Opts);
  Names N(Ctx);
  TypeModel Types(Ctx, Words, N, *Facts);
  LoweringContext C{Ctx, Words, N, Types, *Facts, {}};
  FunctionFinder Finder(C);
  Finder.TraverseDecl(Ctx.getTranslationUnitDecl());
  llvm::DenseSet<const FunctionDecl *> Done;
  for (const FunctionDecl *FD : Finder.Functions)
    if (Done.insert(FD->getCanonicalDecl()).second)
      Facts->Functions.push_back(Lowering(C, FD).run());
  return Facts;
}

} // namespace interlock
