#include "matchers/summary/EntryLocks.h"

#include "matchers/flow/Flows.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <map>

namespace interlock {
namespace {

constexpr unsigned MaxRounds = 8;

bool isStrand(const LockName &L) { return L.Strand; }

/// A call, and the locks held there as the callee names them.
struct HeldCall {
  const FunctionFacts *Callee;
  std::vector<LockName> Held;
};
using HeldCalls = std::vector<HeldCall>;

/// Collects the locks held at every call of a helper.
class EntryCollector : public FlowObserver {
public:
  EntryCollector(const FunctionFlow &Flow, HeldCalls &Calls)
      : Flow(Flow), Calls(Calls) {}

  void call(const Op &O, const CallSite &C, const FlowState &S) override {
    const bool Now =
        O.Kind != OpKind::Start && (O.Kind != OpKind::Later || O.Implicit);
    std::vector<LockName> Held;
    // A continuation runs while whoever called this function waits for it.
    if (Now || O.Chained) {
      Held = Flow.heldNames(S);
      llvm::copy_if(Flow.claimNames(S), std::back_inserter(Held),
                    [](const LockName &Claim) { return Claim.ofGate(); });
    }
    if (!Now && O.Lock.Strand)
      Held.push_back(O.Lock);
    if (!C.On.empty()) {
      llvm::erase_if(Held, isStrand);
      Held.insert(Held.end(), C.On.begin(), C.On.end());
    }
    for (const LockName &Claim : Flow.claimNames(S))
      if (Flow.handsOver(O, Claim))
        Held.push_back(Claim);
    enter(C, Held);
    if (!Now)
      return;
    // Callables that the callee runs, under what it holds by then.
    for (const Summary *Sum : Flow.program().summaries(C))
      for (const ParameterCall &Call : Sum->ParameterCalls) {
        if (Call.Index >= C.Arguments.size())
          continue;
        std::vector<LockName> Inside = Held;
        if (llvm::any_of(Call.Held, isStrand))
          llvm::erase_if(Inside, isStrand);
        for (const LockName &L : Call.Held)
          Inside.push_back(translate(L, C));
        for (const CallSite &Closure : C.Arguments[Call.Index].Closures)
          enter(calledBy(Closure, Call, C), Inside);
      }
  }

private:
  void enter(const CallSite &C, const std::vector<LockName> &Held) {
    // Where the object was made says what is held when it dies.
    if (Flow.function().Destructor)
      return;
    std::vector<LockName> Inner;
    for (const LockName &L : Held)
      if (const std::optional<LockName> Name = inward(L, C)) {
        Inner.push_back(*Name);
        // What a closure captures leads where that was taken from.
        if (C.Name == "lambda" && L.Strand && C.Receiver &&
            L.Path.Base == C.Receiver->Base && C.Receiver->Steps.empty() &&
            !(L == *Name))
          Inner.push_back(L);
      }
    for (const FunctionFacts *Callee : Flow.program().callees(C))
      Calls.push_back({Callee, Inner});
  }

  /// The caller's key as the callee names it: what is passed as an argument, or
  /// is a member of that; unknown otherwise.
  static std::string inward(llvm::StringRef Key, const CallSite &C) {
    if (Key.empty() || Key.starts_with("#") || Key.starts_with("@"))
      return Key.str();
    for (unsigned I = 0; I < C.Arguments.size(); ++I) {
      llvm::StringRef Rest = Key;
      const std::string &Passed = C.Arguments[I].Key;
      if (!Passed.empty() && Passed != "?" && Rest.consume_front(Passed) &&
          (Rest.empty() || Rest.starts_with(".")))
        return "$" + std::to_string(I) + Rest.str();
    }
    return "?";
  }

  /// The caller's lock as the callee names it: through `this`, a global, or
  /// a parameter.
  std::optional<LockName> inward(const LockName &L, const CallSite &C) const {
    LockName Result = L;
    Result.Key = inward(L.Key, C);
    const auto Keys = [&] {
      for (PathStep &S : Result.Path.Steps)
        if (isElement(S))
          S.Name = inward(S.Name, C);
    };
    if (L.Category == "*")
      Result.Path = AccessPath(); // the guard is none of the callee's
    if (L.Path.Base == AccessPath::Root::Global ||
        L.Path.Base == AccessPath::Root::Shared || !L.Category.empty()) {
      Keys();
      return Result;
    }
    const auto Strip = [&](const AccessPath &Prefix, AccessPath::Root Base,
                           unsigned Var) {
      if (Prefix.Base != L.Path.Base || Prefix.Var != L.Path.Var ||
          Prefix.Steps.size() > L.Path.Steps.size() ||
          !std::equal(Prefix.Steps.begin(), Prefix.Steps.end(),
                      L.Path.Steps.begin()))
        return false;
      Result.Path.Base = Base;
      Result.Path.Var = Var;
      Result.Path.Steps =
          llvm::ArrayRef(L.Path.Steps).drop_front(Prefix.Steps.size()).vec();
      Keys();
      return true;
    };
    // A value with a lock of its own, as it is shown to a callable, is no lock.
    const auto IsValue = [&](const AccessPath &Passed) {
      const FieldInfo *Info =
          Passed.Steps.empty() ? nullptr
                               : Flow.program().field(Passed.Steps.back().Name);
      return Passed.Steps.size() == L.Path.Steps.size() && Info &&
             Info->Holder && !Info->Synchronizes;
    };
    // A part that is passed says more than the object that it is a part of.
    const auto Argument = [&](size_t Least) {
      for (unsigned I = 0; I < C.Arguments.size(); ++I)
        if (C.Arguments[I].Path && C.Arguments[I].Path->Steps.size() >= Least &&
            !IsValue(*C.Arguments[I].Path) &&
            Strip(*C.Arguments[I].Path, AccessPath::Root::Parameter, I))
          return true;
      return false;
    };
    if (Argument(C.Receiver ? C.Receiver->Steps.size() + 1 : 0) ||
        (C.Receiver && Strip(*C.Receiver, AccessPath::Root::This, 0)) ||
        Argument(0))
      return Result;
    if (refersFrom(L, C))
      return std::nullopt;
    // Which member it is stays known, which object does not.
    Result.Path.Base = AccessPath::Root::Opaque;
    Keys();
    return Result;
  }

