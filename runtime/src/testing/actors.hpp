// Numbers that stand for no task and no actor.
#pragma once

#include <interlock/testing/schedule.hpp>

INTERLOCK_NAMESPACE_BEGIN
namespace testing {

inline constexpr std::uint32_t no_task = 0xffff;
inline constexpr unsigned nobody = 63; // more than there can be actors
static_assert(nobody >= schedule::maximum_actors);

using detail::bit;

} // namespace testing
INTERLOCK_NAMESPACE_END
