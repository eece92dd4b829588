#include "matchers/checks/Judgement.h"

#include "matchers/flow/Amounts.h"

#include "llvm/ADT/STLExtras.h"

// What a modify depends on, and whether that can have become untrue.
namespace interlock {

bool ModifyJudgement::judgedHere() const {
  if (!Site.Callee)
    return !isPrivateHelper(Flow.function(), Program_);
  if (Site.Callee->Private)
    return !isPrivateHelper(Flow.function(), Program_);
  const std::optional<StateInfo> Own = Program_.guarded(Site.Callee->Path);
  return !Own || Own->Field != Guarded.Field;
}

/// Whether a call waits for the end of threads of the object that its function
/// runs on, itself or through functions of the same object.
static bool joinsOwn(const CallSite &C, const Program &P, unsigned Depth = 0) {
  constexpr unsigned MaxDepth = 2;
  if (!C.Receiver || C.Receiver->Base != AccessPath::Root::This)
    return false;
  if (joins(C))
    return true;
  if (Depth == MaxDepth || !C.Receiver->Steps.empty())
    return false;
  return llvm::any_of(P.callees(C), [&](const FunctionFacts *F) {
    return llvm::any_of(F->Blocks, [&](const Block &B) {
      return llvm::any_of(B.Ops, [&](const Op &O) {
        return O.Kind == OpKind::Call &&
               llvm::any_of(O.Calls, [&](const CallSite &Each) {
                 return joinsOwn(Each, P, Depth + 1);
               });
      });
    });
  });
}

/// Whether a function makes the threads of its object behind a place, or has
/// joined them before it.
static bool withoutThreadsAt(const FunctionFacts &F, const SourceSpan &At,
                             const Program &P) {
  if (F.Lambda || F.Coroutine || F.Main)
    return false;
  bool Made = false, MadeLater = false, Joined = false, JoinedLater = false;
  for (const Block &B : F.Blocks)
    for (const Op &O : B.Ops)
      for (const CallSite &C : O.Calls) {
        const bool Later = O.At.Begin >= At.End;
        if (C.Name == MadeThread)
          (Later ? MadeLater : Made) = true;
        else if (!(O.At == At) && joinsOwn(C, P))
          (Later ? JoinedLater : Joined) = true;
      }
  return !Made && ((MadeLater && !JoinedLater) || Joined);
}

bool ModifyJudgement::withoutThreads() const {
  const FunctionFacts &F = Flow.function();
  if (withoutThreadsAt(F, Site.At, Program_))
    return true;
  // Or whoever calls it does.
  const std::vector<CallerSite> &Callers = Program_.callers(F);
  return !Callers.empty() && !F.Lambda && !F.Coroutine &&
         llvm::all_of(Callers, [&](const CallerSite &S) {
           return !S.Starts && !S.Later && S.Caller != &F &&
                  withoutThreadsAt(*S.Caller, S.Site->At, Program_);
         });
}

bool ModifyJudgement::late(LateUse::Kind What) const {
  return Site.Callee && Site.Callee->Late.What == What &&
         !Program_.guarded(Site.Callee->Path) &&
         !guarded(State.exclusive(), Site.Path, Guarded);
}

/// `if (slot.serial <= got.serial) slot = got;`: whether a part of what is
/// written was compared with the same part of what is there now.
static bool comparesPart(const ModifyJudgement &J) {
  if (J.Site.Callee || J.Site.How != Change::Assign)
    return false;
  const std::vector<Block> &Blocks = J.Flow.function().Blocks;
  const std::vector<PathStep> &Whole = J.Site.Path.Steps;
  std::set<unsigned> Written;
  for (const Block &B : Blocks)
    for (const Op &O : B.Ops)
      if (O.Kind == OpKind::Load && O.Path.Steps.empty() &&
          llvm::is_contained(J.Site.Operation->Inputs, O.Result))
        Written.insert(O.Var);
  const auto Same = [&](const Check &C) {
    const std::vector<PathStep> &Tested =
        J.Flow.reads()[C.What.Read].Path.Steps;
    if (C.What.Stale || C.Branch == NoIndex || Tested.size() <= Whole.size() ||
        !overlaps(J.Flow.reads()[C.What.Read].Path, J.Site.Path) ||
        !J.Flow.controls(C.Branch, J.Site.Block))
      return false;
    const llvm::ArrayRef Part = llvm::ArrayRef(Tested).drop_front(Whole.size());
    return llvm::any_of(Blocks, [&](const Block &B) {
      return llvm::any_of(B.Ops, [&](const Op &O) {
        return O.Kind == OpKind::Load && Written.count(O.Var) &&
               llvm::is_contained(Blocks[C.Branch].Condition, O.Result) &&
               llvm::ArrayRef(O.Path.Steps) == Part;
      });
    });
  };
  return !Written.empty() && llvm::any_of(J.State.Checks, Same);
}

bool ModifyJudgement::validated() const {
  if (comparesPart(*this))
    return true;
  // `replace(id, seen, next)`: the callee compares.
  if (Site.Callee && llvm::any_of(Site.Expected, [&](const Tag &T) {
        return T.Stale && overlaps(Flow.reads()[T.Read].Path, Site.Path);
      }))
    return true;
  return llvm::any_of(State.Checks, [&](const Check &C) {
    return C.Validates != NoIndex && !C.What.Stale &&
           (C.Branch == NoIndex || Flow.controls(C.Branch, Site.Block));
  });
}

/// Whether elements come or go, or are replaced as a whole.
static bool changesShape(const ModifySite &M) {
  switch (M.How) {
  case Change::Insert:
  case Change::InsertIfAbsent:
  case Change::Erase:
  case Change::Clear:
  case Change::Exchange:
    return true;
  default:
    return !M.Path.Steps.empty() &&
           M.Path.Steps.back().What == PathStep::Kind::Element;
  }
}

/// Whether something else grows or shrinks by what an element of the container
/// holds: `credits_ += found->second`.
static bool paysOut(const FunctionFacts &F, const AccessPath &Container) {
  std::set<Register> Amounts;
  std::set<unsigned> Variables;
  for (const Block &B : F.Blocks)
    for (const Op &O : B.Ops) {
      const bool Amount =
          O.Kind == OpKind::Read
              ? O.Path.Steps.size() > Container.Steps.size() &&
                    overlaps(O.Path, Container)
              : O.Kind == OpKind::Load && Variables.count(O.Var);
      if (Amount)
        Amounts.insert(O.Result);
      const bool Given = llvm::any_of(
          O.Inputs, [&](Register R) { return Amounts.count(R) != 0; });
      if (Given && O.Kind == OpKind::Assign)
        Variables.insert(O.Var);
      if (Given && O.Kind == OpKind::Modify && O.How == Change::Relative &&
          !overlaps(O.Path, Container))
        return true;
    }
  return false;
}

/// Whether a path leaves the elements of a container by a member of theirs that
/// refers to something: that is no part of the container.
/// `sessions_[id].server`
static bool leadsOut(const AccessPath &Container, const AccessPath &Path,
                     const Program &P) {
  const size_t Depth = Container.Steps.size();
  if (Depth == 0 || Depth + 1 >= Path.Steps.size() ||
      !(isElement(Container.Steps.back()) || isElement(Path.Steps[Depth])))
    return false;
  return std::any_of(Path.Steps.begin() + static_cast<std::ptrdiff_t>(Depth),
                     Path.Steps.end() - 1, [&](const PathStep &S) {
                       const FieldInfo *Info =
                           isElement(S) ? nullptr : P.field(S.Name);
                       return Info && refers(*Info);
                     });
}

bool ModifyJudgement::concerns(const Tag &T) const {
  const ReadSite &R = Flow.reads()[T.Read];
  // To erase by its key, or what fits, where it is gone already does nothing,
  // unless somebody is paid for it.
  const bool OneOfAll =
      Site.Callee ? Site.Callee->Shape : Site.Operation->Shape;
  if (Site.How == Change::Erase && OneOfAll && !Site.Path.Steps.empty() &&
      Site.Path.Steps.back().What == PathStep::Kind::Element) {
    AccessPath Container = Site.Path;
    Container.Steps.pop_back();
    const bool ByKey =
        (Site.Callee ? Site.Callee->IfThere : Site.Operation->Conditional) ||
        (Site.Path.Steps.back().Name != "?" &&
         !inOrder(Guarded.Info->Elements));
    const bool Told = !Site.Callee && Site.Operation->Weak;
    const bool Fits = ByKey && Site.Path.Steps.back().Name == "?";
    if (((R.Path == Site.Path && (R.Shape || Fits)) ||
         (R.Path == Container && ByKey && Site.Via == NoIndex)) &&
        (Told || !paysOut(Flow.function(), Container)))
      return false;
  }
  if (!Flow.concerns(R, Site))
    return false;
  if (leadsOut(R.Path, Site.Path, Program_))
    return false;
  // Which object a member leads to matters where that can change.
  if (!onlyLeads(T))
    return true;
  const std::optional<StateInfo> G = Program_.guarded(R.Path);
  return G && !interferers(R.Path, *G, {}, [&](const Writer &W) {
                 return !W.Path.Steps.empty() &&
                        W.Path.Steps.back() == R.Path.Steps.back();
               }).empty();
}

bool ModifyJudgement::onlyLeads(const Tag &T) const {
  const ReadSite &R = Flow.reads()[T.Read];
  const size_t Depth = R.Path.Steps.size();
  return R.Shape && Depth > 0 && Depth < Site.Path.Steps.size() &&
         !isElement(R.Path.Steps.back()) && !isElement(Site.Path.Steps[Depth]);
}

/// Whether a test says something of other state that the modify could make
/// untrue. What only takes out cannot break "halted means that none is open".
bool ModifyJudgement::tied(const Tag &T) const {
  const ReadSite &R = Flow.reads()[T.Read];
  if (Site.How == Change::Erase || Site.How == Change::Clear)
    return false;
  if (Flow.seemsTied(R.Path, Site.Path))
    return true;
  // `if (frozen_.contains(key)) return; all_.emplace(key);`, which others do in
  // one critical section.
  if (R.Locked || !inEndedSection(T) ||
      !(adds(Site.How) || makes(Site.Made, Site.Path.Steps.size())))
    return false;
  const AccessPath Tested = wholeOf(R.Path), Grown = wholeOf(Site.Path);
  return areSiblings(Tested, Grown) &&
         Program_.inOneSection(Tested.Steps.back().Name,
                               Grown.Steps.back().Name, Flow.function());
}

bool ModifyJudgement::inEndedSection(const Tag &T) const {
  LockSet Going = T.Locks;
  for (const HeldLock &H : State.Held)
    if (!excludes(H.Mode) && H.Lock < 64)
      Going |= LockSet(1) << H.Lock;
  return Program_.options().ExecutorModel == Executor::MultiThreaded &&
         (Flow.reads()[T.Read].Under & ~Going) != 0;
}

/// Whether a version of the state, or a flag that tells what it is like, was
/// looked at before the lock was taken under which all others change both.
bool ModifyJudgement::beforeLock(const Check &C) const {
  const Tag &T = C.What;
  const std::optional<StateInfo> G =
      Program_.guarded(Flow.reads()[T.Read].Path);
  if (Program_.options().ExecutorModel != Executor::MultiThreaded || T.Stale ||
      !G)
    return false;
  // That a call looks at another member for itself proves no tie.
  // `if (!table_.load()) { lock(); owner_ = make(); table_ = owner_.get(); }`
  const bool Leads = leadsAtomically(*G->Info) &&
                     Program_.changeTogether(G->Field, Guarded.Field);
  const bool Tells = (Leads || (G->Info->Boolean && tied(T))) &&
                     !Flow.reads()[T.Read].Locked &&
                     !Flow.testedBeside(C.Branch, Site.Block, Site.Path);
  if (!Tells && !Program_.isVersion(G->Field))
    return false;
  const std::vector<LockName> Then = names(T.Locks);
  const std::set<const FunctionFacts *> &Writers =
      Program_.writerFunctions(G->Field);
  const std::set<const FunctionFacts *> &Both =
      Program_.writerFunctions(Guarded.Field);
  return !Writers.empty() && llvm::all_of(Writers, [&](const auto *W) {
    return Both.count(W);
  }) && llvm::any_of(Flow.heldNames(State), [&](const LockName &L) {
    return !L.Strand && !L.Claim && !among(Then, L) &&
           llvm::all_of(Program_.writers(G->Field), [&](const Writer &W) {
             return !Writers.count(W.Function) || among(W.Held, L);
           });
  });
}

/// Whether others move the elements of a sequence that a path leads into: what
/// stands at a place then is another one.
static bool movesElements(const ModifyJudgement &J, const AccessPath &Path) {
  for (size_t I = 1; I < Path.Steps.size(); ++I) {
    const FieldInfo *In = isElement(Path.Steps[I])
                              ? J.Program_.field(Path.Steps[I - 1].Name)
                              : nullptr;
    if (!In || !inOrder(In->Elements))
      continue;
    AccessPath Sequence = Path;
    Sequence.Steps.resize(I);
    const std::optional<StateInfo> G = J.Program_.guarded(Sequence);
    if (G && !J.interferers(Sequence, *G, {}, [](const Writer &W) {
                 return W.How == Change::Erase || W.How == Change::Clear ||
                        W.How == Change::Exchange;
               }).empty())
      return true;
  }
  return false;
}

bool ModifyJudgement::staysTrue(const Check &C) const {
  const std::vector<Block> &Blocks = Flow.function().Blocks;
  if (C.Branch == NoIndex || Blocks[C.Branch].Bounds.empty())
    return false;
  const unsigned By = Flow.onlyBy(C.Branch, Site.Block);
  if (By == NoIndex)
    return false;
  const auto Stays = [&](const Check &Part) {
    const ReadSite &R = Flow.reads()[Part.What.Read];
    const Way Harm = mustNotMove(Blocks[C.Branch], R.Path, R.At, By);
    const std::optional<StateInfo> G = Program_.guarded(R.Path);
    if (Harm == Way::Open || !G || movesElements(*this, R.Path))
      return false;
    const auto Harms = [&](const Writer &W) {
      const bool Elsewhere = W.Path.Steps.size() != R.Path.Steps.size();
      return Elsewhere ||
             (!W.TakesBack && (W.Moves == Way::Open || W.Moves == Harm));
    };
    return interferers(R.Path, *G, {}, Harms).empty() ||
           llvm::any_of(names(Part.What.Locks), [&](const LockName &L) {
             return L.Claim && honoured(L, R.Path, *G, Harms);
           });
  };
  // `used_ + n <= most_`: each part may spoil it, but for what another object
  // had, as a message that has come.
  const auto Root = [&](const Check &Part) {
    const AccessPath &P = Flow.reads()[Part.What.Read].Path;
    return std::tie(P.Base, P.Var, P.Name);
  };
  return llvm::all_of(State.Checks, [&](const Check &Part) {
    return Part.Branch != C.Branch || Root(Part) != Root(C) || Stays(Part);
  });
}

/// `pair().then([this] { pairing_ = false; }); pairing_ = true;`: what is let
/// run comes after all that the function does before it gives up control.
bool ModifyJudgement::claimedBehind() const {
  if (!Site.Later)
    return false;
  const std::vector<Block> &Blocks = Flow.function().Blocks;
  constexpr unsigned MaxBlocks = 8; // temporaries end in blocks of their own
  bool Behind = false;
  unsigned B = Site.Block;
  for (unsigned Each = 0; Each < MaxBlocks; ++Each) {
    for (const Op &O : Blocks[B].Ops) {
      if (&O == Site.Operation)
        Behind = true;
      else if (Behind && O.Kind == OpKind::Suspend && !O.Never)
        return false;
      else if (Behind && O.Kind == OpKind::Modify &&
               overlaps(O.Path, Site.Path))
        return true;
    }
    std::vector<unsigned> Next = Blocks[B].Successors;
    llvm::erase_if(Next, [&](unsigned Each) {
      return llvm::is_contained(Blocks[B].OnThrow, Each);
    });
    if (Next.size() != 1)
      return false;
    B = Next.front();
  }
  return false;
}

/// `for (;;) { lock(); refill(); if (left_ >= n) return take(n); unlock(); }`:
/// what has sent the loop round is asked again behind the modify, under the
/// same lock. Who takes something out relies on it all the same.
static bool triedAgain(const ModifyJudgement &J, const Check &C) {
  const Change How = J.Site.How;
  if (C.Branch == NoIndex || !C.What.Stale || C.Branch == J.Site.Block ||
      !(J.Flow.reads()[C.What.Read].Under & J.State.locked()) ||
      (How != Change::Relative && How != Change::Assign &&
       How != Change::Validated))
    return false;
  // Whether the modify is reached without the branch, and leads to it.
  return !J.Flow.dominates(C.Branch, J.Site.Block) &&
         J.Flow.dominates(J.Site.Block, C.Branch);
}

/// `if (!accepting()) return; lock(); queue_.push_back(x);`: a flag that a call
/// has looked at under the lock, where somebody else looks at it in the
/// critical section in which he adds.
static bool toldByCall(const ModifyJudgement &J, const Tag &T) {
  const ReadSite &R = J.Flow.reads()[T.Read];
  const std::optional<StateInfo> Flag = J.Program_.guarded(R.Path);
  const AccessPath Tested = wholeOf(R.Path), Grown = wholeOf(J.Site.Path);
  return J.Program_.options().ExecutorModel == Executor::MultiThreaded &&
         R.Locked && !T.Stale && !J.Site.Callee && Flag &&
         Flag->Info->Boolean && adds(J.Site.How) &&
         areSiblings(Tested, Grown) &&
         J.Program_.inOneSection(Tested.Steps.back().Name,
                                 Grown.Steps.back().Name, J.Flow.function());
}

/// Whether a test has found how often others have an element that is erased
/// now: those who come since count up, and that it is there says nothing of it.
static bool countsUsers(const ModifyJudgement &J, const Check &C) {
  const ReadSite &R = J.Flow.reads()[C.What.Read];
  const std::optional<StateInfo> Users = J.Program_.guarded(R.Path);
  return J.Program_.options().ExecutorModel == Executor::MultiThreaded &&
         J.Site.How == Change::Erase && !R.Shape && !R.Path.Steps.empty() &&
         Users && !J.interferers(R.Path, *Users, {}, [&](const Writer &W) {
                      return W.How == Change::Relative && W.Moves == Way::Up &&
                             !W.Path.Steps.empty() &&
                             W.Path.Steps.back() == R.Path.Steps.back();
                    }).empty();
}

std::vector<Check> ModifyJudgement::deciding(bool Stale) const {
  std::vector<Check> Result;
  if (Stale && (validated() || claimedBehind()))
    return Result;
  const auto Applies = [&](unsigned Branch) {
    return Branch == NoIndex || Flow.controls(Branch, Site.Block);
  };
  // `left_ = left_ > n ? left_ - n : 0;`: a test picks what is written.
  const auto Picks = [&](unsigned Branch) {
    return Branch != NoIndex && !Site.Callee && Site.How == Change::Assign &&
           Site.Operation->At.contains(Flow.function().Blocks[Branch].Branch);
  };
  // `std::bind(&session::on_timer, self, _1)`: a function of its own, which
  // relies on what it is given, and not on what whoever bound it has tested.
  const bool Bound = Site.Later && !Site.Operation->Calls.empty() &&
                     Site.Operation->Calls.front().Name != "lambda" &&
                     !Site.Operation->Implicit;
  // `if (link_) co_await link_->close(); link_ = next;`
  const auto LetsAll = [&](unsigned Branch) {
    return Branch != NoIndex && Flow.function().Blocks[Branch].Disposes &&
           !Flow.decides(Branch, Site.Block) && Site.How != Change::Assign;
  };
  for (const Check &C : State.Checks) {
    if (Bound || LetsAll(C.Branch) || C.What.Stale != Stale ||
        C.What.usedUp(Site.At.Begin) || !Applies(C.Branch) ||
        triedAgain(*this, C) || (Stale && staysTrue(C)))
      continue;
    // What an earlier call has found says nothing of what is taken out whole;
    // nor does the caller's look for one that takes whatever there is.
    if (Site.How == Change::Exchange && !Guarded.Info->Boolean &&
        (C.Branch == NoIndex || Flow.isContent(Site.Path)))
      continue;
    // Reported where the state was modified first, on the way to here; what is
    // put back after that was there before.
    const bool Adds = Site.How == Change::Insert;
    if ((C.Used && (Site.How == Change::Relative || Adds)) ||
        (C.What.Taken && Adds))
      continue;
    const bool Inside = Stale && Flow.reads()[C.What.Read].Locked;
    if (!concerns(C.What) && !beforeLock(C) && !toldByCall(*this, C.What) &&
        !((Stale || inEndedSection(C.What)) && !Inside && tied(C.What)))
      continue;
    if (llvm::any_of(C.Repeated, [&](const Repetition &R) {
          return (Applies(R.Branch) || Picks(R.Branch)) &&
                 (!R.Stale || guarded(R.Locks, Site.Path, Guarded)) &&
                 (!R.Shape || Flow.reads()[C.What.Read].Shape ||
                  (changesShape(Site) && !countsUsers(*this, C)));
        }))
      continue;
    Result.push_back(C);
  }
  for (const Tag &T : Site.Deciders)
    if (T.Stale == Stale && !T.usedUp(Site.At.Begin) && concerns(T)) {
      Check C;
      C.What = T;
      Result.push_back(C);
    }
  return Result;
}

TagList ModifyJudgement::misplaced() const {
  TagList Result;
  // A callee that is written here can look for itself.
  if (Site.Keys.empty() ||
      (Site.Callee && (!Site.Later || Site.Callee->Tested)))
    return Result;
  AccessPath Container = Site.Path;
  while (!Container.Steps.empty() &&
         Container.Steps.back().What == PathStep::Kind::Field)
    Container.Steps.pop_back();
  Container = wholeOf(std::move(Container));
  // That there are enough elements says nothing of which one this is.
  const bool ByContent = llvm::any_of(Site.Keys, [&](const Tag &T) {
    return Flow.reads()[T.Read].Path.Steps.size() > Container.Steps.size();
  });
  const bool Again = llvm::any_of(State.Checks, [&](const Check &C) {
    const ReadSite &R = Flow.reads()[C.What.Read];
    const bool Counts =
        R.Shape && R.Path.Steps.size() == Container.Steps.size();
    return !C.What.Stale && overlaps(R.Path, Container) &&
           !(ByContent && Counts) &&
           (C.Branch == NoIndex || Flow.controls(C.Branch, Site.Block));
  });
  if (Again)
    return Result;
  const std::optional<StateInfo> Whole = Program_.guarded(Container);
  const FieldInfo *Info = Container.Steps.empty()
                              ? Program_.field(Container.Name)
                              : Program_.field(Container.Steps.back().Name);
  const bool ByIndex = Whole && Info && inOrder(Info->Elements);
  const bool Replaced =
      Site.How == Change::Assign || Site.How == Change::Constant;
  if (!ByIndex && !Replaced)
    return Result;
  // Elements move when others go; what is added at the end moves nothing.
  const auto Moves = [&](const AccessPath &Seen, const Writer &W) {
    return W.How == Change::Erase || W.How == Change::Clear ||
           W.How == Change::Exchange ||
           (W.How == Change::Insert && Site.How == Change::Insert) ||
           (!W.Path.Steps.empty() && W.How != Change::Insert &&
            W.Path.Steps.back() == Seen.Steps.back());
  };
  // What a search has compared was claimed together with what it has found.
  const auto Claimed = [&](const Tag &T) {
    return llvm::any_of(Site.Keys, [&](const Tag &Found) {
      return Found.usedUp(Site.At.Begin) &&
             Flow.reads()[Found.Read].At.contains(Flow.reads()[T.Read].At);
    });
  };
  // What is taken out elsewhere moves what was claimed as well.
  const auto TakesOut = [](const Writer &W) {
    return W.How == Change::Erase && W.Shape;
  };
  for (const Tag &T : Site.Keys) {
    const AccessPath &Seen = Flow.reads()[T.Read].Path;
    const bool Own = Claimed(T);
    if (T.Stale && !(Own && !ByIndex) &&
        (!ByIndex || (!Seen.Steps.empty() &&
                      !interferers(Container, *Whole, {}, [&](const Writer &W) {
                         return Own ? TakesOut(W) : Moves(Seen, W);
                       }).empty())))
      addTag(Result, T);
  }
  return Result;
}

TagList ModifyJudgement::written(bool Stale) const {
  TagList Result;
  // What a call is given need not be what it writes: `free_.set(place)`.
  const auto Given = [&](const Tag &T) {
    return Site.How == Change::Mutate && T.usedUp(Site.At.Begin);
  };
  for (const Tag &T : Site.Inputs)
    if (T.Stale == Stale && concerns(T) && !(Stale && validated()) && !Given(T))
      Result.push_back(T);
  return Result;
}

TagList ModifyJudgement::exposed(const TagList &Tags, bool Wiped) const {
  TagList Result;
  for (const Tag &T : Tags)
    if (!guarded(T.Locks, Site.Path, Guarded, /*Claims=*/false) &&
        llvm::none_of(names(T.Locks), [&](const LockName &L) {
          return L.Claim &&
                 honoured(L, Site.Path, Guarded,
                          [&](const Writer &W) { return Wiped || matters(W); });
        }))
      Result.push_back(T);
  return Result;
}

} // namespace interlock
