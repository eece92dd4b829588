#include "matchers/Analysis.h"
#include "matchers/facts/Facts.h"

#include "clang/Frontend/ASTUnit.h"
#include "clang/Tooling/Tooling.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace interlock;

/// Makes a seed for the facts target, in the format of this build:
///
///   fuzz_facts_seed SOURCE SEED FLAG...
int main(int Count, char **Arguments) {
  if (Count < 3)
    return 2;
  auto Source = llvm::MemoryBuffer::getFile(Arguments[1]);
  std::unique_ptr<clang::ASTUnit> Unit =
      Source ? clang::tooling::buildASTFromCodeWithArgs(
                   (*Source)->getBuffer(),
                   std::vector<std::string>(Arguments + 3, Arguments + Count),
                   Arguments[1])
             : nullptr;
  if (!Unit || Unit->getDiagnostics().hasErrorOccurred())
    return 1;
  std::error_code Failed;
  llvm::raw_fd_ostream Out(Arguments[2], Failed);
  Out << serialize(*collectFacts(Unit->getASTContext(), Options()));
  return Failed ? 1 : 0;
}
