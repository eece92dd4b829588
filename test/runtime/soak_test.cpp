// Threads that acquire, cancel, time out, destroy and throw at random. Each
// lock guards a counter that is not atomic, and in the end everything is free
// and counted.
#include "support/coroutines.hpp"

#include <gtest/gtest.h>
#include <interlock/safe_state.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <random>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using test::task;

namespace {

/// One thread's run loop.
class thread_executor final : public interlock::executor {
public:
  void post(interlock::work_item &item) noexcept override {
    const std::lock_guard lock(mutex_);
    item.next = nullptr;
    (last_ != nullptr ? last_->next : first_) = &item;
    last_ = &item;
    arrived_.notify_one();
  }
  bool runs_here() const noexcept override {
    return owner_ == std::this_thread::get_id();
  }
  void adopt() { owner_ = std::this_thread::get_id(); }
  /// Runs one item; waits for it if there is none.
  void run_one() {
    std::unique_lock lock(mutex_);
    arrived_.wait(lock, [this] { return first_ != nullptr; });
    interlock::work_item *const item = first_;
    first_ = item->next;
    if (first_ == nullptr)
      last_ = nullptr;
    lock.unlock();
    item->run(item);
  }

private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  interlock::work_item *first_ = nullptr, *last_ = nullptr;
  std::atomic<std::thread::id> owner_{};
};

struct shared {
  interlock::SafeTradingState state;
  bool destroys = false; ///< waiters are destroyed, too
  // Guarded by the locks.
  long balance = 0;
  std::array<long, 3> positions{};
  // What the statistics have to say.
  std::atomic<std::uint64_t> balances{0}, keys{0}, thrown{0}, empty{0},
      destroyed{0};

