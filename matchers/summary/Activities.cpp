#include "matchers/summary/Program.h"

#include "llvm/ADT/STLExtras.h"

// Which functions can run while others wait, on the same object.
namespace interlock {

bool joins(const CallSite &S) {
  return llvm::StringRef(S.Name).ends_with("::join");
}

bool Program::severalThreads() const {
  if (SeveralThreads)
    return *SeveralThreads;
  bool Main = false, Makes = false;
  const auto Shows = [&](const FunctionFacts &F) {
    Main |= F.Main;
    for (const Block &B : F.Blocks)
      for (const Op &O : B.Ops) {
        const bool Made = llvm::any_of(
            O.Calls, [](const CallSite &C) { return C.Name == MadeThread; });
        const bool OnStrand = llvm::any_of(
            O.Calls, [](const CallSite &C) { return !C.On.empty(); });
        if (O.Lock.Strand || OnStrand || O.Mode == LockMode::Slice ||
            O.Parallel || (Made && O.InLoop))
          return true;
        Makes |= Made;
      }
    return false;
  };
  const bool Several =
      llvm::any_of(Ordered,
                   [&](const FunctionFacts *F) { return Shows(*F); }) ||
      llvm::any_of(Members, [](const auto &Each) {
        return llvm::StringRef(Each.second.Info->Type).contains("thread_pool");
      });
  SeveralThreads = Several || !(Main || Makes);
  return *SeveralThreads;
}

/// Where `main` runs beside what it has started: from the end of a start up to
/// the next join.
const std::vector<SourceSpan> &
Program::besideOthers(const FunctionFacts &Main) const {
  const auto [Entry, New] = BesideCache.try_emplace(&Main);
  std::vector<SourceSpan> &Result = Entry->second;
  if (!New)
    return Result;
  std::map<unsigned, bool> Events; ///< by place: whether something starts
  for (const Block &B : Main.Blocks)
    for (const Op &O : B.Ops) {
      if (starts(O))
        Events[O.At.End] = true;
      for (const CallSite &C : O.Calls)
        if (joins(C))
          Events[O.At.Begin] = false;
    }
  bool Beside = false;
  for (const auto &[At, Starts] : Events) {
    if (Starts && !Beside)
      Result.push_back({Main.Definition.File, At, Main.Definition.End});
    else if (!Starts && Beside)
      Result.back().End = At;
    Beside = Starts;
  }
  return Result;
}

bool Program::starts(const Op &O, const FunctionFacts *Root,
                     unsigned Depth) const {
  constexpr unsigned MaxDepth = 4;
  const bool Starts = O.Kind == OpKind::Start || O.Kind == OpKind::Later;
  if (Starts && !Root)
    return true;
  // What begins behind a wait is not known to have begun.
  if (!Starts && (Depth == MaxDepth || (Root && O.Kind != OpKind::Call)))
    return false;
  return llvm::any_of(O.Calls, [&](const CallSite &C) {
    return llvm::any_of(callees(C), [&](const FunctionFacts *Callee) {
      if (Starts)
        return Callee == Root;
      return llvm::any_of(Callee->Blocks, [&](const Block &B) {
        return llvm::any_of(B.Ops, [&](const Op &Inner) {
          return starts(Inner, Root, Depth + 1);
        });
      });
    });
  });
}

/// The activities that a function can be a part of, named by the function
/// that each of them starts with.
const std::set<const FunctionFacts *> &
Program::roots(const FunctionFacts &F) const {
  const auto Known = RootCache.find(&F);
  if (Known != RootCache.end())
    return Known->second;
  std::set<const FunctionFacts *> Result, Seen;
  std::vector<const FunctionFacts *> Work{&F};
  while (!Work.empty()) {
    const FunctionFacts *Each = Work.back();
    Work.pop_back();
    if (!Seen.insert(Each).second)
      continue;
    const std::vector<CallerSite> &Sites = callers(*Each);
    if (Sites.empty())
      Result.insert(Each);
    for (const CallerSite &S : Sites) {
      if (S.Starts || S.Later || S.Concurrent || amongThreads(S))
        Result.insert(Each);
      else
        Work.push_back(S.Caller);
    }
  }
  if (Result.empty())
    Result.insert(&F); // only calls itself
  return RootCache[&F] = Result;
}

bool refers(const FieldInfo &Member) {
  const llvm::StringRef Type(Member.Type);
  return Type.contains('&') || Type.contains('*') ||
         Type.contains("shared_ptr") || Type.contains("reference");
}

bool Program::leadsOut(const AccessPath &Path, size_t Behind) const {
  return llvm::any_of(
      llvm::ArrayRef(Path.Steps).drop_front(Behind), [&](const PathStep &S) {
        const FieldInfo *Info = isElement(S) ? nullptr : field(S.Name);
        return Info && (refers(*Info) || Info->Holder);
      });
}

/// Whether a function changes state that its object only refers to: another
/// object may refer to the same.
static bool changesWhatIsReferredTo(const FunctionFacts &F, const Program &P) {
  const auto Refers = [&](const PathStep &S) {
    const FieldInfo *Member =
        S.What == PathStep::Kind::Field ? P.field(S.Name) : nullptr;
    return Member && refers(*Member);
  };
  const Summary *Sum = P.summary(F.Id);
  return Sum && llvm::any_of(Sum->Effects, [&](const Effect &E) {
           return llvm::any_of(E.Path.Steps, Refers) && P.guarded(E.Path);
         });
}

/// Whether a call is the only one of its function on an object that was made
/// for it.
static bool onOwnObject(const CallSite &Site) {
  return Site.FreshReceiver || Site.OnceReceiver;
}

/// Whether a path leads to something that was there before its function began.
static bool isGiven(const AccessPath &Path) {
  return Path.Base != AccessPath::Root::Local &&
         Path.Base != AccessPath::Root::Opaque &&
         Path.Base != AccessPath::Root::Either &&
         llvm::none_of(Path.Steps, isElement);
}

/// Whether a call is on an object that was there before its function began, or
/// is given one where it is on none.
static bool isOnGiven(const CallSite &Site) {
  if (Site.Receiver)
    return !onOwnObject(Site) && isGiven(*Site.Receiver);
  return !onOwnObject(Site) &&
         llvm::any_of(Site.Arguments, [](const Argument &A) {
           return A.Path && isGiven(*A.Path) && !A.Own;
         });
}

/// Whether a function gives up control again and again, and others run then.
static bool waitsInLoop(const FunctionFacts &F) {
  return F.Coroutine || llvm::any_of(F.Blocks, [](const Block &B) {
           return llvm::any_of(B.Ops, [](const Op &O) {
             return O.Kind == OpKind::Suspend && O.InLoop && !O.Never;
           });
         });
}

/// Whether start-up code calls a plain function more than once on one object:
/// what it starts runs side by side. Elsewhere the first may have ended.
bool Program::calledAgain(const FunctionFacts &F, bool Shares,
                          unsigned Depth) const {
  constexpr unsigned MaxDepth = 8;
  std::set<AccessPath> Objects;
  unsigned Own = 0;
  return Depth < MaxDepth &&
         llvm::any_of(
             callers(F),
             [&](const CallerSite &S) {
               const CallSite &Site = *S.Site;
               if (S.Starts || S.Later || S.Concurrent)
                 return false;
               // `for (;;) { co_await accept(); room->greet(); }`, which waits
               // for others than those that it sets going.
               if (waitsInLoop(*S.Caller))
                 return S.InLoop && isOnGiven(Site);
               // `for (...) std::make_shared<session>(desk)->start();`
               if (onOwnObject(Site))
                 return Shares && (S.InLoop || ++Own > 1);
               if (!S.Caller->Main)
                 return calledAgain(*S.Caller, Shares, Depth + 1);
               const bool Named =
                   Site.Receiver &&
                   (Site.Receiver->Base == AccessPath::Root::Global ||
                    Site.Receiver->Base == AccessPath::Root::Shared) &&
                   llvm::none_of(Site.Receiver->Steps,
                                 [](const PathStep &Step) {
                                   return Step.What == PathStep::Kind::Element;
                                 });
               return Site.AgainReceiver ||
                      (Named &&
                       (S.InLoop || !Objects.insert(*Site.Receiver).second));
             });
}

static bool onItself(const CallSite &Site) {
  return Site.Receiver && Site.Receiver->Base == AccessPath::Root::This &&
         Site.Receiver->Steps.empty();
}

/// Whether every object on which a member function runs was made for that:
/// `auto s = std::make_shared<session>(socket); s->run();`
static bool runsOncePerObject(const FunctionFacts &F, const Program &P,
                              unsigned Depth = 0) {
  constexpr unsigned MaxDepth = 8;
  const std::vector<CallerSite> &Sites = P.callers(F);
  return Depth < MaxDepth && !F.Record.empty() && !F.Lambda && !Sites.empty() &&
         llvm::all_of(
             Sites,
             [&](const CallerSite &S) {
               return onOwnObject(*S.Site) ||
                      (onItself(*S.Site) && !S.InLoop && Sites.size() == 1 &&
                       runsOncePerObject(*S.Caller, P, Depth + 1));
             });
}

/// Whether an activity goes round and round and waits for what others bring,
/// and a plain function sets it going that nobody in view calls: start-up code
/// starts it once.
static bool isService(const FunctionFacts &Root, const CallerSite &Start,
                      const Program &P) {
  return Start.Starts && !Start.Caller->Coroutine && !Start.Caller->Lambda &&
         P.callers(*Start.Caller).empty() &&
         llvm::any_of(Root.Blocks, [](const Block &B) {
           return llvm::any_of(B.Ops, [](const Op &O) {
             return O.Kind == OpKind::Suspend && O.PeerWait && O.InLoop;
           });
         });
}

bool Program::amongThreads(const CallerSite &S) const {
  return Opts.ExecutorModel == Executor::MultiThreaded && S.Caller->Main &&
         !S.Site->FreshReceiver &&
         llvm::any_of(besideOthers(*S.Caller), [&](const SourceSpan &Beside) {
           return Beside.contains(S.Site->At);
         });
}

bool Program::runsSeveralTimes(const FunctionFacts &Root, bool OneFrame) const {
  const auto [Entry, New] = SeveralCache.try_emplace({&Root, OneFrame}, false);
  if (!New)
    return Entry->second;
  const std::vector<CallerSite> &Sites = callers(Root);
  bool Result = false;
  // Nobody in view starts it: somebody else does, as often as he likes.
  if (llvm::none_of(Sites,
                    [](const CallerSite &S) {
                      return S.Starts || S.Later || S.Concurrent;
                    }) ||
      llvm::any_of(Sites, [&](const CallerSite &S) { return amongThreads(S); }))
    Result = !Root.Main;
  unsigned Starts = 0;
  const bool Shares = changesWhatIsReferredTo(Root, *this);
  for (const CallerSite &S : Sites) {
    if (!S.Starts && !S.Later && !S.Concurrent)
      continue;
    if (onOwnObject(*S.Site) && !Root.Lambda && !Shares)
      continue; // another object each time
    ++Starts;
    const bool Again = S.InLoop && (Shares || !S.Site->OfOneRound);
    if (Again || Starts > 1) {
      Result = true;
      break;
    }
    // `co_await (read_loop() || write_loop())` of each session
    if (onItself(*S.Site) && !Root.Lambda &&
        runsOncePerObject(*S.Caller, *this) && !Shares)
      continue;
    if (isService(Root, S, *this))
      continue;
    if (!OneFrame && !S.Caller->Coroutine)
      Result |= calledAgain(*S.Caller, Shares);
    if (!OneFrame && !S.Caller->Main && !S.Caller->Constructor)
      for (const FunctionFacts *R : roots(*S.Caller))
        Result |= R != &Root && runsSeveralTimes(*R);
  }
  return SeveralCache[{&Root, OneFrame}] = Result;
}

/// Whether an object has in itself what a path from `this` leads to, rather
/// than elsewhere: by a member that is a pointer, or stands for one.
static bool hasInItself(const AccessPath &On, const Program &P) {
  const auto Within = [&](const PathStep &S) {
    const FieldInfo *Info =
        S.What == PathStep::Kind::Field ? P.field(S.Name) : nullptr;
    if (!Info || Info->Holder)
      return false;
    llvm::StringRef Type(Info->Type);
    Type.consume_back("const");
    return !Type.rtrim().ends_with("*") && !Type.ends_with("&") &&
           !Type.contains("reference_wrapper");
  };
  return On.Base == AccessPath::Root::This && llvm::all_of(On.Steps, Within);
}

/// Whether a member function is called on nothing but locals of its callers, or
/// what these have in themselves: each activity has an object of its own.
bool Program::runsOnLocals(const FunctionFacts &F) const {
  const auto [Entry, New] = LocalsCache.try_emplace(&F, false);
  if (!New)
    return Entry->second;
  bool Any = false;
  std::set<const FunctionFacts *> Seen{&F};
  std::vector<const FunctionFacts *> Work{&F};
  const auto OnLocal = [&](const CallerSite &S) {
    const std::optional<AccessPath> &On = S.Site->Receiver;
    if (S.Starts || S.Later || S.Concurrent || S.Site->CapturedReceiver ||
        (S.Site->FreshReceiver && !S.Site->OnceReceiver) ||
        (On && !hasInItself(*On, *this)))
      return false;
    if (!On || S.Caller->Constructor)
      Any = true;
    else if (Seen.insert(S.Caller).second)
      Work.push_back(S.Caller);
    return true;
  };
  while (!Work.empty()) {
    const FunctionFacts &Each = *Work.back();
    Work.pop_back();
    if (Each.Record.empty() || Each.Lambda || callers(Each).empty() ||
        !llvm::all_of(callers(Each), OnLocal))
      return false;
  }
  return LocalsCache[&F] = Any;
}

/// Whether all callers in view lend a local of their own, and wait.
bool Program::lentByOwners(const FunctionFacts &F, unsigned Input,
                           unsigned Depth) const {
  constexpr unsigned MaxDepth = 4;
  const std::vector<CallerSite> &Sites = callers(F);
  return Depth < MaxDepth && !Sites.empty() &&
         llvm::all_of(
             Sites,
             [&](const CallerSite &S) {
               if (S.Starts || S.Later || S.Concurrent ||
                   Input >= S.Site->Arguments.size())
                 return false;
               const Argument &A = S.Site->Arguments[Input];
               return A.Own ||
                      (A.Path && A.Path->Base == AccessPath::Root::Parameter &&
                       A.Path->Var < S.Caller->InputCount &&
                       lentByOwners(*S.Caller, A.Path->Var, Depth + 1));
             });
}

/// Whether an input is another number in each activity that a loop starts.
static bool isRound(const FunctionFacts &F, llvm::StringRef Key,
                    const Program &P, unsigned Depth = 0) {
  constexpr unsigned MaxDepth = 4;
  unsigned Input;
  const std::vector<CallerSite> &Sites = P.callers(F);
  if (Depth == MaxDepth || Sites.size() != 1 || !Key.consume_front("$") ||
      Key.getAsInteger(10, Input) ||
      Input >= Sites.front().Site->Arguments.size())
    return false;
  const CallerSite &Only = Sites.front();
  const Argument &Given = Only.Site->Arguments[Input];
  return Only.Starts || Only.Later
             ? Given.Round
             : isRound(*Only.Caller, Given.Key, P, Depth + 1);
}

bool Program::ownElements(const FunctionFacts &F, const AccessPath &Path,
                          const Writer &W) const {
  // A map makes the element where there is none, which others notice.
  const auto IsThere = [&](size_t Step) {
    const FieldInfo *In =
        field(Step > 0 ? Path.Steps[Step - 1].Name : Path.Name);
    return In &&
           (In->Elements == Stability::NotContainer || inOrder(In->Elements));
  };
  if (W.Function != &F || !(W.Path == Path) || W.Shape || adds(W.How))
    return false;
  for (size_t I = 0; I < Path.Steps.size(); ++I)
    if (isElement(Path.Steps[I]) && IsThere(I) &&
        isRound(F, Path.Steps[I].Name, *this))
      return true;
  return false;
}

bool Program::ownObjects(const FunctionFacts &F, const AccessPath &Path,
                         const Writer &W) const {
  if (Path.Base == AccessPath::Root::Parameter && Path.Var < F.InputCount &&
      !F.Variables[Path.Var].Holder && lentByOwners(F, Path.Var, 0))
    return true;
  const auto Within = [&](const AccessPath &P) {
    return P.Base == AccessPath::Root::This &&
           llvm::none_of(P.Steps, [&](const PathStep &S) {
             const FieldInfo *Info = field(S.Name);
             return Info && S.What == PathStep::Kind::Field && refers(*Info);
           });
  };
  return Within(Path) && Within(W.Path) &&
         ((runsOnLocals(F) && runsOnLocals(*W.Function)) ||
          inOneActivity(F, *W.Function));
}

/// Whether a lambda is started once for each object, by one of its functions:
/// `spawn([self = shared_from_this()] { return self->run(); })`.
static bool startedOncePerObject(const FunctionFacts &Root, const Program &P) {
  const std::vector<CallerSite> &Sites = P.callers(Root);
  return Sites.size() == 1 && !Sites.front().InLoop &&
         runsOncePerObject(*Sites.front().Caller, P);
}

/// Whether both are parts of the one activity that each object has.
bool Program::inOneActivity(const FunctionFacts &F,
                            const FunctionFacts &W) const {
  const std::set<const FunctionFacts *> &Roots = roots(F);
  if (Roots.size() != 1 || Roots != roots(W))
    return false;
  const FunctionFacts &Root = **Roots.begin();
  const auto OnItsObject = [&](const CallerSite &S) {
    return onItself(*S.Site) ||
           (S.Caller == &Root && Root.Lambda && S.Site->Receiver &&
            S.Site->Receiver->Steps.empty());
  };
  const auto OnTheSame = [&](const FunctionFacts &Each) {
    const FunctionFacts *At = &Each;
    constexpr unsigned MaxDepth = 8;
    for (unsigned Depth = 0; Depth < MaxDepth && At != &Root; ++Depth) {
      const std::vector<CallerSite> &Sites = callers(*At);
      if (!llvm::all_of(Sites, [&](const CallerSite &S) {
            return OnItsObject(S) && S.Caller == Sites.front().Caller;
          }))
        return false;
      At = Sites.front().Caller;
    }
    return At == &Root;
  };
  return (Root.Lambda ? startedOncePerObject(Root, *this)
                      : runsOncePerObject(Root, *this)) &&
         OnTheSame(F) && OnTheSame(W);
}

/// Whether a chain of handlers begins at a call once for each object, or once
/// at all.
bool Program::entersOnce(const CallerSite &S) const {
  if (S.InLoop || S.Starts || S.Concurrent)
    return false;
  if (onOwnObject(*S.Site))
    return true;
  if (onItself(*S.Site) &&
      (S.Caller->Constructor || runsOncePerObject(*S.Caller, *this)))
    return true;
  return !S.Caller->Lambda &&
         llvm::none_of(roots(*S.Caller),
                       [&](const auto *R) { return runsSeveralTimes(*R); });
}

bool Program::canInterleave(const FunctionFacts &F, const FunctionFacts &W,
                            bool OneFrame) const {
  if (W.Constructor || W.Destructor)
    return false;
  // Links of one chain follow each other.
  if (const FunctionFacts *Head = headOfChain(F);
      Head && Head == headOfChain(W))
    return false;
  // The one who awaits this function is suspended as long as it runs.
  const std::vector<CallerSite> &Sites = callers(F);
  if (&F != &W && !Sites.empty() &&
      llvm::all_of(Sites,
                   [&](const CallerSite &S) {
                     return S.Caller == &W && !S.Starts && !S.Later;
                   }) &&
      llvm::none_of(roots(W), [&](const FunctionFacts *R) {
        return runsSeveralTimes(*R);
      }))
    return false;
  // One that awaits itself runs again before it goes on.
  if (&F == &W && llvm::any_of(Sites, [&](const CallerSite &S) {
        return S.Caller == &F && !S.Later;
      }))
    return true;
  for (const FunctionFacts *A : roots(F))
    for (const FunctionFacts *B : roots(W)) {
      if (B->Constructor || (B->Main && (OneFrame || !calledBeside(*A, W, *B))))
        continue; // start-up code, before anything runs
      if (OneFrame && !A->Lambda && (A == B || !B->Lambda))
        continue; // one activity, or another run with a local of its own
      if (A == B ? runsSeveralTimes(*A, OneFrame)
                 : !endedFirst(*A, *B) && !endedFirst(*B, *A))
        return true;
    }
  return false;
}

const std::vector<const FunctionFacts *> &
Program::wakersOf(const std::string &Field) const {
  static const std::vector<const FunctionFacts *> None;
  if (!Wakers) {
    Wakers.emplace();
    for (const FunctionFacts *F : Ordered)
      for (const Block &B : F->Blocks)
        for (const Op &O : B.Ops)
          for (const CallSite &C : O.Calls) {
            if (O.Kind != OpKind::Call || !C.MutatesReceiver || !C.Receiver ||
                C.Receiver->Steps.empty())
              continue;
            auto &List = (*Wakers)[C.Receiver->Steps.back().Name];
            if (List.empty() || List.back() != F)
              List.push_back(F);
          }
  }
  const auto Known = Wakers->find(Field);
  return Known == Wakers->end() ? None : Known->second;
}

} // namespace interlock
