#include "matchers/checks/Judgement.h"

#include "llvm/ADT/STLExtras.h"

#include <set>

// State that a thread has for itself, and that somebody else changes beside it.
namespace interlock {

/// Where a function makes a thread of a callable; null if it does not.
static const Op *makesThread(const FunctionFacts &F, const CallSite &Callable) {
  for (const Block &B : F.Blocks)
    for (const Op &O : B.Ops) {
      const auto Is = [&](const CallSite &C) { return &C == &Callable; };
      if (O.Kind == OpKind::Later && llvm::any_of(O.Calls, Is) &&
          llvm::any_of(B.Ops, [&](const Op &Other) {
            return Other.At == O.At &&
                   llvm::any_of(Other.Calls, [](const CallSite &C) {
                     return C.Name == MadeThread;
                   });
          }))
        return &O;
    }
  return nullptr;
}

bool runsOnMadeThread(const FunctionFacts &F, const Program &P) {
  const auto IsThread = [&](const CallerSite &S) {
    return S.Later && makesThread(*S.Caller, *S.Site);
  };
  return llvm::any_of(P.callers(F), [&](const CallerSite &S) {
    return IsThread(S) || (!S.Starts && !S.Later && S.Caller->Lambda &&
                           llvm::any_of(P.callers(*S.Caller), IsThread));
  });
}

/// Whether a function joins a thread before a place.
static bool joinsBefore(const FunctionFacts &F, const SourceSpan &At) {
  return llvm::any_of(F.Blocks, [&](const Block &B) {
    return llvm::any_of(B.Ops, [&](const Op &O) {
      return O.At.Begin < At.Begin && llvm::any_of(O.Calls, joins);
    });
  });
}

/// Whether a thread that is made there certainly runs beside a modify: whoever
/// makes the object makes it, or the function itself has made it by then.
static bool runsBeside(const CallerSite &Made, const ModifyJudgement &J) {
  const FunctionFacts &F = J.Flow.function();
  const bool OfObject = J.Site.Path.Base == AccessPath::Root::This &&
                        !F.Lambda && Made.Caller->Constructor &&
                        Made.Caller->Record == F.Record;
  if (!Made.Later || !(OfObject || Made.Caller == &F))
    return false;
  const Op *O = makesThread(*Made.Caller, *Made.Site);
  return O && (OfObject ||
               (O->At.Begin < J.Site.At.Begin && !joinsBefore(F, J.Site.At)));
}

/// The functions that come to one by calls, itself included.
static std::set<const FunctionFacts *> callersUp(const FunctionFacts &F,
                                                 const Program &P) {
  constexpr size_t Most = 32;
  std::set<const FunctionFacts *> Seen{&F};
  std::vector<const FunctionFacts *> Work{&F};
  while (!Work.empty() && Seen.size() < Most) {
    const FunctionFacts *Each = Work.back();
    Work.pop_back();
    for (const CallerSite &S : P.callers(*Each))
      if (!S.Starts && !S.Later && Seen.insert(S.Caller).second)
        Work.push_back(S.Caller);
  }
  return Seen;
}

/// Whether a function tells others, behind a place, how far it is, by something
/// that needs no lock.
static bool publishesBehind(const FunctionFacts &F, const SourceSpan &At,
                            const Program &P) {
  return llvm::any_of(F.Blocks, [&](const Block &B) {
    return llvm::any_of(B.Ops, [&](const Op &O) {
      if (O.At.Begin < At.Begin || O.At == At)
        return false;
      const FieldInfo *Changed =
          O.Kind == OpKind::Modify ? P.lastMember(O.Path) : nullptr;
      return O.Kind == OpKind::Acquire || O.Kind == OpKind::Release ||
             (Changed && Changed->Atomic);
    });
  });
}

const FunctionFacts *besideOwnThread(const ModifyJudgement &J) {
  const FunctionFacts &F = J.Flow.function();
  const Program &P = J.Program_;
  if (J.Guarded.Info->Atomic || F.Constructor || F.Coroutine || J.Site.Later ||
      !J.State.Held.empty() || P.leadsOut(J.Site.Path))
    return nullptr;
  for (const Access &A : P.accesses(J.Guarded.Field)) {
    if (!A.Held.empty() || A.Function == &F)
      continue;
    for (const FunctionFacts *Thread : callersUp(*A.Function, P))
      if (llvm::any_of(P.callers(*Thread), [&](const CallerSite &Made) {
            return runsBeside(Made, J);
          }))
        return callersUp(F, P).count(Thread) || publishesBehind(F, J.Site.At, P)
                   ? nullptr
                   : A.Function;
  }
  return nullptr;
}

} // namespace interlock
