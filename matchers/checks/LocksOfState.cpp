#include "matchers/checks/Judgement.h"

#include "llvm/ADT/STLExtras.h"

// Whether a lock is the one of some state: whose it is, and who else takes it.
namespace interlock {

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

} // namespace interlock
