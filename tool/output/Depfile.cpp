#include "tool/output/Depfile.h"

namespace interlock {

/// A name as make reads it: blanks, `#` and `$` mean something there.
static std::string escaped(llvm::StringRef Name) {
  std::string Out;
  for (char C : Name) {
    if (C == ' ' || C == '#' || C == '\\')
      Out += '\\';
    if (C == '$')
      Out += '$';
    Out += C;
  }
  return Out;
}

void writeDepfile(llvm::StringRef Target, const std::set<std::string> &Files,
                  llvm::raw_ostream &Out) {
  Out << escaped(Target) << ":";
  for (const std::string &File : Files)
    Out << " \\\n  " << escaped(File);
  Out << "\n";
}

} // namespace interlock
