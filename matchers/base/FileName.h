#pragma once

#include "llvm/ADT/StringRef.h"

#include <string>

namespace interlock {

/// The name of a file, kept once for the whole run: copying and comparing for
/// equality cost a pointer, order is that of the characters. Making one from
/// characters costs a lookup under a mutex. Any thread may use it.
class FileName {
public:
  FileName() = default;
  FileName(llvm::StringRef Name);
  FileName(const std::string &Name) : FileName(llvm::StringRef(Name)) {}
  FileName(const char *Name) : FileName(llvm::StringRef(Name)) {}

  const std::string &str() const { return *Kept; }
  operator const std::string &() const { return *Kept; }
  operator llvm::StringRef() const { return *Kept; }
  bool empty() const { return Kept->empty(); }

  friend bool operator==(FileName A, FileName B) { return A.Kept == B.Kept; }
  friend bool operator==(FileName A, const std::string &B) {
    return *A.Kept == B;
  }
  friend bool operator==(FileName A, llvm::StringRef B) { return *A.Kept == B; }
  friend bool operator<(FileName A, FileName B) {
    return A.Kept != B.Kept && *A.Kept < *B.Kept;
  }

private:
  static const std::string None;
  const std::string *Kept = &None;
};

} // namespace interlock
