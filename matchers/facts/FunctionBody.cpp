#include "matchers/facts/FunctionBody.h"

#include "clang/AST/StmtCXX.h"

namespace interlock {

using namespace clang;

const Stmt *writtenBody(const FunctionDecl &F) {
  const Stmt *Body = F.getBody();
  if (const auto *Coroutine = dyn_cast_or_null<CoroutineBodyStmt>(Body))
    Body = Coroutine->getBody();
  // clang wraps a coroutine's function `try` block in braces that are nowhere.
  if (const auto *Block = dyn_cast_or_null<CompoundStmt>(Body);
      Block && Block->getLBracLoc().isInvalid() && Block->size() == 1 &&
      isa<CXXTryStmt>(Block->body_front()))
    return Block->body_front();
  return Body;
}

SourceRange definitionRange(const FunctionDecl &F) {
  SourceRange Range = F.getSourceRange();
  if (isa_and_nonnull<CXXTryStmt>(writtenBody(F)))
    Range.setEnd(writtenBody(F)->getEndLoc());
  return Range;
}

} // namespace interlock
