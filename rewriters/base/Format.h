#pragma once

#include "rewriters/base/FixPlan.h"

#include "llvm/ADT/StringRef.h"

#include <vector>

namespace interlock {

class FunctionView;

/// How a file is laid out, as far as inserted lines have to follow it.
struct Layout {
  std::string LineEnd = "\n"; ///< the one that most lines have
  std::string Indent = "  ";  ///< one level, as the file's own lines show it
};

Layout layoutOf(llvm::StringRef Content);

/// The bytes from the start of the line to its first visible character, and
/// where the line begins.
llvm::StringRef indentationAt(llvm::StringRef Content, unsigned Offset);
unsigned lineStart(llvm::StringRef Content, unsigned Offset);
unsigned lineEnd(llvm::StringRef Content, unsigned Offset);

/// Whether nothing but blanks precedes the offset on its line.
bool firstOnLine(llvm::StringRef Content, unsigned Offset);

/// Whether only blanks and a comment follow on the line.
bool lastOnLine(llvm::StringRef Content, unsigned Offset);

/// Formats what the edits insert as the style that governs `File` has it, if
/// the stretch [Begin, End) of the old content already follows that style;
/// otherwise returns the edits as they are, because reformatting would change
/// lines for no reason.
std::vector<Edit> formatted(std::vector<Edit> Edits, llvm::StringRef File,
                            llvm::StringRef Content, unsigned Begin,
                            unsigned End);

/// The same for what stands in one function, which does not cost more in a
/// large file than in a small one.
std::vector<Edit> formatted(std::vector<Edit> Edits, const FunctionView &View,
                            unsigned Begin, unsigned End);

} // namespace interlock
