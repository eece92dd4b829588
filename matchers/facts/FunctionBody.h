#pragma once

#include "clang/AST/Decl.h"
#include "clang/AST/Stmt.h"

namespace interlock {

/// The body of a function as it is written, without what the compiler puts
/// around that of a coroutine.
const clang::Stmt *writtenBody(const clang::FunctionDecl &F);

/// Where a function is defined, from its type to the end of its body.
clang::SourceRange definitionRange(const clang::FunctionDecl &F);

} // namespace interlock
