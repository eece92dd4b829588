#pragma once

#include "clang/AST/ASTContext.h"
#include "clang/AST/Decl.h"

namespace interlock {

/// Whether elements of a container do not move to other indices, as far as
/// this TU shows: everything that it does with the variable or member is to
/// look at elements, to change them in place, and to add some at the end.
bool onlyGrows(clang::ASTContext &Ctx, const clang::ValueDecl &Container);

} // namespace interlock
