#include "tool/config/CheckIds.h"
#include "tool/output/Baseline.h"
#include "tool/output/Reporter.h"

#include "llvm/Support/JSON.h"

#include <fmt/format.h>
#include <map>

/// Reports for the sites where code is reviewed.
namespace interlock {

/// Text inside a workflow command. A line break would start a new command, so
/// file names and messages could inject one.
static std::string escaped(llvm::StringRef Text, bool Property) {
  std::string Out;
  for (char C : Text)
    switch (C) {
    case '%':
      Out += "%25";
      break;
    case '\r':
      Out += "%0D";
      break;
    case '\n':
      Out += "%0A";
      break;
    case ':':
      Out += Property ? "%3A" : ":";
      break;
    case ',':
      Out += Property ? "%2C" : ",";
      break;
    default:
      Out += printable(C);
    }
  return Out;
}

void writeGitHub(const Report &R, llvm::raw_ostream &Out) {
  for (const ReportedFinding &F : R.Findings) {
    if (F.State != Disposition::Reported)
      continue;
    const Finding &What = F.What;
    llvm::StringRef Command = What.Severity == Level::Error     ? "error"
                              : What.Severity == Level::Warning ? "warning"
                                                                : "notice";
    std::string Message = What.Message;
    for (const Step &S : What.Path)
      Message += fmt::format("\n{}:{}: {}", relativePath(S.At.File, R.Root),
                             S.At.Line, S.Message);
    Out << fmt::format(
        "::{} file={},line={},col={},title={}::{}\n", Command.str(),
        escaped(relativePath(What.At.File, R.Root), true), What.At.Line,
        What.At.Column, escaped("interlock-" + What.Check, true),
        escaped(Message, false));
  }
}

void writeGitLab(const Report &R, Sources &Text, llvm::raw_ostream &Out) {
  llvm::json::OStream J(Out, 1);
  // The site drops entries that share a fingerprint.
  std::map<std::string, unsigned> Seen;
  J.array([&] {
    for (const ReportedFinding &F : R.Findings) {
      if (F.State != Disposition::Reported)
        continue;
      std::string Id = fingerprint(F.What, R.Root, Text);
      if (unsigned Again = Seen[Id]++)
        Id += fmt::format("-{}", Again);
      J.object([&] {
        J.attribute("description", llvm::json::fixUTF8(F.What.Message));
        J.attribute("check_name", "interlock-" + F.What.Check);
        J.attribute("fingerprint", Id);
        J.attribute("severity", F.What.Severity == Level::Error     ? "critical"
                                : F.What.Severity == Level::Warning ? "major"
                                                                    : "info");
        J.attributeObject("location", [&] {
          J.attribute("path", llvm::json::fixUTF8(
                                  relativePath(F.What.At.File, R.Root)));
          J.attributeObject("lines",
                            [&] { J.attribute("begin", F.What.At.Line); });
        });
      });
    }
  });
  J.flush();
  Out << "\n";
}

} // namespace interlock
