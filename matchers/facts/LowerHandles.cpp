#include "matchers/facts/Lowering.h"

using namespace clang;

// References, pointers and iterators: where they lead, and what keeps it alive.
namespace interlock {

/// Whether a lambda has a copy of its own of a variable of the function around
/// it.
static bool capturesCopy(const FunctionDecl *Body, const VarDecl *Var) {
  const auto *MD = dyn_cast<CXXMethodDecl>(Body);
  return MD && MD->getParent()->isLambda() &&
         llvm::any_of(MD->getParent()->captures(), [&](const LambdaCapture &C) {
           return C.capturesVariable() && C.getCaptureKind() == LCK_ByCopy &&
                  C.getCapturedVar()->getCanonicalDecl() ==
                      Var->getCanonicalDecl();
         });
}

/// The local that keeps alive what an expression designates: `kept`, where
/// `const auto kept = session_;` is a shared_ptr of its own, for
/// `kept->lines[3]`.
const VarDecl *Lowering::keeperOf(const Expr *E) const {
  for (unsigned Steps = 0; E && Steps < 16; ++Steps) {
    E = strip(E);
    if (const auto *Ref = dyn_cast<DeclRefExpr>(E)) {
      const auto *Var = dyn_cast<VarDecl>(Ref->getDecl());
      if (Var && capturesCopy(FD, Var) &&
          C.Types.isStrongHolder(Var->getType().getNonReferenceType()))
        return Var->getCanonicalDecl();
      // `auto &lines = kept->lines;`, and the range of a loop.
      if (Var && Var->isLocalVarDecl() && Var->getType()->isReferenceType() &&
          Var->getInit()) {
        E = Var->getInit();
        continue;
      }
      return Var && Var->hasLocalStorage() &&
                     !Var->getType()->isReferenceType() &&
                     C.Types.isStrongHolder(Var->getType())
                 ? Var->getCanonicalDecl()
                 : nullptr;
    }
    if (const auto *Op = dyn_cast<UnaryOperator>(E))
      E = Op->getSubExpr();
    else if (const auto *Access = dyn_cast<MemberExpr>(E))
      E = Access->getBase();
    else if (const auto *Call = dyn_cast<CXXMemberCallExpr>(E))
      E = Call->getImplicitObjectArgument();
    else if (const auto *Call = dyn_cast<CallExpr>(E))
      E = Call->getNumArgs() > 0 ? Call->getArg(0) : nullptr;
    else if (const auto *Element = dyn_cast<ArraySubscriptExpr>(E))
      E = Element->getBase();
    else
      return nullptr;
  }
  return nullptr;
}

/// A path as it goes on from the local that keeps its first part alive; no
/// steps if nothing can go away. `Content`: of a holder, which may get another.
static AccessPath keptPart(const AccessPath &Path, const Place &Keeper,
                           unsigned Var, bool Content) {
  AccessPath Result;
  Result.Base = AccessPath::Root::Local;
  Result.Var = Var;
  const size_t Kept = Keeper.Path ? Keeper.Path->Steps.size() : 0;
  if (Keeper.Path && Kept < Path.Steps.size())
    Result.Steps = llvm::ArrayRef(Path.Steps).drop_front(Kept).vec();
  if (!Content && llvm::none_of(Result.Steps, [](const PathStep &S) {
        return S.What == PathStep::Kind::Element;
      }))
    Result.Steps.clear();
  return Result;
}

/// How the elements of the container that a handle leads into survive its
/// changes.
Stability Lowering::elementsBehind(const Expr *E) const {
  for (unsigned Steps = 0; E && Steps < 16; ++Steps) {
    E = strip(E);
    const Expr *Next = nullptr;
    if (const auto *MC = dyn_cast<CXXMemberCallExpr>(E))
      Next = MC->getImplicitObjectArgument();
    else if (const auto *CE = dyn_cast<CallExpr>(E))
      Next = CE->getNumArgs() > 0 ? CE->getArg(0) : nullptr;
    else if (const auto *A = dyn_cast<ArraySubscriptExpr>(E))
      Next = A->getBase();
    else if (const auto *ME = dyn_cast<MemberExpr>(E))
      Next = ME->getBase();
    else if (const auto *U = dyn_cast<UnaryOperator>(E))
      Next = U->getSubExpr();
    else if (const auto *D = dyn_cast<DeclRefExpr>(E))
      if (const auto *VD = dyn_cast<VarDecl>(D->getDecl()))
        Next = VD->getInit();
    if (Next && C.Types.isContainer(objectType(Next)) && !isa<MemberExpr>(E))
      return C.Words.stability(C.N.type(objectType(Next)));
    E = Next;
  }
  return Stability::NotContainer;
}

/// The holder to whose content a handle leads: `x` of `std::get_if<T>(&x)`,
/// `&*x` and `x.get()`.
static const Expr *holderBehind(const Expr *From, const TypeModel &Types) {
  while ((From = strip(From))) {
    if (const auto *U = dyn_cast<UnaryOperator>(From)) {
      From = U->getSubExpr();
      continue;
    }
    const Expr *Object = nullptr;
    if (const auto *MC = dyn_cast<CXXMemberCallExpr>(From))
      Object = MC->getImplicitObjectArgument();
    else if (const auto *CE = dyn_cast<CallExpr>(From))
      Object = CE->getNumArgs() > 0 ? CE->getArg(0) : nullptr;
    if (const auto *U =
            dyn_cast_or_null<UnaryOperator>(Object ? strip(Object) : nullptr))
      Object = U->getSubExpr();
    return Object && Types.isStrongHolder(objectType(Object)) ? Object
                                                              : nullptr;
  }
  return nullptr;
}

/// Whether an object is named by the smart pointer or optional in some state
/// that has it, and nothing here keeps it alive as well: `session_->run()`.
bool Lowering::isHeldByState(const Expr *Object, const Place &P) const {
  return P.Path && hasName(*P.Path) && P.Var == NoIndex && P.Via == NoIndex &&
         !keeperOf(Object) && holderBehind(Object, C.Types);
}

/// Says that a variable leads to state from here on; null if it does not.
Op *Lowering::bindHandle(const VarDecl *VD, AccessPath Path, const Expr *From,
                         SourceSpan At) {
  const unsigned Var = variable(VD);
  AccessPath Whole;
  if (const VarDecl *Keeper = keeperOf(From)) {
    if (Path.Base != AccessPath::Root::Either)
      Whole = Path;
    Path = keptPart(Path, placeOfVariable(Keeper), variable(Keeper),
                    holderBehind(From, C.Types));
    if (Path.Steps.empty())
      return nullptr;
  }
  if (Path.Base == AccessPath::Root::Local && Path.Var == Var)
    return nullptr;
  const QualType T = VD->getType();
  Op &Bind = emit(OpKind::Bind, From);
  Bind.At = At;
  Bind.Var = Var;
  Bind.Path = Path;
  Bind.Lock.Path = std::move(Whole);
  const Place Source = place(From);
  Bind.Other = Source.Via;
  if (Source.Path == Path)
    Bind.Made = Source.Made;
  if (Bind.Other != NoIndex && Lists.contains(DeclarationOf[Bind.Other])) {
    // It is as old as what the list keeps.
    Bind.Path = AccessPath();
    Bind.Path.Base = AccessPath::Root::Local;
    Bind.Path.Var = std::exchange(Bind.Other, NoIndex);
  }
  Bind.Handle = T->isReferenceType() ? HandleKind::Reference
                : C.Types.isIterator(T) || C.Types.isInsertion(T)
                    ? HandleKind::Iterator
                : C.Types.isView(T) ? HandleKind::View
                                    : HandleKind::Pointer;
  Bind.Elements = elementsBehind(From);
  Bind.Text = C.N.text(From);
  if (Path.Steps.empty() || C.Types.isHolder(T))
    return &Bind;
  const Expr *Holder = holderBehind(From, C.Types);
  const auto Field = C.Facts.Fields.find(Path.Steps.back().Name);
  Bind.Weak = Path.Steps.back().What == PathStep::Kind::Field
                  ? Field != C.Facts.Fields.end() && Field->second.Holder
                  : Holder != nullptr;
  // What a pointer in a container leads to does not move with the pointer.
  if (Bind.Weak && Holder && C.Types.isPointer(objectType(Holder)))
    Bind.Elements = Stability::Stable;
  return &Bind;
}

/// `best = &order;`, `it = orders_.find(id)`: a variable leads elsewhere.
void Lowering::rebindHandle(const Expr *Target, const Expr *From) {
  const auto *D = dyn_cast<DeclRefExpr>(Target->IgnoreParenImpCasts());
  const auto *VD = D ? dyn_cast<VarDecl>(D->getDecl()) : nullptr;
  if (!VD || !VD->isLocalVarDecl() || VD->getType()->isReferenceType() ||
      C.Types.isStrongHolder(VD->getType()))
    return;
  const Place Source = place(From);
  if (Source.Path && placeOfVariable(VD).Via == variable(VD) &&
      Source.Path->Base != AccessPath::Root::Opaque)
    bindHandle(VD, *Source.Path, From, C.N.span(From->getSourceRange()));
}

/// `picked.push_back(&order)`: what a local keeps leads to state as well.
void Lowering::keepHandle(const Place &Keeper, const Expr *From) {
  const Place Source = place(From);
  if (Keeper.Path || Keeper.Var == NoIndex || !Source.Path ||
      Source.Path->Steps.empty() || keeperOf(From))
    return;
  Op &Bind = emit(OpKind::Bind, From);
  Bind.Var = Keeper.Var;
  Bind.Path = *Source.Path;
  Bind.Handle = HandleKind::Pointer;
  Bind.Elements = elementsBehind(From);
  Bind.Text = C.N.text(From);
  Bind.Implicit = true;
}

} // namespace interlock
