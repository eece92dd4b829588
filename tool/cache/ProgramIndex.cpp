#include "tool/cache/ProgramIndex.h"

#include "matchers/summary/Program.h"

#include "llvm/ADT/STLExtras.h"

#include <fmt/format.h>

namespace interlock {

// Tables of the index, by the first letter of the key.
static std::string functionKey(const std::string &Id) { return "F" + Id; }
static std::string plainKey(llvm::StringRef Id) { return "P" + Id.str(); }
static std::string callersKey(const std::string &Id) { return "C" + Id; }
static std::string closuresKey(const std::string &Id) { return "L" + Id; }
static std::string overridersKey(const std::string &Id) { return "V" + Id; }
static std::string fieldKey(const std::string &Id) { return "D" + Id; }
static std::string accessKey(const std::string &Id) { return "M" + Id; }
static std::string invariantKey(const std::string &Id) { return "T" + Id; }
static std::string nameKey(const std::string &Name) { return "N" + Name; }
static std::string placeKey(const SourceSpan &At) {
  return fmt::format("A{}:{}", At.File.str(), At.Begin);
}

llvm::StringRef indexRoot() { return "/\2project"; }

template <class F> static void forEachCall(const CallSite &C, F Use) {
  Use(C);
  for (const Argument &A : C.Arguments)
    for (const CallSite &Closure : A.Closures)
      forEachCall(Closure, Use);
}

template <class F> static void forEachCall(const FunctionFacts &Of, F Use) {
  for (const Block &B : Of.Blocks)
    for (const Op &O : B.Ops)
      for (const CallSite &C : O.Calls)
        forEachCall(C, Use);
}

static std::set<std::string> calleesOf(const FunctionFacts &F) {
  std::set<std::string> Result;
  forEachCall(F, [&](const CallSite &C) {
    Result.insert(C.Callees.begin(), C.Callees.end());
  });
  return Result;
}

/// Ids of all state that a function names.
static std::set<std::string> stateOf(const FunctionFacts &F) {
  std::set<std::string> Result;
  const auto Add = [&](const AccessPath &Path) {
    if (Path.Base == AccessPath::Root::Global ||
        Path.Base == AccessPath::Root::Shared)
      Result.insert(Path.Name);
    for (const PathStep &S : Path.Steps)
      if (S.What == PathStep::Kind::Field)
        Result.insert(S.Name);
  };
  for (const Block &B : F.Blocks)
    for (const Op &O : B.Ops)
      Add(O.Path), Add(O.Lock.Path);
  forEachCall(F, [&](const CallSite &C) {
    if (C.Receiver)
      Add(*C.Receiver);
    for (const Argument &A : C.Arguments)
      if (A.Path)
        Add(*A.Path);
  });
  for (const LockName &L : F.Requires)
    Add(L.Path);
  return Result;
}

static std::string qualified(const FieldInfo &Info) {
  return Info.Record.empty() ? Info.Name : Info.Record + "::" + Info.Name;
}

void addToIndex(const TUFacts &Unit, ShardWriter &Into) {
  for (const FunctionFacts &F : Unit.Functions) {
    TUFacts One;
    One.File = Unit.File;
    One.Functions.push_back(F);
    // The unit's name ahead of the facts: the least one wins, as in `Program`.
    Into.add(functionKey(F.Id), Unit.File + '\0' + serialize(One, indexRoot()),
             /*Only=*/true);
    Into.add(placeKey(F.At), Unit.File + '\0' + F.Id);
    if (withoutUnit(F.Id).size() < F.Id.size())
      Into.add(plainKey(withoutUnit(F.Id)), F.Id);
    if (!F.Parent.empty())
      Into.add(closuresKey(F.Parent), F.Id);
    for (const std::string &Callee : calleesOf(F))
      Into.add(callersKey(Callee), F.Id);
    for (const std::string &State : stateOf(F))
      Into.add(accessKey(State), F.Id);
    for (const std::string &Base : F.Overrides)
      Into.add(overridersKey(virtualCall(Base)), F.Id);
  }
  for (const auto &[Id, Info] : Unit.Fields) {
    TUFacts One;
    One.Fields[Id] = Info;
    Into.add(fieldKey(Id), Unit.File + '\0' + serialize(One, indexRoot()),
             /*Only=*/true);
    Into.add(nameKey(qualified(Info)), Id);
  }
  for (const InvariantDecl &I : Unit.Invariants)
    for (const std::string &A : I.Fields)
      for (const std::string &B : I.Fields)
        if (A != B)
          Into.add(invariantKey(A), B);
}

namespace {

class Gatherer {
public:
  Gatherer(ShardReader &Index, const Relocation &R, const Options &Opts)
      : Index(Index), R(R), Opts(Opts) {}

