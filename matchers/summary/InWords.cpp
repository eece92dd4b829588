#include "matchers/summary/InWords.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

namespace interlock {

static bool isPointer(const Variable &V) { return V.Indirect && !V.Reference; }

static bool isPointer(const FieldInfo &Field) {
  const llvm::StringRef Type(Field.Type);
  return Type.contains('*') || Type.contains("_ptr<");
}

std::string ownerInWords(const AccessPath &Path, const std::string &Field,
                         const FunctionFacts &F, const Program &P) {
  std::string Text;
  bool Pointer = false;
  if (Path.Base == AccessPath::Root::Parameter ||
      Path.Base == AccessPath::Root::Local) {
    const Variable &V = F.Variables[Path.Var];
    Text = V.Name;
    Pointer = isPointer(V);
  } else if (Path.Base != AccessPath::Root::This) {
    return {};
  }
  for (const PathStep &Step : Path.Steps) {
    if (Step.Name == Field)
      return Text.empty() ? "this" : (Pointer ? "*" : "") + Text;
    const FieldInfo *Info =
        Step.What == PathStep::Kind::Field ? P.field(Step.Name) : nullptr;
    if (!Info)
      return {};
    if (!Text.empty())
      Text += Pointer ? "->" : ".";
    Text += Info->Name;
    Pointer = isPointer(*Info);
  }
  return {};
}

std::string keyInWords(const AccessPath &Path, const FunctionFacts &F) {
  const auto Last =
      llvm::find_if(llvm::reverse(Path.Steps), [](const PathStep &Step) {
        return Step.What == PathStep::Kind::Element;
      });
  if (Last == llvm::reverse(Path.Steps).end())
    return {};
  llvm::StringRef Key(Last->Name);
  if (Key.contains('~'))
    return {};
  if (Key.consume_front("@"))
    return Key.str();
  // An enumerator would have to be qualified.
  if (Key.consume_front("#"))
    return Key.starts_with("\"") || llvm::isDigit(Key.front()) ? Key.str() : "";
  unsigned Index = 0;
  if (!Key.consume_front("$") || Key.consumeInteger(10, Index) ||
      Index >= F.Variables.size())
    return {};
  const Variable &V = F.Variables[Index];
  if (Key.consume_front("."))
    return V.Name + (isPointer(V) ? "->" : ".") + Key.str();
  return V.Name;
}

} // namespace interlock
