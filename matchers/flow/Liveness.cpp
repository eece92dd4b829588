#include "matchers/flow/Liveness.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>

namespace interlock {

constexpr size_t LongRange = 2048, ManyBlocks = 64;

void LiveRanges::add(unsigned Thing, const std::vector<unsigned> &Uses,
                     const std::vector<unsigned> &Definitions,
                     const std::vector<std::vector<unsigned>> &Predecessors,
                     unsigned First) {
  std::vector<unsigned> Range, Work = Uses;
  while (!Work.empty()) {
    const unsigned B = Work.back();
    Work.pop_back();
    if (Seen[B] == Thing)
      continue;
    Seen[B] = Thing;
    Range.push_back(B);
    if (Range.size() > LongRange)
      return addEverywhere(Thing);
    for (const unsigned P : Predecessors[B])
      if (P >= First && !llvm::is_contained(Definitions, P))
        Work.push_back(P);
  }
  // Things come in ascending order, so each list stays sorted.
  for (const unsigned B : Range)
    At[B].push_back(Thing);
}

bool LiveRanges::live(unsigned Block, unsigned Thing) const {
  return Always[Thing] ||
         std::binary_search(At[Block].begin(), At[Block].end(), Thing);
}

namespace {

/// Blocks that use a thing before they define it, and blocks that define it.
struct Occurrences {
  std::vector<unsigned> Uses, Definitions;
  void use(unsigned B) {
    if (!llvm::is_contained(llvm::ArrayRef(Definitions).take_back(1), B) &&
        (Uses.empty() || Uses.back() != B))
      Uses.push_back(B);
  }
  void define(unsigned B) {
    if (Definitions.empty() || Definitions.back() != B)
      Definitions.push_back(B);
  }
};

} // namespace

/// Calls `Use` for each variable that an operation looks at.
template <class Fn> static void usedVariables(const Op &O, Fn Use) {
  if (O.Kind == OpKind::Load || O.Kind == OpKind::UseHandle)
    Use(O.Var);
  if (O.Other != NoIndex && O.Kind != OpKind::Move)
    Use(O.Other);
  if (O.Kind == OpKind::Bind && O.Path.Base == AccessPath::Root::Local)
    Use(O.Path.Var); // as old as what it is taken from
}

/// Calls `Use` for the values that a call passes, those of closures included.
template <class Fn> static void usedValues(const CallSite &C, Fn Use) {
  for (const Argument &A : C.Arguments) {
    Use(A.Values);
    for (const CallSite &Closure : A.Closures)
      usedValues(Closure, Use);
  }
}

/// The blocks that a branch decides, as far as they are few.
static std::vector<unsigned>
decidedBy(unsigned Branch, const std::vector<std::vector<unsigned>> &Decides) {
  std::vector<unsigned> Result, Work = Decides[Branch];
  while (!Work.empty() && Result.size() <= ManyBlocks) {
    const unsigned B = Work.back();
    Work.pop_back();
    if (llvm::is_contained(Result, B))
      continue;
    Result.push_back(B);
    Work.insert(Work.end(), Decides[B].begin(), Decides[B].end());
  }
  return Result;
}

Liveness::Liveness(const FunctionFacts &F,
                   const std::vector<std::vector<unsigned>> &Predecessors)
    : Variables(F.Variables.size(), F.Blocks.size()),
      Registers(F.Registers, F.Blocks.size()),
      Tests(F.Blocks.size(), F.Blocks.size()) {
  const unsigned Count = F.Blocks.size();
  std::vector<std::vector<unsigned>> Decides(Count);
  std::vector<Occurrences> Vars(F.Variables.size()), Regs(F.Registers);
  for (unsigned B = 0; B < Count; ++B) {
    const Block &Each = F.Blocks[B];
    for (const unsigned C : Each.ControlledBy)
      Decides[C].push_back(B);
    const auto UseAll = [&](const std::vector<Register> &Rs) {
      for (const Register R : Rs)
        Regs[R].use(B);
    };
    for (const Op &O : Each.Ops) {
      UseAll(O.Inputs);
      UseAll(O.Keys);
      for (const CallSite &C : O.Calls)
        usedValues(C, UseAll);
      usedVariables(O, [&](unsigned V) {
        if (V < Vars.size())
          Vars[V].use(B);
      });
      if (O.Result != NoIndex)
        Regs[O.Result].define(B);
      // An assignment leaves what the variable refers to; a declaration
      // starts anew.
      if (O.Kind == OpKind::Bind ||
          (O.Kind == OpKind::Assign && !O.Weak && !O.Implicit))
        Vars[O.Var].define(B);
    }
    UseAll(Each.Condition);
  }
  for (unsigned V = 0; V < Vars.size(); ++V)
    Variables.add(V, Vars[V].Uses, Vars[V].Definitions, Predecessors);
  // A value belongs to one expression, and no expression has a loop in it: what
  // an operand of `||` was in the last round means nothing where it is skipped.
  for (unsigned R = 0; R < Regs.size(); ++R) {
    const std::vector<unsigned> &Made = Regs[R].Definitions;
    Registers.add(R, Regs[R].Uses, Made, Predecessors,
                  Made.size() == 1 ? Made.front() : 0);
  }
  for (unsigned B = 0; B < Count; ++B) {
    if (F.Blocks[B].Condition.empty())
      continue;
    const std::vector<unsigned> Decided = decidedBy(B, Decides);
    if (F.Blocks[B].EndsWait || F.Blocks[B].Disposes ||
        Decided.size() > ManyBlocks)
      Tests.addEverywhere(B);
    else
      Tests.add(B, Decided, {B}, Predecessors);
  }
}

} // namespace interlock
