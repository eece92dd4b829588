#include "tool/config/Schema.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/YAMLParser.h"
#include "llvm/Support/raw_ostream.h"

#include <type_traits>

namespace interlock {
namespace {

template <typename T> struct ListOf {};
template <typename T> struct ListOf<std::vector<T>> {
  using Item = T;
};
template <typename T>
concept List = requires { typename ListOf<T>::Item; };
template <typename T>
concept Scalar = std::is_same_v<T, std::string> || std::is_same_v<T, bool> ||
                 std::is_same_v<T, unsigned> || std::is_enum_v<T>;

std::string quoted(llvm::StringRef Text) {
  if (llvm::any_of(Text, [](unsigned char C) { return C < ' '; })) // are folded
    return '"' + llvm::yaml::escape(Text, /*EscapePrintable=*/false) + '"';
  std::string Out = "'";
  for (char C : Text)
    Out += C == '\'' ? std::string("''") : std::string(1, C);
  return Out + "'";
}

template <Scalar T> std::string scalarText(const T &Value) {
  if constexpr (std::is_same_v<T, std::string>)
    return quoted(Value);
  else if constexpr (std::is_same_v<T, bool>)
    return Value ? "true" : "false";
  else if constexpr (std::is_enum_v<T>)
    return enumName(Value);
  else
    return std::to_string(Value);
}

/// YAML that the reader takes back. Empty texts and lists are left out where
/// they are the default anyway, so that a dump shows what is set.
struct Dumper {
  std::string &Out;
  std::string Indent;
  std::string First; ///< replaces the first indentation: `- ` of a list
  /// What to say behind each key; without it, nothing is said.
  llvm::function_ref<std::string(llvm::StringRef)> Remark = nullptr;

  template <typename T>
  void key(llvm::StringRef Name, T &Field, llvm::StringRef,
           Constraint = Constraint::None) {
    if constexpr (Scalar<T>) {
      if constexpr (std::is_same_v<T, std::string>)
        if (Field.empty())
          return;
      line(Name, " " + scalarText(Field));
    } else if constexpr (List<T>) {
      if (Field.empty())
        return;
      line(Name, "");
      for (auto &Item : Field)
        item(Item);
    } else {
      std::string Inner;
      Dumper Nested{Inner, Indent + "  ", Indent + "  "};
      describe(Nested, Field);
      if (Inner.empty())
        return;
      line(Name, "");
      Out += Inner;
    }
  }

  template <typename T> void item(T &Item) {
    if constexpr (Scalar<T>) {
      Out += Indent + "  - " + scalarText(Item) + "\n";
    } else if constexpr (List<T>) {
      Out += Indent + "  - [";
      for (size_t I = 0; I < Item.size(); ++I)
        Out += (I ? ", " : "") + scalarText(Item[I]);
      Out += "]\n";
    } else {
      Dumper Nested{Out, Indent + "    ", Indent + "  - "};
      describe(Nested, Item);
    }
  }

  void line(llvm::StringRef Name, const std::string &Rest) {
    Out += First + Name.str() + ":" + Rest;
    if (Remark)
      Out += "  # " + Remark(Name);
    Out += "\n";
    First = Indent;
  }
};

template <typename T> std::string typeText() {
  if constexpr (std::is_same_v<T, std::string>)
    return "text";
  else if constexpr (std::is_same_v<T, bool>)
    return "`true` or `false`";
  else if constexpr (std::is_same_v<T, unsigned>)
    return "number";
  else if constexpr (std::is_enum_v<T>) {
    std::string Text;
    for (const auto &[Value, Name] : EnumNames<T>::Names)
      Text += fmt::format("{}`{}`", Text.empty() ? "" : ", ", Name);
    return Text;
  } else if constexpr (List<T>)
    return "list of " + (std::is_same_v<typename ListOf<T>::Item, std::string>
                             ? std::string("text")
                             : typeText<typename ListOf<T>::Item>());
  else
    return "keys and values";
}

struct Documenter {
  std::string &Out;
  std::string Prefix;
  std::string Tail; ///< tables of nested records, after this one

  template <typename T>
  void key(llvm::StringRef Name, T &Field, llvm::StringRef Help,
           Constraint = Constraint::None) {
    std::string Default;
    if constexpr (Scalar<T>)
      Default = scalarText(Field);
    if (Default == "''")
      Default.clear();
    if (!Default.empty())
      Default = "`" + Default + "`";
    Out += fmt::format("| `{}` | {} | {} | {} |\n", Name.str(), typeText<T>(),
                       Default, Help.str());
    if constexpr (List<T>)
      nested<typename ListOf<T>::Item>(Name);
    else if constexpr (!Scalar<T>)
      nested<T>(Name);
  }

