#include "tool/cache/InputStore.h"

#include "llvm/ADT/STLExtras.h"

namespace interlock {

/// Lists of inputs remembered for one key: more than one where a header is
/// sometimes there, as when branches are switched to and fro.
static constexpr size_t MaxLists = 4;

/// Lists are written one behind the other, an empty line after each.
static std::vector<std::string> splitLists(llvm::StringRef Text) {
  std::vector<std::string> Lists;
  while (!Text.empty()) {
    const auto [List, Rest] = Text.split("\n\n");
    Lists.push_back(List.str() + "\n");
    Text = Rest;
  }
  return Lists;
}

InputStore::InputStore(Store Entries, const Relocation &R)
    : Entries(std::move(Entries)), R(R),
      Started(std::chrono::system_clock::now()) {}

std::string InputStore::entryName(llvm::StringRef Key,
                                  llvm::StringRef PackedInputs,
                                  const std::vector<std::string> &Inputs) {
  Hasher H;
  H.add(Key).add(PackedInputs);
  for (const std::string &File : Inputs)
    H.add(Files.of(File).Content);
  return "entry-" + H.finish();
}

bool InputStore::find(
    llvm::StringRef Key,
    llvm::function_ref<bool(llvm::StringRef, const std::vector<std::string> &)>
        Use) {
  const auto Known = Entries.get(("inputs-" + Key).str());
  if (!Known)
    return false;
  for (const std::string &List : splitLists(Known->Bytes)) {
    const auto Inputs = unpackPaths(List, R);
    if (!Inputs)
      return false;
    if (const auto Found = Entries.get(entryName(Key, List, *Inputs)))
      if (Use(Found->Bytes, *Inputs))
        return true;
  }
  return false;
}

void InputStore::keep(llvm::StringRef Key,
                      const std::vector<std::string> &Inputs,
                      llvm::StringRef Bytes) {
  if (!Entries.enabled() || llvm::any_of(Inputs, [&](const std::string &File) {
        return Files.of(File).Changed >= Started;
      }))
    return;
  const std::string List = packPaths(Inputs, R);
  Entries.put(entryName(Key, List, Inputs), Bytes);
  const std::string Name = ("inputs-" + Key).str();
  std::string Lists = List + "\n";
  if (const auto Known = Entries.get(Name)) {
    std::vector<std::string> Others = splitLists(Known->Bytes);
    llvm::erase(Others, List);
    for (const std::string &Other :
         llvm::ArrayRef(Others).take_front(MaxLists - 1))
      Lists += Other + "\n";
  }
  Entries.put(Name, Lists);
}

} // namespace interlock
