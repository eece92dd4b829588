#include "matchers/facts/Lowering.h"

#include "clang/AST/RecursiveASTVisitor.h"

using namespace clang;

namespace interlock {

/// The member that names the strand on which a member lets its work run: the
/// one that it was made from, or the member itself; null if there is none.
static const ValueDecl *strandMember(const ValueDecl *Member,
                                     const LoweringContext &C) {
  if (const Expr *From = C.Types.initializedWith(Member, C.Words.Strands)) {
    const auto *Named = dyn_cast<MemberExpr>(From->IgnoreParenImpCasts());
    return Named && isa<CXXThisExpr>(Named->getBase()->IgnoreParenImpCasts())
               ? Named->getMemberDecl()
               : Member;
  }
  return C.Types.ordersWork(Member) ? Member : nullptr;
}

/// Whether an executor expression, without what is around it, is a strand.
bool Lowering::isStrand(const Expr *E) const {
  const Expr *Maker = E;
  if (const auto *D = dyn_cast<DeclRefExpr>(E))
    if (const auto *VD = dyn_cast<VarDecl>(D->getDecl()))
      if (const Expr *Init = VD->getInit(); Init && VD->isLocalVarDecl())
        Maker = strip(Init);
  const auto *ME = dyn_cast<MemberExpr>(E);
  return C.Words.Strands.matches(C.N.type(E->getType())) ||
         (Maker && C.Words.Strands.matches(C.N.type(Maker->getType()))) ||
         isSerialQueue(recordOf(objectType(E)), C) ||
         (ME && strandMember(ME->getMemberDecl(), C));
}

/// Notes a strand that its object was given, and that others have as well:
/// `session(strand s) : strand_(std::move(s))`, `strand_(room.strand())`.
void Lowering::noteGiven(const std::string &Field, const Expr *Init) {
  const Expr *E = Init ? stripCallable(Init) : nullptr;
  if (!E || !C.Words.Strands.matches(C.N.type(E->getType())))
    return;
  constexpr unsigned MaxSteps = 8;
  for (unsigned Steps = 0; E && Steps < MaxSteps; ++Steps) {
    E = stripCallable(E);
    if (const auto *Call = dyn_cast_or_null<CXXMemberCallExpr>(E))
      E = Call->getImplicitObjectArgument();
    else if (const auto *O = dyn_cast_or_null<CXXOperatorCallExpr>(E))
      E = O->getArg(0);
    else if (const auto *ME = dyn_cast_or_null<MemberExpr>(E))
      E = ME->getBase();
    else if (const auto *CE = dyn_cast_or_null<CallExpr>(E);
             CE && CE->getDirectCallee() && CE->getNumArgs() == 1 &&
             C.Words.Forwards.matches(C.N.qualified(CE->getDirectCallee())))
      E = CE->getArg(0);
    else
      break;
  }
  const auto *D = dyn_cast_or_null<DeclRefExpr>(E);
  if (D && isa<ParmVarDecl>(D->getDecl()))
    C.Facts.Fields[Field].Given = true;
}

/// The strand that an executor expression names, if it is one.
std::optional<LockName> Lowering::strandOf(const Expr *E) {
  E = strip(E);
  // `socket_.get_executor()`
  if (const auto *Call = dyn_cast_or_null<CXXMemberCallExpr>(E);
      Call && executorOf(Call))
    E = strip(Call->getImplicitObjectArgument());
  if (!E || !isStrand(E))
    return std::nullopt;
  LockName Result = lockName(E, "", nullptr);
  Result.Strand = true;
  if (const auto *ME = dyn_cast<MemberExpr>(E);
      ME && !Result.Path.Steps.empty())
    if (const ValueDecl *Named = strandMember(ME->getMemberDecl(), C))
      Result.Path.Steps.back().Name = C.Types.field(Named);
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
  return strandAmong(llvm::ArrayRef(CE->getArgs(), CE->getNumArgs()));
}

std::optional<LockName>
Lowering::strandAmong(llvm::ArrayRef<const Expr *> Arguments) {
  for (const Expr *Argument : Arguments)
    if (!isa<CXXDefaultArgExpr>(Argument))
      if (auto Strand = strandOf(Argument))
        return Strand;
  return std::nullopt;
}

namespace {

/// Finds an expression that names a variable.
struct NameFinder : RecursiveASTVisitor<NameFinder> {
  explicit NameFinder(const ValueDecl *Wanted) : Wanted(Wanted) {}
  const ValueDecl *Wanted;
  bool VisitDeclRefExpr(DeclRefExpr *D) { return D->getDecl() != Wanted; }
};

bool names(const Expr *E, const ValueDecl *Wanted) {
  return !NameFinder(Wanted).TraverseStmt(const_cast<Expr *>(E));
}

/// Finds the calls that get a parameter, as it is or in a lambda.
struct HandingOnFinder : RecursiveASTVisitor<HandingOnFinder> {
  explicit HandingOnFinder(const ParmVarDecl *Wanted) : Wanted(Wanted) {}
  const ParmVarDecl *Wanted;
  llvm::SmallVector<const CallExpr *, 4> Calls; ///< outermost first
  bool VisitCallExpr(CallExpr *CE) {
    if (llvm::any_of(CE->arguments(),
                     [&](Expr *Each) { return names(Each, Wanted); }))
      Calls.push_back(CE);
    return true;
  }
};

} // namespace

/// `void later(F work) { asio::post(strand_, std::move(work)); }`: the strand
/// on which a function of the program lets one of its arguments run.
std::optional<LockName> Lowering::strandBehind(const CallExpr *CE,
                                               const FunctionDecl *Callee,
                                               unsigned Parameter,
                                               unsigned Depth) {
  constexpr unsigned MaxDepth = 4;
  const FunctionDecl *Definition = nullptr;
  if (Depth > MaxDepth || !Callee || !inProgram(Callee) ||
      !Callee->hasBody(Definition) || Parameter >= Definition->getNumParams())
    return std::nullopt;
  HandingOnFinder Finder(Definition->getParamDecl(Parameter));
  Finder.TraverseStmt(Definition->getBody());
  const auto *MC = dyn_cast<CXXMemberCallExpr>(CE);
  const Place Object = MC ? place(MC->getImplicitObjectArgument()) : Place();
  for (const CallExpr *Inner : Finder.Calls) {
    for (const Expr *Argument : Inner->arguments()) {
      const auto *ME = dyn_cast_or_null<MemberExpr>(strip(Argument));
      if (!ME || !isStrand(ME) || !Object.Path ||
          !isa<CXXThisExpr>(ME->getBase()->IgnoreParenImpCasts()))
        continue;
      LockName Result;
      Result.Strand = true;
      const ValueDecl *Named = strandMember(ME->getMemberDecl(), C);
      Result.Path = Object.Path->field(
          C.Types.field(Named ? Named : ME->getMemberDecl()));
      return Result;
    }
    // Another function of the same object may know it.
    const auto *On = dyn_cast<CXXMemberCallExpr>(Inner);
    if (!On ||
        !isa<CXXThisExpr>(On->getImplicitObjectArgument()->IgnoreParenCasts()))
      continue;
    for (unsigned I = 0; I < Inner->getNumArgs(); ++I)
      if (names(Inner->getArg(I), Finder.Wanted))
        if (auto Strand =
                strandBehind(CE, Inner->getDirectCallee(), I, Depth + 1))
          return Strand;
  }
  return std::nullopt;
}

/// The strand that runs what a call is given as one of its arguments.
std::optional<LockName> Lowering::strandFor(const CallExpr *CE,
                                            unsigned Argument) {
  if (auto Strand = strandAmong(CE))
    return Strand;
  return strandBehind(CE, CE->getDirectCallee(), Argument, 0);
}

/// `co_await on_strand(work())`: whoever waits for a task that was made from
/// others waits for these as well.
void Lowering::awaitArguments(const CallExpr *CE) {
  Value V = valueOf(CE);
  for (unsigned I = 0; I < CE->getNumArgs(); ++I)
    for (CallSite Each : valueOf(CE->getArg(I)).Awaitable) {
      if (const auto Strand = strandFor(CE, I))
        Each.On = {*Strand};
      V.Awaitable.push_back(std::move(Each));
    }
  setValue(CE, std::move(V));
}

/// Whether a call lets what it is given run on several threads, as its name
/// says, or an executor or a policy among its arguments.
bool Lowering::runsInParallel(const CallExpr *CE) {
  const FunctionDecl *Callee = CE->getDirectCallee();
  if (Callee && C.Words.Parallel.matches(C.N.qualified(Callee)))
    return true;
  const auto Several = [&](const Expr *E) {
    E = strip(E);
    if (const auto *Call = dyn_cast_or_null<CXXMemberCallExpr>(E);
        Call && executorOf(Call))
      E = strip(Call->getImplicitObjectArgument());
    if (!E)
      return false;
    const QualType T = objectType(E);
    if (!C.Words.Parallel.matches(C.N.type(T)) && !keepsThreads(recordOf(T), C))
      return false;
    const ValueDecl *Pool = nullptr;
    if (const auto *D = dyn_cast<DeclRefExpr>(E))
      Pool = D->getDecl();
    else if (const auto *ME = dyn_cast<MemberExpr>(E))
      Pool = ME->getMemberDecl();
    return !Pool || !C.Types.hasOnePermit(Pool); // that of a single thread
  };
  const auto *MC = dyn_cast<CXXMemberCallExpr>(CE);
  return (MC && Several(MC->getImplicitObjectArgument())) ||
         llvm::any_of(CE->arguments(), [&](const Expr *E) {
           return !isa<CXXDefaultArgExpr>(E) && Several(E);
         });
}

} // namespace interlock
