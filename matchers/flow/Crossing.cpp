#include "matchers/flow/Crossing.h"

#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"

#include <deque>
#include <map>

namespace interlock {

constexpr size_t MostCallsTold = 4, MostLookedAt = 4096;

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

Crossing crossingAt(const Program &P, const Op &O) {
  Crossing To{O.At, {}};
  const CallSite *C = suspends(P, O).first;
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
  return To;
}

namespace {

/// Goes back from a modify, by the nearest blocks first. Whoever comes by the
/// read again has read anew: what lies before that is not crossed.
class WayBack {
public:
  WayBack(const FunctionFlow &Flow, const ReadSite &Read)
      : Flow(Flow), Read(Read), Blocks(Flow.function().Blocks) {}

  std::vector<const Op *> from(const ModifySite &Modify) {
    const std::vector<Op> &Ops = Blocks[Modify.Block].Ops;
    const Op *To = Modify.Operation;
    const Op *Behind = behindRead(Modify.Block);
    if (Behind && Behind <= To) {
      look(Behind, To);
      return sorted();
    }
    look(Ops.data(), To);
    std::deque<unsigned> Work{Modify.Block};
    llvm::DenseSet<unsigned> Seen;
    while (!Work.empty() && Left > 0) {
      for (const unsigned B : Flow.predecessors()[Work.front()]) {
        if (!Seen.insert(B).second)
          continue;
        const std::vector<Op> &Here = Blocks[B].Ops;
        const Op *First = behindRead(B);
        look(First ? First : Here.data(), Here.data() + Here.size());
        if (!First)
          Work.push_back(B);
      }
      Work.pop_front();
    }
    return sorted();
  }

private:
  /// The operation that follows the read, if it stands in the block.
  const Op *behindRead(unsigned B) const {
    if (B != Read.Block)
      return nullptr;
    const std::vector<Op> &Ops = Blocks[B].Ops;
    const auto At =
        llvm::find_if(Ops, [&](const Op &O) { return O.At == Read.At; });
    return At == Ops.end() ? nullptr : &*At + 1;
  }

  void look(const Op *First, const Op *End) {
    for (; End != First && Left > 0; --Left)
      if (--End; suspends(Flow.program(), *End).second)
        Found.try_emplace(End->At, End);
  }

  std::vector<const Op *> sorted() const {
    const auto Nearest = llvm::make_second_range(Found);
    return {Nearest.begin(), Nearest.end()};
  }

  const FunctionFlow &Flow;
  const ReadSite &Read;
  const std::vector<Block> &Blocks;
  std::map<SourceSpan, const Op *> Found; ///< the nearest of each place
  size_t Left = MostLookedAt;
};

} // namespace

std::vector<const Op *> crossedBetween(const FunctionFlow &Flow,
                                       const ReadSite &Read,
                                       const ModifySite &Modify) {
  return WayBack(Flow, Read).from(Modify);
}

} // namespace interlock
