#include "matchers/flow/Recovery.h"

#include "llvm/ADT/STLExtras.h"

#include <deque>

namespace interlock {

const std::vector<Recovery::Failure> &Recovery::failures() {
  if (Failures)
    return *Failures;
  Failures.emplace();
  for (unsigned B = 0; B < F.Blocks.size(); ++B)
    for (const Op &O : F.Blocks[B].Ops)
      if (O.Kind == OpKind::Suspend && !O.Never && !O.Unfailing &&
          llvm::none_of(F.Blocks[B].Ops, [&](const Op &Other) {
            return Other.Kind == OpKind::Acquire && Other.At == O.At;
          }))
        Failures->push_back({&O, B, handlersOf(F, B)});
  llvm::sort(*Failures, [](const Failure &A, const Failure &B) {
    return std::tie(A.Step->At.Begin, A.Block, A.Step) <
           std::tie(B.Step->At.Begin, B.Block, B.Step);
  });
  return *Failures;
}

/// The awaiter's own calls stand in the blocks that follow.
std::vector<unsigned> Recovery::handlersOf(const FunctionFacts &F,
                                           unsigned Block) {
  for (unsigned Steps = 0; Steps < 8; ++Steps) {
    const struct Block &Here = F.Blocks[Block];
    if (!Here.OnThrow.empty())
      return Here.OnThrow;
    unsigned Next = NoIndex;
    for (const unsigned S : Here.Successors)
      Next = Next == NoIndex ? S : F.Exit;
    if (Next == NoIndex || Next == F.Exit)
      break;
    Block = Next;
  }
  return {};
}

bool Recovery::Ahead::add(const Op *Change) {
  if (!Change || Change == One || Other)
    return false;
  (One ? Other : One) = Change;
  return true;
}

bool Recovery::Ahead::add(const Ahead &More) {
  const bool Changed = add(More.One);
  return add(More.Other) || Changed;
}

/// Whether a function tells two objects apart: what `to.balance_ += n` gives is
/// not taken back from this one, nor from another parameter.
static bool ofAnother(const AccessPath &A, const AccessPath &B) {
  using Root = AccessPath::Root;
  const auto Named = [](const AccessPath &P) {
    return P.Base == Root::This || P.Base == Root::Parameter;
  };
  return Named(A) && Named(B) && (A.Base != B.Base || A.Var != B.Var);
}

bool Recovery::changes(const Op &O, const AccessPath &Path) const {
  if (O.Kind == OpKind::Modify)
    return overlapsAnyObject(O.Path, Path) && !ofAnother(O.Path, Path);
  return llvm::any_of(O.Calls, [&](const CallSite &C) {
    return llvm::any_of(P.summaries(C), [&](const Summary *S) {
      return llvm::any_of(S->Effects, [&](const Effect &E) {
        return overlapsAnyObject(E.Path, Path);
      });
    });
  });
}

/// Hands what is ahead of each block to those that lead to it.
void Recovery::lookAhead(std::vector<Ahead> &At, bool Thrown) const {
  std::vector<unsigned> Work;
  for (unsigned B = 0; B < At.size(); ++B)
    if (At[B].One)
      Work.push_back(B);
  while (!Work.empty()) {
    const unsigned B = Work.back();
    Work.pop_back();
    for (const unsigned Before : Flow.predecessors()[B])
      if ((Thrown || !llvm::is_contained(F.Blocks[Before].OnThrow, B)) &&
          At[Before].add(At[B]))
        Work.push_back(Before);
  }
}

const Recovery::Changes &Recovery::changesOf(const AccessPath &Path) {
  AccessPath State = Path; // of whichever element
  for (PathStep &Step : State.Steps)
    if (Step.What == PathStep::Kind::Element)
      Step.Name.clear();
  const auto [Entry, New] = ByState.try_emplace(std::move(State));
  Changes &Result = Entry->second;
  if (!New)
    return Result;
  Result.Any.resize(F.Blocks.size());
  for (unsigned B = 0; B < F.Blocks.size(); ++B)
    for (const Op &O : F.Blocks[B].Ops)
      if (changes(O, Path))
        Result.Any[B].add(&O);
  Result.Ordinary = Result.Any;
  lookAhead(Result.Any, /*Thrown=*/true);
  lookAhead(Result.Ordinary, /*Thrown=*/false);
  return Result;
}

/// Whether the way of an exception, or the ordinary way that looks at the
/// outcome, changes the state again.
bool Recovery::restored(const Failure &Each, const ModifySite &M,
                        const Changes &C, bool Ordinary) const {
  const auto On = [&](const std::vector<Ahead> &Ways) {
    return [&](unsigned B) { return Ways[B].besides(M.Operation); };
  };
  return Ordinary
             ? llvm::any_of(F.Blocks[Each.Block].Successors, On(C.Ordinary))
             : llvm::any_of(Each.Handlers, On(C.Any));
}

/// Whether nothing is done about the failure in any handler: `catch (...) {}`
/// says that the step is a courtesy, and what came before stands.
bool Recovery::tolerated(const Failure &Each) const {
  const auto GoesOn = [&](unsigned B) {
    return B != F.Exit && F.Blocks[B].Ops.empty() &&
           F.Blocks[B].Successors.size() == 1;
  };
  return !Each.Handlers.empty() &&
         llvm::all_of(Each.Handlers, [&](unsigned Dispatch) {
           return Dispatch != F.Exit &&
                  llvm::all_of(F.Blocks[Dispatch].Successors, GoesOn);
         });
}

const Op *Recovery::uncovered(const ModifySite &M) {
  const Changes &C = changesOf(M.Path);
  // What makes the failure of a step before it good: `co_await credit(n);`
  bool Restores = false;
  return firstBehind(M, [&](const Failure &Each) {
    const bool Undoes = Restores && changes(*Each.Step, M.Path);
    const bool Restored = restored(Each, M, C, /*Ordinary=*/true);
    Restores |= Restored;
    return !Undoes && !tolerated(Each) && !Restored &&
           !restored(Each, M, C, /*Ordinary=*/false);
  });
}

const Op *Recovery::uncoveredByHandlers(const ModifySite &M) {
  const Changes &C = changesOf(M.Path);
  return firstBehind(M, [&](const Failure &Each) {
    return restored(Each, M, C, /*Ordinary=*/true) &&
           !restored(Each, M, C, /*Ordinary=*/false);
  });
}

template <class Test>
const Op *Recovery::firstBehind(const ModifySite &M, Test Wanted) {
  std::vector<bool> Reached(F.Blocks.size());
  std::deque<unsigned> Work{M.Block};
  Reached[M.Block] = true;
  // As far as is needed: the nearest one is what is asked for mostly.
  const auto Reach = [&](unsigned Block) {
    while (!Reached[Block] && !Work.empty()) {
      for (const unsigned S : F.Blocks[Work.front()].Successors)
        if (!Reached[S]) {
          Reached[S] = true;
          Work.push_back(S);
        }
      Work.pop_front();
    }
    return bool(Reached[Block]);
  };
  // What stands before the modify, or in its operands, is met again in the
  // next pass of a loop: then this one is complete.
  const auto Behind =
      llvm::partition_point(failures(), [&](const Failure &Each) {
        return Each.Step->At.Begin < M.Operation->At.Begin;
      });
  for (const Failure &Each : llvm::make_range(Behind, failures().end()))
    if (!M.Operation->At.contains(Each.Step->At) && Wanted(Each) &&
        Reach(Each.Block))
      return Each.Step;
  return nullptr;
}

bool Recovery::followsStep(const ModifySite &M, const SourceSpan &Acquired) {
  return llvm::any_of(failures(), [&](const Failure &Each) {
    return Acquired.End <= Each.Step->At.Begin &&
           Each.Step->At.End <= M.At.Begin;
  });
}

bool Recovery::undoes(const FunctionFacts &F, unsigned Block,
                      const AccessPath &State, const SourceSpan &Apart) {
  std::vector<bool> Reached(F.Blocks.size());
  std::vector<unsigned> Work = handlersOf(F, Block);
  while (!Work.empty()) {
    const unsigned B = Work.back();
    Work.pop_back();
    if (Reached[B])
      continue;
    Reached[B] = true;
    for (const Op &O : F.Blocks[B].Ops)
      if (O.Kind == OpKind::Modify && O.At != Apart &&
          overlapsAnyObject(O.Path, State))
        return true;
    Work.insert(Work.end(), F.Blocks[B].Successors.begin(),
                F.Blocks[B].Successors.end());
  }
  return false;
}

bool Recovery::closureRestores(const ModifySite &M) const {
  return llvm::any_of(P.closuresOf(F), [&](const FunctionFacts *G) {
    return llvm::any_of(G->Blocks, [&](const Block &B) {
      return llvm::any_of(B.Ops,
                          [&](const Op &O) { return changes(O, M.Path); });
    });
  });
}

} // namespace interlock
