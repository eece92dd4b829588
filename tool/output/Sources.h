#pragma once

#include "matchers/base/SourceSpan.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/MemoryBuffer.h"

#include <map>
#include <memory>
#include <string>

namespace interlock {

/// Text of source files for quoting. A file that cannot be read is empty.
class Sources {
public:
  Sources() = default;
  /// `Instead` stands in for what is on the disk.
  explicit Sources(const std::map<std::string, std::string> &Instead);

  llvm::StringRef text(llvm::StringRef File);

  /// A line without its end; `Number` counts from 1.
  llvm::StringRef line(llvm::StringRef File, unsigned Number);

  /// Line and column of a byte, both counted from 1.
  std::pair<unsigned, unsigned> place(llvm::StringRef File, unsigned Offset);

private:
  struct Loaded {
    std::unique_ptr<llvm::MemoryBuffer> Buffer;
    std::vector<unsigned> LineStarts;
  };
  Loaded &load(llvm::StringRef File);

  llvm::StringMap<Loaded> Files;
};

/// A path relative to the working folder where it lies below, whole otherwise.
std::string pathFromHere(llvm::StringRef File);

/// The same, as people are shown it: in one line.
std::string shownPath(llvm::StringRef File);

/// How machines are told a path: relative to `Root` with forward slashes
/// where it lies below.
std::string relativePath(llvm::StringRef File, llvm::StringRef Root);

/// A character of a name as it may stand in a line of text: none that moves a
/// terminal's cursor or ends the line.
inline char printable(char C) {
  return C == '\t' || (C & 0x80) || llvm::isPrint(C) ? C : '?';
}

/// Text that quotes what others have chosen, as it may stand in a line.
std::string inOneLine(std::string Text);

} // namespace interlock
