#include "matchers/vocabulary/Vocabulary.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/YAMLTraits.h"

#include <array>

// The text of builtin.yaml, made by CMake.
extern const char *const InterlockBuiltinVocabulary;

namespace interlock {
namespace {

using Names = std::vector<std::string>;

struct Containers {
  Names Stable, Rehashing, Flat, Chunked, Contiguous;
};

constexpr std::pair<const char *, NameSet Vocabulary::*> NameLists[] = {
    {"synchronizers", &Vocabulary::Synchronizers},
    {"never-suspends", &Vocabulary::NeverSuspends},
    {"suspends", &Vocabulary::Suspends},
    {"yield-contexts", &Vocabulary::YieldContexts},
    {"releases", &Vocabulary::Releases},
    {"asserts", &Vocabulary::Asserts},
    {"condition-waits", &Vocabulary::ConditionWaits},
    {"locks-all", &Vocabulary::LocksAll},
    {"strands", &Vocabulary::Strands},
    {"parallel", &Vocabulary::Parallel},
    {"binds", &Vocabulary::Binds},
    {"lends", &Vocabulary::Lends},
    {"walks", &Vocabulary::Walks},
    {"rounds", &Vocabulary::Rounds},
    {"scope-exits", &Vocabulary::ScopeExits},
    {"failure-exits", &Vocabulary::FailureExits},
    {"runs-now", &Vocabulary::RunsNow},
    {"starts", &Vocabulary::Starts},
    {"concurrent", &Vocabulary::Concurrent},
    {"peer-waits", &Vocabulary::PeerWaits},
    {"delays", &Vocabulary::Delays},
    {"holders", &Vocabulary::Holders},
    {"makers", &Vocabulary::Makers},
    {"runs-out", &Vocabulary::RunsOut},
    {"stops-loop", &Vocabulary::StopsLoop},
    {"faces", &Vocabulary::Faces},
    {"forwards", &Vocabulary::Forwards},
    {"steps", &Vocabulary::Steps},
    {"monotone", &Vocabulary::Monotone},
    {"presence", &Vocabulary::Presence},
    {"extents", &Vocabulary::Extents},
    {"ends", &Vocabulary::Ends},
    {"erases", &Vocabulary::Erases},
    {"fixed-size", &Vocabulary::FixedSize},
    {"repeats", &Vocabulary::Repeats},
    {"exchanges", &Vocabulary::Exchanges},
};

constexpr std::pair<const char *, MethodEffect> EffectLists[] = {
    {"insert", MethodEffect::Insert},
    {"insert-if-absent", MethodEffect::InsertIfAbsent},
    {"assign", MethodEffect::Assign},
    {"erase", MethodEffect::Erase},
    {"clear", MethodEffect::Clear},
    {"relative", MethodEffect::Relative},
    {"exchange", MethodEffect::Exchange},
    {"validated", MethodEffect::Validated},
    {"element", MethodEffect::Element},
    {"iterator", MethodEffect::Iterator},
};

struct Methods {
  std::array<Names, std::size(EffectLists)> By;
};

/// builtin.yaml as it is read.
struct Document {
  std::vector<CategoryOption> Categories;
  std::array<Names, std::size(NameLists)> Lists;
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
    Io.enumCase(Mode, "inside", interlock::LockMode::Inside);
    Io.enumCase(Mode, "closed", interlock::LockMode::Closed);
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
    Io.mapOptional("words", C.Words);
    Io.mapOptional("numbers", C.Numbers);
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
    Io.mapRequired("flat", C.Flat);
    Io.mapRequired("chunked", C.Chunked);
    Io.mapRequired("contiguous", C.Contiguous);
  }
};

template <> struct MappingTraits<interlock::Methods> {
  static void mapping(IO &Io, interlock::Methods &M) {
    for (const auto &[Effect, Names] : llvm::zip(interlock::EffectLists, M.By))
      Io.mapRequired(Effect.first, Names);
  }
};

template <> struct MappingTraits<interlock::Document> {
  static void mapping(IO &Io, interlock::Document &D) {
    Io.mapRequired("categories", D.Categories);
    for (const auto &[List, Names] : llvm::zip(interlock::NameLists, D.Lists))
      Io.mapRequired(List.first, Names);
    Io.mapRequired("guards", D.Guards);
    Io.mapRequired("acquires", D.Acquires);
    Io.mapRequired("token-channels", D.Channels);
    Io.mapRequired("containers", D.Elements);
    Io.mapRequired("methods", D.Effects);
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
  if (Name.empty())
    return false;
  const std::uint32_t Hash = Exact.hash(Name);
  if (Exact.find(Name, Hash) != Exact.end())
    return true;
  if (Globs.empty())
    return false;
  const auto [Entry, New] = Known.try_emplace_with_hash(Name, Hash, false);
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

llvm::StringRef lastPart(llvm::StringRef Name) {
  const size_t Colon = Name.rfind("::");
  return Colon == llvm::StringRef::npos ? Name : Name.drop_front(Colon + 2);
}

std::string wordsOf(llvm::StringRef Name) {
  Name = Name.ltrim('_');
  for (const llvm::StringRef Scope : {"m_", "s_", "g_"})
    if (Name.consume_front(Scope))
      break;
  Name = Name.trim('_');
  // Hungarian: `nBalance`, `dblBalance`.
  if (Name.size() > 1 && llvm::isLower(Name[0]) && llvm::isUpper(Name[1]))
    Name = Name.drop_front();
  std::string Result;
  for (size_t I = 0; I < Name.size(); ++I) {
    const bool Begins = llvm::isUpper(Name[I]) && I > 0 && Name[I - 1] != '_' &&
                        (!llvm::isUpper(Name[I - 1]) ||
                         (I + 1 < Name.size() && llvm::isLower(Name[I + 1])));
    if (Begins)
      Result += '_';
    Result += llvm::toLower(Name[I]);
  }
  return Result;
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
  for (const auto &[List, Names] : llvm::zip(NameLists, D.Lists))
    (this->*List.second).add(Names);
  NeverSuspends.add(User.NeverSuspends);
  Suspends.add(User.Suspends);
  RunsLater.add(User.RunsLater);
  NoReentry.add(User.NoReentry);
  Channels = D.Channels;
  Stable.add(D.Elements.Stable);
  Rehashing.add(D.Elements.Rehashing);
  Flat.add(D.Elements.Flat);
  Chunked.add(D.Elements.Chunked);
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

  for (const auto &[Effect, Names] : llvm::zip(EffectLists, D.Effects.By))
    for (const std::string &Name : Names)
      Methods[Name] = Effect.second;
}

const GuardType *Vocabulary::guard(llvm::StringRef Type) const {
  for (const GuardType &G : Guards)
    if (globMatches(G.Type, Type))
      return &G;
  return nullptr;
}

const AcquireCall *Vocabulary::acquire(llvm::StringRef Function) const {
  const auto [Entry, New] = KnownAcquires.try_emplace(Function, nullptr);
  if (New) {
    const auto Found = llvm::find_if(Acquires, [&](const AcquireCall &A) {
      return globMatches(A.Name, Function);
    });
    Entry->second = Found == Acquires.end() ? nullptr : &*Found;
  }
  return Entry->second;
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
  const auto [Entry, New] =
      KnownStability.try_emplace(Type, Stability::NotContainer);
  if (New)
    Entry->second = Stable.matches(Type)       ? Stability::Stable
                    : Rehashing.matches(Type)  ? Stability::Rehashing
                    : Flat.matches(Type)       ? Stability::Flat
                    : Chunked.matches(Type)    ? Stability::Chunked
                    : Contiguous.matches(Type) ? Stability::Contiguous
                                               : Stability::NotContainer;
  return Entry->second;
}

MethodEffect Vocabulary::effect(llvm::StringRef Method) const {
  return Methods.lookup(Method);
}

} // namespace interlock
