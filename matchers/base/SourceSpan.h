#pragma once

#include "matchers/base/FileName.h"

#include <tuple>

namespace interlock {

/// A stretch of a source file, free of AST pointers, so that it can be
/// cached, merged over translation units and reported.
///
/// `File` is the absolute real path. Offsets are bytes from the start of the
/// file; `End` is one past the last byte. Lines and columns count from 1.
/// A span inside a macro expansion is where the expansion stands, with
/// `InMacro` set.
struct SourceSpan {
  FileName File;
  unsigned Begin = 0;
  unsigned End = 0;
  unsigned Line = 0;
  unsigned Column = 0;
  bool InMacro = false;

  bool valid() const { return Line != 0; }
  bool contains(const SourceSpan &Other) const {
    return File == Other.File && Begin <= Other.Begin && Other.End <= End;
  }
  auto order() const { return std::tie(File, Begin, End); }
  friend bool operator==(const SourceSpan &A, const SourceSpan &B) {
    return A.order() == B.order();
  }
  friend bool operator<(const SourceSpan &A, const SourceSpan &B) {
    return A.order() < B.order();
  }
};

} // namespace interlock
