#include "matchers/vocabulary/Vocabulary.h"

#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/YAMLTraits.h"

#include <map>

// The text of builtin.yaml, made by CMake.
extern const char *const InterlockBuiltinVocabulary;

namespace interlock {
namespace {

struct Containers {
  std::vector<std::string> Stable, Rehashing, Contiguous;
};

struct Methods {
  std::vector<std::string> Insert, InsertIfAbsent, Assign, Erase, Clear,
      Relative, Exchange, Validated, Element, Iterator;
};

/// builtin.yaml as it is read.
struct Document {
  std::vector<CategoryOption> Categories;
  std::vector<std::string> Synchronizers, NeverSuspends, Suspends,
      YieldContexts, Releases, RunsNow, Starts, Concurrent, PeerWaits, Holders,
      Makers, Forwards, Monotone, Exchanges, Asserts, ConditionWaits, Strands,
      Binds, ScopeExits;
  std::vector<GuardType> Guards;
  std::vector<AcquireCall> Acquires;
  std::vector<ChannelType> Channels;
  Containers Elements;
  Methods Effects;
};

} // namespace
} // namespace interlock

LLVM_YAML_IS_SEQUENCE_VECTOR(interlock::CategoryOption)
LLVM_YAML_IS_SEQUENCE_VECTOR(interlock::GuardType)
LLVM_YAML_IS_SEQUENCE_VECTOR(interlock::AcquireCall)
LLVM_YAML_IS_SEQUENCE_VECTOR(interlock::ChannelType)

namespace llvm::yaml {

template <> struct ScalarEnumerationTraits<interlock::LockMode> {
  static void enumeration(IO &Io, interlock::LockMode &Mode) {
    Io.enumCase(Mode, "exclusive", interlock::LockMode::Exclusive);
    Io.enumCase(Mode, "shared", interlock::LockMode::Shared);
    Io.enumCase(Mode, "counted", interlock::LockMode::Counted);
  }
};

template <> struct ScalarEnumerationTraits<interlock::AcquireResult> {
  static void enumeration(IO &Io, interlock::AcquireResult &Result) {
    Io.enumCase(Result, "guard", interlock::AcquireResult::Guard);
    Io.enumCase(Result, "manual", interlock::AcquireResult::Manual);
    Io.enumCase(Result, "callable", interlock::AcquireResult::Callable);
  }
};

template <> struct MappingTraits<interlock::CategoryOption> {
  static void mapping(IO &Io, interlock::CategoryOption &C) {
    Io.mapRequired("name", C.Name);
    Io.mapOptional("members", C.Members);
    Io.mapOptional("types", C.Types);
    Io.mapOptional("keyed", C.Keyed);
  }
};

template <> struct MappingTraits<interlock::GuardType> {
  static void mapping(IO &Io, interlock::GuardType &G) {
    Io.mapRequired("type", G.Type);
    Io.mapRequired("mode", G.Mode);
    Io.mapOptional("blocking", G.Blocking);
  }
};

template <> struct MappingTraits<interlock::AcquireCall> {
  static void mapping(IO &Io, interlock::AcquireCall &A) {
    Io.mapRequired("name", A.Name);
    Io.mapRequired("result", A.Result);
    Io.mapRequired("mode", A.Mode);
    Io.mapOptional("blocking", A.Blocking);
    Io.mapOptional("conditional", A.Conditional);
    Io.mapOptional("lock", A.LockArgument, -1);
    Io.mapOptional("units", A.UnitsArgument, -1);
  }
};

template <> struct MappingTraits<interlock::ChannelType> {
  static void mapping(IO &Io, interlock::ChannelType &C) {
    Io.mapRequired("type", C.Type);
    Io.mapRequired("puts", C.Puts);
    Io.mapRequired("gets", C.Gets);
  }
};

template <> struct MappingTraits<interlock::Containers> {
  static void mapping(IO &Io, interlock::Containers &C) {
    Io.mapRequired("stable", C.Stable);
    Io.mapRequired("rehashing", C.Rehashing);
    Io.mapRequired("contiguous", C.Contiguous);
  }
};

template <> struct MappingTraits<interlock::Methods> {
  static void mapping(IO &Io, interlock::Methods &M) {
    Io.mapRequired("insert", M.Insert);
    Io.mapRequired("insert-if-absent", M.InsertIfAbsent);
    Io.mapRequired("assign", M.Assign);
    Io.mapRequired("erase", M.Erase);
    Io.mapRequired("clear", M.Clear);
    Io.mapRequired("relative", M.Relative);
    Io.mapRequired("exchange", M.Exchange);
    Io.mapRequired("validated", M.Validated);
    Io.mapRequired("element", M.Element);
    Io.mapRequired("iterator", M.Iterator);
  }
};

template <> struct MappingTraits<interlock::Document> {
  static void mapping(IO &Io, interlock::Document &D) {
    Io.mapRequired("categories", D.Categories);
    Io.mapRequired("synchronizers", D.Synchronizers);
    Io.mapRequired("never-suspends", D.NeverSuspends);
    Io.mapRequired("suspends", D.Suspends);
    Io.mapRequired("yield-contexts", D.YieldContexts);
    Io.mapRequired("guards", D.Guards);
    Io.mapRequired("acquires", D.Acquires);
    Io.mapRequired("releases", D.Releases);
    Io.mapRequired("asserts", D.Asserts);
    Io.mapRequired("condition-waits", D.ConditionWaits);
    Io.mapRequired("strands", D.Strands);
    Io.mapRequired("binds", D.Binds);
    Io.mapRequired("scope-exits", D.ScopeExits);
    Io.mapRequired("token-channels", D.Channels);
    Io.mapRequired("runs-now", D.RunsNow);
    Io.mapRequired("starts", D.Starts);
    Io.mapRequired("concurrent", D.Concurrent);
    Io.mapRequired("peer-waits", D.PeerWaits);
    Io.mapRequired("containers", D.Elements);
    Io.mapRequired("methods", D.Effects);
    Io.mapRequired("holders", D.Holders);
    Io.mapRequired("makers", D.Makers);
    Io.mapRequired("forwards", D.Forwards);
    Io.mapRequired("monotone", D.Monotone);
    Io.mapRequired("exchanges", D.Exchanges);
  }
};

} // namespace llvm::yaml

