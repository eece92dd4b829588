#include "matchers/facts/BodyScan.h"
#include "matchers/facts/Lowering.h"

#include "clang/AST/ExprCXX.h"

using namespace clang;

namespace interlock {

/// What keeps its value while a function runs, as it is spelled in a key:
/// numbers, constants, and how many there are of something.
static std::string fixedPart(const Expr *E) {
  E = E->IgnoreParenImpCasts();
  if (const auto *Call = dyn_cast<CXXMemberCallExpr>(E)) {
    const CXXMethodDecl *Method = Call->getMethodDecl();
    return Method && Method->isConst() && Call->getNumArgs() == 0
               ? Method->getNameAsString() + "()"
               : "";
  }
  if (const auto *L = dyn_cast<IntegerLiteral>(E))
    return llvm::toString(L->getValue(), 10, false);
  if (const auto *D = dyn_cast<DeclRefExpr>(E))
    return D->getDecl()->getType().isConstQualified() ||
                   isa<EnumConstantDecl>(D->getDecl())
               ? D->getDecl()->getNameAsString()
               : "";
  if (const auto *M = dyn_cast<MemberExpr>(E))
    return M->getMemberDecl()->getNameAsString();
  return "";
}

/// What is computed from one value and from what is fixed: `id % shards`, and
/// `hash(id)`. Spelled as a part of that value.
std::string Lowering::computedKey(const Expr *E) {
  const Expr *From = nullptr;
  std::string How;
  if (const auto *B = dyn_cast<BinaryOperator>(E)) {
    if (B->isAssignmentOp() || B->isComparisonOp() || B->isCommaOp())
      return "?";
    From = B->getLHS();
    How = fixedPart(B->getRHS());
    if (!How.empty())
      How = B->getOpcodeStr().str() + How;
  } else if (const auto *Call = dyn_cast<CallExpr>(E)) {
    const FunctionDecl *Callee = Call->getDirectCallee();
    const auto *Method = dyn_cast_or_null<CXXMethodDecl>(Callee);
    const unsigned Own = isa<CXXOperatorCallExpr>(Call) ? 1 : 0;
    if (!Callee || !Callee->getReturnType()->isIntegralOrEnumerationType() ||
        Call->getNumArgs() != Own + 1 || (Own && !Method) ||
        (Method && !Method->isConst() && !Method->isStatic()))
      return "?";
    From = Call->getArg(Own);
    How = Callee->getNameAsString();
  }
  if (!From || How.empty())
    return "?";
  const std::string Value = key(From);
  return llvm::StringRef(Value).starts_with("$") ? Value + ".~" + How : "?";
}

/// `const auto low = std::min(from, to);`: another name for one of them.
bool Lowering::isOneOf(const VarDecl *VD) const {
  const Expr *Init =
      VD->isLocalVarDecl() && VD->getInit() ? strip(VD->getInit()) : nullptr;
  const auto *Call = dyn_cast_or_null<CallExpr>(Init);
  return isa_and_nonnull<ConditionalOperator>(Init) ||
         (Call && Call->getDirectCallee() &&
          C.Words.Monotone.matches(C.N.qualified(Call->getDirectCallee())));
}

/// A spelling that is the same for the same value as long as the variables in
/// it keep theirs.
std::string Lowering::key(const Expr *E) {
  E = E->IgnoreParenImpCasts();
  if (const auto *Cast = dyn_cast<ExplicitCastExpr>(E);
      Cast && Cast->getType()->isIntegralOrEnumerationType() &&
      Cast->getSubExpr()->getType()->isIntegralOrEnumerationType())
    return key(Cast->getSubExpr());
  if (const auto *M = dyn_cast<MaterializeTemporaryExpr>(E))
    return key(M->getSubExpr());
  if (const auto *B = dyn_cast<CXXBindTemporaryExpr>(E))
    return key(B->getSubExpr());
  if (const auto *CE = dyn_cast<CXXConstructExpr>(E))
    return CE->getNumArgs() >= 1 ? key(CE->getArg(0)) : "?";
  if (const auto *L = dyn_cast<IntegerLiteral>(E))
    return "#" + llvm::toString(L->getValue(), 10, false);
  if (const auto *S = dyn_cast<clang::StringLiteral>(E))
    return "#\"" + S->getBytes().str() + "\"";
  if (const auto *D = dyn_cast<DeclRefExpr>(E)) {
    if (isa<EnumConstantDecl>(D->getDecl()))
      return "#" + D->getDecl()->getNameAsString();
    const auto *VD = dyn_cast<VarDecl>(D->getDecl());
    if (!VD)
      return "?";
    if (Inside) {
      const auto A = Inside->Arguments.find(VD->getCanonicalDecl());
      if (A != Inside->Arguments.end()) {
        const Substitution *Callee = Inside;
        Inside = nullptr;
        std::string Result = key(A->second);
        Inside = Callee;
        return Result;
      }
    }
    if (Reassigned.count(VD->getCanonicalDecl()) || isOneOf(VD))
      return "?";
    if (VD->hasGlobalStorage())
      return VD->getType().isConstQualified() ? "@" + VD->getNameAsString()
                                              : "?";
    return "$" + std::to_string(variable(VD));
  }
  if (const auto *ME = dyn_cast<MemberExpr>(E)) {
    if (const Expr *From = madeFrom(ME))
      return fromAggregate([&] { return key(From); });
    const std::string Base =
        isa<CXXThisExpr>(ME->getBase()->IgnoreParenImpCasts())
            ? std::string("this")
            : key(ME->getBase());
    return Base == "?" ? Base
                       : Base + "." + ME->getMemberDecl()->getNameAsString();
  }
  if (const auto *U = dyn_cast<UnaryOperator>(E))
    return U->getOpcode() == UO_Deref ? key(U->getSubExpr()) : "?";
  if (const auto *CE = dyn_cast<CallExpr>(E);
      CE && CE->getNumArgs() == 1 && CE->getDirectCallee() &&
      C.Words.Forwards.matches(C.N.qualified(CE->getDirectCallee())))
    return key(CE->getArg(0));
  if (const auto *O = dyn_cast<CXXOperatorCallExpr>(E);
      O && O->getOperator() != OO_Call)
    return (O->getOperator() == OO_Arrow || O->getOperator() == OO_Star)
               ? key(O->getArg(0))
               : "?";
  return computedKey(E);
}

Place Lowering::elementOf(Place Base, const Expr *Key) {
  if (Base.Path)
    Base.Path = Base.Path->element(Key ? key(Key) : "?");
  Base.Part = true;
  return Base;
}

/// What a view shows: some element, also through other views.
Place Lowering::inView(Place Base) {
  const bool Element = Base.Path && !Base.Path->Steps.empty() &&
                       Base.Path->Steps.back().What == PathStep::Kind::Element;
  return Element ? std::move(Base) : elementOf(std::move(Base), nullptr);
}

/// What a handle leads to: the elements of a container of this activity may
/// be handles to objects that it shares.
Place Lowering::behind(Place Handle, QualType T) {
  if (Handle.Path) {
    Handle.Var = NoIndex;
  } else if (Handle.Var != NoIndex && Handle.Part &&
             C.Types.isSharedHandle(T)) {
    AccessPath P;
    P.Base = AccessPath::Root::Local;
    P.Var = Handle.Var;
    Handle.Path = std::move(P);
    Handle.Via = Handle.Var;
    Handle.Var = NoIndex;
    Handle.Part = false;
  }
  return Handle;
}

/// The value of a map's element is the element; its key never changes. An
/// insertion gives back where that is, and an answer, which is no state.
Place Lowering::partOfPair(Place Pair, QualType Whole, bool First) {
  if (!Pair.Path || Pair.Path->Steps.empty())
    return Pair;
  const bool Insertion = C.Types.isInsertion(Whole);
  if (Insertion && !First) {
    Place Answer;
    Answer.Var = Pair.Var;
    Answer.Part = true;
    return Answer;
  }
  // Only in the element of a map the first is constant: its key.
  const auto *Made =
      dyn_cast_or_null<ClassTemplateSpecializationDecl>(recordOf(Whole));
  const bool Value = Made && Made->getTemplateArgs().size() == 2 &&
                     !Made->getTemplateArgs()[0].getAsType().isConstQualified();
  if (Pair.Path->Steps.back().What == PathStep::Kind::Field ||
      (Value && !Insertion)) {
    Pair.Path = Pair.Path->field(First ? "first" : "second");
    return Pair;
  }
  return First && !Insertion ? Place() : Pair;
}

Place Lowering::placeOfMember(const MemberExpr *ME) {
  const ValueDecl *Member = ME->getMemberDecl();
  if (const auto *VD = dyn_cast<VarDecl>(Member))
    return placeOfVariable(VD);
  const auto *Field = dyn_cast<FieldDecl>(Member);
  if (!Field)
    return {};
  if (const Expr *From = madeFrom(ME))
    return fromAggregate([&] { return place(From); });
  Place Base = place(ME->getBase());
  if (ME->isArrow())
    Base = behind(std::move(Base), ME->getBase()->getType());
  if (Base.Path) {
    const auto *R = dyn_cast<CXXRecordDecl>(Field->getParent());
    if (R && C.N.qualified(R) == "std::pair" && !Base.Path->Steps.empty())
      return partOfPair(Base, ME->getBase()->getType(),
                        Field->getName() == "first");
    Base.Path = Base.Path->field(C.Types.field(Field));
  }
  if (Base.Var != NoIndex) {
    if (Base.Path)
      Base.Var = NoIndex; // reached through the variable, not a part of it
    else if (Field->getType()->isReferenceType())
      return behindMember(std::move(Base), ME->getBase(), Field);
    else
      Base.Part = true;
  }
  return Base;
}

/// Results with what was assigned to a pointer in place of it:
/// `for (auto &w : workers_) if (fits(w)) best = &w; return best;`.
static llvm::SmallVector<const Expr *, 2>
foundBy(llvm::ArrayRef<const Expr *> Results,
        llvm::ArrayRef<const BinaryOperator *> Assignments) {
  llvm::SmallVector<const Expr *, 2> All;
  for (const Expr *Result : Results) {
    const VarDecl *Found = BodyScan::variableOf(Result);
    const bool Empty =
        Found && Found->isLocalVarDecl() && Found->getType()->isPointerType() &&
        (!Found->getInit() ||
         Found->getInit()->IgnoreParenImpCasts()->isNullPointerConstant(
             Found->getASTContext(), Expr::NPC_ValueDependentIsNull));
    if (!Empty) {
      All.push_back(Result);
      continue;
    }
    for (const BinaryOperator *B : Assignments)
      if (BodyScan::variableOf(B->getLHS()) == Found)
        All.push_back(B->getRHS());
  }
  return All;
}

/// What the names in a function's body stand for where it is called.
Lowering::Substitution Lowering::substitution(const CallExpr *CE,
                                              const FunctionDecl *Definition) {
  Substitution S;
  S.Callee = Definition;
  unsigned Offset = 0;
  if (const auto *MC = dyn_cast<CXXMemberCallExpr>(CE)) {
    S.This = place(MC->getImplicitObjectArgument());
  } else if (isa<CXXOperatorCallExpr>(CE) && isa<CXXMethodDecl>(Definition)) {
    S.This = place(CE->getArg(0));
    Offset = 1;
  }
  for (unsigned I = 0; I < Definition->getNumParams(); ++I)
    if (I + Offset < CE->getNumArgs())
      S.Arguments[Definition->getParamDecl(I)->getCanonicalDecl()] =
          CE->getArg(I + Offset);
  return S;
}

/// What a function of the program gives back, or a coroutine once it is
/// awaited.
Place Lowering::placeThroughAccessor(const CallExpr *CE,
                                     const FunctionDecl *Callee, QualType T) {
  if (!T->isReferenceType() && (!C.Types.isPointerLike(T) || isOwnValue(T)))
    return {};
  const FunctionDecl *Definition = nullptr;
  if (!Callee->hasBody(Definition) || Definition->isDependentContext() ||
      C.Types.inSystemHeader(Definition) || Depth > 8)
    return {};
  llvm::SmallVector<const Expr *, 2> Results;
  llvm::SmallVector<const BinaryOperator *, 2> Assignments;
  const auto *Coroutine = dyn_cast<CoroutineBodyStmt>(Definition->getBody());
  llvm::SmallVector<const Stmt *, 8> Work{Coroutine ? Coroutine->getBody()
                                                    : Definition->getBody()};
  unsigned Visited = 0;
  while (!Work.empty()) {
    const Stmt *S = Work.pop_back_val();
    if (!S || isa<LambdaExpr>(S))
      continue;
    if (++Visited > 200)
      return {};
    // `return nullptr;`: what it leads to otherwise does not change by that.
    if (const auto *R = dyn_cast<ReturnStmt>(S);
        R && R->getRetValue() && !isConstant(R->getRetValue()))
      Results.push_back(R->getRetValue());
    if (const auto *R = dyn_cast<CoreturnStmt>(S)) {
      if (R->getOperand() && !isConstant(R->getOperand()))
        Results.push_back(R->getOperand());
      continue;
    }
    if (const auto *B = dyn_cast<BinaryOperator>(S);
        B && B->isAssignmentOp() && B->getType()->isPointerType())
      Assignments.push_back(B);
    Work.append(S->child_begin(), S->child_end());
  }
  Results = foundBy(Results, Assignments);
  if (Results.empty() || Results.size() > 3)
    return {};
  Substitution S = substitution(CE, Definition);
  const Substitution *Outer = Inside;
  Inside = &S;
  ++Depth;
  Place Result = either(Results);
  // What is taken out of a container is no part of it any more.
  if (!T->isReferenceType() && Result.Path &&
      popsFrom(Definition->getBody(), *Result.Path))
    Result = Place();
  --Depth;
  Inside = Outer;
  // What belongs to the accessor's own frame has no name here.
  if (Result.Path && (Result.Path->Base == AccessPath::Root::Local))
    return {};
  if (Result.Path || Result.Var != S.This.Var)
    Result.Var = NoIndex; // but for `return *this;`
  return Result;
}

/// Searches hand out an iterator into what they were given; that of an array is
/// a pointer.
bool Lowering::isSearch(const CallExpr *CE) const {
  const FunctionDecl *Callee = CE->getDirectCallee();
  if (CE->getNumArgs() == 0 || !Callee || !C.Types.inSystemHeader(Callee))
    return false;
  const bool Pointer =
      CE->getType()->isPointerType() && CE->getNumArgs() > 1 &&
      Callee->getPrimaryTemplate() && !isa<CXXMethodDecl>(Callee) &&
      C.Ctx.hasSameType(CE->getType(), CE->getArg(0)->getType()) &&
      C.Ctx.hasSameType(CE->getType(), CE->getArg(1)->getType());
  return Pointer || C.Types.isIterator(CE->getType());
}

Place Lowering::placeOfSearch(const Expr *Range) {
  if (C.Types.isIterator(Range->getType()) || Range->getType()->isPointerType())
    return place(Range);
  return C.Types.isRange(Range->getType()) ? inView(place(Range)) : Place();
}

/// Whether a subscript makes the element where there is none: then there is no
/// such operator of a constant container.
static bool makesElement(const CXXOperatorCallExpr *Subscript) {
  const auto *MD =
      dyn_cast_or_null<CXXMethodDecl>(Subscript->getDirectCallee());
  const auto IsConst = [](const NamedDecl *Each) {
    const auto *Method = dyn_cast_or_null<CXXMethodDecl>(Each->getAsFunction());
    return Method && Method->isConst();
  };
  return MD &&
         llvm::none_of(MD->getParent()->lookup(MD->getDeclName()), IsConst);
}

Place Lowering::placeOfCall(const CallExpr *CE) {
  if (const auto *O = dyn_cast<CXXOperatorCallExpr>(CE)) {
    if (O->getNumArgs() == 0)
      return {};
    const QualType T = objectType(O->getArg(0));
    switch (O->getOperator()) {
    case OO_Subscript:
      if (C.Types.isView(T))
        return inView(place(O->getArg(0)));
      if (C.Types.isContainer(T)) {
        Place Element = elementOf(place(O->getArg(0)), O->getArg(1));
        const size_t Depth = Element.Path ? Element.Path->Steps.size() : 32;
        if (Depth < 32 && makesElement(O))
          Element.Made |= std::uint32_t(1) << Depth;
        return Element;
      }
      break;
    case OO_Star:
    case OO_Arrow:
      if (C.Types.isIterator(T) || C.Types.isHolder(T) ||
          C.Types.leadsUnderLock(T))
        return behind(place(O->getArg(0)), T);
      break;
    case OO_Plus:
    case OO_Minus:
      return C.Types.isIterator(O->getType()) ? place(O->getArg(0)) : Place();
    case OO_Equal:
    case OO_PlusEqual:
    case OO_MinusEqual:
    case OO_PlusPlus:
    case OO_MinusMinus:
      return place(O->getArg(0));
    default:
      break;
    }
    // `orders_ | std::views::filter(live)`: a view of what it is made from.
    if (C.Types.isView(O->getType()))
      for (const Expr *Argument : O->arguments())
        if (C.Types.isRange(Argument->getType()))
          return inView(place(Argument));
    const FunctionDecl *Callee = O->getDirectCallee();
    if (!Callee)
      return {};
    // `std::ranges::find_if(orders_, live)` calls an object.
    if (O->getOperator() == OO_Call && O->getNumArgs() > 1 && isSearch(O))
      return placeOfSearch(O->getArg(1));
    return placeThroughAccessor(CE, Callee, Callee->getReturnType());
  }
  const FunctionDecl *Callee = CE->getDirectCallee();
  if (!Callee)
    return {};
  if (const auto *MC = dyn_cast<CXXMemberCallExpr>(CE)) {
    const Expr *Object = MC->getImplicitObjectArgument();
    const QualType T = objectType(Object);
    const bool Container = C.Types.isContainer(T);
    if (Container && C.Words.Faces.matches(C.N.qualified(Callee)))
      return place(Object);
    if (MC->getNumArgs() == 0 && Callee->getIdentifier() &&
        (Callee->getName() == "shared_from_this" ||
         Callee->getName() == "weak_from_this"))
      return place(Object);
    if (Container && isa<CXXConversionDecl>(Callee) &&
        C.Types.isView(CE->getType()))
      return elementOf(place(Object), nullptr);
    if (C.Types.isView(T) && C.Types.isView(CE->getType()))
      return inView(place(Object)); // a part of it
    if (C.Types.lockOfValue(T) && C.Types.leadsUnderLock(CE->getType()))
      return shownUnderLock(Object);
    if (C.Types.isHolder(T) && isa<CXXConversionDecl>(Callee) &&
        CE->isGLValue())
      return behind(place(Object), T);
    if (Container || C.Types.isHolder(T) || C.Types.isView(T)) {
      const llvm::StringRef Name =
          Callee->getIdentifier() ? Callee->getName() : llvm::StringRef();
      const MethodEffect Effect = C.Words.effect(Name);
      const bool Whole = Name == "data" || Name == "base";
      if (C.Types.isView(T) && !Whole &&
          (Effect == MethodEffect::Iterator || Effect == MethodEffect::Element))
        return inView(place(Object));
      if (Effect == MethodEffect::Element && Container && !Whole)
        return elementOf(place(Object),
                         CE->getNumArgs() > 0 ? CE->getArg(0) : nullptr);
      if (Effect == MethodEffect::Iterator) {
        const bool Find = CE->getNumArgs() > 0 && Container;
        return elementOf(place(Object), Find ? CE->getArg(0) : nullptr);
      }
      // An atomic pointer leads to what the copies of it lead to.
      if (Effect == MethodEffect::Element || Name == "lock" || Whole ||
          (Name == "load" && C.Types.isPointerLike(CE->getType())))
        return behind(place(Object), T);
      // emplace(...).first->second, emplace_back(...): the new element.
      if (Effect == MethodEffect::Insert ||
          Effect == MethodEffect::InsertIfAbsent)
        return elementOf(place(Object),
                         CE->getNumArgs() > 0 ? CE->getArg(0) : nullptr);
      return {};
    }
    return placeThroughAccessor(CE, Callee, Callee->getReturnType());
  }
  const std::string &Name = C.N.qualified(Callee);
  if (Name == "std::get" && CE->getNumArgs() == 1 &&
      C.N.type(CE->getArg(0)->getType()) == "std::pair") {
    const TemplateArgumentList *Which = Callee->getTemplateSpecializationArgs();
    return partOfPair(place(CE->getArg(0)), CE->getArg(0)->getType(),
                      Which && Which->size() > 0 &&
                          Which->get(0).getKind() ==
                              TemplateArgument::Integral &&
                          Which->get(0).getAsIntegral() == 0);
  }
  if (isSearch(CE))
    return placeOfSearch(CE->getArg(0));
  if (C.Words.Forwards.matches(Name) && CE->getNumArgs() > 0)
    return place(CE->getArg(0));
  return placeThroughAccessor(CE, Callee, Callee->getReturnType());
}

/// The pointer that `for (auto &each : array_)` moves along.
static bool walksArray(const Expr *E) {
  const auto *D = dyn_cast<DeclRefExpr>(E->IgnoreParenImpCasts());
  const auto *VD = D ? dyn_cast<VarDecl>(D->getDecl()) : nullptr;
  return VD && VD->isImplicit() && VD->getInit() &&
         VD->getInit()->IgnoreParenImpCasts()->getType()->isArrayType();
}

Place Lowering::place(const Expr *E) {
  if (Inside)
    return placeUncached(E);
  const auto Known = PlaceCache.find(E);
  if (Known != PlaceCache.end())
    return Known->second;
  Place Result = listed(E, placeUncached(E));
  PlaceCache[E] = Result;
  return Result;
}

Place Lowering::placeUncached(const Expr *E) {
  E = E->IgnoreParens();
  if (const auto *W = dyn_cast<FullExpr>(E))
    return place(W->getSubExpr());
  if (const auto *M = dyn_cast<MaterializeTemporaryExpr>(E))
    return place(M->getSubExpr());
  if (const auto *B = dyn_cast<CXXBindTemporaryExpr>(E))
    return place(B->getSubExpr());
  if (const auto *S = dyn_cast<SubstNonTypeTemplateParmExpr>(E))
    return place(S->getReplacement());
  if (const auto *O = dyn_cast<OpaqueValueExpr>(E))
    return O->getSourceExpr() ? place(O->getSourceExpr()) : Place();
  if (const auto *Cast = dyn_cast<CastExpr>(E)) {
    if (Cast->getCastKind() == CK_UserDefinedConversion ||
        Cast->getCastKind() == CK_LValueToRValue) {
      const QualType T = E->getType();
      if (Cast->getCastKind() == CK_LValueToRValue && !C.Types.isPointerLike(T))
        return {};
      return place(Cast->getSubExpr());
    }
    return place(Cast->getSubExpr());
  }
  if (isa<CXXThisExpr>(E)) {
    if (Inside)
      return Inside->This;
    Place Result;
    AccessPath P;
    P.Base = AccessPath::Root::This;
    Result.Path = std::move(P);
    return Result;
  }
  if (const auto *U = dyn_cast<UnaryOperator>(E)) {
    if (U->getOpcode() == UO_Deref || U->getOpcode() == UO_AddrOf ||
        U->isIncrementDecrementOp()) {
      Place Result = place(U->getSubExpr());
      if (U->getOpcode() != UO_Deref)
        return Result;
      return walksArray(U->getSubExpr())
                 ? elementOf(std::move(Result), nullptr)
                 : behind(std::move(Result), U->getSubExpr()->getType());
    }
    return {};
  }
  if (const auto *D = dyn_cast<DeclRefExpr>(E)) {
    if (const auto *VD = dyn_cast<VarDecl>(D->getDecl()))
      return placeOfVariable(VD);
    if (const auto *B = dyn_cast<BindingDecl>(D->getDecl())) {
      if (const VarDecl *Holding = B->getHoldingVar())
        if (Holding->getInit()) {
          Place Result = place(Holding->getInit());
          if (Result.Path || Result.Var != NoIndex)
            return Result;
        }
      if (B->getBinding())
        return place(B->getBinding());
    }
    return {};
  }
  if (const auto *ME = dyn_cast<MemberExpr>(E))
    return placeOfMember(ME);
  if (const auto *A = dyn_cast<ArraySubscriptExpr>(E))
    return elementOf(place(A->getBase()), A->getIdx());
  if (const auto *CE = dyn_cast<CallExpr>(E))
    return placeOfCall(CE);
  if (const auto *Ctor = dyn_cast<CXXConstructExpr>(E)) {
    if (Ctor->getNumArgs() >= 1 && Ctor->getArg(0)->isGLValue() &&
        (C.N.type(Ctor->getType()) == "std::reference_wrapper" ||
         (C.Types.isHolder(Ctor->getType()) &&
          C.Types.isBareHandle(Ctor->getType()))))
      return place(Ctor->getArg(0));
    const auto Begins = [&](QualType From) {
      return C.Types.isRange(From) || C.Types.isPointer(From) ||
             C.Types.isIterator(From);
    };
    if (Ctor->getNumArgs() >= 1 && C.Types.isView(Ctor->getType()) &&
        Begins(Ctor->getArg(0)->getType()))
      return inView(place(Ctor->getArg(0)));
    // Copies of handles lead to the same place.
    if (Ctor->getNumArgs() >= 1 && C.Types.isPointerLike(Ctor->getType()) &&
        C.Types.isPointerLike(Ctor->getArg(0)->getType()))
      return place(Ctor->getArg(0));
    return {};
  }
  if (const auto *B = dyn_cast<BinaryOperator>(E)) {
    if (B->isAssignmentOp())
      return place(B->getLHS());
    if (B->getOpcode() == BO_Comma)
      return place(B->getRHS());
    if (B->isAdditiveOp() && B->getType()->isPointerType())
      return place(B->getLHS()->getType()->isPointerType() ? B->getLHS()
                                                           : B->getRHS());
    return {};
  }
  if (const auto *Q = dyn_cast<ConditionalOperator>(E))
    return either({Q->getTrueExpr(), Q->getFalseExpr()});
  // `auto page = co_await find(title);`
  if (const auto *Await = dyn_cast<CoawaitExpr>(E)) {
    const auto *CE = dyn_cast_or_null<CallExpr>(strip(Await->getOperand()));
    const FunctionDecl *Callee = CE ? CE->getDirectCallee() : nullptr;
    return Callee && C.Types.isTask(CE->getType())
               ? placeThroughAccessor(CE, Callee, Await->getType())
               : Place();
  }
  return {};
}

} // namespace interlock
