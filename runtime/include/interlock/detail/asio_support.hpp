// What both Asio adapters share.
#pragma once

#include <interlock/lock_op.hpp>
#include <interlock/multi_lock.hpp>

INTERLOCK_NAMESPACE_BEGIN
namespace detail {

/// How many operations may end inside the initiation of the one before. Each
/// needs a hundred bytes of stack or two; then one goes through the executor.
inline constexpr int maximum_inline_depth = 32;
/// How many there are on this thread's stack.
int &inline_depth() noexcept;

/// The parts of an operation, for the adapters.
struct asio_access {
  template <class Op> static auto &target(Op &op) noexcept {
    return op.target_;
  }
  template <class Op> static auto &limits(Op &op) noexcept {
    return op.limits_;
  }
  template <class Op> static auto &targets(Op &op) noexcept {
    return op.targets_;
  }
  template <class Op> static const caller &who(const Op &op) noexcept {
    return op.who_;
  }
};

} // namespace detail
INTERLOCK_NAMESPACE_END
