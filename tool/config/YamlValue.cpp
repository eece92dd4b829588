#include "tool/config/YamlValue.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/YAMLParser.h"

#include <fmt/format.h>

namespace interlock {

std::string ConfigProblem::str() const {
  if (!At.Line)
    return fmt::format("{}: error: {}", File, Message);
  return fmt::format("{}:{}:{}: error: {}", File, At.Line, At.Column, Message);
}

namespace {

class TreeBuilder {
public:
  TreeBuilder(llvm::StringRef File, llvm::SourceMgr &Sources,
              std::vector<ConfigProblem> &Problems)
      : File(File), Sources(Sources), Problems(Problems) {}

  YamlValue build(llvm::yaml::Node *Node, unsigned Depth) {
    YamlValue Value;
    if (!Node)
      return Value;
    Value.At = place(Node);
    if (Depth > 32) {
      problem(Value.At, "nested too deeply");
      return Value;
    }
    if (auto *Scalar = llvm::dyn_cast<llvm::yaml::ScalarNode>(Node)) {
      llvm::SmallString<64> Storage;
      Value.What = YamlValue::Kind::Scalar;
      Value.Text = Scalar->getValue(Storage).str();
    } else if (auto *Block =
                   llvm::dyn_cast<llvm::yaml::BlockScalarNode>(Node)) {
      Value.What = YamlValue::Kind::Scalar;
      Value.Text = Block->getValue().str();
    } else if (auto *Sequence =
                   llvm::dyn_cast<llvm::yaml::SequenceNode>(Node)) {
      Value.What = YamlValue::Kind::Sequence;
      for (llvm::yaml::Node &Item : *Sequence)
        Value.Items.push_back(build(&Item, Depth + 1));
    } else if (auto *Mapping = llvm::dyn_cast<llvm::yaml::MappingNode>(Node)) {
      Value.What = YamlValue::Kind::Mapping;
      for (llvm::yaml::KeyValueNode &Pair : *Mapping)
        addEntry(Value, Pair, Depth);
    } else if (llvm::isa<llvm::yaml::AliasNode>(Node)) {
      problem(Value.At, "aliases are not supported");
    }
    return Value;
  }

private:
  void addEntry(YamlValue &Value, llvm::yaml::KeyValueNode &Pair,
                unsigned Depth) {
    YamlValue Key = build(Pair.getKey(), Depth + 1);
    YamlValue Content = build(Pair.getValue(), Depth + 1);
    if (Key.What != YamlValue::Kind::Scalar)
      return problem(Key.At, "a key is a plain word");
    for (const YamlValue::Entry &Other : Value.Entries)
      if (Other.Key == Key.Text)
        return problem(Key.At, fmt::format("key '{}' stands here twice (first "
                                           "in line {})",
                                           Key.Text, Other.At.Line));
    Value.Entries.push_back({Key.Text, Key.At, std::move(Content)});
  }

  YamlPlace place(llvm::yaml::Node *Node) {
    llvm::SMLoc Loc = Node->getSourceRange().Start;
    if (!Loc.isValid() || !Sources.FindBufferContainingLoc(Loc))
      return {};
    auto [Line, Column] = Sources.getLineAndColumn(Loc);
    return {Line, Column};
  }

  void problem(YamlPlace At, std::string Message) {
    Problems.push_back({File.str(), At, std::move(Message)});
  }

  llvm::StringRef File;
  llvm::SourceMgr &Sources;
  std::vector<ConfigProblem> &Problems;
};

} // namespace

YamlValue parseYaml(llvm::StringRef File, llvm::StringRef Text,
                    std::vector<ConfigProblem> &Problems) {
  // Neither can stand in a quoted value, so what holds one could not be dumped.
  size_t Odd = Text.find_if([](char C) {
    return (C >= 0 && C < ' ' && C != '\n' && C != '\r' && C != '\t') ||
           C == 0x7f;
  });
  size_t NotUtf8 = 0;
  if (llvm::json::isUTF8(Text, &NotUtf8))
    NotUtf8 = llvm::StringRef::npos;
  if (Odd = std::min(Odd, NotUtf8); Odd != llvm::StringRef::npos) {
    const llvm::StringRef Before = Text.take_front(Odd);
    Problems.push_back(
        {File.str(),
         {static_cast<unsigned>(Before.count('\n') + 1),
          static_cast<unsigned>(Odd - Before.rfind('\n'))},
         "holds a control character or bytes that are not UTF-8"});
    return {};
  }
  struct Sink {
    llvm::StringRef File;
    std::vector<ConfigProblem> &Problems;
  } Syntax{File, Problems};
  llvm::SourceMgr Sources;
  Sources.setDiagHandler(
      [](const llvm::SMDiagnostic &D, void *Context) {
        auto *To = static_cast<Sink *>(Context);
        unsigned Line = std::max(D.getLineNo(), 0);
        unsigned Column = std::max(D.getColumnNo() + 1, 0);
        To->Problems.push_back(
            {To->File.str(), {Line, Column}, D.getMessage().str()});
      },
      &Syntax);
  // A copy with a terminating newline: the scanner looks one byte ahead.
  std::string Owned = Text.str() + "\n";
  llvm::yaml::Stream Stream(Owned, Sources, /*ShowColors=*/false);
  auto Document = Stream.begin();
  if (Document == Stream.end())
    return {};
  TreeBuilder Builder(File, Sources, Problems);
  YamlValue Root = Builder.build(Document->getRoot(), 0);
  if (Stream.failed() || !Problems.empty())
    return Root;
  ++Document;
  if (Document != Stream.end())
    Problems.push_back({File.str(), {}, "holds more than one document"});
  return Root;
}

} // namespace interlock
