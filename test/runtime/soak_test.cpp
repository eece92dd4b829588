// Threads that acquire, cancel, time out, destroy and throw at random. Each
// lock guards a counter that is not atomic, and in the end everything is free.
#include "support/coroutines.hpp"

#include <gtest/gtest.h>
#include <interlock/safe_state.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <random>
#include <stop_token>
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
  long balance = 0;
  std::array<long, 3> positions{};
  std::atomic<long> balance_runs{0}, position_runs{0};
};

struct thrown {};

task<> plain(shared &s, interlock::executor &ex, bool fail, int &left) {
  try {
    auto guard = co_await s.state.atomic_balance_update().via(ex);
    ++s.balance;
    s.balance_runs.fetch_add(1, std::memory_order_relaxed);
    if (fail)
      throw thrown{};
  } catch (const thrown &) {
  }
  --left;
}

task<> limited(shared &s, interlock::executor &ex, std::stop_token stop,
               std::chrono::microseconds limit, int &left) {
  if (auto guard = co_await s.state.atomic_balance_update_for(limit)
                       .stop_on(std::move(stop))
                       .via(ex)) {
    ++s.balance;
    s.balance_runs.fetch_add(1, std::memory_order_relaxed);
  }
  --left;
}

task<> keyed(shared &s, interlock::executor &ex, std::size_t key, int &left) {
  auto guard = co_await s.state.atomic_position_update(key).via(ex);
  ++s.positions[key];
  s.position_runs.fetch_add(1, std::memory_order_relaxed);
  --left;
}

task<> several(shared &s, interlock::executor &ex, std::size_t a, std::size_t b,
               int &left) {
  auto set = co_await s.state
                 .atomic_update(interlock::position(a), interlock::balance,
                                interlock::position(b))
                 .via(ex);
  ++s.balance;
  s.balance_runs.fetch_add(1, std::memory_order_relaxed);
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
        if (auto guard = s.state.atomic_balance_update_for(50us).blocking()) {
          ++s.balance;
          s.balance_runs.fetch_add(1, std::memory_order_relaxed);
        }
        continue;
      }
      }
      running.back().start();
      // Now and then a waiter that may be cancelled is destroyed instead.
      if (below(8) == 0) {
        auto victim =
            limited(s, ex, stop.get_token(), std::chrono::hours(1), left);
        ++left;
        victim.start();
        if (!victim.done())
          --left;
        victim.destroy();
      }
    }
    if (below(3) == 0)
      stop.request_stop();
    while (left != 0)
      ex.run_one();
  }
}

TEST(Soak, NothingIsLostOrTorn) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  for (const unsigned threads : {2U, 5U, 8U}) {
    shared s;
    {
      std::vector<std::jthread> pool;
      for (unsigned i = 0; i != threads; ++i)
        pool.emplace_back([&s, seed, i] { soak(s, seed + i, 150); });
    }
    EXPECT_EQ(s.balance, s.balance_runs.load());
    EXPECT_EQ(s.positions[0] + s.positions[1] + s.positions[2],
              s.position_runs.load());
    EXPECT_TRUE(s.state.try_atomic_balance_update());
    EXPECT_EQ(s.state.live_keys("position"), 0U);
    const auto balance = s.state.get_lock_statistics().at("balance");
    EXPECT_EQ(balance.current_waiters, 0U);
    EXPECT_EQ(balance.abandoned_waiters, 0U);
  }
}

} // namespace
