// Keyed locks: one thread, a random key, acquire and release.
#include "allocations.hpp"
#include "coroutines.hpp"

#include <benchmark/benchmark.h>
#include <interlock/keyed_mutex.hpp>
#include <tbb/concurrent_hash_map.h>

#include <cstdint>

namespace {

class keys {
public:
  explicit keys(std::int64_t count)
      : count_(static_cast<std::uint64_t>(count)) {}
  std::uint64_t next() noexcept {
    state_ = state_ * 6364136223846793005U + 1442695040888963407U;
    return static_cast<std::uint64_t>(
        (static_cast<unsigned __int128>(state_) * count_) >> 64U);
  }

private:
  std::uint64_t count_;
  std::uint64_t state_ = 1;
};

void keyed_tbb_accessor(benchmark::State &state) {
  tbb::concurrent_hash_map<std::uint64_t, int> map;
  keys random(state.range(0));
  for (std::int64_t key = 0; key != state.range(0); ++key)
    map.insert({static_cast<std::uint64_t>(key), 0});
  for (auto _ : state) {
    tbb::concurrent_hash_map<std::uint64_t, int>::accessor held;
    map.insert(held, random.next());
    benchmark::ClobberMemory();
  }
}
BENCHMARK(keyed_tbb_accessor)->Arg(1)->Arg(1'000)->Arg(1'000'000);

template <class Table>
bench::detached take(benchmark::State &state, Table &table, keys &random) {
  for (auto _ : state) {
    auto guard = co_await table.acquire(random.next());
    benchmark::ClobberMemory();
  }
}

void keyed_interlock(benchmark::State &state) {
  interlock::keyed_mutex<std::uint64_t> table({.name = "bench"});
  keys random(state.range(0));
  for (std::int64_t key = 0; key != state.range(0); ++key)
    auto guard = table.acquire(key).blocking();
  const bench::allocation_counter allocations;
  take(state, table, random);
  state.counters["allocs"] = allocations.per(state.iterations());
  state.counters["idle_bytes"] =
      static_cast<double>(table.memory()) / static_cast<double>(state.range(0));
}
BENCHMARK(keyed_interlock)->Arg(1)->Arg(1'000)->Arg(1'000'000);

void keyed_interlock_retained(benchmark::State &state) {
  interlock::keyed_mutex<std::uint64_t> table(
      {.name = "bench", .retain_idle_keys = 2'000'000});
  keys random(state.range(0));
  for (std::int64_t key = 0; key != state.range(0); ++key)
    auto guard = table.acquire(key).blocking();
  take(state, table, random);
  state.counters["idle_bytes"] =
      static_cast<double>(table.memory()) / static_cast<double>(state.range(0));
}
BENCHMARK(keyed_interlock_retained)->Arg(1'000)->Arg(1'000'000);

} // namespace
