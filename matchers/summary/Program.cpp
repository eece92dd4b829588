#include "matchers/summary/Program.h"

#include "matchers/vocabulary/Vocabulary.h"

#include "llvm/ADT/STLExtras.h"

#include <functional>
#include <utility>

namespace interlock {

static const std::string *lastField(const AccessPath &Path) {
  for (const PathStep &S : llvm::reverse(Path.Steps))
    if (S.What == PathStep::Kind::Field)
      return &S.Name;
  if (Path.Base == AccessPath::Root::Global ||
      Path.Base == AccessPath::Root::Shared)
    return &Path.Name;
  return nullptr;
}

bool sameLockAnywhere(const LockName &A, const LockName &B) {
  if (A.Category == "*" || B.Category == "*")
    return true;
  if (A.Category != B.Category)
    return false;
  if (!A.Category.empty())
    return true; // keys and instances are judged where both are known
  const std::string *FA = lastField(A.Path), *FB = lastField(B.Path);
  if (FA && FB)
    return *FA == *FB;
  if (isWholeObject(A.Path) && isWholeObject(B.Path))
    return true;
  return A.Path == B.Path && A.Path.Base != AccessPath::Root::Opaque;
}

bool among(llvm::ArrayRef<LockName> Locks, const LockName &L) {
  return llvm::any_of(
      Locks, [&](const LockName &Each) { return sameLockAnywhere(Each, L); });
}

/// `[this] { run(); }`: whether a callable that is started does nothing but a
/// call.
static bool onlyStarts(const FunctionFacts &Lambda, const Program &P) {
  unsigned Does = 0;
  for (const Block &B : Lambda.Blocks)
    for (const Op &O : B.Ops)
      Does += O.Kind == OpKind::Call || O.Kind == OpKind::Modify ||
              O.Kind == OpKind::Suspend || O.Kind == OpKind::Acquire ||
              O.Kind == OpKind::Later || O.Kind == OpKind::Start;
  return Lambda.Lambda && Does == 1 &&
         llvm::any_of(P.callers(Lambda),
                      [](const CallerSite &S) { return S.Starts || S.Later; });
}

bool isPrivateHelper(const FunctionFacts &F, const Program &P) {
  if (F.Callable || F.Coroutine || F.Lambda)
    return false;
  const std::vector<CallerSite> &Sites = P.callers(F);
  return !Sites.empty() && llvm::none_of(Sites, [&](const CallerSite &S) {
    return S.Starts || S.Later || onlyStarts(*S.Caller, P) || P.amongThreads(S);
  });
}

Program::Program(llvm::ArrayRef<const TUFacts *> Units, const Options &Opts)
    : Opts(Opts), Kinds(Opts) {
  std::vector<const TUFacts *> Sorted(Units.begin(), Units.end());
  llvm::sort(Sorted, [](const TUFacts *A, const TUFacts *B) {
    return A->File < B->File;
  });
  std::map<std::string, const FieldInfo *> Fields;
  for (const TUFacts *TU : Sorted) {
    for (const FunctionFacts &F : TU->Functions) {
      const auto [Entry, New] = Functions.try_emplace(F.Id, &F);
      if (!New)
        continue;
      Ordered.push_back(&F);
      const llvm::StringRef Plain = withoutUnit(F.Id);
      if (Plain.size() < F.Id.size() && F.Record.empty())
        if (const auto [Other, First] = Declared.try_emplace(Plain, &F); !First)
          Other->second = nullptr; // of several programs
    }
    for (const auto &[Id, Info] : TU->Fields)
      Fields.try_emplace(Id, &Info);
    for (const InvariantDecl &I : TU->Invariants)
      for (const std::string &A : I.Fields)
        for (const std::string &B : I.Fields)
          if (A != B)
            Ties.emplace(A, B);
  }
  llvm::sort(Ordered, [](const FunctionFacts *A, const FunctionFacts *B) {
    return std::tie(A->At, A->Id) < std::tie(B->At, B->Id);
  });
  std::map<std::string, std::string> Named;
  for (const auto &[Id, Info] : Fields) {
    Member &M = Members[Id];
    M = {Info, Kinds.of(*Info), false, {}};
    if (M.Category.empty() && Opts.Guarded != GuardedState::All)
      M.Inferred = Kinds.suggestedBy(*Info);
    Named[Info->Record.empty() ? Info->Name
                               : Info->Record + "::" + Info->Name] = Id;
  }
  for (const std::vector<std::string> &Members : Opts.Invariants)
    for (const std::string &A : Members)
      for (const std::string &B : Members)
        if (A != B && Named.count(A) && Named.count(B))
          Ties.emplace(Named[A], Named[B]);
  for (const FunctionFacts *F : Ordered)
    for (const std::string &Base : F->Overrides)
      Overriders[virtualCall(Base)].push_back(F);
  for (const FunctionFacts *F : Ordered) {
    addCallers(*F);
    if (!F->Parent.empty())
      Closures[F->Parent].push_back(F);
  }
  addVersions();
  if (Opts.Guarded == GuardedState::Inferred)
    addSpent();
  if (Opts.Guarded != GuardedState::All)
    addContents();
}

const std::string *Program::innermost(const AccessPath &Path) const {
  for (const PathStep &S : llvm::reverse(Path.Steps))
    if (S.What == PathStep::Kind::Field && Members.count(S.Name))
      return &S.Name;
  const bool Named = Path.Base == AccessPath::Root::Global ||
                     Path.Base == AccessPath::Root::Shared;
  return Named && Members.count(Path.Name) ? &Path.Name : nullptr;
}

/// Reads whose values are handed out or decide a branch, which asks whether two
/// are equal or does not.
std::vector<const Op *> Program::askedFor(bool Equality) const {
  std::vector<const Op *> Result;
  for (const FunctionFacts *F : Ordered) {
    std::set<Register> Wanted; // a call between may have ended the block
    for (const Block &B : F->Blocks) {
      if (B.Equality == Equality)
        Wanted.insert(B.Condition.begin(), B.Condition.end());
      for (const Op &O : B.Ops)
        if (O.Kind == OpKind::Return)
          Wanted.insert(O.Inputs.begin(), O.Inputs.end());
    }
    if (Wanted.empty())
      continue;
    for (const Block &B : F->Blocks)
      for (const Op &O : B.Ops)
        if (O.Kind == OpKind::Read && Wanted.count(O.Result))
          Result.push_back(&O);
  }
  return Result;
}

/// Finds the numbers that are spent: amounts are taken away from them, and a
/// test, or whoever is handed them, asks whether there is enough. Whatever they
/// are called, they are balances.
void Program::addSpent() {
  std::set<std::string> Tested;
  for (const Op *Read : askedFor(/*Equality=*/false))
    if (const std::string *Field = innermost(Read->Path); Field && !Read->Shape)
      Tested.insert(*Field);
  for (const FunctionFacts *F : Ordered)
    for (const Block &B : F->Blocks)
      for (const Op &O : B.Ops)
        if (O.Kind == OpKind::Modify && O.Spends)
          if (const std::string *Field = innermost(O.Path);
              Field && Tested.count(*Field))
            if (std::string &Known = Members[*Field].Inferred; Known.empty())
              Known = "balance"; // unless its name says more
}

/// Objects that have guarded state in them come, go and are copied with it.
void Program::addContents() {
  std::map<std::string, std::string> Holding; // category by class
  for (const auto &Entry : Members) {
    const Member &M = Entry.second;
    const std::string &Own = M.Category.empty() ? M.Inferred : M.Category;
    if (Own.empty() || M.Info->Record.empty() || Kinds.own(Own))
      continue;
    std::string &Known = Holding[M.Info->Record];
    if (Known.empty() || Own < Known)
      Known = Own;
  }
  for (auto &Entry : Members) {
    Member &M = Entry.second;
    if (!M.Category.empty() || !M.Inferred.empty() || M.Info->Const ||
        M.Info->Opaque)
      continue;
    const auto Held = Holding.find(M.Info->Content);
    if (Held != Holding.end())
      M.Inferred = Held->second;
  }
}

/// Finds what is counted up in one place and compared, or handed out, in
/// another.
void Program::addVersions() {
  std::set<std::string> Compared;
  for (const Op *Read : askedFor(/*Equality=*/true))
    if (const std::string *Field = lastField(Read->Path))
      Compared.insert(*Field);
  for (const FunctionFacts *F : Ordered)
    for (const Block &B : F->Blocks)
      for (const Op &O : B.Ops)
        if (O.Kind == OpKind::Modify && O.How == Change::Relative &&
            O.Inputs.empty())
          if (const std::string *Field = lastField(O.Path);
              Field && Compared.count(*Field))
            // Parts of a pair and the like are no members of the program.
            if (const auto M = Members.find(*Field); M != Members.end())
              M->second.Version = true;
}

bool Program::isVersion(const std::string &Field) const {
  const auto M = Members.find(Field);
  return M != Members.end() && M->second.Version;
}

const FunctionFacts *Program::function(llvm::StringRef Id) const {
  const FunctionFacts *F = Functions.lookup(Id);
  return F ? F : Declared.lookup(Id);
}

const FieldInfo *Program::field(const std::string &Id) const {
  const auto M = Members.find(Id);
  return M == Members.end() ? nullptr : M->second.Info;
}

std::optional<StateInfo> Program::guarded(const AccessPath &Path) const {
  StateInfo Result;
  bool Elsewhere = false; // a pointer was followed out of the state
  const auto Take = [&](const std::string &Id) {
    const auto Known = Members.find(Id);
    if (Known == Members.end())
      return true;
    const FieldInfo *Info = Known->second.Info;
    if (Info->Confined || Info->Synchronizes)
      return false;
    // Without a name, the innermost member alone tells what it is.
    if (!Result.Named && Opts.Guarded != GuardedState::All)
      Result = {};
    // A part of an object that names tell to be of another kind than the
    // object's is of that kind: `holdings_.cash_balance`.
    const bool Part = Result.Named && Result.Info->Category.empty() &&
                      Result.Info->Elements == Stability::NotContainer &&
                      Known->second.Category != Result.Category &&
                      !Kinds.own(Result.Category);
    // What others refer to as well is no part of who points to it:
    // `orders_[id].buyer->balance` is the buyer's.
    if ((!Result.Named || Part || Elsewhere) &&
        !Known->second.Category.empty()) {
      Result.Category = Known->second.Category;
      Result.Named = true;
      Result.Field = Id;
      Result.Info = Info;
      if (std::exchange(Elsewhere, false))
        Result.Key.clear();
    } else if (!Result.Named && !Info->Const &&
               (Opts.Guarded == GuardedState::All ||
                !Known->second.Inferred.empty())) {
      Result.Category =
          Opts.Guarded == GuardedState::All ? "state" : Known->second.Inferred;
      Result.Field = Id;
      Result.Info = Info;
    }
    Elsewhere |= Result.Named && Result.Field != Id && refers(*Info);
    return true;
  };
  if (Path.Base == AccessPath::Root::Global ||
      Path.Base == AccessPath::Root::Shared)
    if (!Take(Path.Name))
      return std::nullopt;
  bool Seen = !Result.Field.empty();
  for (const PathStep &S : Path.Steps) {
    if (S.What == PathStep::Kind::Field) {
      if (!Take(S.Name))
        return std::nullopt;
      Seen = !Result.Field.empty();
    } else if (Seen && Result.Key.empty()) {
      Result.Key = S.Name;
    }
  }
  if (Result.Field.empty())
    return std::nullopt;
  // The last member on the way must be changeable itself.
  if (const FieldInfo *Last = lastMember(Path); Last && Last->Const)
    return std::nullopt;
  Result.Keyed = Kinds.keyed(Result.Category);
  return Result;
}

const FieldInfo *Program::lastMember(const AccessPath &Path) const {
  const std::string *Last = lastField(Path);
  return Last ? field(*Last) : nullptr;
}

std::optional<StateInfo> Program::marker(const AccessPath &Path) const {
  const std::string *Last = lastField(Path);
  const auto Known = Last ? Members.find(*Last) : Members.end();
  if (Known == Members.end())
    return std::nullopt;
  const FieldInfo *Info = Known->second.Info;
  if (Info->Const || Info->Confined || Info->Synchronizes ||
      !(Info->Boolean || Info->Holder ||
        Info->Elements != Stability::NotContainer || Known->second.Version))
    return std::nullopt;
  StateInfo Result;
  Result.Field = *Last;
  Result.Info = Info;
  if (!Path.Steps.empty() && Path.Steps.back().What == PathStep::Kind::Element)
    Result.Key = Path.Steps.back().Name;
  return Result;
}

std::optional<StateInfo>
Program::guardedOrMarker(const AccessPath &Path) const {
  const std::optional<StateInfo> G = guarded(Path);
  return G ? G : marker(Path);
}

const Summary *Program::summary(const std::string &Id) const {
  auto S = Summaries.find(Id);
  if (S == Summaries.end())
    if (const FunctionFacts *F = Declared.lookup(Id))
      S = Summaries.find(F->Id);
  return S == Summaries.end() ? nullptr : &S->second;
}

std::vector<const FunctionFacts *> Program::callees(const CallSite &S) const {
  std::vector<const FunctionFacts *> Result;
  for (const std::string &Id : S.Callees) {
    if (const FunctionFacts *F = function(Id))
      Result.push_back(F);
    const auto Known = Overriders.find(Id);
    if (Known != Overriders.end())
      Result.insert(Result.end(), Known->second.begin(), Known->second.end());
  }
  return Result;
}

const FunctionFacts *Program::calleeWith(const Op &Call, const SourceSpan &At,
                                         unsigned Helpers) const {
  for (const CallSite &C : Call.Calls)
    for (const FunctionFacts *Callee : callees(C)) {
      if (Callee->Definition.contains(At))
        return Callee;
      if (Helpers == 0 || !isPrivateHelper(*Callee, *this))
        continue;
      for (const Block &B : Callee->Blocks)
        for (const Op &O : B.Ops)
          if (const FunctionFacts *Found = calleeWith(O, At, Helpers - 1))
            return Found;
    }
  return nullptr;
}

std::vector<const Summary *> Program::summaries(const CallSite &S) const {
  std::vector<const Summary *> Result;
  for (const FunctionFacts *F : callees(S))
    if (const Summary *Known = summary(F->Id))
      Result.push_back(Known);
  return Result;
}

std::vector<LockUse> Program::locksTaken(const CallSite &S) const {
  const std::vector<const Summary *> Sums = summaries(S);
  std::vector<LockUse> Result;
  for (const Summary *Sum : Sums)
    for (const LockUse &Use : Sum->Locks) {
      const auto TakesIt = [&](const Summary *Other) {
        return llvm::any_of(Other->Locks, [&](const LockUse &Each) {
          return sameLockAnywhere(Each.Lock, Use.Lock);
        });
      };
      LockUse &Taken = Result.emplace_back(Use);
      Taken.Lock = translate(Use.Lock, S);
      Taken.OneOfSeveral |= !llvm::all_of(Sums, TakesIt);
    }
  return Result;
}

void Program::setSummary(const std::string &Id, Summary S) {
  Summaries[Id] = std::move(S);
}

void Program::addCallers(const FunctionFacts &F) {
  std::function<void(const CallSite &, const Op &)> Add = [&](const CallSite &S,
                                                              const Op &O) {
    // `std::for_each(std::execution::par, ...)`
    const bool Goes = O.Parallel && O.Kind == OpKind::Call;
    for (const FunctionFacts *Callee : callees(S))
      Callers[Callee].push_back({&F, &S, O.Kind == OpKind::Start,
                                 O.Kind == OpKind::Later && !O.Implicit,
                                 O.InLoop || Goes,
                                 Goes || (O.Concurrent && O.Calls.size() > 1),
                                 O.Kind == OpKind::Later && O.Weak});
    for (const Argument &A : S.Arguments)
      for (const CallSite &Closure : A.Closures)
        Add(Closure, O);
  };
  for (const Block &B : F.Blocks)
    for (const Op &O : B.Ops)
      for (const CallSite &S : O.Calls)
        Add(S, O);
}

const std::vector<CallerSite> &Program::callers(const FunctionFacts &F) const {
  static const std::vector<CallerSite> None;
  const auto C = Callers.find(&F);
  return C == Callers.end() ? None : C->second;
}

const std::vector<const FunctionFacts *> &
Program::closuresOf(const FunctionFacts &F) const {
  static const std::vector<const FunctionFacts *> None;
  const auto C = Closures.find(F.Id);
  return C == Closures.end() ? None : C->second;
}

std::vector<std::vector<const FunctionFacts *>> Program::bottomUp() const {
  // Tarjan's strongly connected components, without recursion.
  struct Node {
    unsigned Index = 0, Low = 0;
    bool OnStack = false;
  };
  std::map<const FunctionFacts *, std::vector<const FunctionFacts *>> Edges;
  for (const auto &[Callee, Sites] : Callers)
    for (const CallerSite &S : Sites)
      Edges[S.Caller].push_back(Callee);
  for (auto &[F, Out] : Edges)
    llvm::sort(Out, [](const FunctionFacts *A, const FunctionFacts *B) {
      return std::tie(A->At, A->Id) < std::tie(B->At, B->Id);
    });
  std::map<const FunctionFacts *, Node> Nodes;
  std::vector<const FunctionFacts *> Stack;
  std::vector<std::vector<const FunctionFacts *>> Result;
  unsigned Next = 1;
  struct Frame {
    const FunctionFacts *F;
    size_t Edge;
  };
  for (const FunctionFacts *Root : Ordered) {
    if (Nodes[Root].Index)
      continue;
    std::vector<Frame> Frames{{Root, 0}};
    while (!Frames.empty()) {
      Frame &Top = Frames.back();
      Node &N = Nodes[Top.F];
      if (!N.Index) {
        N.Index = N.Low = Next++;
        N.OnStack = true;
        Stack.push_back(Top.F);
      }
      const auto &Out = Edges[Top.F];
      if (Top.Edge < Out.size()) {
        const FunctionFacts *To = Out[Top.Edge++];
        Node &M = Nodes[To];
        if (!M.Index)
          Frames.push_back({To, 0});
        else if (M.OnStack)
          N.Low = std::min(N.Low, M.Index);
        continue;
      }
      if (N.Low == N.Index) {
        std::vector<const FunctionFacts *> Component;
        const FunctionFacts *Member = nullptr;
        do {
          Member = Stack.back();
          Stack.pop_back();
          Nodes[Member].OnStack = false;
          Component.push_back(Member);
        } while (Member != Top.F);
        Result.push_back(std::move(Component));
      }
      const unsigned Low = N.Low;
      Frames.pop_back();
      if (!Frames.empty()) {
        Node &Parent = Nodes[Frames.back().F];
        Parent.Low = std::min(Parent.Low, Low);
      }
    }
  }
  return Result;
}

std::vector<LockName> Program::EntryLocks(const FunctionFacts &F) const {
  std::vector<LockName> Result = F.Requires;
  const auto E = Entries.find(&F);
  if (E != Entries.end())
    Result.insert(Result.end(), E->second.begin(), E->second.end());
  return Result;
}

void Program::setEntryLocks(const FunctionFacts &F,
                            std::vector<LockName> Locks) {
  Entries[&F] = std::move(Locks);
}

} // namespace interlock
