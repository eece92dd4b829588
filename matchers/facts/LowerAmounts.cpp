#include "matchers/facts/Lowering.h"

using namespace clang;

// Which way changes move a number, and which way it must not go once a branch
// has compared it.
namespace interlock {

/// An expression without conversions from one kind of number to another.
static const Expr *withoutCasts(const Expr *E) {
  for (;;) {
    E = E->IgnoreParenImpCasts();
    const auto *Cast = dyn_cast<ExplicitCastExpr>(E);
    if (!Cast || !Cast->getType()->isArithmeticType() ||
        !Cast->getSubExpr()->getType()->isArithmeticType())
      return E;
    E = Cast->getSubExpr();
  }
}

bool Lowering::isNumber(const Expr *E) const {
  const QualType T = objectType(E);
  return (T->isArithmeticType() && !T->isBooleanType()) ||
         C.N.type(T).starts_with("std::atomic<");
}

bool Lowering::isNotNegative(const Expr *E) const {
  E = E->IgnoreParenImpCasts();
  if (E->isValueDependent())
    return false;
  if (Expr::EvalResult Known; E->EvaluateAsRValue(Known, C.Ctx))
    return (Known.Val.isInt() && !Known.Val.getInt().isNegative()) ||
           (Known.Val.isFloat() && !Known.Val.getFloat().isNegative());
  // `+= -n` and `+= a - b` take away, whatever the type says.
  if (const auto *B = dyn_cast<BinaryOperator>(E))
    return B->getOpcode() == BO_Add && isNotNegative(B->getLHS()) &&
           isNotNegative(B->getRHS());
  return E->getType()->isUnsignedIntegerType() &&
         isa<DeclRefExpr, MemberExpr, CallExpr>(E);
}

/// Whether numbers are added up, as they are.
bool Lowering::isSum(const Expr *E) const {
  const auto *B = dyn_cast<BinaryOperator>(E->IgnoreParenImpCasts());
  const auto Adds = [&](const Expr *Part) {
    Part = Part->IgnoreParenImpCasts();
    return isSum(Part) || isa<DeclRefExpr, MemberExpr>(Part);
  };
  return B && B->getOpcode() == BO_Add && isNumber(B) && Adds(B->getLHS()) &&
         Adds(B->getRHS());
}

/// What a change adds to a number, or takes from it if it goes down; null for
/// one step.
static std::pair<Way, const Expr *> movedBy(const Expr *Whole) {
  if (const auto *U = dyn_cast<UnaryOperator>(Whole))
    return {U->isIncrementOp()   ? Way::Up
            : U->isDecrementOp() ? Way::Down
                                 : Way::Open,
            nullptr};
  if (const auto *B = dyn_cast<BinaryOperator>(Whole))
    return {B->getOpcode() == BO_AddAssign   ? Way::Up
            : B->getOpcode() == BO_SubAssign ? Way::Down
                                             : Way::Open,
            B->getRHS()};
  if (const auto *O = dyn_cast<CXXOperatorCallExpr>(Whole)) {
    switch (O->getOperator()) {
    case OO_PlusPlus:
      return {Way::Up, nullptr};
    case OO_MinusMinus:
      return {Way::Down, nullptr};
    case OO_PlusEqual:
      return {Way::Up, O->getArg(1)};
    case OO_MinusEqual:
      return {Way::Down, O->getArg(1)};
    default:
      return {Way::Open, nullptr};
    }
  }
  const auto *Call = dyn_cast<CXXMemberCallExpr>(Whole);
  if (Call && Call->getNumArgs() > 0 && Call->getMethodDecl() &&
      Call->getMethodDecl()->getIdentifier()) {
    const llvm::StringRef Name = Call->getMethodDecl()->getName();
    if (Name == "fetch_add" || Name == "fetch_sub")
      return {Name == "fetch_add" ? Way::Up : Way::Down, Call->getArg(0)};
  }
  return {Way::Open, nullptr};
}

/// The operands of a binary operator, built in or not.
static std::pair<const Expr *, const Expr *>
operandsOf(const Expr *E, BinaryOperatorKind BuiltIn,
           OverloadedOperatorKind Overloaded) {
  if (const auto *B = dyn_cast<BinaryOperator>(E);
      B && B->getOpcode() == BuiltIn)
    return {B->getLHS(), B->getRHS()};
  if (const auto *O = dyn_cast<CXXOperatorCallExpr>(E);
      O && O->getOperator() == Overloaded && O->getNumArgs() == 2)
    return {O->getArg(0), O->getArg(1)};
  return {nullptr, nullptr};
}

bool Lowering::fillsUp(const AccessPath &Number, const Expr *Whole) {
  const Expr *Written = operandsOf(Whole, BO_Assign, OO_Equal).second;
  const auto *Call =
      dyn_cast_or_null<CallExpr>(Written ? strip(Written) : nullptr);
  if (!Call || !Call->getDirectCallee() || containsAwait(Call))
    return false;
  const llvm::StringRef Name = C.N.qualified(Call->getDirectCallee());
  if (Name != "std::min" && Name != "std::ranges::min")
    return false;
  return llvm::any_of(Call->arguments(), [&](const Expr *Argument) {
    const auto [Left, Right] =
        operandsOf(withoutCasts(strip(Argument)), BO_Add, OO_Plus);
    return Left && (place(strip(Left)).Path == Number ||
                    place(strip(Right)).Path == Number);
  });
}

void Lowering::noteWay(Op &Modify, const Expr *Target, const Expr *Whole) {
  if (Modify.How != Change::Relative || !isNumber(Target))
    return;
  const auto [Moves, Amount] = movedBy(Whole);
  if (!Amount || isNotNegative(Amount)) {
    Modify.Moves = Moves;
    return;
  }
  const Value V = valueOf(Amount);
  if (!isa<DeclRefExpr, MemberExpr>(withoutCasts(Amount)) ||
      V.Registers.size() != 1 || !Loaded.contains(V.Registers.front()))
    return;
  Modify.Moves = Moves;
  Modify.Amount = V.Registers.front();
}

/// What is called for the value of a number: `left_.load()`.
static const Expr *objectOf(const Expr *E) {
  const auto *Call = dyn_cast<CXXMemberCallExpr>(E);
  const CXXMethodDecl *MD = Call ? Call->getMethodDecl() : nullptr;
  if (!MD || !(isa<CXXConversionDecl>(MD) ||
               (MD->getIdentifier() && MD->getName() == "load")))
    return E;
  return Call->getImplicitObjectArgument()->IgnoreParenImpCasts();
}

void Lowering::addBounds(const Expr *E, Bound As, std::vector<Bound> &To) {
  const Expr *Inner = withoutCasts(E);
  Bound Opposite = As;
  std::swap(Opposite.High, Opposite.Low);
  if (const auto *U = dyn_cast<UnaryOperator>(Inner)) {
    if (U->getOpcode() == UO_Minus) {
      Opposite.Sign = false;
      addBounds(U->getSubExpr(), Opposite, To);
    }
    return;
  }
  if (const auto *B = dyn_cast<BinaryOperator>(Inner)) {
    As.Sign = Opposite.Sign = false;
    if (B->getOpcode() != BO_Add && B->getOpcode() != BO_Sub)
      return;
    addBounds(B->getLHS(), As, To);
    addBounds(B->getRHS(), B->getOpcode() == BO_Add ? As : Opposite, To);
    return;
  }
  const Expr *Object = objectOf(Inner);
  if (!isa<DeclRefExpr, MemberExpr, ArraySubscriptExpr, CXXOperatorCallExpr>(
          Object) ||
      !isNumber(Object))
    return;
  // Beside the number itself, what picks it is read as well.
  const Place P = place(Object);
  for (const Register R : valueOf(E).Registers)
    for (const Op &O : Current->Ops)
      if (O.Result == R && ((O.Kind == OpKind::Load && O.Var == P.Var) ||
                            (O.Kind == OpKind::Read && P.Path == O.Path))) {
        As.Of = R;
        To.push_back(As);
      }
}

void Lowering::noteBounds(const Expr *Condition, Block &At, unsigned True,
                          unsigned False) {
  const Expr *E = Condition->IgnoreParenImpCasts();
  for (const auto *U = dyn_cast<UnaryOperator>(E);
       U && U->getOpcode() == UO_LNot; U = dyn_cast<UnaryOperator>(E)) {
    std::swap(True, False);
    E = U->getSubExpr()->IgnoreParenImpCasts();
  }
  const auto *B = dyn_cast<BinaryOperator>(E);
  if (!B || !B->isRelationalOp() || True == False)
    return;
  if (B->getOpcode() == BO_LT || B->getOpcode() == BO_LE)
    std::swap(True, False);
  const auto WithConstant = [&](const Expr *Other) {
    return isConstant(Other) && isNotNegative(Other);
  };
  std::vector<Bound> Found;
  addBounds(B->getLHS(), {NoIndex, True, False, WithConstant(B->getRHS())},
            Found);
  addBounds(B->getRHS(), {NoIndex, False, True, WithConstant(B->getLHS())},
            Found);
  // What is on both sides can go either way.
  for (const Bound &Each : Found)
    if (llvm::count_if(Found, [&](const Bound &Other) {
          return Other.Of == Each.Of;
        }) == 1)
      At.Bounds.push_back(Each);
}

/// The number that a condition says something of, and the most that it is where
/// the condition holds, or where it does not.
static void limit(const Expr *E, const ASTContext &Ctx, const Expr *&Of,
                  int64_t &Most, bool &Holds) {
  const auto Constant = [&](const Expr *Each) -> std::optional<int64_t> {
    Expr::EvalResult Known;
    if (Each->isValueDependent() || !Each->EvaluateAsInt(Known, Ctx))
      return std::nullopt;
    return Known.Val.getInt().tryExtValue();
  };
  const auto *B = dyn_cast<BinaryOperator>(E);
  if (!B) {
    // `if (waiting_.size()) return;`
    if (E->getType()->isIntegerType() && !E->getType()->isBooleanType())
      Of = E, Most = 0, Holds = false;
    return;
  }
  BinaryOperatorKind How = B->getOpcode();
  std::optional<int64_t> Limit = Constant(B->getRHS());
  Of = B->getLHS();
  if (!Limit && B->isComparisonOp() && (Limit = Constant(B->getLHS()))) {
    Of = B->getRHS();
    How = BinaryOperator::reverseComparisonOp(How);
  }
  if (!Limit || !B->isComparisonOp()) {
    Of = nullptr;
    return;
  }
  Holds = How == BO_LT || How == BO_LE || How == BO_EQ;
  Most = How == BO_LT || How == BO_GE ? *Limit - 1 : *Limit;
}

void Lowering::noteAlone(const Expr *Condition, Block &At, unsigned True,
                         unsigned False) {
  const Expr *E = Condition->IgnoreParenImpCasts();
  constexpr unsigned MaxSteps = 8;
  for (unsigned Steps = 0; Steps < MaxSteps; ++Steps) {
    if (const auto *U = dyn_cast<UnaryOperator>(E);
        U && U->getOpcode() == UO_LNot) {
      std::swap(True, False);
      E = U->getSubExpr()->IgnoreParenImpCasts();
      continue;
    }
    // `const bool idle = waiting_.empty();`
    const auto *D = dyn_cast<DeclRefExpr>(E);
    const auto *VD = D ? dyn_cast<VarDecl>(D->getDecl()) : nullptr;
    if (!VD || !VD->isLocalVarDecl() || !VD->getType()->isBooleanType() ||
        !VD->getInit() || Reassigned.count(VD->getCanonicalDecl()))
      break;
    E = VD->getInit()->IgnoreParenImpCasts();
  }
  if (True == False)
    return;
  const auto *Call = dyn_cast<CXXMemberCallExpr>(E);
  if (const CXXMethodDecl *MD = Call ? Call->getMethodDecl() : nullptr;
      MD && MD->getIdentifier() && MD->getName() == "empty") {
    At.AloneOn = True;
    return;
  }
  const Expr *Of = nullptr;
  int64_t Most = 0;
  bool Holds = false;
  limit(E, C.Ctx, Of, Most, Holds);
  if (!Of)
    return;
  // `++running_ > 1` counts whoever asks.
  const Expr *Number = withoutCasts(Of);
  const auto *U = dyn_cast<UnaryOperator>(Number);
  const auto *O = dyn_cast<CXXOperatorCallExpr>(Number);
  if ((U && U->getOpcode() == UO_PreInc) ||
      (O && O->getOperator() == OO_PlusPlus && O->getNumArgs() == 1))
    --Most;
  if (Most != 0 && Most != 1)
    return;
  At.AloneOn = Holds ? True : False;
  At.Counted = Most == 1;
}

} // namespace interlock
