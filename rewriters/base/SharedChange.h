#pragma once

#include "rewriters/base/FunctionView.h"

namespace interlock {

/// What a node changes that others can see: it assigns to it, or calls
/// something on it that is not `const`. Null if it changes nothing.
struct SharedChange {
  const clang::ValueDecl *State = nullptr;
  bool Opaque = false; ///< by a call into a class that is not of the library
};
SharedChange changeAt(const FunctionView &View, int I);

} // namespace interlock
