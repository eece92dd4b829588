#include "matchers/summary/Categories.h"

#include "matchers/vocabulary/Vocabulary.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

namespace interlock {

Categories::Patterns::Patterns(const std::vector<std::string> &Each)
    : Any("^((" + llvm::join(Each, ")|(") + "))$"), None(Each.empty()) {}

bool Categories::Patterns::match(llvm::StringRef Text) const {
  if (None)
    return false;
  const auto [Result, First] = Known.try_emplace(Text);
  if (First)
    Result->second = Any.match(Text);
  return Result->second;
}

static bool isQualified(llvm::StringRef Pattern) {
  return Pattern.contains("::");
}

static std::vector<std::string> membersOf(const CategoryOption &From,
                                          bool Qualified) {
  std::vector<std::string> Result;
  llvm::copy_if(From.Members, std::back_inserter(Result),
                [&](llvm::StringRef P) { return isQualified(P) == Qualified; });
  return Result;
}

Categories::Category::Category(const CategoryOption &From)
    : Name(From.Name), Members(membersOf(From, false)),
      Qualified(membersOf(From, true)), Words(From.Words), Types(From.Types),
      Numbers(From.Numbers) {}

Categories::Categories(const Options &Opts) {
  const std::vector<CategoryOption> All = categories(Opts);
  for (const CategoryOption &C : llvm::reverse(All)) {
    Each.emplace_back(C);
    if (C.Keyed)
      Keyed.insert(C.Name);
  }
  for (const CategoryOption &C : Opts.Categories)
    Own.insert(C.Name);
}

static bool nobodyElseChanges(const FieldInfo &Info) {
  return Info.Const || Info.Confined || Info.Synchronizes;
}

std::string Categories::suggestedBy(const FieldInfo &Info) const {
  if (!Info.Numbers || nobodyElseChanges(Info))
    return {};
  const std::string Words = wordsOf(Info.Name);
  for (const Category &C : Each)
    if (C.Numbers.match(Words))
      return C.Name;
  return {};
}

std::string Categories::of(const FieldInfo &Info) const {
  if (nobodyElseChanges(Info))
    return {};
  if (!Info.Category.empty())
    return Info.Category;
  const std::string Qualified =
      Info.Record.empty() ? Info.Name : Info.Record + "::" + Info.Name;
  const std::string Words = wordsOf(Info.Name);
  const auto Names = [&](const Category &C) {
    return C.Members.match(Info.Name) || C.Qualified.match(Qualified) ||
           C.Words.match(Words) ||
           (!Info.Record.empty() && (C.Types.match(lastPart(Info.Record)) ||
                                     C.Types.match(Info.Record)));
  };
  const auto Named = llvm::find_if(Each, Names);
  if (Named != Each.end())
    return Named->Name;
  return Info.GuardedBy.empty() ? "" : "state";
}

} // namespace interlock
