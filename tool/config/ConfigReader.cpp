#include "tool/config/CheckIds.h"
#include "tool/config/InputText.h"
#include "tool/config/Nearest.h"
#include "tool/config/Schema.h"

#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Regex.h"

#include <type_traits>

namespace interlock {
namespace {

using Kind = YamlValue::Kind;

template <typename T> struct IsList : std::false_type {};
template <typename T> struct IsList<std::vector<T>> : std::true_type {};

/// Reads values of one file over a configuration; reports, never stops.
class Reader {
public:
  Reader(llvm::StringRef File, std::vector<ConfigProblem> &Problems)
      : File(File), Problems(Problems) {}

  template <typename T> void read(const YamlValue &From, T &To, Constraint C) {
    if constexpr (std::is_same_v<T, std::string>)
      readText(From, To, C);
    else if constexpr (std::is_same_v<T, bool>)
      readBool(From, To);
    else if constexpr (std::is_same_v<T, unsigned>)
      readUnsigned(From, To);
    else if constexpr (std::is_enum_v<T>)
      readEnum(From, To);
    else if constexpr (IsList<T>::value)
      readList(From, To, C);
    else
      readRecord(From, To);
  }

  template <typename T> void readRecord(const YamlValue &From, T &To) {
    if (From.What == Kind::Null)
      return;
    if (From.What != Kind::Mapping)
      return problem(From.At, "expected keys and values");
    FieldReader<T> Fields{*this, From, {}};
    describe(Fields, To);
    for (const YamlValue::Entry &Entry : From.Entries)
      if (!llvm::is_contained(Fields.Known, Entry.Key))
        problem(Entry.At, fmt::format("unknown key '{}'{}", Entry.Key,
                                      suggestion(Entry.Key, Fields.Known)));
  }

private:
  template <typename T> struct FieldReader {
    Reader &R;
    const YamlValue &From;
    std::vector<llvm::StringRef> Known;

    template <typename F>
    void key(llvm::StringRef Name, F &Field, llvm::StringRef,
             Constraint C = Constraint::None) {
      Known.push_back(Name);
      bool Found = false;
      for (const YamlValue::Entry &Entry : From.Entries)
        if (Entry.Key == Name) {
          R.read(Entry.Value, Field, C);
          Found = true;
        }
      if (!Found && isRequired<F>(C))
        R.problem(From.At, fmt::format("an entry without '{}'", Name.str()));
    }
  };

  /// Whether an entry means nothing without the key.
  template <typename F> static constexpr bool isRequired(Constraint C) {
    return std::is_same_v<F, std::string> &&
           (C == Constraint::Name || C == Constraint::Check ||
            C == Constraint::Level);
  }

  void readText(const YamlValue &From, std::string &To, Constraint C) {
    if (From.What == Kind::Null && C != Constraint::Include &&
        C != Constraint::Name)
      return To.clear();
    if (From.What != Kind::Scalar)
      return problem(From.At, "expected text");
    To = From.Text;
    check(From, C);
  }

  void readBool(const YamlValue &From, bool &To) {
    if (From.Text == "true" || From.Text == "yes" || From.Text == "on")
      To = true;
    else if (From.Text == "false" || From.Text == "no" || From.Text == "off")
      To = false;
    else
      problem(From.At, "expected true or false");
  }

  void readUnsigned(const YamlValue &From, unsigned &To) {
    if (From.What != Kind::Scalar ||
        llvm::StringRef(From.Text).getAsInteger(10, To))
      problem(From.At, "expected a number from 0 to 4294967295");
  }

  template <typename Enum> void readEnum(const YamlValue &From, Enum &To) {
    std::vector<llvm::StringRef> Known;
    for (const auto &[Value, Name] : EnumNames<Enum>::Names) {
      Known.push_back(Name);
      if (From.What == Kind::Scalar && From.Text == Name) {
        To = Value;
        return;
      }
    }
    problem(From.At, fmt::format("unknown value '{}'{}", From.Text,
                                 suggestion(From.Text, Known)));
  }

  template <typename T>
  void readList(const YamlValue &From, std::vector<T> &To, Constraint C) {
    if (From.What == Kind::Null)
      return;
    if (From.What == Kind::Sequence) {
      for (const YamlValue &Item : From.Items)
        if (Item.What == Kind::Null)
          problem(Item.At, "an entry without a value");
        else
          read(Item, To.emplace_back(), C);
      return;
    }
    // `checks: '-*,stale-*'`, as .clang-tidy has it.
    if constexpr (std::is_same_v<T, std::string>) {
      if (From.What == Kind::Scalar && C == Constraint::Check) {
        for (std::string &Part : splitList(From.Text)) {
          YamlValue Item = From;
          Item.Text = std::move(Part);
          read(Item, To.emplace_back(), C);
        }
        return;
      }
      if (From.What == Kind::Scalar)
        return read(From, To.emplace_back(), C);
    }
    problem(From.At, "expected a list");
  }

  void check(const YamlValue &From, Constraint C) {
    if (C == Constraint::Regex) {
      std::string Reason;
      if (From.Text.size() > 2000)
        problem(From.At, "regular expression of more than 2000 characters");
      else if (!llvm::Regex(From.Text).isValid(Reason))
        problem(From.At, "invalid regular expression: " + Reason);
      else if (hasBackReference(From.Text))
        problem(From.At, "back references are not supported: matching one can "
                         "take exponential time");
    } else if (C == Constraint::Check) {
      if (auto Problem = badCheckGlob(From.Text))
        problem(From.At, *Problem);
    } else if (C == Constraint::Name) {
      if (From.Text.empty())
        problem(From.At, "expected a name");
    } else if (C == Constraint::Include) {
      const llvm::StringRef Text = From.Text;
      if (Text.size() < 3 || !((Text.front() == '<' && Text.back() == '>') ||
                               (Text.front() == '"' && Text.back() == '"')))
        problem(From.At, "expected <header> or \"header\"");
    } else if (C == Constraint::Level) {
      if (From.Text != "none" && !levelFromName(From.Text))
        problem(From.At, fmt::format("unknown level '{}'{}", From.Text,
                                     suggestion(From.Text, {"error", "warning",
                                                            "note", "none"})));
    }
  }

