#include "matchers/checks/Judgement.h"

#include "matchers/flow/Crossing.h"
#include "matchers/summary/InWords.h"

#include "llvm/ADT/STLExtras.h"

#include <fmt/format.h>

#include <set>

namespace interlock {

// More of them convince nobody.
constexpr size_t MaxShown = 4, MaxObstacles = 16;

Level levelOf(llvm::StringRef Check) {
#define CHECK(Class, Id, Severity, Summary)                                    \
  if (Check == (Id))                                                           \
    return Level::Severity;
#include "matchers/Checks.def"
  return Level::Warning;
}

static const std::string *memberOf(const AccessPath &Path) {
  for (const PathStep &S : llvm::reverse(Path.Steps))
    if (S.What == PathStep::Kind::Field &&
        !(llvm::StringRef(S.Name).starts_with("lock:") && &S != &Path.Steps[0]))
      return &S.Name;
  return Path.Name.empty() ? nullptr : &Path.Name;
}

std::string spell(const LockName &L, const Program &P) {
  if (!L.Category.empty() && L.Category != "*")
    return L.Category + " guard";
  if (const std::string *Id = memberOf(L.Path)) {
    if (const FieldInfo *Info = P.field(*Id))
      return "'" + Info->Name + "'";
    return "'" + Id->substr(Id->rfind('@') + 1) + "'";
  }
  return "a lock";
}

std::vector<LockName> Judgement::names(LockSet Locks) const {
  std::vector<LockName> Result;
  for (unsigned I = 0; I < Flow.locks().size() && I < 64; ++I)
    if (Locks >> I & 1)
      Result.push_back(Flow.locks()[I]);
  return Result;
}

static bool keysAgree(const std::string &A, const std::string &B) {
  return A.empty() || B.empty() || keysMeet(A, B);
}

unsigned Judgement::support(const LockName &L, const StateInfo &G) const {
  size_t Result = 0;
  for (const LockShare &S : Program_.lockShares(G.Field))
    if (sameLockAnywhere(S.Lock, L))
      Result = std::max(Result, S.Users.size());
  return Result;
}

/// Whether two members belong to one object, or two variables stand in one file
/// side by side.
static bool sideBySide(const FieldInfo &A, const FieldInfo &B) {
  const bool Variables = A.Global && B.Global && A.Record == B.Record;
  return inOneObject(A, B) || (Variables && A.At.File == B.At.File);
}

static bool isSet(const std::pair<const FunctionFacts *const, bool> &Each) {
  return Each.second;
}

bool besideAny(const LockName &L, const AccessPath &Path, const Program &P) {
  // `std::lock_guard hold(*this);`
  if (L.Category.empty() && isWholeObject(L.Path))
    return L.Path.Base == Path.Base && L.Path.Var == Path.Var;
  // Also one of a table: `locks_[key]`.
  const FieldInfo *Lock = P.lastMember(L.Path);
  const auto Near = [&](const std::string &Member) {
    const FieldInfo *Info = P.field(Member);
    return Info && sideBySide(*Info, *Lock);
  };
  return Lock && ((Path.Base == AccessPath::Root::Global && Near(Path.Name)) ||
                  llvm::any_of(Path.Steps, [&](const PathStep &S) {
                    return !isElement(S) && Near(S.Name);
                  }));
}

bool Judgement::believed(const LockName &L, const AccessPath &Path,
                         const StateInfo &G) const {
  if (!L.Category.empty())
    return true;
  const FunctionFacts *Self = &Flow.function();
  std::map<const FunctionFacts *, bool> Under;
  for (const Access &A : Program_.accesses(G.Field))
    if (A.Function != Self)
      Under[A.Function] |= among(A.Held, L);
  const size_t Looks = llvm::count_if(Under, isSet);
  if (besideAny(L, Path, Program_)) {
    constexpr size_t Many = 4;
    if (const size_t Bare = Under.size() - Looks;
        Bare >= Many && Bare >= Many * Looks)
      return false;
    Under.clear();
    for (const Writer &W : Program_.writers(G.Field))
      if (const bool Held = among(W.Held, L);
          (Held || W.Function != Self) && !W.Function->Constructor &&
          !W.Function->Destructor && !W.Function->Main)
        Under[W.Function] |= Held;
    const size_t With = llvm::count_if(Under, isSet);
    return Under.size() <= 2 * With;
  }
  // That of another object has to be there on purpose: around all that a
  // function does, and around most changes.
  const auto Mostly = [&](const auto &All) {
    std::map<const FunctionFacts *, bool> Throughout;
    for (const auto &Each : All)
      if (Each.Function != Self)
        Throughout.try_emplace(Each.Function, true).first->second &=
            among(Each.Held, L);
    return 2 * std::size_t(llvm::count_if(Throughout, isSet)) >
           Throughout.size();
  };
  return Looks > 1 && Mostly(Program_.accesses(G.Field)) &&
         Mostly(Program_.writers(G.Field));
}

/// Whether a function takes a lock itself, rather than to have it from callers.
static bool takes(const FunctionFacts &F, const LockName &L) {
  return llvm::any_of(F.Blocks, [&](const Block &B) {
    return llvm::any_of(B.Ops, [&](const Op &O) {
      return O.Kind == OpKind::Acquire && sameLockAnywhere(O.Lock, L);
    });
  });
}

bool Judgement::meantForAnother(const LockName &L, const StateInfo &G) const {
  const unsigned Here = support(L, G);
  const auto First = [&](const LockShare &S) {
    return S.Users.size() > Here && sameLockAnywhere(S.Lock, L);
  };
  const auto Among = [&](const std::string &Record) {
    return llvm::any_of(
        Program_.changedIn(Record), [&](const std::string &Field) {
          return Field != G.Field &&
                 llvm::any_of(Program_.lockShares(Field), First);
        });
  };
  const FieldInfo *Lock = Program_.lastMember(L.Path);
  return Among(G.Info->Record) ||
         (Lock && Lock->Record != G.Info->Record && Among(Lock->Record));
}

bool Judgement::incidental(const LockName &L, const StateInfo &G) const {
  if (L.Strand || support(L, G) != 1 || !meantForAnother(L, G))
    return false;
  std::set<const FunctionFacts *> Bare;
  bool Taken = false;
  for (const Access &A : Program_.accesses(G.Field))
    if (among(A.Held, L))
      Taken |= takes(*A.Function, L);
    else if (A.Function != &Flow.function())
      Bare.insert(A.Function);
  return Bare.size() > (beside(L, G) ? 1 : 0) || !Taken;
}

bool Judgement::ofDerived(const LockName &L, const StateInfo &G) const {
  const FieldInfo *Lock = Program_.lastMember(L.Path);
  return Lock && llvm::is_contained(Lock->Bases, G.Info->Record) &&
         llvm::StringRef(Flow.function().Name)
             .starts_with(G.Info->Record + "::");
}

bool Judgement::publishes(llvm::ArrayRef<LockName> Locks,
                          const StateInfo &G) const {
  const auto Takes = [&](llvm::ArrayRef<LockName> Held) {
    return llvm::any_of(Locks, [&](const LockName &L) {
      return !L.Claim && !L.Strand && among(Held, L);
    });
  };
  std::map<const FunctionFacts *, bool> Bare;
  for (const Writer &W : Program_.writers(G.Field))
    if (W.Function != &Flow.function() && Takes(W.Held))
      Bare.try_emplace(W.Function, false);
  for (const Access &A : Program_.accesses(G.Field))
    if (const auto Known = Bare.find(A.Function); Known != Bare.end())
      Known->second |= !Takes(A.Held);
  const size_t Without = llvm::count_if(Bare, isSet);
  return Without > 1 && 2 * Without > Bare.size();
}

bool Judgement::covered(LockSet Locks, const AccessPath &Path,
                        const StateInfo &G) const {
  // A lock of one element says nothing of which elements there are.
  const bool Itself = !Path.Steps.empty() &&
                      (Path.Steps.back().What == PathStep::Kind::Element ||
                       Path.Steps.back().Name == G.Field);
  const auto Inside = [&](const LockShare &S) {
    return llvm::any_of(S.Lock.Path.Steps, [&](const PathStep &Step) {
      return Step.Name == G.Field;
    });
  };
  size_t Most = 0;
  for (const LockShare &S : Program_.lockShares(G.Field))
    if (!(Itself && Inside(S)))
      Most = std::max(Most, S.Users.size());
  return llvm::any_of(names(Locks), [&](const LockName &L) {
    return protects(L, Path, G) &&
           (!L.Category.empty() || support(L, G) >= Most);
  });
}

bool Judgement::beside(const LockName &L, const StateInfo &G) const {
  const FieldInfo *Lock = L.Path.Steps.empty()
                              ? (L.Path.Base == AccessPath::Root::Global
                                     ? Program_.field(L.Path.Name)
                                     : nullptr)
                              : Program_.field(L.Path.Steps.back().Name);
  return Lock && sideBySide(*Lock, *G.Info);
}

/// Whether a path leads through a reference, or a pointer, to what the strand
/// of a socket or a timer beside it is no part of: others refer to that from
/// strands of their own.
static bool leadsBeyond(const AccessPath &Path, const LockName &L,
                        const Program &P) {
  const FieldInfo *Owner =
      L.Path.Steps.empty() ? nullptr : P.field(L.Path.Steps.back().Name);
  return L.Strand && Owner &&
         !llvm::StringRef(Owner->Type).contains_insensitive("strand") &&
         llvm::any_of(Path.Steps, [&](const PathStep &S) {
           const FieldInfo *Info = isElement(S) ? nullptr : P.field(S.Name);
           return Info && Info->Record == Owner->Record && refers(*Info);
         });
}

/// Whether the lock of one key can be that of what a path leads to. Where keys
/// are a matter of the caller, `accounts_[who].cash[currency]` may go by
/// either.
static bool meantFor(const LockName &L, const AccessPath &Path,
                     const StateInfo &G) {
  if (G.Keyed)
    return keysAgree(L.Key, G.Key);
  return llvm::none_of(Path.Steps, isElement) ||
         llvm::any_of(Path.Steps, [&](const PathStep &S) {
           return isElement(S) && keysAgree(L.Key, S.Name);
         });
}

bool Judgement::protects(const LockName &L, const AccessPath &Path,
                         const StateInfo &G) const {
  if (L.Category == "*")
    return true;
  if (!L.Category.empty())
    return L.Category == G.Category && meantFor(L, Path, G);
  const bool Beside = beside(L, G);
  // A lock of this call alone excludes nobody, but that of an object behind a
  // handle that this call has.
  if (L.Path.Base == AccessPath::Root::Local &&
      !(Beside && Path.Base == AccessPath::Root::Local))
    return false;
  if (otherInstance(L, Path, G) || leadsBeyond(Path, L, Program_))
    return false;
  // `zones_[z].lock` and `zones_[z].orders`: members of one object.
  if (Beside)
    return true;
  // `locks_[key]`: the lock of one element.
  for (const PathStep &S : llvm::reverse(L.Path.Steps))
    if (S.What == PathStep::Kind::Element)
      return keysAgree(S.Name, G.Key);
  return true; // whose lock it is shows in who else takes it
}

/// Whether a change concerns everything that a member holds, rather than which
/// elements it has.
static bool replaces(Change How) {
  return How != Change::Insert && How != Change::InsertIfAbsent &&
         How != Change::Erase;
}

std::vector<const Writer *>
Judgement::interferers(const AccessPath &Path, const StateInfo &G,
                       const std::vector<LockName> &Locks,
                       llvm::function_ref<bool(const Writer &)> Matters) const {
  std::vector<const Writer *> Result;
  const bool OneFrame = Path.Base == AccessPath::Root::Shared ||
                        (Path.Base == AccessPath::Root::Parameter &&
                         Flow.function().Variables[Path.Var].Fresh);
  const auto Look = [&](const Writer &W) {
    if (Result.size() == MaxShown || !overlapsAnyObject(W.Path, Path) ||
        !Matters(W) ||
        !Program_.canInterleave(Flow.function(), *W.Function, OneFrame) ||
        Program_.ownObjects(Flow.function(), Path, W))
      return;
    const bool Excluded = llvm::any_of(Locks, [&](const LockName &Mine) {
      return llvm::any_of(W.Held, [&](const LockName &Theirs) {
        return sameLockAnywhere(Mine, Theirs);
      });
    });
    if (!Excluded)
      Result.push_back(&W);
  };
  for (const Writer &W : Program_.writers(G.Field))
    Look(W);
  for (const Writer *W : Program_.writersWithin(G.Field))
    Look(*W);
  // What replaces something that the state is a part of, or changes a part of
  // it that has a name of its own.
  bool Deeper = false;
  for (const PathStep &S : Path.Steps) {
    if (S.What != PathStep::Kind::Field)
      continue;
    if (S.Name == G.Field) {
      Deeper = true;
      continue;
    }
    for (const Writer &W : Program_.writers(S.Name))
      if (Deeper || replaces(W.How))
        Look(W);
  }
  return Result;
}

bool Judgement::guarded(LockSet Locks, const AccessPath &Path,
                        const StateInfo &G, bool Claims) const {
  return llvm::any_of(names(Locks), [&](const LockName &L) {
    return L.Claim
               ? (Claims || L.Key == ClosedGate) &&
                     honoured(L, Path, G, [](const Writer &) { return true; })
               : protects(L, Path, G) && respected(L, G);
  });
}

/// Whether a lock is the one of this state: others take it, around its change
/// or around what they read before, or nobody holds any when changing it. Then
/// who writes without it is to blame, and is told so where he does.
bool Judgement::respected(const LockName &L, const StateInfo &G) const {
  if (!L.Category.empty())
    return true;
  const FunctionFacts *Self = &Flow.function();
  const auto Others = [&](const std::set<const FunctionFacts *> &All) {
    return All.size() > All.count(Self);
  };
  bool Another = false;
  for (const LockShare &S : Program_.lockShares(G.Field)) {
    if (sameLockAnywhere(S.Lock, L) && (Others(S.Takers) || Others(S.Holders)))
      return true;
    Another |= Others(S.Holders) && S.Lock.Path.Base != AccessPath::Root::Local;
  }
  return !Another;
}

Finding Judgement::finding(const char *Check, const SourceSpan &At) const {
  Finding F;
  F.Check = Check;
  F.Severity = levelOf(Check);
  F.At = At;
  F.Function = Flow.function().Name;
  F.Extent.Function = Flow.function().Definition;
  F.Extent.FunctionId = Flow.function().Id;
  F.Extent.IsCoroutine = Flow.function().Coroutine;
  F.Extent.Modifies.push_back(At);
  return F;
}

Finding Judgement::finding(const char *Check, const ModifySite &M,
                           const StateInfo &G) const {
  Finding F = finding(Check, M.At);
  F.State.Category = G.Category;
  F.State.Keyed = G.Keyed;
  F.State.Member = G.Info->Record.empty()
                       ? G.Info->Name
                       : G.Info->Record + "::" + G.Info->Name;
  F.State.Owner = M.Callee || M.Operation->Owner.empty()
                      ? ownerInWords(M.Path, G.Field, Flow.function(), Program_)
                      : M.Operation->Owner;
  F.State.Key =
      M.Callee ? keyInWords(M.Path, Flow.function()) : M.Operation->KeyText;
  if (!M.Callee)
    F.State.KeyAt = M.Operation->KeyAt;
  F.State.Lock = Program_.ownersLock(G);
  const StateObject &Locks = Program_.stateObject(G);
  F.State.Locks = Locks.Text;
  F.State.OwnersLocks = Locks.Own;
  F.Extent.Modifies = {M.Callee ? M.Operation->At : M.At};
  for (const HeldLock &H : State.Held)
    if (H.At.valid() && H.Mode == LockMode::Exclusive &&
        protects(Flow.locks()[H.Lock], M.Path, G))
      F.Extent.LateGuards.push_back(H.At);
  return F;
}

static void tellCrossing(Finding &F, const Crossing &C,
                         llvm::function_ref<bool(const SourceSpan &)> Once) {
  F.Path.push_back(
      {StepKind::Suspends, C.At, "control can be given up here", F.Function});
  for (const auto &[Name, At] : C.Through)
    if (At.valid() && Once(At))
      F.Path.push_back(
          {StepKind::Suspends, At, fmt::format("through '{}'", Name), Name});
}

void Judgement::tell(Finding &F, const ModifySite &M, const StateInfo &G,
                     const TagList &Culprits, StepKind How,
                     const std::vector<const Writer *> &Others) const {
  const std::string &Name = G.Info->Name;
  const std::string Self = Flow.function().Name;
  std::vector<SourceSpan> Told;
  const auto Once = [&](const SourceSpan &At) {
    if (llvm::is_contained(Told, At))
      return false;
    Told.push_back(At);
    return true;
  };
  if (Culprits.empty() && M.Callee) {
    const LateUse &Late = M.Callee->Late;
    F.Path.push_back({How, Late.ReadAt,
                      fmt::format("'{}' is {} here, through '{}'", Name,
                                  How == StepKind::Copied ? "read" : "checked",
                                  M.Callee->Text),
                      M.Callee->Function});
    F.Path.push_back({StepKind::Suspends, Late.SuspendsAt,
                      "control can be given up here", M.Callee->Function});
  }
  for (const Tag &T : Culprits) {
    const ReadSite &R = Flow.reads()[T.Read];
    if (!Once(R.At))
      continue;
    F.Extent.Reads.push_back(R.At);
    const std::optional<StateInfo> Read =
        overlaps(R.Path, M.Path) ? std::nullopt : Program_.guarded(R.Path);
    F.Path.push_back(
        {How, R.At,
         fmt::format("'{}' is {} here", Read ? Read->Info->Name : Name,
                     How == StepKind::Copied ? "read" : "checked"),
         Self});
  }
  for (const Tag &T : Culprits) {
    if (T.Crossed == NoIndex || T.Crossed >= Flow.suspensions().size())
      continue;
    const SuspensionSite &P = Flow.suspensions()[T.Crossed];
    if (!Once(P.At))
      continue;
    F.Extent.Suspensions.push_back(P.At);
    std::vector<const Op *> All;
    if (M.Operation)
      All = crossedBetween(Flow, Flow.reads()[T.Read], M);
    if (llvm::none_of(All, [&](const Op *O) { return O->At == P.At; }))
      tellCrossing(F, {P.At, {{P.Through, P.ThroughAt}}}, Once);
    size_t Told = 0;
    for (const Op *O : All)
      if (O->At == P.At || (Once(O->At) && ++Told < MaxShown))
        tellCrossing(F, crossingAt(Program_, *O), Once);
  }
  unsigned Shown = 0;
  for (const Writer *W : Others) {
    if (!Once(W->At) && !(W->At == M.At))
      continue;
    if (Shown++ == 3)
      break;
    F.Path.push_back(
        {StepKind::Interferes, W->At,
         W->Function == &Flow.function()
             ? fmt::format("meanwhile another run of '{}' can change '{}' here",
                           W->Function->Name, Name)
             : fmt::format("meanwhile '{}' can change '{}' here",
                           W->Function->Name, Name),
         W->Function->Name});
  }
  if (M.Callee) {
    const bool AtWrite = M.At == M.Callee->At;
    F.Path.push_back(
        {StepKind::Modified, AtWrite ? M.Operation->At : M.Callee->At,
         AtWrite
             ? fmt::format("called from here")
             : fmt::format("'{}' modifies '{}' here", M.Callee->Function, Name),
         M.Callee->Function});
  } else {
    F.Path.push_back({StepKind::Modified, M.At,
                      fmt::format("'{}' is modified here", Name), Self});
  }
}

/// Where the region of a finding begins and ends.
static std::pair<unsigned, unsigned> bounds(const Finding &F) {
  unsigned First = F.Extent.Modifies.front().Begin, Last = 0;
  for (const SourceSpan &M : F.Extent.Modifies)
    Last = std::max(Last, M.End);
  for (const SourceSpan &R : F.Extent.Reads) {
    First = std::min(First, R.Begin);
    Last = std::max(Last, R.End);
  }
  return {First, Last};
}

bool coveredByCallers(const FunctionFacts &Writer, const FunctionFacts &Self,
                      const Program &P) {
  const std::vector<CallerSite> &Sites = P.callers(Writer);
  return !Writer.Coroutine && !Writer.Lambda && !Sites.empty() &&
         llvm::all_of(Sites, [&](const CallerSite &S) {
           // A plain function prepares an object of its own for the others.
           const bool Prepares = !S.Caller->Coroutine &&
                                 !Writer.Record.empty() && !S.Site->Receiver &&
                                 !S.Site->CapturedReceiver;
           return !S.Starts && !S.Later &&
                  (S.Caller == &Self || S.Caller->Coroutine || Prepares);
         });
}

/// Whether a function, or one that runs it on the way, changes state of a
/// category: under guards it wants the lock before it gets on.
static bool wantsLock(const FunctionFacts &F, llvm::StringRef Category,
                      const Program &P, unsigned Depth = 4) {
  if (F.Main || F.Constructor || Depth == 0)
    return false;
  const Summary *Sum = P.summary(F.Id);
  const auto Changes = [&](const Effect &E) {
    const std::optional<StateInfo> G = P.guarded(E.Path);
    return G && G->Category == Category;
  };
  return (Sum && llvm::any_of(Sum->Effects, Changes)) ||
         llvm::any_of(P.callers(F), [&](const CallerSite &S) {
           return !S.Starts && !S.Later &&
                  wantsLock(*S.Caller, Category, P, Depth - 1);
         });
}

/// The members that an operation waits for, itself or in what it awaits.
static void waitsFor(const Op &O, const Program &P,
                     std::set<std::string> &Found,
                     std::set<const FunctionFacts *> &Seen) {
  if (O.Kind == OpKind::Suspend && !O.Path.Steps.empty())
    Found.insert(O.Path.Steps.back().Name);
  for (const CallSite &C : O.Calls)
    for (const FunctionFacts *Callee : P.callees(C))
      if (Seen.size() < 16 && Seen.insert(Callee).second)
        for (const Block &B : Callee->Blocks)
          for (const Op &Inner : B.Ops)
            if (Inner.Kind == OpKind::Suspend)
              waitsFor(Inner, P, Found, Seen);
}

void Judgement::addObstacles(Finding &F, const StateInfo &G) const {
  const FunctionFacts &Self = Flow.function();
  const auto Add = [&](Obstacle::Kind What, const std::string &Name,
                       const SourceSpan &At) {
    if (llvm::none_of(F.Extent.Obstacles, [&](const Obstacle &O) {
          return O.What == What && O.At == At;
        }))
      F.Extent.Obstacles.push_back({What, Name, At});
  };
  const auto [First, Last] = bounds(F);
  for (const Op *O : Flow.activitiesBetween(First, Last)) {
    if (O->At.File != F.Extent.Function.File)
      continue;
    if (O->PeerWait)
      Add(Obstacle::Kind::PeerWait, O->Text, O->At);
    std::set<std::string> Members;
    std::set<const FunctionFacts *> Seen;
    waitsFor(*O, Program_, Members, Seen);
    for (const std::string &Member : Members)
      for (const FunctionFacts *Waker : Program_.wakersOf(Member))
        if (wantsLock(*Waker, G.Category, Program_))
          Add(Obstacle::Kind::PeerWait, O->Text, O->At);
    for (const CallSite &C : O->Calls)
      for (const Summary *Sum : Program_.summaries(C)) {
        const bool Takes = llvm::any_of(Sum->Locks, [&](const LockUse &U) {
          return U.Lock.Category == G.Category;
        });
        const bool Needs =
            Sum->Suspends && llvm::any_of(Sum->Effects, [&](const Effect &E) {
              const std::optional<AccessPath> P = translate(E.Path, C);
              const std::optional<StateInfo> H =
                  P ? Program_.guarded(*P) : std::nullopt;
              return H && H->Category == G.Category && !E.SelfChecked;
            });
        if (llvm::is_contained(C.Callees, Self.Id))
          Add(Obstacle::Kind::Recursion, Self.Name, O->At);
        else if (Takes || Needs)
          Add(Obstacle::Kind::CalleeNeedsGuard, C.Name, O->At);
      }
  }
  for (const Writer *Each : Program_.plainWriters(G.Field)) {
    const Writer &W = *Each;
    if (W.Function == &Self)
      continue;
    if (coveredByCallers(*W.Function, Self, Program_))
      continue;
    if (F.Extent.Obstacles.size() >= MaxObstacles)
      break;
    if (Program_.canInterleave(Self, *W.Function))
      Add(Obstacle::Kind::SynchronousWriter, W.Function->Name, W.At);
  }
  for (const CallerSite &S : Program_.callers(Self)) {
    if (S.Starts && !Self.Coroutine)
      Add(Obstacle::Kind::Detached, S.Caller->Name, S.Site->At);
  }
}

} // namespace interlock
