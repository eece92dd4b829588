#include "matchers/flow/Amounts.h"

#include "matchers/flow/ControlIndex.h"

#include "llvm/ADT/STLExtras.h"

#include <utility>

namespace interlock {

bool isAssigned(const FunctionFacts &F, unsigned Var) {
  bool First = Var >= F.InputCount;
  for (const Block &B : F.Blocks)
    for (const Op &O : B.Ops)
      if (O.Var == Var &&
          (O.Kind == OpKind::Assign || O.Kind == OpKind::Bind ||
           O.Kind == OpKind::Move) &&
          !std::exchange(First, false))
        return true;
  return false;
}

static const Op *given(const Block &B, Register Value) {
  const auto Found =
      llvm::find_if(B.Ops, [&](const Op &O) { return O.Result == Value; });
  return Found == B.Ops.end() ? nullptr : &*Found;
}

/// Whether a branch that led to the modify says that the amount is not
/// negative.
static bool tellsSign(const Block &Branch, unsigned By, const Op &Modify,
                      const Op &Amount) {
  const auto IsAmount = [&](const Bound &Each) {
    const Op *O = given(Branch, Each.Of);
    return O && O->Kind == OpKind::Load && O->Var == Amount.Var &&
           O->Path == Amount.Path;
  };
  const auto It = llvm::find_if(Branch.Bounds, IsAmount);
  if (It == Branch.Bounds.end())
    return false;
  if (It->Sign)
    return By == It->High;
  // `left_ >= n` before `left_ -= n`, `used_ + n <= most` before `used_ += n`.
  return llvm::any_of(Branch.Bounds, [&](const Bound &Each) {
    const Op *O = given(Branch, Each.Of);
    const bool Takes = Modify.Moves == Way::Down;
    return O && O->Kind == OpKind::Read && O->Path == Modify.Path &&
           By == (Takes ? Each.High : Each.Low) &&
           By == It->Low; // the smaller the amount, the better
  });
}

/// The operation that loads an amount from a variable which stays as it is.
static const Op *amountOf(const Op &Modify, const FunctionFacts &F) {
  for (const Block &B : F.Blocks)
    for (const Op &O : B.Ops)
      if (O.Kind == OpKind::Load && O.Result == Modify.Amount)
        return isAssigned(F, O.Var) ? nullptr : &O;
  return nullptr;
}

Way wayOf(const Op &Modify, unsigned At, const FunctionFacts &F) {
  if (Modify.Moves == Way::Open || Modify.Amount == NoIndex)
    return Modify.Moves;
  if (const Op *Amount = amountOf(Modify, F))
    for (unsigned Each = 0; Each < F.Blocks.size(); ++Each)
      if (!F.Blocks[Each].Bounds.empty())
        if (const unsigned By = onlyBy(F.Blocks, Each, At);
            By != NoIndex && tellsSign(F.Blocks[Each], By, Modify, *Amount))
          return Modify.Moves;
  return Way::Open;
}

bool takesBack(const FunctionFacts &F, const SourceSpan &Modify) {
  const auto Undoes = [&](unsigned There, const Op &Then, unsigned Here,
                          const Op &Now) {
    const Op *A = amountOf(Then, F), *B = amountOf(Now, F);
    const auto Between = [&](const Op &O) {
      return O.Kind == OpKind::Suspend && !O.Never &&
             Then.At.Begin < O.At.Begin && O.At.Begin < Now.At.Begin;
    };
    return A && B && A->Var == B->Var && A->Path == B->Path &&
           Then.Path == Now.Path && Then.At.Begin < Now.At.Begin &&
           (Then.InLoop || !Now.InLoop) &&
           (There == Here || !leadsTo(F.Blocks, 0, Here, /*Without=*/There)) &&
           llvm::none_of(
               F.Blocks,
               [&](const Block &Each) {
                 return llvm::any_of(Each.Ops, Between);
               });
  };
  const auto Moves = [](const Op &O, Way To) {
    return O.Kind == OpKind::Modify && O.Moves == To;
  };
  for (unsigned Here = 0; Here < F.Blocks.size(); ++Here)
    for (const Op &Now : F.Blocks[Here].Ops)
      if (Now.At == Modify && (Moves(Now, Way::Up) || Moves(Now, Way::Down)))
        for (unsigned There = 0; There < F.Blocks.size(); ++There)
          for (const Op &Then : F.Blocks[There].Ops)
            if (Moves(Then, Now.Moves == Way::Up ? Way::Down : Way::Up) &&
                Undoes(There, Then, Here, Now))
              return true;
  return false;
}

Way mustNotMove(const Block &Branch, const AccessPath &Read,
                const SourceSpan &At, unsigned By) {
  Way Result = Way::Open;
  for (const Bound &Each : Branch.Bounds) {
    const Op *O = given(Branch, Each.Of);
    if (!O || O->Kind != OpKind::Read || !(O->At == At) || !(O->Path == Read))
      continue;
    if (Result != Way::Open)
      return Way::Open;
    Result = By == Each.High ? Way::Down : By == Each.Low ? Way::Up : Way::Open;
  }
  return Result;
}

} // namespace interlock
