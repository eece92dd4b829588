#include "tool/config/CheckIds.h"
#include "tool/output/Reporter.h"

#include "clang/Tooling/DiagnosticsYaml.h"

namespace interlock {

using clang::tooling::DiagnosticMessage;

static DiagnosticMessage messageAt(const SourceSpan &At,
                                   llvm::StringRef Words) {
  DiagnosticMessage Message;
  Message.Message = Words.str();
  Message.FilePath = At.File;
  Message.FileOffset = At.Begin;
  return Message;
}

void writeFixesYaml(const Report &R, llvm::raw_ostream &Out) {
  clang::tooling::TranslationUnitDiagnostics Document;
  // A plan that repairs several findings stands with the first of them, so
  // that its edits are applied once.
  std::vector<const std::vector<Edit> *> Written;
  for (const ReportedFinding &F : R.Findings) {
    if (F.State != Disposition::Reported)
      continue;
    clang::tooling::Diagnostic D("interlock-" + F.What.Check,
                                 F.What.Severity == Level::Error
                                     ? clang::tooling::Diagnostic::Error
                                     : clang::tooling::Diagnostic::Warning,
                                 "");
    D.Message = messageAt(F.What.At, F.What.Message);
    for (const Step &S : F.What.Path)
      D.Notes.push_back(messageAt(S.At, S.Message));
    bool Known = !F.Plan || llvm::any_of(Written, [&](const auto *Edits) {
      return *Edits == F.Plan->Edits;
    });
    if (!Known) {
      Written.push_back(&F.Plan->Edits);
      for (const Edit &E : F.Plan->Edits)
        llvm::consumeError(D.Message.Fix[E.File].add(
            clang::tooling::Replacement(E.File, E.Offset, E.Length, E.Text)));
    }
    Document.Diagnostics.push_back(std::move(D));
  }
  if (!Document.Diagnostics.empty())
    Document.MainSourceFile = Document.Diagnostics.front().Message.FilePath;
  llvm::yaml::Output Yaml(Out);
  Yaml << Document;
}

} // namespace interlock
