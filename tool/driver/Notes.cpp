#include "tool/driver/Notes.h"

#include "tool/output/Reporter.h"
#include "tool/output/Sources.h"

#include "llvm/ADT/StringExtras.h"

#include <fmt/format.h>

namespace interlock {

void printError(const std::string &Message) {
  llvm::errs() << "interlock: error: " << inOneLine(Message) << "\n";
}

void printError(llvm::Error E) {
  llvm::handleAllErrors(std::move(E), [](const llvm::ErrorInfoBase &One) {
    printError(One.message());
  });
}

void printFailures(const Report &R, llvm::raw_ostream &Out) {
  for (const FailedUnit &Failed : R.Failed) {
    if (Failed.Crashed)
      Out << "interlock: error: the front end crashed on '"
          << shownPath(Failed.File)
          << "'; nothing of it is reported or changed\n";
    for (const std::string &Message : Failed.Messages)
      Out << inOneLine(Message) << "\n";
  }
}

/// The first of some files, with a sign that there are more.
static std::string firstOf(const std::vector<std::string> &Files) {
  return Files.empty() ? std::string()
                       : fmt::format(": '{}'{}", shownPath(Files.front()),
                                     Files.size() > 1 ? ", ..." : "");
}

void printCounts(const Compilations &Program, const Report &R,
                 llvm::raw_ostream &Out) {
  const auto Note = [&](size_t Count, llvm::StringRef One, llvm::StringRef Many,
                        const std::string &More = {}) {
    if (Count)
      Out << "interlock: " << Count << " " << (Count == 1 ? One : Many) << More
          << "\n";
  };
  Note(Program.OtherLanguages, "entry of another language skipped",
       "entries of other languages skipped");
  Note(Program.Missing.size(), "entry skipped whose file is gone",
       "entries skipped whose files are gone", firstOf(Program.Missing));
  Note(Program.NotInDatabase.size(),
       "file skipped that the compilation database does not have",
       "files skipped that the compilation database does not have",
       firstOf(Program.NotInDatabase) +
           "; headers are judged with the sources that include them");
  if (!R.Units)
    Out << "interlock: nothing was analysed\n";
  Note(R.Failed.size(), "translation unit did not compile",
       "translation units did not compile");
  if (!Program.DroppedFlags.empty())
    Out << "interlock: ignored compiler flags that clang does not know: "
        << inOneLine(llvm::join(Program.DroppedFlags, " ")) << "\n";
  Out << summaryLine(R) << "\n";
}

static llvm::StringRef nameOf(Disposition State) {
  switch (State) {
  case Disposition::Reported:
    return "reported";
  case Disposition::Fixed:
    return "fixed";
  case Disposition::Suppressed:
    return "hidden by a NOLINT comment";
  case Disposition::Baseline:
    return "known already";
  }
  return {};
}

std::vector<Step> verdictsOn(const Report &R, llvm::StringRef File,
                             unsigned Line) {
  std::vector<Step> Found;
  for (const ReportedFinding &F : R.Findings)
    if (F.What.At.File == File && F.What.At.Line == Line)
      Found.push_back(
          {StepKind::Explains,
           F.What.At,
           fmt::format("{}: {} [interlock-{}]", nameOf(F.State).str(),
                       F.What.Message, F.What.Check),
           {}});
  return Found;
}

} // namespace interlock
