#pragma once

namespace clang {
class ASTContext;
class FunctionDecl;
} // namespace clang

namespace interlock {

/// Whether each call of a coroutine is awaited in the expression that makes it,
/// so that all that the call was lent is there until it is done. Only where no
/// other translation unit can call it, and where no function or closure of its
/// is handed to somebody who could.
bool alwaysAwaited(clang::ASTContext &Ctx, const clang::FunctionDecl &Function);

} // namespace interlock
