// The locks in asio, with its completion tokens.
//
//     asio::awaitable<void> buy() {
//       auto guard = co_await state.atomic_balance_update();   // from 1.23 on
//       ...
//     auto guard = co_await interlock::asio_view(state)      // any version
//                      .atomic_balance_update();
//     state.atomic_balance_update()([](interlock::guard g) { ... });
//
// A waiter resumes through its associated executor, to which the wait counts as
// outstanding work. An awaitable that finds the lock free goes on without being
// posted, at most 32 times in a row. Asio's cancellation ends the waits of
// operations with a limit (`_for`, `_until`, stop token) with
// `operation_aborted`; a plain wait is not cancelled: what comes after it sees
// the cancellation. An execution context that ends drops the waiters parked on
// it, and a lock granted to one of them goes to the next.
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/associated_cancellation_slot.hpp>
#include <asio/associated_executor.hpp>
#include <asio/async_result.hpp>
#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/error.hpp>
#include <asio/execution_context.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/prefer.hpp>
#include <asio/query.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/strand.hpp>
#include <asio/this_coro.hpp>
#include <asio/thread_pool.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/version.hpp>

#include <interlock/detail/asio_support.hpp>
#include <interlock/monitor.hpp>
#include <interlock/safe_state.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <type_traits>
#include <typeinfo>
#include <utility>

#define INTERLOCK_ASIO asio
#define INTERLOCK_ASIO_ADAPTER standalone_asio
#define INTERLOCK_ASIO_ERROR_CODE std::error_code
#define INTERLOCK_ASIO_TAG asio_standalone_tag
#define INTERLOCK_ASIO_INLINE (ASIO_VERSION >= 102300)
#include <interlock/detail/asio_adapter.ipp>
#include <interlock/detail/asio_view.ipp>
#undef INTERLOCK_ASIO
#undef INTERLOCK_ASIO_ADAPTER
#undef INTERLOCK_ASIO_ERROR_CODE
#undef INTERLOCK_ASIO_TAG
#undef INTERLOCK_ASIO_INLINE
