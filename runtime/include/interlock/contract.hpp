// What happens when the library is misused.
#pragma once

#include <interlock/detail/config.hpp>

INTERLOCK_NAMESPACE_BEGIN

/// Called with a sentence that names the lock and the mistake. It may throw
/// nothing and should not return; if it returns, the process is aborted.
using contract_handler = void (*)(const char *message) noexcept;

/// Replaces the handler (default: write the sentence to stderr and abort) and
/// returns the old one. Any thread may call.
contract_handler set_contract_handler(contract_handler handler) noexcept;

namespace detail {
/// Reports misuse of the lock called `name` (may be null); does not return.
[[noreturn]] void contract_violation(const char *name,
                                     const char *mistake) noexcept;
} // namespace detail

INTERLOCK_NAMESPACE_END
