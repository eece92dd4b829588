// The locks in boost::asio, with its completion tokens.
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

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/version.hpp>

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

#define INTERLOCK_ASIO boost::asio
#define INTERLOCK_ASIO_ADAPTER boost_asio
#define INTERLOCK_ASIO_ERROR_CODE boost::system::error_code
#define INTERLOCK_ASIO_TAG asio_tag
#define INTERLOCK_ASIO_INLINE (BOOST_ASIO_VERSION >= 102300)
#include <interlock/detail/asio_adapter.ipp>
#include <interlock/detail/asio_view.ipp>
#undef INTERLOCK_ASIO
#undef INTERLOCK_ASIO_ADAPTER
#undef INTERLOCK_ASIO_ERROR_CODE
#undef INTERLOCK_ASIO_TAG
#undef INTERLOCK_ASIO_INLINE