  /// Whether a call is on what an object with a queue, or a socket, of its own
  /// only refers to: others come there from queues of theirs.
  bool refersFrom(const LockName &L, const CallSite &C) const {
    const Program &P = Flow.program();
    const FieldInfo *Owner = P.lastMember(L.Path);
    return L.Strand && Owner && C.Receiver &&
           !llvm::StringRef(Owner->Type).contains_insensitive("strand") &&
           llvm::any_of(C.Receiver->Steps, [&](const PathStep &S) {
             const FieldInfo *Info = isElement(S) ? nullptr : P.field(S.Name);
             return Info && Info->Record == Owner->Record && refers(*Info);
           });
  }

  const FunctionFlow &Flow;
  HeldCalls &Calls;
};

/// Hands down from callers to callees which locks are held at every call.
class EntryLocks {
public:
  EntryLocks(Program &P, Flows &Known) : P(P), Known(Known) {}

  /// One pass downwards. True if some function's entry locks changed.
  bool passDown() {
    std::map<const FunctionFacts *, std::optional<std::vector<LockName>>> All;
    for (const FunctionFacts *F : P.functions())
      for (const HeldCall &Call : callsOf(*F))
        meet(All[Call.Callee], Call.Held);
    bool Changed = false;
    for (const FunctionFacts *F : P.functions()) {
      std::vector<LockName> Locks;
      const auto E = All.find(F);
      if (E != All.end() && E->second)
        Locks = *E->second;
      llvm::sort(Locks);
      const std::vector<LockName> Before = P.EntryLocks(*F);
      if (llvm::ArrayRef(Before).drop_front(F->Requires.size()) ==
          llvm::ArrayRef(Locks))
        continue;
      Changed = true;
      P.setEntryLocks(*F, std::move(Locks));
      Known.forget(*F);
      Calls.erase(F);
    }
    return Changed;
  }

private:
  const HeldCalls &callsOf(const FunctionFacts &F) {
    const auto [Entry, New] = Calls.try_emplace(&F);
    FunctionFlow *Flow = New ? Known.of(F) : nullptr;
    if (Flow) {
      EntryCollector Collector(*Flow, Entry->second);
      Flow->walk(Collector);
    }
    return Entry->second;
  }

  static void meet(std::optional<std::vector<LockName>> &Entry,
                   const std::vector<LockName> &Held) {
    if (!Entry) {
      Entry = Held;
      return;
    }
    llvm::erase_if(*Entry, [&](const LockName &L) {
      return !llvm::is_contained(Held, L);
    });
  }

  Program &P;
  Flows &Known;
  std::map<const FunctionFacts *, HeldCalls> Calls; ///< by caller
};

/// Whether the function starts something, and sets flags or comes first.
bool mayHandClaims(const FunctionFacts &F) {
  const auto Any = [&](const auto &Is) {
    return llvm::any_of(
        F.Blocks, [&](const Block &B) { return llvm::any_of(B.Ops, Is); });
  };
  return Any([](const Op &O) {
           return O.Kind == OpKind::Start || O.Kind == OpKind::Later;
         }) &&
         (Any([](const Op &O) {
            return !O.Written.empty() || O.How == Change::InsertIfAbsent;
          }) ||
          llvm::any_of(F.Blocks,
                       [](const Block &B) { return B.AloneOn != NoIndex; }));
}

bool hasLocks(const Program &P) {
  for (const FunctionFacts *F : P.functions()) {
    const Summary *Sum = P.summary(F->Id);
    if (Sum && llvm::any_of(Sum->ParameterCalls, [](const ParameterCall &C) {
          return !C.Held.empty();
        }))
      return true;
    if (mayHandClaims(*F))
      return true;
    for (const Block &B : F->Blocks) {
      if (!B.Gains.empty())
        return true;
      for (const Op &O : B.Ops)
        if (O.Kind == OpKind::Acquire || O.Lock.Strand ||
            llvm::any_of(O.Calls,
                         [](const CallSite &C) { return !C.On.empty(); }))
          return true;
    }
  }
  return false;
}

} // namespace

void passLocksDown(Program &P, Flows &Known) {
  if (!hasLocks(P))
    return;
  EntryLocks Locks(P, Known);
  for (unsigned Round = 0; Round < MaxRounds; ++Round)
    if (!Locks.passDown())
      break;
}

} // namespace interlock
