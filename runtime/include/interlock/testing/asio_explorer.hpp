// The explorer for `asio::awaitable` coroutines.
//
//     explore([](schedule &s) {
//       account a;
//       asio_loop loop{s};
//       loop.spawn("first", [&] { return a.withdraw(80); });
//       loop.spawn("second", [&] { return a.withdraw(80); });
//       s.run();
//     });
//
// Every handler that reaches the loop's executor is a step of its own. Replace
// sockets and timers by `co_await asio_io("name")`: what waits for the
// operating system is unknown to the explorer, and looks like a task that is
// never resumed. A deadlock of such coroutines is reported as a lost wake-up,
// since Asio does not say what they wait for.
#pragma once

#include <interlock/asio.hpp>
#include <interlock/testing/explorer.hpp>

#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/execution.hpp>
#include <asio/execution_context.hpp>
#include <asio/post.hpp>
#include <asio/use_awaitable.hpp>

#include <coroutine>
#include <exception>
#include <string>
#include <string_view>
#include <utility>

#define INTERLOCK_ASIO asio
#define INTERLOCK_ASIO_ADAPTER standalone_asio
#include <interlock/detail/asio_explorer.ipp>
#undef INTERLOCK_ASIO
#undef INTERLOCK_ASIO_ADAPTER
