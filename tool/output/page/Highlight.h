#pragma once

#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"

#include <string>

/// page/ writes the report as one HTML page: the frame and its findings
/// (Html), source text (Highlight), and the style and script that are embedded
/// (report.css, report.js).
namespace interlock {

/// Text as it may stand in HTML, attributes included.
std::string escapeHtml(llvm::StringRef Text);

/// Colours C++ by its tokens. Remembers files, which are looked at as a whole:
/// a line does not show that it stands in a comment.
class Highlighter {
public:
  /// Bytes `Begin` to `End` of a file as HTML, of which `MarkBegin` to
  /// `MarkEnd` are marked.
  std::string html(llvm::StringRef File, llvm::StringRef Text, size_t Begin,
                   size_t End, size_t MarkBegin, size_t MarkEnd);

private:
  /// A letter per byte: k(eyword), s(tring), c(omment), n(umber) or blank.
  const std::string &classes(llvm::StringRef File, llvm::StringRef Text);

  llvm::StringMap<std::string> Files;
};

} // namespace interlock
