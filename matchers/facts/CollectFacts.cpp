#include "matchers/Analysis.h"
#include "matchers/facts/Lowering.h"

#include "clang/AST/RecursiveASTVisitor.h"

#include <utility>

using namespace clang;

namespace interlock {
namespace {

/// Finds the functions to lower, and the locals and objects that activities
/// share.
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
    for (const LambdaCapture &Capture : L->captures())
      if (Capture.capturesVariable() && Capture.getCaptureKind() == LCK_ByCopy)
        if (const auto *VD = dyn_cast<VarDecl>(Capture.getCapturedVar()))
          shareObject(VD->getCanonicalDecl());
    return true;
  }

  bool VisitVarDecl(VarDecl *VD) {
    LoopOf[VD->getCanonicalDecl()] = Loop;
    return true;
  }
  bool TraverseForStmt(ForStmt *S) {
    return inLoop(S, &RecursiveASTVisitor::TraverseForStmt);
  }
  bool TraverseWhileStmt(WhileStmt *S) {
    return inLoop(S, &RecursiveASTVisitor::TraverseWhileStmt);
  }
  bool TraverseDoStmt(DoStmt *S) {
    return inLoop(S, &RecursiveASTVisitor::TraverseDoStmt);
  }
  bool TraverseCXXForRangeStmt(CXXForRangeStmt *S) {
    return inLoop(S, &RecursiveASTVisitor::TraverseCXXForRangeStmt);
  }

  bool VisitCXXMemberCallExpr(CXXMemberCallExpr *MC) {
    const VarDecl *VD = localBehind(MC->getImplicitObjectArgument());
    const CXXMethodDecl *MD = MC->getMethodDecl();
    if (MD && MD->getIdentifier() && MD->getName() == "resume")
      noteResume(MC->getImplicitObjectArgument());
    if (!VD || !MD)
      return true;
    const std::pair<const VarDecl *, const FunctionDecl *> Each(
        VD->getCanonicalDecl(), MD->getCanonicalDecl());
    if (!Called.insert(Each).second || madeOutside(Each.first))
      C.CalledAgain.insert(Each);
    return true;
  }

  bool VisitCXXOperatorCallExpr(CXXOperatorCallExpr *CE) {
    if (CE->getOperator() == OO_Call)
      noteResume(CE->getArg(0));
    return true;
  }

  bool VisitCallExpr(CallExpr *CE) {
    const FunctionDecl *Callee = CE->getDirectCallee();
    if (!Callee || isa<CXXOperatorCallExpr>(CE))
      return true;
    const std::string &Name = C.N.qualified(Callee);
    if (C.Words.Lends.matches(Name))
      for (const Expr *Argument : CE->arguments())
        lend(Argument);
    if (llvm::none_of(CE->arguments(), lambdaIn))
      return true;
    const bool Parallel =
        C.Words.Parallel.matches(Name) ||
        llvm::any_of(CE->arguments(), [&](const Expr *Each) {
          return C.Words.Parallel.matches(C.N.type(Each->getType()));
        });
    const auto *MC = dyn_cast<CXXMemberCallExpr>(CE);
    const bool Pool = MC && keepsThreads(MC->getRecordDecl(), C);
    if ((C.Types.inSystemHeader(Callee) || Pool) &&
        (Parallel || !C.Words.RunsNow.matches(Name)))
      for (const Expr *Argument : CE->arguments())
        shareCaptures(Argument);
    if (const QualType Of =
            MC ? firstTypeArgument(MC->getImplicitObjectArgument()->getType())
               : QualType();
        !Of.isNull() && isThread(Of, C))
      giveToThread(CE->arguments());
    return true;
  }