  static bool hasBackReference(llvm::StringRef Text) {
    for (size_t I = 0; I + 1 < Text.size(); ++I)
      if (Text[I] == '\\') {
        if (Text[I + 1] >= '1' && Text[I + 1] <= '9')
          return true;
        ++I;
      }
    return false;
  }

  void problem(YamlPlace At, std::string Message) {
    Problems.push_back({File.str(), At, std::move(Message)});
  }

  llvm::StringRef File;
  std::vector<ConfigProblem> &Problems;
};

/// A file on the way up, parsed.
struct Layer {
  std::string File;
  std::string Folder;
  YamlValue Tree;
  bool Inherit = false;
};

} // namespace

static Layer parseLayer(llvm::StringRef File, llvm::StringRef Text,
                        std::vector<ConfigProblem> &Problems) {
  Layer L;
  L.File = File.str();
  L.Folder = llvm::sys::path::parent_path(File).str();
  L.Tree = parseYaml(File, Text, Problems);
  for (const YamlValue::Entry &Entry : L.Tree.Entries)
    if (Entry.Key == "inherit")
      L.Inherit = Entry.Value.Text == "true";
  return L;
}

/// Applies layers from the outermost in.
static void applyLayers(llvm::ArrayRef<Layer> Layers, LoadedConfig &Result) {
  for (const Layer &L : llvm::reverse(Layers)) {
    std::string OuterRoot = std::exchange(Result.Value.Root, "");
    Reader(L.File, Result.Problems).readRecord(L.Tree, Result.Value);
    std::string &Root = Result.Value.Root;
    if (Root.empty()) {
      Root = OuterRoot.empty() ? L.Folder : OuterRoot;
    } else {
      llvm::SmallString<256> Path(Root);
      llvm::sys::fs::make_absolute(L.Folder, Path);
      llvm::sys::path::remove_dots(Path, true);
      Root = Path.str().str();
    }
    for (const YamlValue::Entry &Entry : L.Tree.Entries)
      Result.Origins.push_back(
          {Entry.Key, fmt::format("{}:{}", L.File, Entry.At.Line)});
  }
  for (const Layer &L : Layers)
    if (!L.File.empty())
      Result.Files.push_back(L.File);
}

static bool readLayer(llvm::StringRef Path, std::vector<Layer> &Layers,
                      std::vector<ConfigProblem> &Problems) {
  auto Buffer = readInput(Path);
  if (!Buffer) {
    Problems.push_back(
        {Path.str(),
         {},
         "cannot be read: " + llvm::toString(Buffer.takeError())});
    return false;
  }
  if ((*Buffer)->getBufferSize() > (1u << 20)) {
    Problems.push_back({Path.str(),
                        {},
                        "larger than 1 MiB: not a "
                        "configuration"});
    return false;
  }
  Layers.push_back(parseLayer(Path, (*Buffer)->getBuffer(), Problems));
  return true;
}

static void climb(std::string Folder, std::vector<Layer> &Layers,
                  std::vector<ConfigProblem> &Problems) {
  while (!Folder.empty()) {
    llvm::SmallString<256> Path(Folder);
    llvm::sys::path::append(Path, ConfigFileName);
    // A link that leads nowhere was meant to lead to a configuration.
    if ((llvm::sys::fs::exists(Path) || llvm::sys::fs::is_symlink_file(Path)) &&
        (!readLayer(Path, Layers, Problems) || !Layers.back().Inherit))
      return;
    Folder = llvm::sys::path::parent_path(Folder).str();
  }
}

LoadedConfig lookUpConfig(llvm::StringRef Folder) {
  LoadedConfig Result;
  std::vector<Layer> Layers;
  // The real path: a link to a parent folder must not be climbed in a circle.
  llvm::SmallString<256> Real;
  if (llvm::sys::fs::real_path(Folder, Real))
    Real = Folder;
  climb(Real.str().str(), Layers, Result.Problems);
  applyLayers(Layers, Result);
  return Result;
}

LoadedConfig loadConfigFile(llvm::StringRef File) {
  LoadedConfig Result;
  std::vector<Layer> Layers;
  llvm::SmallString<256> Path(File);
  (void)llvm::sys::fs::make_absolute(Path); // reading tells why not
  llvm::sys::path::remove_dots(Path, true);
  if (readLayer(Path, Layers, Result.Problems) && Layers.back().Inherit)
    climb(llvm::sys::path::parent_path(Layers.back().Folder).str(), Layers,
          Result.Problems);
  applyLayers(Layers, Result);
  return Result;
}

LoadedConfig loadConfigText(llvm::StringRef Text) {
  LoadedConfig Result;
  Layer L = parseLayer("--config", Text, Result.Problems);
  llvm::SmallString<256> Here;
  if (llvm::sys::fs::current_path(Here))
    Here.clear();
  L.Folder = Here.str().str();
  bool HasRoot = llvm::any_of(L.Tree.Entries,
                              [](const auto &E) { return E.Key == "root"; });
  std::vector<Layer> Layers{std::move(L)};
  applyLayers(Layers, Result);
  if (!HasRoot)
    Result.Value.Root.clear();
  Result.Files.clear();
  return Result;
}

} // namespace interlock
