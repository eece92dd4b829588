// Inside boost::asio::awaitable on an io_context.
#include "allocations.hpp"

#include <benchmark/benchmark.h>
#include <boost/asio.hpp>
#include <boost/asio/experimental/channel.hpp>
#include <boost/asio/experimental/concurrent_channel.hpp>
#include <interlock/boost_asio.hpp>

namespace {

namespace net = boost::asio;
using boost::system::error_code;

template <class Body> void run(benchmark::State &, Body body) {
  net::io_context io;
  net::co_spawn(io, body(io), net::detached);
  io.run();
}

template <class Channel> void channel_as_lock(benchmark::State &state) {
  run(state, [&](net::io_context &io) -> net::awaitable<void> {
    Channel channel(io, 1);
    for (auto _ : state) {
      co_await channel.async_send(error_code(), net::use_awaitable);
      co_await channel.async_receive(net::use_awaitable);
    }
  });
}
BENCHMARK_TEMPLATE(channel_as_lock,
                   net::experimental::channel<void(error_code)>)
    ->Name("asio_channel");
BENCHMARK_TEMPLATE(channel_as_lock,
                   net::experimental::concurrent_channel<void(error_code)>)
    ->Name("asio_concurrent_channel");

void asio_strand(benchmark::State &state) {
  run(state, [&](net::io_context &io) -> net::awaitable<void> {
    auto strand = net::make_strand(io);
    for (auto _ : state) {
      co_await net::post(strand, net::use_awaitable);
      co_await net::post(io, net::use_awaitable);
    }
  });
}
BENCHMARK(asio_strand);

void asio_interlock(benchmark::State &state) {
  interlock::SafeTradingState trading;
  run(state, [&](net::io_context &) -> net::awaitable<void> {
    for (auto _ : state) {
      auto guard = co_await trading.atomic_balance_update();
      benchmark::ClobberMemory();
    }
  });
}
BENCHMARK(asio_interlock);

/// 16 coroutines; each holds the lock across one post.
void asio_interlock_handoff(benchmark::State &state) {
  constexpr int count = 16, rounds = 256;
  double allocations = 0;
  interlock::SafeTradingState trading;
  for (auto _ : state) {
    net::io_context io(1);
    const auto body = [&]() -> net::awaitable<void> {
      for (int i = 0; i != rounds; ++i) {
        auto guard = co_await trading.atomic_balance_update();
        co_await net::post(io, net::use_awaitable);
      }
    };
    for (int i = 0; i != count; ++i)
      net::co_spawn(io, body(), net::detached);
    const bench::allocation_counter counter;
    io.run();
    allocations += counter.per(count * rounds);
  }
  state.counters["ns_per_op"] = benchmark::Counter(
      static_cast<double>(state.iterations()) * count * rounds * 1e-9,
      benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
  state.counters["allocs"] =
      allocations / static_cast<double>(state.iterations());
}
BENCHMARK(asio_interlock_handoff);

} // namespace
