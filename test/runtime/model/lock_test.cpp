// The lock itself, built on modelled atomics: every interleaving of its atomic
// operations with a bounded number of preemptions.
#include "machine.hpp"
#include "support/coroutines.hpp"

#include <interlock/detail/shared_wait.hpp>
#include <interlock/keyed_mutex.hpp>
#include <interlock/mutex.hpp>

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <deque>
#include <functional>
#include <memory>
#include <new>
#include <vector>

namespace {

using interlock::detail::atomic;
using model::machine;
using test::detached;

/// An executor of one thread. Posting to it is ordered before what it runs.
class loop final : public interlock::executor {
public:
  void post(interlock::work_item &item) noexcept override {
    posts_.fetch_add(1, std::memory_order_release);
    items_.push_back(&item);
  }
  bool runs_here() const noexcept override {
    return machine::running()->self() == home_;
  }
  bool remove(interlock::work_item &item) noexcept override {
    return std::erase(items_, &item) != 0;
  }
  /// The calling thread's, until `done`.
  void run_until(const bool &done) {
    while (!done) {
      machine::running()->wait_until([&] { return done || !items_.empty(); });
      run_what_is_there();
    }
  }
  void run_what_is_there() {
    posts_.load(std::memory_order_acquire);
    while (!items_.empty()) {
      interlock::work_item *const item = items_.front();
      items_.pop_front();
      item->run(item);
    }
  }
  void live_on_this_thread() noexcept { home_ = machine::running()->self(); }

private:
  std::deque<interlock::work_item *> items_;
  atomic<int> posts_{0};
  std::size_t home_ = 0;
};

/// What the threads of a program share.
struct world {
  explicit world(const interlock::lock_options &how = {}) : lock(how) {}
  interlock::mutex lock;
  model::plain money{"the guarded number is touched without the lock"};
  std::array<model::plain, 3> own{
      model::plain{"what came before a wait is not seen after it"},
      model::plain{"what came before a wait is not seen after it"},
      model::plain{"what came before a wait is not seen after it"}};
  std::array<loop, 3> loops;
  std::array<bool, 3> done{};

