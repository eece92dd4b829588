#pragma once

#include "rewriters/base/Extent.h"
#include "rewriters/base/FunctionView.h"

#include <optional>
#include <variant>

/// A guard is awaited. Where nobody ran before, others run now: whatever the
/// function has learnt since its last suspension may be wrong behind the guard.
namespace interlock {

/// Grows an extent over what has to be seen under the guard because of that:
/// checks and copies, in the slice before it, of the state (`Member`) and of
/// anything that is written behind it, and references, iterators and pointers
/// into shared state that are used before the extent's first own suspension.
std::variant<Extent, Why> coverSlice(const FunctionView &View, Extent E,
                                     llvm::StringRef Member);

/// The extent grown over the first change of shared state, in the slice before
/// it, that others have seen together with one in the extent so far: the guard
/// must not come between the two. None if there is no such change.
std::optional<Extent> coverChanges(const FunctionView &View, const Extent &E);

/// A parameter or capture that may be gone behind a guard at `Offset`: an
/// eager coroutine's caller goes on there, and nothing keeps what it has
/// passed by reference.
std::optional<Why> danglingParameter(const FunctionView &View, unsigned Offset);

} // namespace interlock
