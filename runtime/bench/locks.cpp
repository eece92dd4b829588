// One lock: free, handed along a queue, and between two threads.
#include "allocations.hpp"
#include "coroutines.hpp"
#include "floor.hpp"

#include <absl/synchronization/mutex.h>
#include <benchmark/benchmark.h>
#include <interlock/safe_state.hpp>

#include <atomic>
#include <mutex>
#include <thread>

namespace {

void free_std_mutex(benchmark::State &state) {
  std::mutex m;
  for (auto _ : state) {
    const std::lock_guard lock(m);
    benchmark::ClobberMemory();
  }
}
BENCHMARK(free_std_mutex);

void free_absl_mutex(benchmark::State &state) {
  absl::Mutex m;
  for (auto _ : state) {
    const absl::MutexLock lock(&m);
    benchmark::ClobberMemory();
  }
}
BENCHMARK(free_absl_mutex);

template <class Lock>
bench::detached take_free(benchmark::State &state, Lock &lock) {
  for (auto _ : state) {
    auto guard = co_await lock();
    benchmark::ClobberMemory();
  }
}

void free_interlock_mutex(benchmark::State &state) {
  interlock::mutex m;
  auto lock = [&m] { return m.acquire(); };
  take_free(state, lock);
}
BENCHMARK(free_interlock_mutex);

void free_interlock_state(benchmark::State &state) {
  interlock::SafeTradingState trading;
  auto lock = [&trading] { return trading.atomic_balance_update(); };
  const bench::allocation_counter allocations;
  take_free(state, lock);
  state.counters["allocs"] = allocations.per(state.iterations());
}
BENCHMARK(free_interlock_state);

/// `count` coroutines on one thread; each holds the lock across one yield.
template <class Lock>
bench::detached hold_and_yield(bench::ring &ring, Lock &lock,
                               std::size_t &left) {
  while (left != 0) {
    auto guard = co_await lock();
    if (left != 0)
      --left;
    co_await ring.yield();
  }
}

template <class Lock> void handoff(benchmark::State &state, Lock lock) {
  const auto count = static_cast<std::size_t>(state.range(0));
  constexpr std::size_t batch = 1024;
  std::size_t left = 0;
  bench::ring ring(count + 1);
  double allocations = 0;
  // The coroutines are started once per batch and end with it; the frames are
  // amortised over the batch like everything outside the lock.
  for (auto _ : state) {
    left = batch + count;
    for (std::size_t i = 0; i != count; ++i)
      hold_and_yield(ring, lock, left);
    const bench::allocation_counter counter;
    ring.run();
    allocations += counter.per(1);
  }
  state.SetItemsProcessed(
      static_cast<std::int64_t>(state.iterations() * (batch + count)));
  state.counters["ns_per_op"] = benchmark::Counter(
      static_cast<double>(state.iterations() * (batch + count)) * 1e-9,
      benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
  state.counters["allocs"] = allocations;
}

void handoff_interlock_mutex(benchmark::State &state) {
  interlock::mutex m;
  handoff(state, [&m] { return m.acquire(); });
}
BENCHMARK(handoff_interlock_mutex)->Arg(2)->Arg(16)->Arg(128);

void handoff_interlock_state(benchmark::State &state) {
  interlock::SafeTradingState trading;
  handoff(state, [&trading] { return trading.atomic_balance_update(); });
}
BENCHMARK(handoff_interlock_state)->Arg(2)->Arg(16)->Arg(128);

template <bench::floor_kind Kind> void handoff_floor(benchmark::State &state) {
  bench::floor_lock<Kind> lock;
  handoff(state, [&lock] { return lock.acquire(); });
  benchmark::DoNotOptimize(lock.waited());
}
BENCHMARK_TEMPLATE(handoff_floor, bench::floor_kind::lock)
    ->Name("handoff_floor")
    ->Arg(16);
BENCHMARK_TEMPLATE(handoff_floor, bench::floor_kind::not_a_lock)
    ->Name("handoff_floor_not_a_lock")
    ->Arg(16);
BENCHMARK_TEMPLATE(handoff_floor, bench::floor_kind::reads_counter)
    ->Name("handoff_floor_reads_counter")
    ->Arg(16);

/// The yield alone.
struct nothing {
  bool await_ready() const noexcept { return true; }
  void await_suspend(std::coroutine_handle<>) const noexcept {}
  int await_resume() const noexcept { return 0; }
};
void handoff_without_lock(benchmark::State &state) {
  handoff(state, [] { return nothing{}; });
}
BENCHMARK(handoff_without_lock)->Arg(16);

// Two threads: a tiny critical section, 32 units of work outside.

void work(int units) {
  for (int i = 0; i != units; ++i)
    benchmark::DoNotOptimize(i);
}
constexpr int per_thread = 50'000;
constexpr int outside = 32;

template <class Mutex> void two_threads(benchmark::State &state) {
  for (auto _ : state) {
    Mutex m;
    long shared = 0;
    const auto body = [&] {
      for (int i = 0; i != per_thread; ++i) {
        {
          const std::lock_guard lock(m);
          benchmark::DoNotOptimize(++shared);
        }
        work(outside);
      }
    };
    std::thread other(body);
    body();
    other.join();
  }
  state.counters["ns_per_op"] = benchmark::Counter(
      static_cast<double>(state.iterations()) * 2 * per_thread * 1e-9,
      benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}
BENCHMARK_TEMPLATE(two_threads, std::mutex)
    ->UseRealTime()
    ->Name("two_threads_std_mutex");
BENCHMARK_TEMPLATE(two_threads, interlock::mutex)
    ->UseRealTime()
    ->Name("two_threads_interlock_blocking");

template <class Lock>
bench::detached on_loop(bench::thread_loop &loop, Lock &lock, long &shared,
                        int rounds, std::atomic<int> &left) {
  for (int i = 0; i != rounds; ++i) {
    {
      auto guard = co_await lock().via(loop);
      benchmark::DoNotOptimize(++shared);
    }
    work(outside);
    if (i % 8 == 7)
      co_await loop.yield();
  }
  left.fetch_sub(1, std::memory_order_acq_rel);
}

void two_threads_coroutines(benchmark::State &state,
                            interlock::fairness fairness, const char *name) {
  constexpr int coroutines = 8;
  double busiest = 0;
  for (auto _ : state) {
    interlock::mutex m({.name = name, .fairness = fairness});
    auto lock = [&m] { return m.acquire(); };
    long shared = 0;
    std::atomic<int> left{2 * coroutines};
    bench::thread_loop loops[2];
    std::size_t ran[2] = {0, 0};
    const auto body = [&](int which) {
      loops[which].enter();
      for (int i = 0; i != coroutines; ++i)
        on_loop(loops[which], lock, shared, per_thread / coroutines, left);
      ran[which] = loops[which].run(left);
    };
    std::thread other(body, 1);
    body(0);
    other.join();
    busiest += 100.0 * static_cast<double>(std::max(ran[0], ran[1])) /
               static_cast<double>(ran[0] + ran[1]);
  }
  state.counters["ns_per_op"] = benchmark::Counter(
      static_cast<double>(state.iterations()) * 2 * per_thread * 1e-9,
      benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
  state.counters["busiest_pct"] =
      busiest / static_cast<double>(state.iterations());
}
BENCHMARK_CAPTURE(two_threads_coroutines, adaptive,
                  interlock::fairness::adaptive, nullptr)
    ->UseRealTime();
BENCHMARK_CAPTURE(two_threads_coroutines, adaptive_with_statistics,
                  interlock::fairness::adaptive, "bench")
    ->UseRealTime();
BENCHMARK_CAPTURE(two_threads_coroutines, strict, interlock::fairness::strict,
                  nullptr)
    ->UseRealTime();

} // namespace
