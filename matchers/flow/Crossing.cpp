#include "matchers/flow/Crossing.h"

#include "llvm/ADT/STLExtras.h"

namespace interlock {
namespace {

constexpr size_t MostCallsTold = 4; ///< of the calls that are told

struct Position {
  unsigned Block = NoIndex;
  size_t Index = 0;
};

} // namespace

/// The callee through which an operation gives up control; the second is
/// false if it does not.
static std::pair<const CallSite *, bool> suspends(const Program &P,
                                                  const Op &O) {
  if ((O.Kind != OpKind::Suspend && O.Kind != OpKind::Call) || O.Never)
    return {nullptr, false};
  bool Known = !O.Calls.empty();
  for (const CallSite &C : O.Calls) {
    const std::vector<const Summary *> Sums = P.summaries(C);
    if (llvm::any_of(Sums, [](const Summary *S) { return S->Suspends; }))
      return {&C, true};
    Known &= !Sums.empty();
  }
  return {nullptr, O.Kind == OpKind::Suspend && !Known};
}

static const Op *operationAt(const FunctionFacts &F, const SourceSpan &At) {
  for (const Block &B : F.Blocks)
    for (const Op &O : B.Ops)
      if (O.At == At && (O.Kind == OpKind::Suspend || O.Kind == OpKind::Call))
        return &O;
  return nullptr;
}

/// Follows a call down to the await in which control is given up.
static void follow(const Program &P, const CallSite *C, Crossing &To) {
  while (C && To.Through.size() < MostCallsTold) {
    const CallSite *Next = nullptr;
    for (const FunctionFacts *Callee : P.callees(*C)) {
      const Summary *S = P.summary(Callee->Id);
      if (!S || !S->Suspends || !S->SuspendsAt.valid())
        continue;
      To.Through.push_back({Callee->Name, S->SuspendsAt});
      if (const Op *Inner = operationAt(*Callee, S->SuspendsAt))
        Next = suspends(P, *Inner).first;
      break;
    }
    C = Next;
  }
}

/// Blocks that can run after one of the given ones.
static std::vector<bool>
closure(std::vector<unsigned> Work,
        const std::vector<std::vector<unsigned>> &Edges) {
  std::vector<bool> Seen(Edges.size());
  while (!Work.empty()) {
    const unsigned B = Work.back();
    Work.pop_back();
    if (Seen[B])
      continue;
    Seen[B] = true;
    Work.insert(Work.end(), Edges[B].begin(), Edges[B].end());
  }
  return Seen;
}

std::vector<Crossing> crossedBetween(const FunctionFlow &Flow,
                                     const SourceSpan &Read, const Op &Last) {
  const FunctionFacts &F = Flow.function();
  std::vector<std::vector<unsigned>> After(F.Blocks.size()),
      Before(F.Blocks.size());
  Position From, To;
  for (unsigned B = 0; B < F.Blocks.size(); ++B) {
    for (const unsigned S : F.Blocks[B].Successors) {
      After[B].push_back(S);
      Before[S].push_back(B);
    }
    for (size_t I = 0; I < F.Blocks[B].Ops.size(); ++I) {
      const Op &O = F.Blocks[B].Ops[I];
      if (From.Block == NoIndex && O.At == Read)
        From = {B, I};
      if (&O == &Last)
        To = {B, I};
    }
  }
  std::vector<Crossing> Result;
  if (From.Block == NoIndex || To.Block == NoIndex)
    return Result;
  const std::vector<bool> Follows = closure(After[From.Block], After),
                          Leads = closure(Before[To.Block], Before);
  for (unsigned B = 0; B < F.Blocks.size(); ++B)
    for (size_t I = 0; I < F.Blocks[B].Ops.size(); ++I) {
      const bool IsAfter = Follows[B] || (B == From.Block && I > From.Index);
      const bool IsBefore = Leads[B] || (B == To.Block && I < To.Index);
      if (!IsAfter || !IsBefore)
        continue;
      const auto [Through, Suspends] =
          suspends(Flow.program(), F.Blocks[B].Ops[I]);
      if (!Suspends || llvm::any_of(Result, [&](const Crossing &C) {
            return C.At == F.Blocks[B].Ops[I].At;
          }))
        continue;
      Crossing Each{F.Blocks[B].Ops[I].At, {}};
      follow(Flow.program(), Through, Each);
      Result.push_back(std::move(Each));
    }
  llvm::sort(Result,
             [](const Crossing &A, const Crossing &B) { return A.At < B.At; });
  return Result;
}

} // namespace interlock
