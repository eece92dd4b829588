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

/// Whether a change concerns everything that a member holds, rather than which
/// elements it has.
static bool replaces(Change How) {
  return How != Change::Insert && How != Change::InsertIfAbsent &&
         How != Change::Erase;
}

/// The member whose elements a path leads through last, if it keeps them
/// itself.
static llvm::StringRef keeperOf(const AccessPath &Path, const Program &P) {
  llvm::StringRef Result;
  for (size_t I = 1; I < Path.Steps.size(); ++I)
    if (isElement(Path.Steps[I]) && !isElement(Path.Steps[I - 1]))
      Result = Path.Steps[I - 1].Name;
  const FieldInfo *Info = P.field(Result.str());
  const bool Keeps =
      Info && !refers(*Info) && !llvm::StringRef(Info->Type).contains("_ptr");
  return Keeps ? Result : llvm::StringRef();
}

/// Whether two paths lead into elements of different containers, each of which
/// has its own: `lent_[i].count`, `sold_[i].count`. `One` keeps those of `A`.
static bool inOtherElements(const AccessPath &A, llvm::StringRef One,
                            const AccessPath &B, const Program &P) {
  const llvm::StringRef Other = One.empty() ? One : keeperOf(B, P);
  const auto Through = [](const AccessPath &Path, llvm::StringRef Member) {
    return llvm::any_of(Path.Steps,
                        [&](const PathStep &S) { return S.Name == Member; });
  };
  return !Other.empty() && !Through(A, Other) && !Through(B, One);
}

std::vector<const Writer *>
Judgement::interferers(const AccessPath &Path, const StateInfo &G,
                       const std::vector<LockName> &Locks,
                       llvm::function_ref<bool(const Writer &)> Matters) const {
  std::vector<const Writer *> Result;
  const bool OneFrame = Path.Base == AccessPath::Root::Shared ||
                        (Path.Base == AccessPath::Root::Parameter &&
                         Flow.function().Variables[Path.Var].Fresh);
  const llvm::StringRef Keeper = keeperOf(Path, Program_);
  const auto Look = [&](const Writer &W) {
    if (Result.size() == MaxShown || !overlapsAnyObject(W.Path, Path) ||
        inOtherElements(Path, Keeper, W.Path, Program_) || !Matters(W) ||
        !Program_.canInterleave(Flow.function(), *W.Function, OneFrame) ||
        Program_.ownObjects(Flow.function(), Path, W) ||
        Program_.ownElements(Flow.function(), Path, W))
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
