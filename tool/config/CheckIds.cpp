#include "tool/config/CheckIds.h"

#include "tool/config/Nearest.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"

namespace interlock {

static constexpr CheckInfo Checks[] = {
#define CHECK(Class, Id, Default, Summary)                                     \
  {#Class, Id, Level::Default, Summary},
#include "matchers/Checks.def"
};

llvm::ArrayRef<CheckInfo> allChecks() { return Checks; }

const CheckInfo *findCheck(llvm::StringRef Id) {
  for (const CheckInfo &Check : Checks)
    if (Check.Id == plainId(Id))
      return &Check;
  return nullptr;
}

llvm::StringRef levelName(Level L) {
  switch (L) {
  case Level::Note:
    return "note";
  case Level::Warning:
    return "warning";
  case Level::Error:
    return "error";
  }
  return "";
}

std::optional<Level> levelFromName(llvm::StringRef Name) {
  for (Level L : {Level::Note, Level::Warning, Level::Error})
    if (levelName(L) == Name)
      return L;
  return std::nullopt;
}

llvm::StringRef plainId(llvm::StringRef Id) {
  Id.consume_front("interlock-");
  return Id;
}

bool matchesGlob(llvm::StringRef Pattern, llvm::StringRef Text) {
  // Linear in both: on a mismatch only the last `*` takes one more byte.
  size_t P = 0, T = 0, Star = llvm::StringRef::npos, Resume = 0;
  while (T < Text.size()) {
    if (P < Pattern.size() && Pattern[P] == '*') {
      Star = P++;
      Resume = T;
    } else if (P < Pattern.size() && Pattern[P] == Text[T]) {
      ++P, ++T;
    } else if (Star != llvm::StringRef::npos) {
      P = Star + 1;
      T = ++Resume;
    } else {
      return false;
    }
  }
  while (P < Pattern.size() && Pattern[P] == '*')
    ++P;
  return P == Pattern.size();
}

bool selects(llvm::ArrayRef<std::string> Globs, llvm::StringRef Id,
             bool IfEmpty) {
  if (Globs.empty())
    return IfEmpty;
  // A list that only takes out starts from everything.
  bool Selected =
      IfEmpty && llvm::all_of(Globs, [](llvm::StringRef Glob) {
        return Glob.starts_with("-") && plainId(Glob.drop_front()) != "*";
      });
  for (llvm::StringRef Glob : Globs) {
    bool Positive = !Glob.consume_front("-");
    if (matchesGlob(plainId(Glob), Id))
      Selected = Positive;
  }
  return Selected;
}

std::vector<std::string> splitList(llvm::StringRef Text) {
  llvm::SmallVector<llvm::StringRef> Parts;
  llvm::SplitString(Text, Parts, ",\n");
  std::vector<std::string> List;
  for (llvm::StringRef Part : Parts)
    if (!Part.trim().empty())
      List.push_back(Part.trim().str());
  return List;
}

std::optional<std::string> badCheckGlob(llvm::StringRef Glob) {
  llvm::StringRef Plain = Glob;
  Plain.consume_front("-");
  Plain = plainId(Plain);
  if (llvm::any_of(Checks, [&](const CheckInfo &Check) {
        return matchesGlob(Plain, Check.Id);
      }))
    return std::nullopt;
  std::vector<llvm::StringRef> Ids;
  for (const CheckInfo &Check : Checks)
    Ids.push_back(Check.Id);
  return fmt::format("no check matches '{}'{}", Glob.str(),
                     suggestion(Plain, Ids));
}

} // namespace interlock
