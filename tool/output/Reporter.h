#pragma once

#include "tool/output/Report.h"
#include "tool/output/Sources.h"

#include "llvm/Support/raw_ostream.h"

namespace interlock {

/// What machine formats call a step: `checked`, `suspends`, ...
llvm::StringRef stepName(StepKind Kind);

/// Writers of a report, one a format. Each writes the whole and nothing else
/// to `Out`, the same bytes for the same report.

struct TextStyle {
  bool Colors = false;
  bool Drawings = false; ///< of the interleaving, below each finding
};
void writeText(const Report &R, Sources &Text, TextStyle Style,
               llvm::raw_ostream &Out);

/// Documented in tool/docs/formats.md.
void writeJson(const Report &R, llvm::raw_ostream &Out);

/// SARIF 2.1.0, one run.
void writeSarif(const Report &R, Sources &Text, llvm::raw_ostream &Out);

/// Workflow commands that GitHub turns into annotations.
void writeGitHub(const Report &R, llvm::raw_ostream &Out);

/// GitLab's code quality report.
void writeGitLab(const Report &R, Sources &Text, llvm::raw_ostream &Out);

/// A page that needs no other file and no network.
void writeHtml(const Report &R, Sources &Text, llvm::raw_ostream &Out);

/// Diagnostics and replacements as clang-apply-replacements reads them.
void writeFixesYaml(const Report &R, llvm::raw_ostream &Out);

} // namespace interlock
