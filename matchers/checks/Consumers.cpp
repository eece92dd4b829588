#include "matchers/checks/Judgement.h"

#include "llvm/ADT/STLExtras.h"

// Who takes out of a queue, and whether what others do meanwhile matters.
namespace interlock {

/// Whether a function puts something into a queue, outside of loops.
static bool addsTo(const FunctionFacts &F, const AccessPath &Queue) {
  const auto Adds = [&](const Op &O) {
    return O.Kind == OpKind::Modify && !O.InLoop &&
           (O.How == Change::Insert || O.How == Change::InsertIfAbsent) &&
           overlapsAnyObject(O.Path, Queue);
  };
  return llvm::any_of(
      F.Blocks, [&](const Block &B) { return llvm::any_of(B.Ops, Adds); });
}

/// Whether a function does a call whatever it finds.
static bool callsAlways(const FunctionFacts &F, const CallSite *Site) {
  return llvm::any_of(F.Blocks, [&](const Block &B) {
    return B.ControlledBy.empty() && llvm::any_of(B.Ops, [&](const Op &O) {
             return llvm::any_of(O.Calls,
                                 [&](const CallSite &C) { return &C == Site; });
           });
  });
}

/// Whether each run puts something into the queue that it takes out of, or its
/// caller does, and it goes on whatever is there: then it runs as often as
/// something comes.
static bool addsFirst(const ModifyJudgement &J) {
  const FunctionFacts &F = J.Flow.function();
  AccessPath Queue = J.Site.Path;
  if (!Queue.Steps.empty() &&
      Queue.Steps.back().What == PathStep::Kind::Element)
    Queue.Steps.pop_back();
  if (J.Flow.admitted(J.Site.Block, Queue))
    return false;
  return addsTo(F, Queue) ||
         llvm::any_of(J.Program_.callers(F), [&](const CallerSite &S) {
           return !S.Starts && !S.Later && S.Caller != &F &&
                  addsTo(*S.Caller, Queue) && callsAlways(*S.Caller, S.Site);
         });
}

/// Whether a handler that stands in a function calls it again, or that is run
/// again and again: a loop over waits.
static bool goesRound(const FunctionFacts &F, const FunctionFacts &Handler,
                      const Program &P) {
  return llvm::any_of(P.callers(F), [&](const CallerSite &S) {
    return S.Caller == &Handler || S.InLoop || S.Rounds;
  });
}

/// Whether two consumers of one queue evidently run side by side.
static bool besideItself(const ModifyJudgement &J) {
  const AccessPath &Queue = J.Site.Path;
  // `queues_[shard]`: each has its own.
  const auto OneOfSeveral = [](const PathStep &S) {
    return isElement(S) && S.Name != "?";
  };
  return (Queue.Base == AccessPath::Root::This ||
          Queue.Base == AccessPath::Root::Global) &&
         llvm::none_of(Queue.Steps, OneOfSeveral) &&
         J.Program_.runsBesideItself(J.Flow.function());
}

bool ModifyJudgement::matters(const Writer &W) const {
  const auto Empties = [](Change How) {
    return How == Change::Clear || How == Change::Constant;
  };
  // To empty what somebody else has emptied by then does nothing.
  if (Guarded.Info->Holder && Site.How == Change::Clear && Empties(W.How))
    return false;
  // The only consumer of a queue: what others add does no harm.
  if (Site.How != Change::Erase && Site.How != Change::Clear)
    return true;
  if (W.How == Change::Insert || W.How == Change::InsertIfAbsent)
    return false;
  const FunctionFacts &F = Flow.function();
  const bool Own =
      Site.Later
          ? W.Function->Parent == F.Id && goesRound(F, *W.Function, Program_)
          : W.Function == &F && Site.Operation->InLoop && !besideItself(*this);
  return !Own || addsFirst(*this);
}

std::vector<const Writer *> ModifyJudgement::others() const {
  return interferers(Site.Path, Guarded, {},
                     [&](const Writer &W) { return matters(W); });
}

} // namespace interlock