  void update_balance() {
    ++balance;
    count(balances);
  }
  void update_position(std::size_t key) {
    ++positions[key];
    count(keys);
  }
  static void count(std::atomic<std::uint64_t> &counter) {
    counter.fetch_add(1, std::memory_order_relaxed);
  }
};

struct thrown {};

task<> plain(shared &s, interlock::executor &ex, bool fail, int &left) {
  try {
    auto guard = co_await s.state.atomic_balance_update().via(ex);
    s.update_balance();
    if (fail)
      throw thrown{};
  } catch (const thrown &) {
    s.count(s.thrown);
  }
  --left;
}

task<> limited(shared &s, interlock::executor &ex, std::stop_token stop,
               std::chrono::microseconds limit, int &left) {
  if (auto guard = co_await s.state.atomic_balance_update_for(limit)
                       .stop_on(std::move(stop))
                       .via(ex))
    s.update_balance();
  else
    s.count(s.empty);
  --left;
}

task<> keyed(shared &s, interlock::executor &ex, std::size_t key, int &left) {
  auto guard = co_await s.state.atomic_position_update(key).via(ex);
  s.update_position(key);
  --left;
}

task<> several(shared &s, interlock::executor &ex, std::size_t a, std::size_t b,
               int &left) {
  auto set = co_await s.state
                 .atomic_update(interlock::position(a), interlock::balance,
                                interlock::position(b))
                 .via(ex);
  s.update_balance();
  s.update_position(a);
  if (b != a)
    s.update_position(b);
  --left;
}

void soak(shared &s, unsigned seed, int batches) {
  thread_executor ex;
  ex.adopt();
  std::minstd_rand random(seed);
  const auto below = [&random](unsigned n) {
    return static_cast<std::size_t>(random() % n);
  };
  for (int batch = 0; batch != batches; ++batch) {
    std::stop_source stop;
    std::vector<task<>> running;
    int left = 0;
    for (int i = 0; i != 12; ++i) {
      ++left;
      switch (below(6)) {
      case 0:
        running.push_back(plain(s, ex, below(4) == 0, left));
        break;
      case 1:
      case 2:
        running.push_back(limited(s, ex, stop.get_token(),
                                  std::chrono::microseconds(below(200)), left));
        break;
      case 3:
        running.push_back(keyed(s, ex, below(3), left));
        break;
      case 4:
        running.push_back(several(s, ex, below(3), below(3), left));
        break;
      default: { // a thread's own wait among them
        --left;
        if (auto guard = s.state.atomic_balance_update_for(50us).blocking())
          s.update_balance();
        else
          s.count(s.empty);
        continue;
      }
      }
      running.back().start();
      // Now and then a waiter that may be cancelled is destroyed instead.
      if (s.destroys && below(8) == 0) {
        auto victim =
            limited(s, ex, stop.get_token(), std::chrono::hours(1), left);
        ++left;
        victim.start();
        if (!victim.done()) {
          --left;
          s.count(s.destroyed);
        }
        victim.destroy();
      }
    }
    if (below(3) == 0)
      stop.request_stop();
    while (left != 0)
      ex.run_one();
  }
}

/// All are free, and every count is what really happened. A waiter that is
/// destroyed may have been granted the lock or cancelled already.
void check(shared &s) {
  const auto all = s.state.get_lock_statistics();
  const auto &balance = all.at("balance"), &position = all.at("position");
  const std::uint64_t slack = s.destroyed.load();
  const auto expect = [&](std::uint64_t counted, std::uint64_t happened) {
    EXPECT_GE(counted, happened);
    EXPECT_LE(counted, happened + slack);
  };
  EXPECT_EQ(static_cast<std::uint64_t>(s.balance), s.balances.load());
  EXPECT_EQ(static_cast<std::uint64_t>(s.positions[0] + s.positions[1] +
                                       s.positions[2]),
            s.keys.load());
  expect(balance.acquisitions, s.balances.load());
  expect(balance.cancelled + balance.timed_out, s.empty.load());
  EXPECT_EQ(balance.released_by_exception, s.thrown.load());
  EXPECT_EQ(position.acquisitions, s.keys.load());
  for (const auto *lock : {&balance, &position}) {
    EXPECT_EQ(lock->waits.count(), lock->contentions);
    EXPECT_LE(lock->contentions, lock->acquisitions);
    EXPECT_EQ(lock->current_waiters, 0U);
    EXPECT_EQ(lock->abandoned_waiters, 0U);
    EXPECT_EQ(lock->oldest_wait_ms, 0.0);
  }
  EXPECT_EQ(s.state.live_keys("position"), 0U);
  EXPECT_TRUE(s.state.try_atomic_balance_update());
}

/// Returns how often a lock was acquired.
std::uint64_t run(unsigned threads, bool destroys, unsigned seed, int batches) {
  SCOPED_TRACE(std::to_string(threads) + " threads, seed " +
               std::to_string(seed));
  shared s;
  s.destroys = destroys;
  {
    std::vector<std::jthread> pool;
    for (unsigned i = 0; i != threads; ++i)
      pool.emplace_back([&s, seed, i, batches] { soak(s, seed + i, batches); });
  }
  check(s);
  return s.balances + s.keys;
}

TEST(Soak, NothingIsLostOrTorn) {
  const unsigned seed = std::random_device{}();
  for (const unsigned threads : {2U, 5U, 16U})
    for (const bool destroys : {false, true})
      run(threads, destroys, seed, 240 / static_cast<int>(threads));
}

/// The long run, with INTERLOCK_SOAK_SECONDS=600 in the environment:
/// `interlock_lock_tests --gtest_filter=Soak.AsLongAsAsked`
TEST(Soak, AsLongAsAsked) {
  const char *const seconds = std::getenv("INTERLOCK_SOAK_SECONDS");
  if (seconds == nullptr)
    GTEST_SKIP() << "set INTERLOCK_SOAK_SECONDS to run it";
  const auto end = std::chrono::steady_clock::now() +
                   std::chrono::seconds(std::atoi(seconds));
  std::random_device seeds;
  std::uint64_t runs = 0, acquisitions = 0;
  for (; std::chrono::steady_clock::now() < end && !HasFailure(); ++runs) {
    const unsigned seed = seeds();
    acquisitions += run(2 + seed % 15, seed % 2 == 0, seed, 500);
  }
  std::printf("%llu runs, %llu acquisitions\n",
              static_cast<unsigned long long>(runs),
              static_cast<unsigned long long>(acquisitions));
}

} // namespace