  template <typename T> void nested(llvm::StringRef Name) {
    if constexpr (!Scalar<T> && !List<T>) {
      std::string Table =
          fmt::format("\n## `{}`\n\n| key | value | default | meaning |\n"
                      "|---|---|---|---|\n",
                      Name.str());
      T Default{};
      Documenter Inner{Table, Prefix, ""};
      describe(Inner, Default);
      Tail += Table + Inner.Tail;
    }
  }
};

template <typename T> llvm::json::Value schemaOf();

struct SchemaBuilder {
  llvm::json::Object Properties;

  template <typename T>
  void key(llvm::StringRef Name, T &, llvm::StringRef Help,
           Constraint C = Constraint::None) {
    llvm::json::Value Type = schemaOf<T>();
    if constexpr (std::is_same_v<T, std::vector<std::string>>)
      if (C == Constraint::Check)
        Type = llvm::json::Object{
            {"anyOf",
             llvm::json::Array{std::move(Type),
                               llvm::json::Object{{"type", "string"}}}}};
    if (C == Constraint::Level)
      Type = llvm::json::Object{
          {"enum", llvm::json::Array{"error", "warning", "note", "none"}}};
    (*Type.getAsObject())["description"] = Help;
    Properties[Name] = std::move(Type);
  }
};

template <typename T> llvm::json::Value schemaOf() {
  using namespace llvm::json;
  if constexpr (std::is_same_v<T, std::string>)
    return Object{{"type", "string"}};
  else if constexpr (std::is_same_v<T, bool>)
    return Object{{"type", "boolean"}};
  else if constexpr (std::is_same_v<T, unsigned>)
    return Object{{"type", "integer"}, {"minimum", 0}};
  else if constexpr (std::is_enum_v<T>) {
    Array Values;
    for (const auto &[Value, Name] : EnumNames<T>::Names)
      Values.push_back(Name);
    return Object{{"enum", std::move(Values)}};
  } else if constexpr (List<T>) {
    return Object{{"type", "array"},
                  {"items", schemaOf<typename ListOf<T>::Item>()}};
  } else {
    SchemaBuilder Builder;
    T Default{};
    describe(Builder, Default);
    return Object{{"type", "object"},
                  {"additionalProperties", false},
                  {"properties", std::move(Builder.Properties)}};
  }
}

} // namespace

std::string dumpConfig(const Config &C) {
  std::string Out;
  Config Copy = C;
  Dumper D{Out, "", ""};
  describe(D, Copy);
  return Out;
}

std::string explainConfig(const LoadedConfig &C) {
  std::string Out;
  Config Copy = C.Value;
  const auto From = [&](llvm::StringRef Key) {
    std::string Places;
    for (const ConfigOrigin &Origin : C.Origins)
      if (Origin.Key == Key)
        Places += (Places.empty() ? "" : ", ") + Origin.From;
    return Places.empty() ? std::string("default") : Places;
  };
  Dumper D{Out, "", "", From};
  describe(D, Copy);
  return Out;
}

std::string configReference() {
  std::string Out =
      "# Configuration\n\n"
      "<!-- Written by `interlock --dump-config-reference`; change the "
      "descriptions in tool/config/Schema.h. -->\n\n"
      "`.interlock.yaml` is looked up from the folder that holds all analysed "
      "files upwards; the first one counts, and with `inherit: true` it adds "
      "to the next one further up: lists are appended, other keys replace. "
      "Flags win over the file. `interlock --dump-config` prints what is in "
      "force, `--explain-config` where it comes from, `--verify-config` checks "
      "a file.\n\n"
      "| key | value | default | meaning |\n|---|---|---|---|\n";
  Config Default;
  Documenter D{Out, "", ""};
  describe(D, Default);
  return Out + D.Tail;
}

std::string configSchema() {
  llvm::json::Value Schema = schemaOf<Config>();
  llvm::json::Object &Top = *Schema.getAsObject();
  Top["$schema"] = "http://json-schema.org/draft-07/schema#";
  Top["title"] = "interlock configuration";
  std::string Out;
  llvm::raw_string_ostream(Out) << llvm::formatv("{0:2}", Schema) << "\n";
  return Out;
}

} // namespace interlock
