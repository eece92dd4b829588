#include "matchers/facts/FunctionBody.h"

#include "clang/AST/StmtCXX.h"

namespace interlock {

using namespace clang;

const Stmt *writtenBody(const FunctionDecl &F) {
  const Stmt *Body = F.getBody();
  // Not `getBody()`: clang takes what it returns for a compound statement, and
  // a function's `try` block is none.
  if (const auto *Coroutine = dyn_cast_or_null<CoroutineBodyStmt>(Body))
    Body = *Coroutine->child_begin();
  // Around a coroutine's `try` block clang puts braces that nobody wrote.
  if (const auto *Braces = dyn_cast_or_null<CompoundStmt>(Body);
      Braces && Braces->getLBracLoc().isInvalid() && Braces->size() == 1)
    return Braces->body_front();
  return Body;
}

SourceRange definitionRange(const FunctionDecl &F) {
  SourceRange Range = F.getSourceRange();
  if (isa_and_nonnull<CXXTryStmt>(writtenBody(F)))
    Range.setEnd(writtenBody(F)->getEndLoc());
  return Range;
}

} // namespace interlock
