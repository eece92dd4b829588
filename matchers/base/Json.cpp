#include "matchers/base/Json.h"

#include <fmt/format.h>

namespace interlock {

constexpr unsigned MaxDepth = 100;

/// Where the text opens one bracket too many, outside of its strings.
static size_t tooDeepAt(llvm::StringRef Text) {
  unsigned Depth = 0;
  bool InString = false;
  for (size_t I = 0; I < Text.size(); ++I) {
    const char C = Text[I];
    if (InString && C == '\\')
      ++I;
    else if (C == '"')
      InString = !InString;
    else if (InString)
      continue;
    else if ((C == '[' || C == '{') && ++Depth > MaxDepth)
      return I;
    else if ((C == ']' || C == '}') && Depth)
      --Depth;
  }
  return llvm::StringRef::npos;
}

llvm::Expected<llvm::json::Value> parseJson(llvm::StringRef Text) {
  Text.consume_front("\xef\xbb\xbf");
  if (const size_t At = tooDeepAt(Text); At != llvm::StringRef::npos) {
    const llvm::StringRef Before = Text.take_front(At);
    return llvm::createStringError(
        fmt::format("{}:{}: nested too deeply", Before.count('\n') + 1,
                    Before.size() - (Before.rfind('\n') + 1) + 1)
            .c_str());
  }
  llvm::Expected<llvm::json::Value> Root = llvm::json::parse(Text);
  if (Root)
    return Root;
  // "[3:7, byte=40]: reason" becomes "3:7: reason".
  const std::string Why = llvm::toString(Root.takeError());
  auto [Place, Reason] = llvm::StringRef(Why).split("]: ");
  Place.consume_front("[");
  return llvm::createStringError(fmt::format("{}: not JSON: {}",
                                             Place.split(", ").first.str(),
                                             Reason.str())
                                     .c_str());
}

} // namespace interlock
