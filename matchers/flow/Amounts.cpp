#include "matchers/flow/Amounts.h"

#include "llvm/ADT/STLExtras.h"

namespace interlock {

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

Amounts::Amounts(const FunctionFlow &Flow) : Flow(Flow) {
  const std::vector<Block> &Blocks = Flow.function().Blocks;
  std::vector<Place> Moved;
  for (unsigned B = 0; B < Blocks.size(); ++B)
    for (const Op &O : Blocks[B].Ops)
      if (O.Kind == OpKind::Modify && O.Moves != Way::Open &&
          O.Amount != NoIndex) {
        Moved.push_back({B, &O});
        Loads.try_emplace(O.Amount, nullptr);
      }
  if (Moved.empty())
    return;
  for (unsigned B = 0; B < Blocks.size(); ++B) {
    for (const Op &O : Blocks[B].Ops) {
      if (O.Kind == OpKind::Suspend && !O.Never)
        Suspensions.push_back(O.At.Begin);
      if (O.Kind != OpKind::Load)
        continue;
      if (const auto Amount = Loads.find(O.Result);
          Amount != Loads.end() && !Amount->second && !Flow.isAssigned(O.Var))
        Amount->second = &O;
    }
    for (const Bound &Each : Blocks[B].Bounds)
      if (const Op *O = given(Blocks[B], Each.Of);
          O && O->Kind == OpKind::Load &&
          (Asks[O->Var].empty() || Asks[O->Var].back() != B))
        Asks[O->Var].push_back(B);
  }
  for (const Place &Each : Moved)
    if (const Op *Amount = Loads[Each.second->Amount])
      Moves[Amount->Var].push_back(Each);
  llvm::sort(Suspensions);
}

Way Amounts::wayOf(const Op &Modify, unsigned At) const {
  if (Modify.Moves == Way::Open || Modify.Amount == NoIndex)
    return Modify.Moves;
  const auto Known = Loads.find(Modify.Amount);
  const Op *Amount = Known == Loads.end() ? nullptr : Known->second;
  const auto Asked = Amount ? Asks.find(Amount->Var) : Asks.end();
  if (Asked != Asks.end())
    for (const unsigned Branch : Asked->second)
      if (const unsigned By = Flow.onlyBy(Branch, At);
          By != NoIndex &&
          tellsSign(Flow.function().Blocks[Branch], By, Modify, *Amount))
        return Modify.Moves;
  return Way::Open;
}

bool Amounts::undoes(const Place &Now, const Place &Then) const {
  const Op &A = *Then.second, &B = *Now.second;
  const unsigned Began = A.At.Begin, Ended = B.At.Begin;
  const auto Between = llvm::upper_bound(Suspensions, Began);
  return A.Moves != B.Moves && A.Path == B.Path &&
         Loads.at(A.Amount)->Path == Loads.at(B.Amount)->Path &&
         Began < Ended && (A.InLoop || !B.InLoop) &&
         Flow.dominates(Then.first, Now.first) &&
         (Between == Suspensions.end() || *Between >= Ended);
}

bool Amounts::takesBack(const Op &Modify, unsigned At) const {
  const auto Known = Loads.find(Modify.Amount);
  if (Known == Loads.end() || !Known->second)
    return false;
  return llvm::any_of(Moves.at(Known->second->Var), [&](const Place &Then) {
    return undoes({At, &Modify}, Then);
  });
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
