#include "matchers/facts/Lowering.h"

#include "clang/AST/ExprCXX.h"

using namespace clang;

namespace interlock {

// What the variables of a function designate.

unsigned Lowering::variable(const VarDecl *VD) {
  VD = VD->getCanonicalDecl();
  const auto [Entry, New] = Vars.try_emplace(VD, F.Variables.size());
  if (New) {
    Variable V;
    V.Name = VD->getNameAsString();
    V.Indirect = C.Types.isPointerLike(VD->getType()) ||
                 VD->getType()->isReferenceType();
    V.Reference = VD->getType()->isReferenceType();
    V.Holder = C.Types.isHolder(VD->getType());
    F.Variables.push_back(std::move(V));
    DeclarationOf.push_back(VD);
  }
  return Entry->second;
}

/// The initialiser of a variable that refers to the same thing all its life.
const Expr *Lowering::soleInitializer(const VarDecl *VD) {
  if (!VD->hasInit() || isa<ParmVarDecl>(VD))
    return nullptr;
  return VD->getInit();
}

bool Lowering::sharedByValue(const VarDecl *VD) const {
  return C.SharedLocals.contains(VD->getCanonicalDecl());
}

static bool isOwnMake(const Expr *Init, LoweringContext &C) {
  Init = Init->IgnoreImplicit();
  if (isa<CXXNewExpr>(Init))
    return true;
  if (const auto *Ctor = dyn_cast<CXXConstructExpr>(Init))
    return Ctor->getNumArgs() == 1 && isOwnMake(Ctor->getArg(0), C);
  const auto *Call = dyn_cast<CallExpr>(Init);
  return Call && Call->getDirectCallee() &&
         C.Words.Makers.matches(C.N.qualified(Call->getDirectCallee()));
}

/// `next_id_++`: everybody who asks gets another value.
bool Lowering::isNumberOfItsOwn(const Expr *E) {
  E = strip(E);
  if (const auto *U = dyn_cast_or_null<UnaryOperator>(E))
    return U->isIncrementDecrementOp() && place(U->getSubExpr()).Path;
  const auto *Call = dyn_cast_or_null<CallExpr>(E);
  const FunctionDecl *Callee = Call ? Call->getDirectCallee() : nullptr;
  if (!Callee)
    return false;
  const OverloadedOperatorKind Operator = Callee->getOverloadedOperator();
  if (Operator == OO_PlusPlus || Operator == OO_MinusMinus)
    return place(Call->getArg(0)).Path.has_value();
  if (Callee->getIdentifier() && Callee->getName() == "fetch_add")
    return true;
  // `return ++last_;`
  const FunctionDecl *Body = nullptr;
  const auto *Block = inProgram(Callee) && Callee->hasBody(Body)
                          ? dyn_cast<CompoundStmt>(Body->getBody())
                          : nullptr;
  const auto *Return = Block && Block->size() == 1
                           ? dyn_cast<ReturnStmt>(Block->body_front())
                           : nullptr;
  const auto *U =
      Return ? dyn_cast_or_null<UnaryOperator>(strip(Return->getRetValue()))
             : nullptr;
  return U && U->isIncrementDecrementOp();
}

/// `waiting_.emplace(waiting_.end())`: the iterator leads to a new element.
bool Lowering::isNewElement(const Expr *E) const {
  const auto *MC = dyn_cast_or_null<CXXMemberCallExpr>(strip(E));
  const CXXMethodDecl *MD = MC ? MC->getMethodDecl() : nullptr;
  return MD && MD->getIdentifier() && C.Types.isIterator(MC->getType()) &&
         C.Words.effect(MD->getName()) == MethodEffect::Insert &&
         C.Words.stability(C.N.type(
             objectType(MC->getImplicitObjectArgument()))) == Stability::Stable;
}

/// `std::move(pool_.back())`: what it led to is no longer known by that name.
static bool isTakenOut(const Expr *Init, LoweringContext &C) {
  const auto *Ctor = dyn_cast<CXXConstructExpr>(Init->IgnoreImplicit());
  if (!Ctor || Ctor->getNumArgs() != 1 || !C.Types.isHolder(Ctor->getType()))
    return false;
  const auto *Move = dyn_cast<CallExpr>(Ctor->getArg(0)->IgnoreImplicit());
  if (!Move || !Move->getDirectCallee())
    return false;
  const std::string &Name = C.N.qualified(Move->getDirectCallee());
  return Name == "std::move" || C.Words.Exchanges.matches(Name);
}

/// Whether a copy is a value of its own though its class refers to others: an
/// optional.
bool Lowering::isOwnValue(QualType T) const {
  return !T->isReferenceType() && C.Types.isHolder(T) &&
         !C.Types.isSharedHandle(T) && !C.Types.isBareHandle(T) &&
         !llvm::StringRef(C.N.type(T)).ends_with("_ptr");
}

/// Where a pointer leads that is made empty and assigned later on:
/// `for (order &o : orders_) if (fits(o)) best = &o;`.
std::optional<Place> Lowering::placeOfAssigned(const VarDecl *VD) {
  const auto Assigned = Reassigned.find(VD);
  const QualType T = VD->getType();
  if (Assigned == Reassigned.end() || !VD->isLocalVarDecl() ||
      T->isReferenceType() ||
      !(C.Types.isPointer(T) || C.Types.isBareHandle(T)))
    return std::nullopt;
  if (!Following.insert(VD).second)
    return std::nullopt;
  Place Result = either(llvm::SmallVector<const Expr *, 2>(Assigned->second));
  Following.erase(VD);
  if (!Result.Path || !hasName(*Result.Path))
    return std::nullopt;
  Result.Var = variable(VD);
  Result.Part = false;
  Result.Via = C.Types.isBareHandle(T) ? Result.Var : NoIndex;
  return Result;
}

Place Lowering::placeOfVariable(const VarDecl *VD) {
  VD = VD->getCanonicalDecl();
  Place Result;
  if (VD->hasGlobalStorage()) {
    AccessPath P;
    P.Base = AccessPath::Root::Global;
    P.Name = C.Types.field(VD);
    Result.Path = std::move(P);
    return Result;
  }
  if (Inside) {
    const auto Argument = Inside->Arguments.find(VD);
    if (Argument != Inside->Arguments.end()) {
      const Substitution *Callee = Inside;
      Inside = nullptr;
      Result = place(Argument->second);
      Inside = Callee;
      return Result;
    }
  }
  if (C.OwnParameters.contains(VD)) {
    Result.Var = variable(VD);
    return Result;
  }
  const QualType T = VD->getType();
  const bool Captured = F.Lambda && VD->getDeclContext() != FD &&
                        !FD->Encloses(VD->getDeclContext());
  const bool Shared = C.Types.isSharedHandle(T.getNonReferenceType());
  if (Captured && T->isReferenceType() && !Shared &&
      !F.Variables[variable(VD)].Reference) {
    Result.Var = variable(VD);
    return Result; // a copy of what it refers to
  }
  const auto Rooted = [&](AccessPath::Root Base) {
    AccessPath P;
    P.Base = Base;
    P.Var = variable(VD);
    Result.Path = std::move(P);
    Result.Var = NoIndex;
    return Result;
  };
  if (isa<ParmVarDecl>(VD) && Captured && Shared) {
    // A copy of the pointer leads to what the outer function was handed.
    Rooted(AccessPath::Root::Parameter);
    Result.Var = variable(VD);
    return Result;
  }
  if (isa<ParmVarDecl>(VD) && !Captured) {
    if (T->isReferenceType() && !T->isRValueReferenceType())
      return Rooted(AccessPath::Root::Parameter);
    // What was handed over is the function's own: `std::unique_ptr<order> o`.
    const bool Given = C.Types.isHolder(T) && !C.Types.isSharedHandle(T);
    if (C.Types.isPointerLike(T) && !T->isRValueReferenceType() && !Given) {
      // Reaching the target of a pointer; the pointer itself is ours.
      Rooted(AccessPath::Root::Parameter);
      Result.Var = variable(VD);
      return Result;
    }
    Result.Var = variable(VD);
    return Result;
  }
  // A handle that keeps its target: follow the initialiser.
  const bool Handle = T->isReferenceType() || C.Types.isPointerLike(T) ||
                      C.Types.isInsertion(T);
  // A guard can lead to what it protects: `auto s = state_.wlock()`.
  const bool Guard = C.Types.guard(T).has_value();
  if ((Handle && !Guard) || (Guard && C.Types.leadsUnderLock(T))) {
    if (const Expr *Init = soleInitializer(VD)) {
      if (isOwnMake(Init, C)) {
        if (Captured && C.SharedObjects.contains(VD)) {
          // `make_shared<int>(0)` has no members that could name it.
          if (const QualType Kept = firstTypeArgument(T);
              !Kept.isNull() && Kept->isScalarType()) {
            Rooted(AccessPath::Root::Shared);
            Result.Path->Name = C.Types.field(VD);
            return Result;
          }
          Rooted(AccessPath::Root::Parameter);
          F.Variables[variable(VD)].Fresh = true;
          Result.Var = variable(VD);
          return Result;
        }
        Result.Var = variable(VD);
        F.Variables[Result.Var].Fresh = true;
        return Result;
      }
      if (!Guard && isOwnValue(T)) {
        Result.Var = variable(VD);
        return Result;
      }
      if (isTakenOut(Init, C)) {
        Result.Var = variable(VD);
        Result.Part = C.Types.isSharedHandle(T);
        return Result;
      }
      if (Depth < 16) {
        ++Depth;
        Place Target = place(Init);
        --Depth;
        if (Target.Path && Target.Path->Base != AccessPath::Root::Opaque) {
          // A weak pointer asks before it leads anywhere; a closure that copies
          // what a reference leads to has a pointer of its own.
          const bool Copied =
              !T->isReferenceType() ||
              (Captured && !F.Variables[variable(VD)].Reference);
          const QualType Kept = T.getNonReferenceType();
          const bool Strong =
              Copied && (C.Types.isStrongHolder(Kept) ||
                         llvm::StringRef(C.N.type(Kept)).ends_with("weak_ptr"));
          Result.Path = std::move(Target.Path);
          if (isNewElement(Init) && !Result.Path->Steps.empty() &&
              Result.Path->Steps.back().What == PathStep::Kind::Element) {
            Result.Path->Steps.back().Name = "$" + std::to_string(variable(VD));
            F.Variables[variable(VD)].Unique = true;
          }
          Result.Via = Strong ? NoIndex : variable(VD);
          if (!T->isReferenceType())
            Result.Var = variable(VD);
          return Result;
        }
        // A handle into a variable of this activity.
        if (Target.Var != NoIndex && !Target.Path) {
          Target.Part |= !T->isReferenceType();
          return Target;
        }
      }
    }
    if (const std::optional<Place> Assigned = placeOfAssigned(VD))
      return *Assigned;
    if (T->isReferenceType()) {
      const Expr *Init = soleInitializer(VD);
      if (const auto *Full = dyn_cast_or_null<FullExpr>(Init))
        Init = Full->getSubExpr();
      if (Init && isa<MaterializeTemporaryExpr>(Init->IgnoreParens())) {
        Result.Var = variable(VD);
        return Result; // a temporary whose life the reference extends
      }
      return Rooted(Captured ? AccessPath::Root::Parameter
                             : AccessPath::Root::Local);
    }
    // The activities that captured it share the object.
    if (Captured && C.Types.isSharedHandle(T))
      Rooted(AccessPath::Root::Parameter);
    Result.Var = variable(VD);
    if (!Result.Path &&
        (T.getNonReferenceType()->isPointerType() || C.Types.isIterator(T))) {
      AccessPath P;
      P.Base = AccessPath::Root::Local;
      P.Var = Result.Var;
      Result.Path = std::move(P);
      Result.Via = Result.Var;
    }
    return Result;
  }
  Result.Var = variable(VD);
  if (sharedByValue(VD)) {
    AccessPath P;
    P.Base = AccessPath::Root::Shared;
    P.Name = C.Types.field(VD);
    const auto *Owner = dyn_cast<FunctionDecl>(VD->getDeclContext());
    const CXXRecordDecl *Class = recordOf(VD->getType());
    // What an object does with its own members is judged there.
    const bool ByItself =
        Class && Class->hasDefinition() && !Class->isAggregate() &&
        !C.Ctx.getSourceManager().isInSystemHeader(Class->getLocation());
    if (Owner && (ByItself || !C.OnThreads.contains(VD->getCanonicalDecl())) &&
        (Owner->isMain() || Owner->getNameAsString() == "TestBody"))
      C.Facts.Fields[P.Name].Confined = true;
    Result.Path = std::move(P);
  }
  return Result;
}

/// Whether a function takes elements out of the container into which a path
/// leads: `job = jobs_.front(); jobs_.pop_front(); return job;`.
bool Lowering::popsFrom(const Stmt *Body, const AccessPath &Path) {
  llvm::SmallVector<const Stmt *, 32> Work{Body};
  constexpr unsigned MaxVisited = 400;
  for (unsigned Visited = 0; !Work.empty() && Visited < MaxVisited; ++Visited) {
    const Stmt *S = Work.pop_back_val();
    if (!S || isa<LambdaExpr>(S))
      continue;
    Work.append(S->child_begin(), S->child_end());
    const auto *MC = dyn_cast<CXXMemberCallExpr>(S);
    const CXXMethodDecl *MD = MC ? MC->getMethodDecl() : nullptr;
    if (!MD || !MD->getIdentifier() ||
        C.Words.effect(MD->getName()) != MethodEffect::Erase ||
        !C.Types.isContainer(objectType(MC->getImplicitObjectArgument())))
      continue;
    const Place From = place(MC->getImplicitObjectArgument());
    if (From.Path && From.Path->Steps.size() < Path.Steps.size() &&
        overlaps(*From.Path, Path))
      return true;
  }
  return false;
}

/// The value that a class keeps beside its mutex, as `lock()` shows it.
Place Lowering::shownUnderLock(const Expr *Object) {
  Place Shown = place(Object);
  const FieldDecl *Value = C.Types.valueUnderLock(objectType(Object));
  if (Value && Shown.Path)
    Shown.Path = Shown.Path->field(C.Types.field(Value));
  return Shown;
}

/// What a reference in a local object leads to: what the object was made from
/// where that is seen, else something that others may know.
Place Lowering::behindMember(Place Object, const Expr *Base,
                             const FieldDecl *Field) {
  const auto *D = dyn_cast<DeclRefExpr>(strip(Base));
  const auto *VD = D ? dyn_cast<VarDecl>(D->getDecl()) : nullptr;
  const auto *List =
      VD && VD->getDeclContext() == FD && soleInitializer(VD)
          ? dyn_cast<InitListExpr>(soleInitializer(VD)->IgnoreImplicit())
          : nullptr;
  const auto *R = cast<CXXRecordDecl>(Field->getParent());
  if (List && R->getNumBases() == 0 &&
      Field->getFieldIndex() < List->getNumInits())
    return place(List->getInit(Field->getFieldIndex()));
  AccessPath P;
  P.Base = AccessPath::Root::Local;
  P.Var = Object.Var;
  Object.Path = std::move(P);
  Object.Var = NoIndex;
  return Object;
}

} // namespace interlock
