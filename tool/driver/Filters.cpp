#include "tool/driver/Filters.h"

#include "matchers/base/Json.h"
#include "tool/config/CheckIds.h"

#include "llvm/Support/Regex.h"

#include <fmt/format.h>

namespace interlock {

static llvm::Error badLineFilter(llvm::StringRef Why) {
  return llvm::createStringError(
      fmt::format("--line-filter: {}; expected "
                  "[{{\"name\":\"a.cpp\",\"lines\":[[1,3]]}}]",
                  Why.str())
          .c_str());
}

llvm::Expected<Filters> Filters::create(const Config &C, const Invocation &Run,
                                        std::set<std::string> MainFiles) {
  Filters Result;
  Result.Settings = C;
  Result.MainFiles = std::move(MainFiles);
  if (Run.LineFilter.empty())
    return Result;
  llvm::Expected<llvm::json::Value> Root = parseJson(Run.LineFilter);
  if (!Root) {
    llvm::consumeError(Root.takeError());
    return badLineFilter("not JSON");
  }
  const llvm::json::Array *List = Root->getAsArray();
  if (!List)
    return badLineFilter("no list");
  for (const llvm::json::Value &Item : *List) {
    const llvm::json::Object *Entry = Item.getAsObject();
    if (!Entry || !Entry->getString("name"))
      return badLineFilter("an entry without 'name'");
    LineRange Range{Entry->getString("name")->str(), {}};
    if (const llvm::json::Array *Lines = Entry->getArray("lines"))
      for (const llvm::json::Value &Pair : *Lines) {
        const llvm::json::Array *Bounds = Pair.getAsArray();
        if (!Bounds || Bounds->size() != 2 || !(*Bounds)[0].getAsInteger() ||
            !(*Bounds)[1].getAsInteger())
          return badLineFilter("'lines' holds something else than pairs");
        if (*(*Bounds)[0].getAsInteger() > *(*Bounds)[1].getAsInteger())
          return badLineFilter("a range ends before it begins");
        Range.Lines.push_back(
            {*(*Bounds)[0].getAsInteger(), *(*Bounds)[1].getAsInteger()});
      }
    Result.Ranges.push_back(std::move(Range));
  }
  return Result;
}

bool Filters::wantsFile(const SourceSpan &At) const {
  if (MainFiles.contains(At.File))
    return true;
  if (!Settings.HeaderFilter.empty())
    return llvm::Regex(Settings.HeaderFilter).match(At.File);
  return relativePath(At.File, Settings.Root) != At.File;
}

bool Filters::wantsLine(const Finding &F) const {
  if (Ranges.empty())
    return true;
  for (const LineRange &Range : Ranges) {
    if (!llvm::StringRef(F.At.File).ends_with(Range.File))
      continue;
    if (Range.Lines.empty())
      return true;
    for (auto [First, Last] : Range.Lines)
      if (First <= F.At.Line && F.At.Line <= Last)
        return true;
  }
  return false;
}

bool Filters::adjustLevel(Finding &F) const {
  std::string Relative = relativePath(F.At.File, Settings.Root);
  for (const LevelOption &L : Settings.Analysis.Levels) {
    if (!matchesGlob(plainId(L.Check), F.Check) ||
        (!L.Path.empty() && !matchesGlob(L.Path, Relative)))
      continue;
    if (L.Level == "none")
      return false;
    if (auto Known = levelFromName(L.Level))
      F.Severity = *Known;
  }
  if (F.Severity == Level::Warning &&
      selects(Settings.WarningsAsErrors, F.Check, /*IfEmpty=*/false))
    F.Severity = Level::Error;
  return true;
}

std::vector<Finding> Filters::select(std::vector<Finding> Findings) const {
  std::vector<Finding> Kept;
  for (Finding &F : Findings)
    if (selects(Settings.Analysis.Checks, F.Check, /*IfEmpty=*/true) &&
        wantsFile(F.At) && wantsLine(F) && adjustLevel(F))
      Kept.push_back(std::move(F));
  return Kept;
}

} // namespace interlock