  void spend() { money.write(money.read() + 1); }
  void expect_over(machine &m, int spent) {
    m.check(!lock.is_locked() && !lock.has_waiters(), "the lock is not free");
    m.check(lock.get_lock_statistics().acquisitions ==
                static_cast<std::uint64_t>(spent),
            "an acquisition is not counted, or twice");
  }
};

detached acquire_via(world &w, std::size_t i, int rounds) {
  for (int r = 0; r != rounds; ++r) {
    auto held = co_await w.lock.acquire().via(w.loops[i]);
    w.spend();
  }
  w.done[i] = true;
}

/// Its waiters resume on whatever thread releases the lock.
detached acquire_anywhere(world &w, std::size_t i) {
  w.own[i].write(1);
  auto held = co_await w.lock.acquire();
  w.own[i].write(2);
  w.spend();
}

void on_its_loop(machine &m, const std::shared_ptr<world> &w, std::size_t i,
                 int rounds) {
  m.thread([w, i, rounds] {
    w->loops[i].live_on_this_thread();
    acquire_via(*w, i, rounds);
    w->loops[i].run_until(w->done[i]);
  });
}

void expect_sound(const char *what, int preemptions,
                  const std::function<void(machine &)> &program) {
  const model::report r =
      machine::explore(static_cast<unsigned>(preemptions), program);
  EXPECT_EQ(r.failure, "") << "threads: " << r.schedule;
  EXPECT_TRUE(r.exhausted);
  std::printf("  %s: %llu interleavings, at most %d preemptions\n", what,
              static_cast<unsigned long long>(r.schedules), preemptions);
}

TEST(LockModel, CompetingThreads) {
  for (const auto fairness :
       {interlock::fairness::adaptive, interlock::fairness::strict})
    expect_sound("two rounds of two threads", 6, [&](machine &m) {
      auto w = std::make_shared<world>(
          interlock::lock_options{.fairness = fairness});
      on_its_loop(m, w, 0, 2);
      on_its_loop(m, w, 1, 2);
      m.at_end([w, &m] { w->expect_over(m, 4); });
    });
  for (const int rounds : {1, 2})
    expect_sound("three threads", 5 - rounds, [rounds](machine &m) {
      auto w = std::make_shared<world>();
      on_its_loop(m, w, 0, rounds);
      on_its_loop(m, w, 1, 1);
      on_its_loop(m, w, 2, 1);
      m.at_end([w, rounds, &m] { w->expect_over(m, rounds + 2); });
    });
}

TEST(LockModel, WaitersThatResumeWhereTheLockIsReleased) {
  expect_sound("three threads", 4, [](machine &m) {
    auto w = std::make_shared<world>();
    for (std::size_t i = 0; i != 3; ++i)
      m.thread([w, i] { acquire_anywhere(*w, i); });
    m.at_end([w, &m] { w->expect_over(m, 3); });
  });
}

TEST(LockModel, ThoseThatOnlyTry) {
  expect_sound("two that wait, one that tries", 3, [](machine &m) {
    auto w = std::make_shared<world>();
    auto spent = std::make_shared<int>(2);
    on_its_loop(m, w, 0, 1);
    on_its_loop(m, w, 1, 1);
    m.thread([w, spent] {
      if (w->lock.try_lock()) {
        w->spend();
        ++*spent;
        w->lock.unlock();
      }
    });
    m.at_end([w, spent, &m] { w->expect_over(m, *spent); });
  });
}

/// A wait that another thread may cancel.
struct limited final : interlock::detail::shared_wait {
  static limited *make(world &w, std::size_t i) {
    void *const block = interlock::detail::pool_allocate(sizeof(limited));
    auto *const made = new (block) limited(block);
    made->ex = &w.loops[i];
    made->done = &w.done[i];
    return made;
  }
  explicit limited(void *block) noexcept
      : shared_wait(block, sizeof(limited)) {}
  void complete(interlock::detail::wait_outcome outcome) noexcept override {
    machine::running()->check(!*done, "a wait ends twice");
    *acquired = outcome == interlock::detail::wait_outcome::acquired;
    *done = true;
  }
  bool *done = nullptr;
  bool *acquired = nullptr;
};

template <class Target> detached hold(world &w, Target target, int rounds) {
  for (int r = 0; r != rounds; ++r) {
    auto held = co_await interlock::lock_op<Target>(target).via(w.loops[0]);
    w.spend();
  }
  w.done[0] = true;
}

/// `over` looks at the lock when it was acquired so many times.
template <class Target>
void cancel_against_grant(machine &m, const std::shared_ptr<world> &w,
                          Target target, int rounds,
                          const std::function<void(int)> &over) {
  auto acquired = std::make_shared<bool>(false);
  limited *const wait = limited::make(*w, 1);
  wait->acquired = acquired.get();
  wait->add_ref(); // the canceller's
  m.thread([w, target, rounds] {
    w->loops[0].live_on_this_thread();
    hold(*w, target, rounds);
    w->loops[0].run_until(w->done[0]);
  });
  m.thread([w, wait, acquired, target] {
    using interlock::detail::wait_begin;
    w->loops[1].live_on_this_thread();
    const auto begun = interlock::detail::begin_wait(*wait, target);
    if (begun == wait_begin::queued)
      w->loops[1].run_until(w->done[1]);
    if (begun == wait_begin::acquired)
      *acquired = true;
    if (*acquired) {
      w->spend();
      wait->lock.release();
    }
    machine::running()->wait_until([&] { return w->done[2]; });
    w->loops[1].run_what_is_there();
    wait->drop_ref();
  });
  m.thread([w, wait] {
    wait->cancel(interlock::detail::wait_outcome::cancelled);
    wait->drop_ref();
    w->done[2] = true;
  });
  m.at_end([acquired, rounds, over] { over(rounds + (*acquired ? 1 : 0)); });
}

TEST(LockModel, CancelAgainstGrant) {
  for (const auto fairness :
       {interlock::fairness::adaptive, interlock::fairness::strict})
    for (const int rounds : {1, 2})
      expect_sound("holder, waiter, canceller", 3, [&](machine &m) {
        auto w = std::make_shared<world>(
            interlock::lock_options{.fairness = fairness});
        cancel_against_grant(
            m, w, interlock::detail::mutex_target{&w->lock}, rounds,
            [w = w.get(), &m](int spent) { w->expect_over(m, spent); });
      });
}

TEST(LockModel, CancelAgainstGrantOfAKey) {
  using table = interlock::detail::keyed_table<std::uint64_t>;
  expect_sound("holder, waiter, canceller", 3, [](machine &m) {
    struct keyed : world {
      table keys{{}};
    };
    auto w = std::make_shared<keyed>();
    cancel_against_grant(
        m, w, interlock::detail::keyed_target<std::uint64_t>{&w->keys, 7}, 2,
        [w = w.get(), &m](int spent) {
          interlock::lock_statistics seen;
          w->keys.read_statistics(seen);
          m.check(seen.live_keys == 0, "the key stays");
          m.check(seen.acquisitions == static_cast<std::uint64_t>(spent),
                  "an acquisition is not counted, or twice");
        });
  });
}

/// Nobody releases the lock meanwhile: that is what destroying asks for.
TEST(LockModel, DestroyedWaitersLeaveTheQueue) {
  expect_sound("two that are destroyed, one that stays", 3, [](machine &m) {
    auto w = std::make_shared<world>();
    w->lock.lock();
    m.thread([w] {
      w->loops[0].live_on_this_thread();
      acquire_via(*w, 0, 1);
      machine::running()->wait_until([&] { return w->done[1] && w->done[2]; });
      w->lock.unlock();
      w->loops[0].run_until(w->done[0]);
    });
    for (const std::size_t i : {1U, 2U})
      m.thread([w, i] {
        [](world &shared, std::size_t me) -> test::task<> {
          auto held = co_await shared.lock.acquire().via(shared.loops[me]);
          machine::running()->check(false, "a destroyed waiter goes on");
        }(*w, i)
                                                 .start(); // and destroyed
        w->done[i] = true;
      });
    m.at_end([w, &m] { w->expect_over(m, 2); });
  });
}

TEST(LockModel, KeysComeAndGo) {
  expect_sound("two rounds of two threads on one key", 5, [](machine &m) {
    struct keyed : world {
      interlock::keyed_mutex<int> keys;
    };
    auto w = std::make_shared<keyed>();
    for (std::size_t i = 0; i != 2; ++i)
      m.thread([w, i] {
        w->loops[i].live_on_this_thread();
        [](keyed &k, std::size_t me) -> detached {
          for (int r = 0; r != 2; ++r) {
            auto held = co_await k.keys.acquire(7).via(k.loops[me]);
            k.spend();
          }
          k.done[me] = true;
        }(*w, i);
        w->loops[i].run_until(w->done[i]);
      });
    m.at_end([w, &m] { m.check(w->keys.size() == 0, "the key stays"); });
  });
}

} // namespace