namespace interlock {

static bool globMatches(llvm::StringRef Glob, llvm::StringRef Name) {
  const size_t Star = Glob.find('*');
  if (Star == llvm::StringRef::npos)
    return Glob == Name;
  if (!Name.starts_with(Glob.take_front(Star)))
    return false;
  Name = Name.drop_front(Star);
  Glob = Glob.drop_front(Star + 1);
  for (size_t Skip = 0; Skip <= Name.size(); ++Skip)
    if (globMatches(Glob, Name.drop_front(Skip)))
      return true;
  return false;
}

void NameSet::add(const std::vector<std::string> &Names) {
  for (const std::string &Name : Names) {
    if (Name.find('*') == std::string::npos)
      Exact.try_emplace(Name);
    else
      Globs.push_back(Name);
  }
}

bool NameSet::matches(llvm::StringRef Name) const {
  if (Exact.contains(Name))
    return true;
  if (Globs.empty() || Name.empty())
    return false;
  const auto [Entry, New] = Known.try_emplace(Name, false);
  if (New)
    Entry->second = llvm::any_of(
        Globs, [&](const std::string &G) { return globMatches(G, Name); });
  return Entry->second;
}

static const Document &builtin() {
  static const Document Doc = [] {
    Document Result;
    llvm::yaml::Input In(InterlockBuiltinVocabulary);
    In >> Result;
    if (In.error())
      llvm::report_fatal_error("the built-in vocabulary is malformed");
    return Result;
  }();
  return Doc;
}

std::vector<CategoryOption> categories(const Options &Opts) {
  std::vector<CategoryOption> Result = builtin().Categories;
  for (const CategoryOption &C : Opts.Categories)
    if (!(C.Members.empty() && C.Types.empty()))
      Result.push_back(C);
  return Result;
}

Vocabulary::Vocabulary(const Options &Opts) : Categories(categories(Opts)) {
  const Document &D = builtin();
  const VocabularyOption &User = Opts.Vocabulary;
  Synchronizers.add(D.Synchronizers);
  NeverSuspends.add(D.NeverSuspends);
  NeverSuspends.add(User.NeverSuspends);
  Suspends.add(D.Suspends);
  Suspends.add(User.Suspends);
  YieldContexts.add(D.YieldContexts);
  Releases.add(D.Releases);
  RunsNow.add(D.RunsNow);
  RunsLater.add(User.RunsLater);
  Starts.add(D.Starts);
  Concurrent.add(D.Concurrent);
  PeerWaits.add(D.PeerWaits);
  ScopeExits.add(D.ScopeExits);
  NoReentry.add(User.NoReentry);
  Holders.add(D.Holders);
  Makers.add(D.Makers);
  Forwards.add(D.Forwards);
  Monotone.add(D.Monotone);
  Exchanges.add(D.Exchanges);
  Asserts.add(D.Asserts);
  ConditionWaits.add(D.ConditionWaits);
  Strands.add(D.Strands);
  Binds.add(D.Binds);
  Channels = D.Channels;
  Stable.add(D.Elements.Stable);
  Rehashing.add(D.Elements.Rehashing);
  Contiguous.add(D.Elements.Contiguous);
  for (const std::string &Type : User.Guards)
    Guards.push_back({Type, LockMode::Exclusive, false});
  for (const std::string &Type : User.SharedGuards)
    Guards.push_back({Type, LockMode::Shared, false});
  Guards.insert(Guards.end(), D.Guards.begin(), D.Guards.end());
  for (const std::string &Name : User.Acquires)
    Acquires.push_back({Name, AcquireResult::Guard, LockMode::Exclusive, false,
                        false, -1, -1});
  Acquires.insert(Acquires.end(), D.Acquires.begin(), D.Acquires.end());

  const auto Add = [&](const std::vector<std::string> &Names, MethodEffect E) {
    for (const std::string &Name : Names)
      Methods[Name] = E;
  };
  Add(D.Effects.Insert, MethodEffect::Insert);
  Add(D.Effects.InsertIfAbsent, MethodEffect::InsertIfAbsent);
  Add(D.Effects.Assign, MethodEffect::Assign);
  Add(D.Effects.Erase, MethodEffect::Erase);
  Add(D.Effects.Clear, MethodEffect::Clear);
  Add(D.Effects.Relative, MethodEffect::Relative);
  Add(D.Effects.Exchange, MethodEffect::Exchange);
  Add(D.Effects.Validated, MethodEffect::Validated);
  Add(D.Effects.Element, MethodEffect::Element);
  Add(D.Effects.Iterator, MethodEffect::Iterator);
}

const GuardType *Vocabulary::guard(llvm::StringRef Type) const {
  for (const GuardType &G : Guards)
    if (globMatches(G.Type, Type))
      return &G;
  return nullptr;
}

const AcquireCall *Vocabulary::acquire(llvm::StringRef Function) const {
  for (const AcquireCall &A : Acquires)
    if (globMatches(A.Name, Function))
      return &A;
  return nullptr;
}

const ChannelType *Vocabulary::channel(llvm::StringRef Function) const {
  const auto [Type, Method] = Function.rsplit("::");
  for (const ChannelType &C : Channels)
    if ((llvm::is_contained(C.Puts, Method) ||
         llvm::is_contained(C.Gets, Method)) &&
        globMatches(C.Type, Type))
      return &C;
  return nullptr;
}

Stability Vocabulary::stability(llvm::StringRef Type) const {
  if (Stable.matches(Type))
    return Stability::Stable;
  if (Rehashing.matches(Type))
    return Stability::Rehashing;
  if (Contiguous.matches(Type))
    return Stability::Contiguous;
  return Stability::NotContainer;
}

MethodEffect Vocabulary::effect(llvm::StringRef Method) const {
  return Methods.lookup(Method);
}

} // namespace interlock