  /// `std::thread([&] { ... })`, `boost::fibers::fiber([&] { ... })`.
  bool VisitCXXConstructExpr(CXXConstructExpr *CE) {
    if (llvm::none_of(CE->arguments(), lambdaIn))
      return true; // before any name is looked up: most make something else
    const std::string &Made = C.N.type(CE->getType());
    if (C.Words.Starts.matches(Made) || C.Words.Synchronizers.matches(Made))
      for (const Expr *Argument : CE->arguments())
        shareCaptures(Argument);
    if (isThread(CE->getType(), C))
      giveToThread(CE->arguments());
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
  /// Notes where the program resumes a coroutine. A task that begins its own is
  /// not what others wait for.
  void noteResume(const Expr *Handle) {
    const auto *ME = dyn_cast<MemberExpr>(Handle->IgnoreParenImpCasts());
    const auto *Field = ME ? dyn_cast<FieldDecl>(ME->getMemberDecl()) : nullptr;
    const auto *Owner =
        Field ? dyn_cast<CXXRecordDecl>(Field->getParent()) : nullptr;
    const bool Own = Owner && C.Types.isTask(C.Ctx.getRecordType(Owner));
    C.ResumesHandles |=
        !Own && C.N.type(Handle->getType()) == "std::coroutine_handle";
  }

  template <class T>
  bool inLoop(T *S,
              bool (RecursiveASTVisitor::*Traverse)(T *,
                                                    DataRecursionQueue *)) {
    const Stmt *Outer = std::exchange(Loop, S);
    const bool Result = (this->*Traverse)(S, nullptr);
    Loop = Outer;
    return Result;
  }

  /// Whether a variable lives longer than a round of the loop around.
  bool madeOutside(const VarDecl *VD) const {
    const auto Made = LoopOf.find(VD);
    return Made != LoopOf.end() && Made->second != Loop;
  }

  /// Each round of a loop hands what was made before it to one more callable;
  /// `main` runs once, so that two of its callables meet at one object.
  void shareObject(const VarDecl *VD) {
    const auto *Owner = dyn_cast<FunctionDecl>(VD->getDeclContext());
    const bool Again = !HandedOut.insert(VD).second;
    if (madeOutside(VD) || (Again && Owner && Owner->isMain()))
      C.SharedObjects.insert(VD);
  }

  /// `do_with(std::move(batch), [](auto &batch) { ... })`
  void lend(const Expr *Callable) {
    const Expr *E = strip(Callable);
    if (const auto *U = dyn_cast_or_null<UnaryOperator>(E))
      E = strip(U->getSubExpr());
    llvm::SmallVector<const FunctionDecl *, 2> Bodies;
    if (const auto *D = dyn_cast_or_null<DeclRefExpr>(E)) {
      if (const auto *FD = dyn_cast<FunctionDecl>(D->getDecl()))
        Bodies.push_back(FD->getDefinition() ? FD->getDefinition() : FD);
    } else if (const auto *L = dyn_cast_or_null<LambdaExpr>(E)) {
      Bodies.push_back(L->getCallOperator());
      if (const FunctionTemplateDecl *Generic =
              L->getCallOperator()->getDescribedFunctionTemplate())
        Bodies.assign(Generic->spec_begin(), Generic->spec_end());
    }
    for (const FunctionDecl *Body : Bodies)
      for (const ParmVarDecl *Parameter : Body->parameters())
        if (Parameter->getType()->isReferenceType())
          C.OwnParameters.insert(cast<VarDecl>(Parameter->getCanonicalDecl()));
  }

  static const LambdaExpr *lambdaIn(const Expr *Callable) {
    const Expr *E = stripCallable(Callable);
    if (const auto *D = dyn_cast_or_null<DeclRefExpr>(E))
      if (const auto *VD = dyn_cast<VarDecl>(D->getDecl());
          VD && VD->isLocalVarDecl() && VD->getInit())
        E = strip(VD->getInit());
    return dyn_cast_or_null<LambdaExpr>(E);
  }

  void shareCaptures(const Expr *Callable) {
    if (const LambdaExpr *L = lambdaIn(Callable))
      share(L);
  }

  template <class List> void giveToThread(const List &Arguments) {
    for (const Expr *Argument : Arguments)
      if (const LambdaExpr *L = lambdaIn(Argument))
        for (const LambdaCapture &Capture : L->captures())
          if (Capture.capturesVariable())
            if (const auto *VD = dyn_cast<VarDecl>(Capture.getCapturedVar()))
              C.OnThreads.insert(VD->getCanonicalDecl());
  }

  void share(const LambdaExpr *L) {
    for (const LambdaCapture &Capture : L->captures())
      if (Capture.capturesVariable() && Capture.getCaptureKind() == LCK_ByRef)
        if (const auto *VD = dyn_cast<VarDecl>(Capture.getCapturedVar()))
          C.SharedLocals.insert(VD->getCanonicalDecl());
  }

  LoweringContext &C;
  const Stmt *Loop = nullptr; ///< around the place that is looked at
  llvm::DenseMap<const VarDecl *, const Stmt *> LoopOf;
  llvm::DenseSet<const VarDecl *> HandedOut; ///< to a callable
  llvm::DenseSet<std::pair<const VarDecl *, const FunctionDecl *>> Called;
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
  LoweringContext C{Ctx, Words, N, Types, *Facts, {}, {}, {}, {}, {}};
  FunctionFinder Finder(C);
  Finder.TraverseDecl(Ctx.getTranslationUnitDecl());
  llvm::DenseSet<const FunctionDecl *> Done;
  for (const FunctionDecl *FD : Finder.Functions)
    if (Done.insert(FD->getCanonicalDecl()).second)
      Facts->Functions.push_back(Lowering(C, FD).run());
  return Facts;
}

} // namespace interlock
