#include "matchers/checks/Judgement.h"
#include "matchers/summary/HeldOverWait.h"

#include "llvm/ADT/STLExtras.h"

#include <fmt/format.h>

namespace interlock {

/// The class of the element of the state that a path leads into, if its objects
/// have locks of their own.
static llvm::StringRef lockedPart(const AccessPath &P,
                                  const ModifyJudgement &J) {
  const bool Within = !P.Steps.empty() && !isElement(P.Steps.back()) &&
                      llvm::any_of(P.Steps, isElement);
  const llvm::StringRef Class =
      Within ? J.Program_.lockedClass(P) : llvm::StringRef();
  return Class == J.Guarded.Info->Record ? llvm::StringRef() : Class;
}

/// Whether a lock is a member of one element among others, and the state is no
/// part of that element, nor one under the same key: `parts_[i].lock` says
/// nothing of `removed_`.
static bool guardsAnotherElement(const LockName &L, const AccessPath &State) {
  const std::vector<PathStep> &Steps = L.Path.Steps;
  const auto Last = std::find_if(Steps.rbegin(), Steps.rend(), isElement);
  if (!L.Category.empty() || Last == Steps.rend() || Last == Steps.rbegin())
    return false;
  AccessPath Element = L.Path;
  Element.Steps.resize(static_cast<std::size_t>(Steps.rend() - Last));
  if (Element.Steps.size() <= State.Steps.size() &&
      overlapsAnyObject(Element, State))
    return false;
  return llvm::none_of(State.Steps, [&](const PathStep &S) {
    return isElement(S) && S.Name != "?" && S.Name == Last->Name;
  });
}

/// Whether a container keeps its elements itself: they are where it puts them.
static bool keepsElements(const FieldInfo &Container) {
  const llvm::StringRef Type(Container.Type);
  return Container.Elements != Stability::NotContainer &&
         !Type.contains("_ptr") && !Type.contains('*');
}

/// The container of the element whose member is modified, if it keeps that
/// itself.
static std::optional<AccessPath> containerOf(const ModifyJudgement &J) {
  AccessPath Result = J.Site.Path;
  if (Result.Steps.empty() || Result.Steps.back().What != PathStep::Kind::Field)
    return std::nullopt;
  while (!Result.Steps.empty() &&
         Result.Steps.back().What == PathStep::Kind::Field)
    Result.Steps.pop_back();
  if (Result.Steps.size() < 2)
    return std::nullopt;
  Result.Steps.pop_back();
  const std::optional<StateInfo> G = J.Program_.guarded(Result);
  if (!G || Result.Steps.back().Name != G->Field || !keepsElements(*G->Info) ||
      !lockedPart(J.Site.Path, J).empty())
    return std::nullopt;
  return Result;
}

/// The member whose elements a path leads through, the last of several.
static llvm::StringRef keeper(const AccessPath &P) {
  llvm::StringRef Result, Member;
  for (const PathStep &S : P.Steps)
    if (S.What == PathStep::Kind::Field)
      Member = S.Name;
    else
      Result = Member;
  return Result;
}

static bool leadsThrough(const AccessPath &P, llvm::StringRef Member) {
  return llvm::any_of(P.Steps,
                      [&](const PathStep &S) { return S.Name == Member; });
}

/// The locks that nearly everybody takes who adds to a container, or takes out
/// of it; none if there are not enough of them.
static std::vector<LockName> containerLocks(const AccessPath &Container,
                                            const ModifyJudgement &J,
                                            std::size_t Enough = 2) {
  const std::optional<StateInfo> G = J.Program_.guarded(Container);
  std::vector<LockName> Result;
  std::set<const FunctionFacts *> All;
  for (const Writer &W : J.Program_.writers(G->Field))
    if (W.Function != &J.Flow.function() && !W.Function->Constructor &&
        !W.Function->Main) {
      All.insert(W.Function);
      for (const LockName &L : W.Held)
        if (!among(Result, L) && J.protects(L, Container, *G))
          Result.push_back(L);
    }
  llvm::erase_if(Result, [&](const LockName &L) {
    std::set<const FunctionFacts *> Without, With;
    for (const Writer &W : J.Program_.writers(G->Field))
      if (All.count(W.Function))
        (among(W.Held, L) ? With : Without).insert(W.Function);
    for (const Writer *W : J.Program_.writersWithin(G->Field))
      if (W->Function != &J.Flow.function() && among(W->Held, L))
        With.insert(W->Function);
    return With.size() < Enough || With.size() <= 2 * Without.size();
  });
  return Result;
}

/// Whether a lock is the one that a class declares for a member, as far as the
/// order shows: each lock above what it guards, or below that.
static bool declaredFor(const LockName &L, const StateInfo &G,
                        const Program &P) {
  const FieldInfo *Lock = P.lastMember(L.Path);
  if (!Lock || !inOneObject(*Lock, *G.Info) || !Lock->At.valid() ||
      Lock->At.File != G.Info->At.File)
    return false;
  std::set<unsigned> Locks;
  unsigned First = G.Info->At.Begin;
  for (const std::string &Member : P.changedIn(G.Info->Record)) {
    if (const FieldInfo *Info = P.field(Member))
      First = std::min(First, Info->At.Begin);
    for (const LockShare &S : P.lockShares(Member))
      if (const FieldInfo *Info = P.lastMember(S.Lock.Path);
          Info && inOneObject(*Info, *G.Info))
        Locks.insert(Info->At.Begin);
  }
  const bool Above = !Locks.empty() && *Locks.begin() < First;
  const auto Next = Locks.upper_bound(G.Info->At.Begin);
  if (Above ? Next == Locks.begin() : Next == Locks.end())
    return false;
  return Lock->At.Begin == (Above ? *std::prev(Next) : *Next);
}

/// Whether two strands may be one, because an object was given one of them:
/// the sessions of a room run on that of the room.
static bool mayBeOneStrand(const LockName &A, const LockName &B,
                           const Program &P) {
  const auto Given = [&](const LockName &L) {
    const FieldInfo *Strand = P.lastMember(L.Path);
    return Strand && Strand->Given;
  };
  return A.Strand && B.Strand && (Given(A) || Given(B));
}

/// Who takes a lock around each change of which elements a container has, while
/// this function looks for the element that it changes without that.
static const Writer *containerGuarded(const ModifyJudgement &J) {
  const std::optional<AccessPath> Container = containerOf(J);
  if (!Container || J.Site.Callee)
    return nullptr;
  std::vector<LockName> Common = containerLocks(*Container, J);
  const auto Taken = [&](const std::vector<LockName> &Locks) {
    return llvm::any_of(Common,
                        [&](const LockName &L) { return among(Locks, L); });
  };
  // Looked for without the lock, here and now: not found under it before.
  const auto Here = [&](const auto &Look) {
    return overlaps(Look.Path, *Container) && !Taken(J.names(Look.Under));
  };
  const bool LooksHere =
      makes(J.Site.Made, Container->Steps.size() + 1) ||
      llvm::any_of(J.Flow.reads(),
                   [&](const ReadSite &R) { return R.Shape && Here(R); }) ||
      llvm::any_of(J.Flow.handles(), Here);
  // Under the lock of readers everybody writes at once; who takes that here
  // knows whose it is.
  const std::vector<LockName> Mine =
      J.Flow.heldNames(J.State, /*OnlyExclusive=*/false);
  if (Common.empty() && !Mine.empty())
    Common = containerLocks(*Container, J, 1);
  const bool AsReader = Taken(Mine);
  if (Common.empty() || Taken(J.Flow.heldNames(J.State)) ||
      !(AsReader || LooksHere))
    return nullptr;
  const StateInfo Whole = *J.Program_.guarded(*Container);
  if (J.publishes(Common, Whole))
    return nullptr;
  for (const Writer &W : J.Program_.writers(Whole.Field))
    if (W.Function != &J.Flow.function() && !W.Held.empty() &&
        J.Program_.canInterleave(*W.Function, J.Flow.function()))
      return &W;
  return nullptr;
}

/// Whether a function looks at some state, or calls who tells of it.
static bool looksAt(const FunctionFacts &F, const AccessPath &State,
                    const Program &P) {
  const auto Tells = [&](const CallSite &C) {
    return llvm::any_of(P.summaries(C), [&](const Summary *Sum) {
      return llvm::any_of(Sum->Returned, [&](const Observation &Seen) {
        return overlapsAnyObject(Seen.Path, State);
      });
    });
  };
  return llvm::any_of(F.Blocks, [&](const Block &B) {
    return llvm::any_of(B.Ops, [&](const Op &O) {
      return ((O.Kind == OpKind::Read || O.Kind == OpKind::Bind) &&
              overlapsAnyObject(O.Path, State)) ||
             llvm::any_of(O.Calls, Tells);
    });
  });
}

/// Whether somebody holds a guard for the state over a suspension point: then
/// a writer without it breaks that guard on one thread, too.
static const Writer *guardedElsewhere(const ModifyJudgement &J,
                                      bool OneThread) {
  std::vector<LockName> Mine = J.Flow.heldNames(J.State);
  // Where others take a lock of the state's own class, the strand on which
  // some object of another class does its work is not what keeps them apart.
  const bool HasOwn =
      llvm::any_of(J.Program_.writers(J.Guarded.Field), [&](const Writer &W) {
        return llvm::any_of(W.Held, [&](const LockName &L) {
          return !L.Strand && !L.Claim && J.beside(L, J.Guarded);
        });
      });
  llvm::erase_if(Mine, [&](const LockName &L) {
    return !J.protects(L, J.Site.Path, J.Guarded) ||
           (HasOwn && L.Strand && !J.beside(L, J.Guarded));
  });
  unsigned Support = 0;
  for (const LockName &L : Mine)
    Support = std::max(Support, J.support(L, J.Guarded));
  // Asked where two locks tie.
  std::optional<bool> OwnLock;
  const auto Own = [&] {
    if (!OwnLock) {
      const std::optional<AccessPath> Container = containerOf(J);
      const std::vector<LockName> Around =
          Container ? containerLocks(*Container, J) : std::vector<LockName>();
      OwnLock = llvm::any_of(Mine, [&](const LockName &L) {
        return J.beside(L, J.Guarded) || among(Around, L);
      });
    }
    return *OwnLock;
  };
  const auto Declared = [&](const LockName &L) {
    return declaredFor(L, J.Guarded, J.Program_);
  };
  const auto Meant = [&](const LockName &L) {
    if (llvm::any_of(Mine, Declared) && !Declared(L))
      return false;
    return (!Own() || J.beside(L, J.Guarded)) &&
           (Mine.empty() || !J.meantForAnother(L, J.Guarded) ||
            llvm::all_of(Mine, [&](const LockName &Each) {
              return J.meantForAnother(Each, J.Guarded);
            }));
  };
  for (const Writer &W : J.Program_.writers(J.Guarded.Field)) {
    if ((W.Function == &J.Flow.function() && W.At.Begin <= J.Site.At.Begin) ||
        W.Held.empty() || !overlapsAnyObject(W.Path, J.Site.Path))
      continue;
    // Elements of one class in another container have the lock of that.
    const llvm::StringRef There = keeper(W.Path), Here = keeper(J.Site.Path);
    if (!There.empty() && !Here.empty() && !leadsThrough(J.Site.Path, There) &&
        !leadsThrough(W.Path, Here))
      continue;
    // Objects with locks of their own do not need that of who keeps them.
    if (lockedPart(W.Path, J) != lockedPart(J.Site.Path, J))
      continue;
    const bool Common = llvm::any_of(W.Held, [&](const LockName &Theirs) {
      return llvm::any_of(Mine, [&](const LockName &L) {
        return sameLockAnywhere(L, Theirs) ||
               mayBeOneStrand(L, Theirs, J.Program_);
      });
    });
    // Where two locks are taken, the one that more functions take is meant;
    // of equals that of the object itself.
    const bool Protects = llvm::any_of(W.Held, [&](const LockName &L) {
      const unsigned Theirs = J.support(L, J.Guarded);
      return J.protects(L, W.Path, J.Guarded) &&
             !guardsAnotherElement(L, W.Path) &&
             (Theirs > Support || (Theirs == Support && Meant(L))) &&
             J.believed(L, W.Path, J.Guarded) && !J.incidental(L, J.Guarded) &&
             !J.ofDerived(L, J.Guarded);
    });
    // On one thread whoever takes out at the front, or what there is in one
    // step, is not hindered by who adds at the back; whoever clears all is. Nor
    // is who never looks.
    const bool Harmless =
        OneThread && ((J.Site.How == Change::Insert &&
                       (W.How == Change::Erase || W.How == Change::Exchange)) ||
                      (W.How == Change::Assign &&
                       !looksAt(*W.Function, J.Site.Path, J.Program_)));
    if (!Common && Protects && !Harmless &&
        J.Program_.canInterleave(*W.Function, J.Flow.function()) &&
        (!OneThread || holdsOverWait(W, J.Site.Path, J.Program_)))
      return &W;
  }
  return nullptr;
}

/// Whether a function runs a callable on threads that it makes in a loop, or on
/// those of a pool.
static bool runsOnThreads(const FunctionFacts &F, const CallSite &Callable) {
  return llvm::any_of(F.Blocks, [&](const Block &B) {
    return llvm::any_of(B.Ops, [&](const Op &O) {
      const auto Is = [&](const CallSite &C) { return &C == &Callable; };
      const auto MakesThread = [&](const Op &Other) {
        return Other.At == O.At &&
               llvm::any_of(Other.Calls, [](const CallSite &C) {
                 return C.Name == MadeThread;
               });
      };
      return llvm::any_of(O.Calls, Is) &&
             (O.Parallel ? O.InLoop || O.Kind == OpKind::Call
                         : O.InLoop && llvm::any_of(B.Ops, MakesThread));
    });
  });
}

/// Whether threads that are made in a loop run the modify side by side, of one
/// thing that is no part of what each has for itself: `found_ += n;`.
static bool onManyThreads(const ModifyJudgement &J) {
  Change How = J.Site.How;
  llvm::ArrayRef<PathStep> Way = J.Site.Path.Steps;
  const std::size_t Element = llvm::find_if(Way, isElement) - Way.begin();
  // Somebody else may have made the elements before, one for each thread.
  const auto Prepares = [&](const Writer &W) {
    return W.Function != &J.Flow.function() &&
           (adds(W.How) || llvm::any_of(W.Path.Steps, isElement));
  };
  if (Element < Way.size() && makes(J.Site.Made, Element + 1) &&
      llvm::none_of(J.Program_.writers(J.Guarded.Field), Prepares)) {
    Way = Way.take_front(Element); // `found_[key] = n;`
    How = Change::Insert;
  } else if (How != Change::Relative && !Way.empty()) {
    Way = Way.drop_back(); // the element that comes or goes
  }
  if (J.Guarded.Info->Atomic || J.Guarded.Info->ThreadLocal ||
      (How != Change::Relative && How != Change::Insert &&
       How != Change::Erase) ||
      J.Site.Path.Base == AccessPath::Root::Local ||
      llvm::any_of(Way, isElement))
    return false;
  const auto Made = [&](const CallerSite &S) {
    return (S.Starts || S.Later || S.Concurrent) &&
           runsOnThreads(*S.Caller, *S.Site);
  };
  return llvm::any_of(
      J.Program_.callers(J.Flow.function()), [&](const CallerSite &S) {
        // `threads_.emplace_back([this] { work(); });`
        return Made(S) || (S.Caller->Lambda && !S.Starts && !S.Later &&
                           llvm::any_of(J.Program_.callers(*S.Caller), Made));
      });
}

/// A lock under which everybody else looks at the state, and changes it.
static std::optional<LockName> readersLock(const ModifyJudgement &J) {
  const FunctionFacts *Self = &J.Flow.function();
  std::optional<std::vector<LockName>> Common;
  bool Meets = false;
  for (const Access &A : J.Program_.accesses(J.Guarded.Field)) {
    if (A.Function == Self)
      continue;
    if (!Common)
      Common = A.Held;
    llvm::erase_if(*Common,
                   [&](const LockName &L) { return !among(A.Held, L); });
    Meets |= J.Program_.canInterleave(*A.Function, *Self);
  }
  for (const Writer &W : J.Program_.writers(J.Guarded.Field))
    if (Common && W.Function != Self)
      llvm::erase_if(*Common,
                     [&](const LockName &L) { return !among(W.Held, L); });
  const std::vector<LockName> Mine = J.Flow.heldNames(J.State);
  const auto Held = [&](const LockName &L) { return among(Mine, L); };
  const auto Declared = [&](const LockName &L) {
    return declaredFor(L, J.Guarded, J.Program_);
  };
  // Which of two locks is meant, shows in where they stand alone.
  const bool Own = llvm::any_of(
      Mine, [&](const LockName &L) { return J.beside(L, J.Guarded); });
  if (Own && (!Common || llvm::none_of(*Common, Declared) ||
              llvm::any_of(Mine, Declared)))
    return std::nullopt;
  if (Common && Meets && llvm::none_of(*Common, Held))
    for (const LockName &L : *Common)
      if (!(L.Strand && !runsOnMadeThread(*Self, J.Program_)) && !L.Claim &&
          L.Category.empty() && besideAny(L, J.Site.Path, J.Program_) &&
          J.protects(L, J.Site.Path, J.Guarded) &&
          !guardsAnotherElement(L, J.Site.Path) && !J.incidental(L, J.Guarded))
        return L;
  return std::nullopt;
}

/// Whether all that is held is a permit that several have at once, of the
/// object that the state is a part of.
static bool amongSeveral(const ModifyJudgement &J) {
  return J.Program_.options().ExecutorModel == Executor::MultiThreaded &&
         !J.Guarded.Info->Atomic && !J.State.Held.empty() &&
         llvm::all_of(J.State.Held, [&](const HeldLock &H) {
           return (H.Mode == LockMode::Counted || H.Mode == LockMode::Shared) &&
                  J.beside(J.Flow.locks()[H.Lock], J.Guarded) &&
                  J.protects(J.Flow.locks()[H.Lock], J.Site.Path, J.Guarded);
         });
}

/// Whether anybody who changes the state under a guard reads it before. Where
/// nobody does, an atomic is whole by itself: `if (!busy_.exchange(true))`.
static bool readUnderGuard(const ModifyJudgement &J) {
  const auto Reads = [&](const FunctionFacts &F) {
    return llvm::any_of(F.Blocks, [&](const Block &B) {
      return llvm::any_of(B.Ops, [&](const Op &O) {
        return O.Kind == OpKind::Read &&
               overlapsAnyObject(O.Path, J.Site.Path) &&
               llvm::none_of(B.Ops, [&](const Op &Other) {
                 return Other.Kind == OpKind::Modify &&
                        Other.How != Change::Assign &&
                        Other.At.contains(O.At) && // the outcome of that
                        overlapsAnyObject(Other.Path, O.Path);
               });
      });
    });
  };
  return llvm::any_of(J.Program_.writers(J.Guarded.Field),
                      [&](const Writer &W) {
                        return !W.Held.empty() && W.How != Change::Validated &&
                               Reads(*W.Function);
                      });
}

/// Whether the state is a part of what each thread has for itself.
static bool ofOneThread(const ModifyJudgement &J) {
  const AccessPath &P = J.Site.Path;
  const FieldInfo *Root =
      P.Base == AccessPath::Root::Global ? J.Program_.field(P.Name) : nullptr;
  return Root && Root->ThreadLocal && !P.Steps.empty();
}

/// Whether everybody else who writes the state has left a gate that is closed.
static bool behindClosedGate(const ModifyJudgement &J) {
  return llvm::any_of(J.names(J.State.exclusive()), [&](const LockName &L) {
    return L.Key == ClosedGate &&
           J.honoured(L, J.Site.Path, J.Guarded,
                      [](const Writer &) { return true; });
  });
}

/// Whether nobody in view who calls a helper holds anything there: then it is
/// the helper that lacks the lock, and not one of its calls; unless it is given
/// flags by which it does this for some alone, or is part of a container that
/// knows nothing of whose state it keeps.
static bool calledBare(const ModifyJudgement &J) {
  const Program &P = J.Program_;
  const std::optional<StateInfo> Own = P.guarded(J.Site.Callee->Path);
  if (!Own || Own->Field != J.Guarded.Field || J.Site.Callee->IfSet ||
      J.Site.Callee->IfUnset)
    return false;
  const FunctionFacts *Helper =
      P.calleeWith(*J.Site.Operation, J.Site.Callee->At, /*Helpers=*/0);
  const auto UnderLock = [&](const Writer &W) {
    return !W.Held.empty() &&
           llvm::any_of(P.callers(*Helper), [&](const CallerSite &S) {
             return S.Caller == W.Function && S.Site->At == W.At;
           });
  };
  return Helper && J.State.Held.empty() &&
         llvm::none_of(P.writers(J.Guarded.Field), UnderLock);
}

std::optional<Finding> unguardedModification(const ModifyJudgement &J) {
  if (!J.judgedHere() || ofOneThread(J) || behindClosedGate(J))
    return std::nullopt;
  // Who replaces an object as a whole has it to himself, like who makes one.
  if (J.Site.Path.Base == AccessPath::Root::This &&
      llvm::StringRef(J.Flow.function().Name).ends_with("::operator="))
    return std::nullopt;
  // What an object with a lock of its own does to its members is judged there.
  if (J.Site.Callee && !lockedPart(J.Site.Path, J).empty())
    return std::nullopt;
  const bool OneThread =
      J.Program_.options().ExecutorModel == Executor::SingleThreaded;
  const Writer *Elsewhere = guardedElsewhere(J, OneThread);
  if (!Elsewhere && !OneThread)
    Elsewhere = containerGuarded(J);
  std::optional<LockName> Readers;
  if (!Elsewhere && !OneThread && !J.Guarded.Info->Atomic)
    Readers = readersLock(J);
  if ((OneThread || J.Guarded.Info->ThreadLocal) && !Elsewhere)
    return std::nullopt;
  const FunctionFacts *Thread =
      Elsewhere || Readers ? nullptr : besideOwnThread(J);
  const bool Crowded = !Elsewhere && !Readers && !Thread && amongSeveral(J);
  // No lock anywhere: nobody meant to share it, unless he did.
  if (!J.Guarded.Named && !Elsewhere && !Readers && !Thread && !Crowded &&
      !onManyThreads(J))
    return std::nullopt;
  if (J.Guarded.Info->Atomic && (!Elsewhere || !readUnderGuard(J)))
    return std::nullopt;
  const LockSet Held = J.State.exclusive();
  if (!Elsewhere && !Readers && !Thread &&
      J.covered(Held, J.Site.Path, J.Guarded))
    return std::nullopt;
  if (!OneThread && !Readers && !Thread &&
      J.interferers(J.Site.Path, J.Guarded, J.names(Held),
                    [](const Writer &) { return true; })
          .empty() &&
      !Elsewhere)
    return std::nullopt;
  if (J.withoutThreads())
    return std::nullopt; // asked last: it looks at the whole function
  Finding F = J.finding("unguarded-modification", J.Site, J.Guarded);
  const bool InHelper = J.Site.Callee && calledBare(J);
  if (InHelper)
    F.At = J.Site.Callee->At;
  F.Message =
      fmt::format("'{}' is modified outside its guard", J.Guarded.Info->Name);
  if (const std::optional<StateInfo> Changed =
          Elsewhere ? J.Program_.guarded(Elsewhere->Path) : std::nullopt) {
    F.Path.push_back(
        {StepKind::Explains, Elsewhere->At,
         fmt::format("'{}' modifies '{}' under {}", Elsewhere->Function->Name,
                     Changed->Info->Name,
                     spell(Elsewhere->Held.front(), J.Program_)),
         Elsewhere->Function->Name});
  }
  if (Readers)
    for (const Access &A : J.Program_.accesses(J.Guarded.Field))
      if (A.Function != &J.Flow.function()) {
        F.Path.push_back(
            {StepKind::Explains, A.Function->At,
             fmt::format("'{}' looks at '{}' under {}", A.Function->Name,
                         J.Guarded.Info->Name, spell(*Readers, J.Program_)),
             A.Function->Name});
        break;
      }
  if (Thread)
    F.Path.push_back({StepKind::Explains, Thread->At,
                      fmt::format("'{}' uses '{}' on a thread of its own",
                                  Thread->Name, J.Guarded.Info->Name),
                      Thread->Name});
  F.Path.push_back({StepKind::Modified, F.At,
                    fmt::format("'{}' is modified here", J.Guarded.Info->Name),
                    InHelper ? J.Site.Callee->Function : F.Function});
  J.addObstacles(F, J.Guarded);
  return F;
}

} // namespace interlock
