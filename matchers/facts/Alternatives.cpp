#include "matchers/facts/Lowering.h"

using namespace clang;

// Expressions that designate one of several places: `buy ? bids_ : asks_`, a
// pointer that is set in two branches, an element of a list of pointers. Their
// paths start at `Root::Either` until the function is lowered; then every
// operation on them becomes one operation for each place.
namespace interlock {

constexpr size_t MaxAlternatives = 6;

/// Puts the choice's places in front of what follows in the path.
static AccessPath after(AccessPath Place, const AccessPath &Path) {
  Place.Steps.insert(Place.Steps.end(), Path.Steps.begin(), Path.Steps.end());
  return Place;
}

Place Lowering::either(llvm::ArrayRef<const Expr *> From) {
  std::optional<Place> First;
  std::vector<AccessPath> Paths;
  const auto Add = [&](AccessPath Path) {
    // What belongs to an accessor's own frame has no name here.
    const bool Elsewhere = Inside && Path.Base == AccessPath::Root::Local;
    if (hasName(Path) && !Elsewhere && !llvm::is_contained(Paths, Path) &&
        Paths.size() < MaxAlternatives)
      Paths.push_back(std::move(Path));
  };
  for (const Expr *E : From) {
    if (!E || isConstant(E))
      continue;
    Place Each = place(E);
    if (Each.Path && Each.Path->Base == AccessPath::Root::Either)
      for (const AccessPath &Known : Choices[Each.Path->Var])
        Add(after(Known, *Each.Path));
    else if (Each.Path)
      Add(*Each.Path);
    if (!First)
      First = std::move(Each);
    else if (First->Via != Each.Via)
      First->Via = NoIndex;
  }
  if (Paths.size() < 2)
    return First && (Paths.empty() || First->Path == Paths.front()) ? *First
                                                                    : Place();
  Place Result;
  Result.Via = First->Via;
  AccessPath Any;
  Any.Base = AccessPath::Root::Either;
  Any.Var = Choices.size();
  Choices.push_back(std::move(Paths));
  Result.Path = std::move(Any);
  return Result;
}

/// What a container or an array is made of.
static QualType elementType(QualType T) {
  T = T.getNonReferenceType();
  if (const auto *Array = T->getAsArrayTypeUnsafe())
    return Array->getElementType();
  return firstTypeArgument(T);
}

static const InitListExpr *initializers(const Expr *Init) {
  for (unsigned Steps = 0; Init && Steps < 8; ++Steps) {
    Init = strip(Init);
    const Expr *Inner = nullptr;
    if (const auto *List = dyn_cast<InitListExpr>(Init)) {
      // `std::array` has an array inside.
      const auto *Only = List->getNumInits() == 1
                             ? dyn_cast<InitListExpr>(List->getInit(0))
                             : nullptr;
      if (!Only)
        return List;
      Inner = Only;
    } else if (const auto *Made = dyn_cast<CXXConstructExpr>(Init)) {
      Inner = Made->getNumArgs() > 0 ? Made->getArg(0) : nullptr;
    } else if (const auto *Std = dyn_cast<CXXStdInitializerListExpr>(Init)) {
      Inner = Std->getSubExpr();
    }
    Init = Inner;
  }
  return nullptr;
}

/// Notes what a local list of pointers or references is made from.
void Lowering::noteList(const VarDecl *VD, const Expr *Init) {
  if (!VD->hasLocalStorage() || isa<ParmVarDecl>(VD))
    return;
  const QualType Element = elementType(VD->getType());
  if (Element.isNull() || !C.Types.isBareHandle(Element) ||
      C.Types.isHolder(VD->getType()))
    return;
  if (const InitListExpr *List = initializers(Init))
    llvm::append_range(Lists[VD->getCanonicalDecl()], List->inits());
}

/// Notes what is added to one: `picked.push_back(&order)`.
void Lowering::noteKept(const CXXMemberCallExpr *MC) {
  const auto *D = dyn_cast<DeclRefExpr>(
      MC->getImplicitObjectArgument()->IgnoreParenImpCasts());
  const auto *VD = D ? dyn_cast<VarDecl>(D->getDecl()) : nullptr;
  const CXXMethodDecl *MD = MC->getMethodDecl();
  const QualType Element = VD ? elementType(VD->getType()) : QualType();
  if (Element.isNull() || !MD || !MD->getIdentifier() ||
      MC->getNumArgs() != 1 || !VD->hasLocalStorage() || isa<ParmVarDecl>(VD) ||
      C.Words.effect(MD->getName()) != MethodEffect::Insert ||
      !C.Types.isContainer(VD->getType()) || !C.Types.isBareHandle(Element))
    return;
  Lists[VD->getCanonicalDecl()].push_back(MC->getArg(0));
}

/// What the pointers in a list of this activity lead to: `for (long *each :
/// {&cash_, &margin_})`. As it was if the expression is no element of such a
/// list.
Place Lowering::listed(const Expr *Element, Place Known) {
  const QualType T = Element->getType().getNonReferenceType();
  if (Lists.empty() || !C.Types.isBareHandle(T))
    return Known;
  const bool Unknown = Known.Path && Known.Path->Steps.empty() &&
                       Known.Path->Base == AccessPath::Root::Local;
  const unsigned Var = Unknown ? Known.Path->Var : Known.Var;
  if (Var == NoIndex || (Known.Path && !Unknown))
    return Known;
  const auto List = Lists.find(DeclarationOf[Var]);
  if (List == Lists.end() ||
      !C.Ctx.hasSameUnqualifiedType(elementType(List->first->getType()), T) ||
      !Following.insert(List->first).second)
    return Known;
  const VarDecl *VD = List->first;
  const Place To = either(llvm::SmallVector<const Expr *, 2>(List->second));
  Following.erase(VD);
  if (!To.Path || !hasName(*To.Path))
    return Known;
  Known.Path = To.Path;
  Known.Var = NoIndex;
  Known.Via = Var;
  return Known;
}

AccessPath Lowering::firstChoice(const AccessPath &Path) const {
  return Path.Base == AccessPath::Root::Either
             ? after(Choices[Path.Var].front(), Path)
             : Path;
}

/// Of several places that a call may get, the first stands for all.
void Lowering::settleChoices(CallSite &S) const {
  for (LockName &L : S.On)
    L.Path = firstChoice(L.Path);
  if (S.Receiver)
    S.Receiver = firstChoice(*S.Receiver);
  for (Argument &A : S.Arguments) {
    if (A.Path)
      A.Path = firstChoice(*A.Path);
    for (CallSite &Closure : A.Closures)
      settleChoices(Closure);
  }
}

void Lowering::expandChoices() {
  if (Choices.empty())
    return;
  for (Block &B : F.Blocks) {
    std::vector<Op> Result;
    for (Op &O : B.Ops) {
      for (CallSite &S : O.Calls)
        settleChoices(S);
      O.Lock.Path = firstChoice(O.Lock.Path);
      if (O.Path.Base != AccessPath::Root::Either) {
        Result.push_back(std::move(O));
        continue;
      }
      const AccessPath Path = O.Path;
      for (const AccessPath &Each : Choices[Path.Var]) {
        Op &One = Result.emplace_back(O);
        One.Path = after(Each, Path);
        // What comes second adds to what was found first.
        One.Weak |= O.Kind == OpKind::Read && &Each != &Choices[Path.Var][0];
        One.Implicit |=
            O.Kind == OpKind::Bind && &Each != &Choices[Path.Var][0];
      }
    }
    B.Ops = std::move(Result);
  }
}

/// The variables whose addresses a condition compares, `&a == &b`, or that are
/// pointers themselves.
static std::optional<std::pair<const Expr *, const Expr *>>
comparedObjects(const Expr *Condition) {
  const auto *B = dyn_cast<BinaryOperator>(strip(Condition));
  if (!B || !B->isEqualityOp() || !B->getLHS()->getType()->isPointerType())
    return std::nullopt;
  const auto Object = [](const Expr *E) -> const Expr * {
    E = strip(E);
    if (const auto *U = dyn_cast<UnaryOperator>(E);
        U && U->getOpcode() == UO_AddrOf)
      E = strip(U->getSubExpr());
    return isa<DeclRefExpr>(E) ? E : nullptr;
  };
  const Expr *Left = Object(B->getLHS()), *Right = Object(B->getRHS());
  if (!Left || !Right)
    return std::nullopt;
  return std::pair(Left, Right);
}

void Lowering::noteComparison(const IfStmt *S) {
  if (comparedObjects(S->getCond()))
    Comparisons.push_back(S);
}

/// Where two of its variables are known to lead to one object.
std::optional<SourceSpan> Lowering::whereSame(const IfStmt *S) {
  if (cast<BinaryOperator>(strip(S->getCond()))->getOpcode() == BO_EQ)
    return C.N.span(S->getThen()->getSourceRange());
  if (S->getElse())
    return C.N.span(S->getElse()->getSourceRange());
  const Stmt *Last = S->getThen();
  while (const auto *Block = dyn_cast<CompoundStmt>(Last)) {
    if (Block->body_empty())
      return std::nullopt;
    Last = Block->body_back();
  }
  if (!isa<ReturnStmt, CoreturnStmt, CXXThrowExpr>(Last))
    return std::nullopt;
  const Stmt *Around = parents().getParent(S);
  if (!Around)
    return std::nullopt;
  SourceSpan Rest = C.N.span(Around->getSourceRange());
  Rest.Begin = C.N.span(S->getSourceRange()).End;
  return Rest;
}

/// `if (&from == &to) { lock(from.m); ... }`: who locks one has locked both.
void Lowering::shareLocks() {
  const auto Renamed = [](const AccessPath &Path, const AccessPath &From,
                          const AccessPath &To) -> std::optional<AccessPath> {
    if (std::tie(Path.Base, Path.Var, Path.Name) !=
            std::tie(From.Base, From.Var, From.Name) ||
        Path.Steps.size() < From.Steps.size() ||
        !std::equal(From.Steps.begin(), From.Steps.end(), Path.Steps.begin()))
      return std::nullopt;
    AccessPath Result = To;
    Result.Steps.insert(Result.Steps.end(),
                        Path.Steps.begin() +
                            static_cast<std::ptrdiff_t>(From.Steps.size()),
                        Path.Steps.end());
    return Result;
  };
  for (const IfStmt *S : Comparisons) {
    const auto Objects = comparedObjects(S->getCond());
    const std::optional<AccessPath> A = place(Objects->first).Path,
                                    B = place(Objects->second).Path;
    const std::optional<SourceSpan> Where = whereSame(S);
    if (!A || !B || !Where)
      continue;
    for (Block &Each : F.Blocks)
      for (size_t I = 0; I < Each.Ops.size(); ++I) {
        const Op &O = Each.Ops[I];
        if ((O.Kind != OpKind::Acquire && O.Kind != OpKind::Release) ||
            !Where->contains(O.At))
          continue;
        // `first.lock();` of a guard that was declared before.
        LockName Taken = O.Lock;
        const bool Known = O.Var != NoIndex && !hasName(Taken.Path);
        for (const auto &[Lock, Guard] : GuardOf)
          if (Known && Guard == O.Var)
            Taken = Lock;
        std::optional<AccessPath> Other = Renamed(Taken.Path, *A, *B);
        if (!Other)
          Other = Renamed(Taken.Path, *B, *A);
        if (!Other)
          continue;
        Op Same = O;
        if (Known) {
          Taken.Path = std::move(*Other);
          const auto Second = GuardOf.find(Taken);
          if (Second == GuardOf.end())
            continue;
          Same.Var = Second->second;
        } else {
          Same.Lock.Path = std::move(*Other);
        }
        ++I;
        Each.Ops.insert(Each.Ops.begin() + static_cast<std::ptrdiff_t>(I),
                        std::move(Same));
      }
  }
}

} // namespace interlock
