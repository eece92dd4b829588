#include "matchers/summary/Program.h"

#include "llvm/ADT/STLExtras.h"

// Who changes a piece of state, and under which locks.
namespace interlock {

void Program::addAccess(const std::string &Field, Access A) {
  std::vector<Access> &Known = Accesses[Field];
  const auto Same = [&](const Access &Each) {
    return Each.Function == A.Function && Each.Held == A.Held;
  };
  for (const Access &Each : llvm::reverse(Known)) {
    if (Same(Each))
      return;
    if (Each.Function != A.Function)
      break; // they come function by function
  }
  Known.push_back(std::move(A));
}

const std::vector<Access> &Program::accesses(const std::string &Field) const {
  static const std::vector<Access> None;
  const auto A = Accesses.find(Field);
  return A == Accesses.end() ? None : A->second;
}

void Program::addWriter(const std::string &Field, Writer W) {
  Writers[Field].push_back(std::move(W));
}

const std::vector<Writer> &Program::writers(const std::string &Field) const {
  static const std::vector<Writer> None;
  const auto W = Writers.find(Field);
  return W == Writers.end() ? None : W->second;
}

const std::vector<const Writer *> &
Program::writersWithin(const std::string &Field) const {
  static const std::vector<const Writer *> None;
  const auto W = Within.find(Field);
  return W == Within.end() ? None : W->second;
}

void Program::sortWriters() {
  for (auto &[Field, List] : Writers) {
    llvm::sort(List, [](const Writer &A, const Writer &B) {
      return std::tie(A.At, A.Function->Id) < std::tie(B.At, B.Function->Id);
    });
    for (const Writer &W : List)
      for (const PathStep &S : W.Path.Steps)
        if (S.What == PathStep::Kind::Field && S.Name != Field)
          Within[S.Name].push_back(&W);
    for (const Writer &W : List)
      if (!W.Function->Coroutine && !W.Function->Lambda && W.Held.empty())
        PlainWriters[Field].push_back(&W);
    if (const FieldInfo *Info = field(Field))
      Changed[Info->Record].push_back(Field);
    std::vector<LockShare> &Locks = Shares[Field];
    const auto Share = [&](const LockName &L) -> LockShare & {
      for (LockShare &Each : Locks)
        if ((Each.Lock.Category == "*") == (L.Category == "*") &&
            sameLockAnywhere(Each.Lock, L))
          return Each;
      Locks.push_back({L, {}, {}, {}});
      if (const FieldInfo *Lock = lastMember(L.Path))
        LockedClasses.insert(Lock->Record);
      return Locks.back();
    };
    for (const Writer &W : List) {
      if (!W.Function->Constructor && !W.Function->Main)
        WriterFunctions[Field].insert(W.Function);
      for (const LockName &L : W.Held)
        Share(L).Holders.insert(W.Function);
      for (const LockName &L : W.HeldShared)
        Share(L).Takers.insert(W.Function);
      if (const Summary *S = summary(W.Function->Id))
        for (const LockUse &U : S->Locks)
          Share(U.Lock).Takers.insert(W.Function);
    }
    for (const Access &A : accesses(Field))
      for (const LockName &L : A.Held)
        Share(L).Users.insert(A.Function);
  }
}

llvm::StringRef Program::lockedClass(const AccessPath &Path) const {
  const FieldInfo *Last = lastMember(Path);
  return Last && LockedClasses.count(Last->Record) ? Last->Record
                                                   : llvm::StringRef();
}

const std::vector<const Writer *> &
Program::plainWriters(const std::string &Field) const {
  static const std::vector<const Writer *> None;
  const auto W = PlainWriters.find(Field);
  return W == PlainWriters.end() ? None : W->second;
}

const std::vector<std::string> &
Program::changedIn(const std::string &Record) const {
  static const std::vector<std::string> None;
  const auto C = Changed.find(Record);
  return C == Changed.end() ? None : C->second;
}

const std::vector<LockShare> &
Program::lockShares(const std::string &Field) const {
  static const std::vector<LockShare> None;
  const auto S = Shares.find(Field);
  return S == Shares.end() ? None : S->second;
}

/// The acquisition of a lock, as a function spells it.
static const Op *acquisition(const FunctionFacts &F, const LockName &L) {
  for (const Block &B : F.Blocks)
    for (const Op &O : B.Ops)
      if (O.Kind == OpKind::Acquire && O.Mode == LockMode::Exclusive &&
          !O.Blocking && !O.Conditional && sameLockAnywhere(O.Lock, L))
        return &O;
  return nullptr;
}

/// The member that a lock is, or is handed out by (`gate_` for
/// `gate_.enter()`), of the object that acquires it; empty for another lock.
static llvm::StringRef lockMember(const LockName &L) {
  llvm::ArrayRef<PathStep> Steps = L.Path.Steps;
  if (!Steps.empty() && llvm::StringRef(Steps.back().Name).starts_with("lock:"))
    Steps = Steps.drop_back();
  const bool Own = L.Category.empty() && !L.Claim && !L.Strand &&
                   L.Path.Base == AccessPath::Root::This && Steps.size() == 1;
  return Own ? llvm::StringRef(Steps.front().Name) : llvm::StringRef();
}

const std::string &Program::ownersLock(const StateInfo &G) const {
  const auto [Entry, New] = OwnersLocks.try_emplace(G.Field);
  std::string &Spelled = Entry->second;
  if (!New)
    return Spelled;
  const LockShare *Best = nullptr;
  for (const LockShare &S : lockShares(G.Field)) {
    const FieldInfo *Lock = field(lockMember(S.Lock).str());
    if (Lock && inOneObject(*Lock, *G.Info) &&
        (!Best || S.Holders.size() > Best->Holders.size()))
      Best = &S;
  }
  if (!Best)
    return Spelled;
  for (const FunctionFacts *Holder : Best->Holders)
    if (const Op *O = acquisition(*Holder, Best->Lock)) {
      llvm::StringRef Text(O->Text);
      Text.consume_front("co_await ");
      // Arguments may mean something else elsewhere.
      if ((Text.ends_with("()") || !Text.contains('(')) &&
          (Spelled.empty() || Text < Spelled))
        Spelled = Text.str();
    }
  return Spelled;
}

const StateObject &Program::stateObject(const StateInfo &G) const {
  const auto [Entry, New] = StateObjects.try_emplace(G.Field);
  StateObject &Found = Entry->second;
  if (!New)
    return Found;
  for (const LockShare &S : lockShares(G.Field))
    for (const FunctionFacts *Holder : S.Holders) {
      const Op *O = S.Lock.Category == G.Category ? acquisition(*Holder, S.Lock)
                                                  : nullptr;
      if (!O)
        continue;
      llvm::StringRef Text(O->Text);
      Text.consume_front("co_await ");
      Text = Text.take_front(Text.find(".atomic_"));
      const AccessPath::Root Base = O->Lock.Path.Base;
      const bool Own =
          Base == AccessPath::Root::This &&
          llvm::StringRef(Holder->Name).starts_with(G.Info->Record + "::");
      // `locks()` of the program, which is named everywhere alike.
      const bool Free = Base == AccessPath::Root::Global ||
                        (Base == AccessPath::Root::Opaque &&
                         Text.ends_with("()") && !Text.contains("get_global"));
      if ((Own || Free) && Text.size() < O->Text.size() &&
          (Found.Text.empty() || Text < Found.Text))
        Found = {Text.str(), Own};
    }
  return Found;
}

bool inOneSlice(const Writer &A, const Writer &B) {
  const auto Between = [&](const Op &O) {
    return O.Kind == OpKind::Suspend && !O.Never &&
           std::min(A.At.Begin, B.At.Begin) < O.At.Begin &&
           O.At.Begin < std::max(A.At.Begin, B.At.Begin);
  };
  return A.Function == B.Function &&
         llvm::none_of(A.Function->Blocks, [&](const Block &Each) {
           return llvm::any_of(Each.Ops, Between);
         });
}

const std::set<const FunctionFacts *> &
Program::writerFunctions(const std::string &Field) const {
  static const std::set<const FunctionFacts *> None;
  const auto W = WriterFunctions.find(Field);
  return W == WriterFunctions.end() ? None : W->second;
}

} // namespace interlock