  llvm::Expected<Neighbourhood> gather(const TUFacts &Unit) {
    Result.Facts.File = Unit.File;
    answerFor(Unit);
    for (const std::string &Id : Result.Own) {
      want(Id, Callers);
      for (const std::string &Closure : find(closuresKey(Id)))
        want(Closure, Callees);
    }
    // Before anything but the unit's own functions and what they call is in.
    std::set<std::string> Reached = callClosure(Result.Own);
    for (const std::string &State : guardedState(Reached))
      for (const std::string &Id : find(accessKey(State)))
        want(Id, Callers);
    work();
    addState();
    if (Problem)
      return std::move(Problem);
    return std::move(Result);
  }

private:
  /// How much of a function's surroundings is needed; each includes the ones
  /// before it.
  enum Depth : unsigned char {
    Alone,   ///< that it is there, and how it calls
    Callees, ///< its summary
    Callers, ///< also the locks and activities that it runs under
  };

  /// The values of a key; texts of this process, without the place-holder.
  std::vector<std::string> find(const std::string &Key) {
    llvm::Expected<std::vector<llvm::StringRef>> Found = Index.find(Key);
    if (!Found) {
      Problem = llvm::joinErrors(std::move(Problem), Found.takeError());
      return {};
    }
    return {Found->begin(), Found->end()};
  }

  std::string toIndex(const std::string &File) const {
    const std::string Moved = R.outward(File);
    return Moved[0] == '\1' ? indexRoot().str() + Moved.substr(1) : Moved;
  }

  void answerFor(const TUFacts &Unit) {
    const std::string Name = toIndex(Unit.File);
    for (const FunctionFacts &F : Unit.Functions) {
      SourceSpan At = F.At;
      At.File = toIndex(At.File);
      const std::vector<std::string> Seen = find(placeKey(At));
      // Sorted, so the least unit stands first.
      if (Seen.empty() ||
          Seen.front().substr(0, Seen.front().find('\0')) != Name)
        continue;
      for (const std::string &Each : Seen)
        Result.Own.insert(Each.substr(Each.find('\0') + 1));
    }
  }

  const FunctionFacts *load(const std::string &Id) {
    const auto [Entry, New] = Loaded.try_emplace(Id);
    if (New)
      Entry->second = read(functionKey(Id));
    const TUFacts *Facts = Entry->second.get();
    return Facts && !Facts->Functions.empty() ? &Facts->Functions.front()
                                              : nullptr;
  }

  std::unique_ptr<TUFacts> read(const std::string &Key) {
    const std::vector<std::string> Found = find(Key);
    if (Found.empty())
      return nullptr;
    llvm::StringRef Bytes = Found.front();
    Bytes = Bytes.drop_front(Bytes.find('\0') + 1);
    auto Facts = deserialize(Bytes, R.root());
    if (Facts)
      return std::move(*Facts);
    Problem = llvm::joinErrors(std::move(Problem), Facts.takeError());
    return nullptr;
  }

  void want(const std::string &Id, Depth How) {
    const auto [Entry, New] = Wanted.try_emplace(Id, How);
    if (!New && Entry->second >= How)
      return;
    Entry->second = How;
    Work.push_back(Id);
  }

  void work() {
    while (!Work.empty()) {
      const std::string Id = std::move(Work.back());
      Work.pop_back();
      const FunctionFacts *F = load(Id);
      const Depth How = Wanted[Id];
      if (!F || How == Alone)
        continue;
      for (const std::string &Callee : targetsOf(*F))
        want(Callee, Callees);
      for (const std::string &Caller : callersOf(*F))
        want(Caller, How == Callers ? Callers : Alone);
    }
  }

  /// The functions that one calls, overriders included.
  std::set<std::string> targetsOf(const FunctionFacts &F) {
    std::set<std::string> Result;
    for (const std::string &Callee : calleesOf(F)) {
      Result.insert(Callee);
      for (std::string &Defined : find(plainKey(Callee)))
        Result.insert(std::move(Defined));
      for (std::string &Overrider : find(overridersKey(Callee)))
        Result.insert(std::move(Overrider));
    }
    return Result;
  }

