#include "tool/output/Reporter.h"
namespace interlock {
void writeSarif(const Report &, Sources &, llvm::raw_ostream &) {}
void writeGitHub(const Report &, llvm::raw_ostream &) {}
void writeGitLab(const Report &, Sources &, llvm::raw_ostream &) {}
void writeHtml(const Report &, Sources &, llvm::raw_ostream &) {}
void writeFixesYaml(const Report &, llvm::raw_ostream &) {}
} // namespace interlock