  /// The functions that call one, also as what it overrides.
  std::vector<std::string> callersOf(const FunctionFacts &F) {
    std::vector<std::string> Result = find(callersKey(F.Id));
    if (const std::string Plain = withoutUnit(F.Id).str();
        Plain.size() < F.Id.size())
      for (std::string &Caller : find(callersKey(Plain)))
        Result.push_back(std::move(Caller));
    for (const std::string &Base : F.Overrides)
      for (std::string &Caller : find(callersKey(virtualCall(Base))))
        Result.push_back(std::move(Caller));
    return Result;
  }

  std::set<std::string> callClosure(const std::set<std::string> &From) {
    std::set<std::string> Seen;
    std::vector<std::string> Rest(From.begin(), From.end());
    while (!Rest.empty()) {
      const std::string Id = std::move(Rest.back());
      Rest.pop_back();
      const FunctionFacts *F = load(Id);
      if (!F || !Seen.insert(Id).second)
        continue;
      for (const std::string &Callee : targetsOf(*F))
        Rest.push_back(Callee);
    }
    return Seen;
  }

  /// Guarded state that functions name, and what is tied to it.
  std::set<std::string> guardedState(const std::set<std::string> &Functions) {
    std::set<std::string> Named;
    for (const std::string &Id : Functions)
      for (const std::string &State : stateOf(*load(Id)))
        tie(State, Named);
    TUFacts Fields;
    for (const std::string &Id : Named)
      if (const auto Info = read(fieldKey(Id)))
        Fields.Fields.insert(Info->Fields.begin(), Info->Fields.end());
    const TUFacts *Only[] = {&Fields};
    const Program P(Only, Opts);
    std::erase_if(Named, [&](const std::string &Id) {
      AccessPath Path;
      Path.Base = AccessPath::Root::This;
      return !P.guarded(Path.field(Id));
    });
    return Named;
  }

  void tie(const std::string &State, std::set<std::string> &Into) {
    if (!Into.insert(State).second)
      return;
    for (const std::string &Other : find(invariantKey(State)))
      tie(Other, Into);
    if (Opts.Invariants.empty())
      return;
    const auto Info = read(fieldKey(State));
    if (!Info || Info->Fields.empty())
      return;
    const std::string Name = qualified(Info->Fields.begin()->second);
    for (const std::vector<std::string> &Members : Opts.Invariants)
      if (llvm::is_contained(Members, Name))
        for (const std::string &Member : Members)
          for (const std::string &Id : find(nameKey(Member)))
            tie(Id, Into);
  }

  /// Moves what was loaded into the result, with the state that it names.
  void addState() {
    std::set<std::string> Named;
    for (auto &[Id, Facts] : Loaded) {
      if (!Facts || Facts->Functions.empty() || !Wanted.contains(Id))
        continue;
      for (const std::string &State : stateOf(Facts->Functions.front()))
        tie(State, Named);
      Result.Facts.Functions.push_back(std::move(Facts->Functions.front()));
    }
    for (const std::string &Id : Named) {
      if (const auto Info = read(fieldKey(Id)))
        Result.Facts.Fields.insert(Info->Fields.begin(), Info->Fields.end());
      for (const std::string &Other : find(invariantKey(Id)))
        Result.Facts.Invariants.push_back({{Id, Other}});
    }
  }

  ShardReader &Index;
  const Relocation &R;
  const Options &Opts;
  Neighbourhood Result;
  std::map<std::string, std::unique_ptr<TUFacts>> Loaded;
  std::map<std::string, Depth> Wanted;
  std::vector<std::string> Work;
  llvm::Error Problem = llvm::Error::success();
};

} // namespace

llvm::Expected<Neighbourhood> neighbourhood(const TUFacts &Unit,
                                            ShardReader &Index,
                                            const Relocation &R,
                                            const Options &Opts) {
  return Gatherer(Index, R, Opts).gather(Unit);
}

std::vector<Finding> analyse(const Neighbourhood &N, const Options &Opts) {
  const TUFacts *Whole[] = {&N.Facts};
  std::vector<Finding> Findings = analyse(Whole, Opts);
  std::set<SourceSpan> Places; ///< notes on a function name it by its place
  for (const FunctionFacts &F : N.Facts.Functions)
    if (N.Own.contains(F.Id))
      Places.insert(F.At);
  llvm::erase_if(Findings, [&](const Finding &F) {
    return F.Extent.FunctionId.empty() ? !Places.contains(F.At)
                                       : !N.Own.contains(F.Extent.FunctionId);
  });
  return Findings;
}

} // namespace interlock
