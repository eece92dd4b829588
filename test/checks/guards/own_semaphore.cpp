// RUN: %check-cases %s -- --executor=single-threaded --checks=-*,stale-*
#include "venue.hpp"
#include <coroutine>
#include <deque>
#include <utility>
using namespace mock;

// A semaphore of the program's own: what its units give back tells what they
// took, and with one permit it is a lock.

task<> transmit(long amount);

class semaphore {
public:
  explicit semaphore(int permits) : permits_(permits) {}
  class units {
  public:
    explicit units(semaphore *from) : from_(from) {}
    units(units &&other) noexcept
        : from_(std::exchange(other.from_, nullptr)) {}
    ~units() {
      if (from_)
        from_->signal();
    }

  private:
    semaphore *from_;
  };
  auto get_units() {
    struct awaiter {
      semaphore &of;
      bool await_ready() const noexcept {
        return of.permits_ > 0 && of.permits_-- > 0;
      }
      void await_suspend(std::coroutine_handle<> h) {
        of.waiting_.push_back(h);
      }
      units await_resume() const noexcept { return units(&of); }
    };
    return awaiter{*this};
  }

private:
  void signal() {
    if (waiting_.empty()) {
      ++permits_;
      return;
    }
    const auto next = waiting_.front();
    waiting_.pop_front();
    next.resume();
  }
  int permits_;
  std::deque<std::coroutine_handle<>> waiting_;
};

template <class Function>
auto with_semaphore(semaphore &permits, Function work) -> decltype(work()) {
  auto held = co_await permits.get_units();
  co_return co_await work();
}

class one_permit {
public:
  task<bool> pay_ok(long cost) {
    auto held = co_await one_.get_units();
    if (balance_ < cost)
      co_return false;
    co_await transmit(cost);
    balance_ -= cost;
    co_return true;
  }
  task<bool> pay_in_a_callable_ok(long cost) {
    co_return co_await with_semaphore(one_, [&]() -> task<bool> {
      if (balance_ < cost)
        co_return false;
      co_await transmit(cost);
      balance_ -= cost;
      co_return true;
    });
  }

private:
  semaphore one_{1};
  long balance_ = 0;
};

// Two may be in at a time.
class two_permits {
public:
  task<bool> pay_bad(long cost) {
    auto held = co_await two_.get_units();
    if (balance_ < cost)
      co_return false;
    co_await transmit(cost);
    balance_ -= cost; // expect: stale-check
    co_return true;
  }
  task<bool> pay_in_a_callable_bad(long cost) {
    co_return co_await with_semaphore(two_, [&]() -> task<bool> {
      if (balance_ < cost)
        co_return false;
      co_await transmit(cost);
      balance_ -= cost; // expect: stale-check
      co_return true;
    });
  }

private:
  semaphore two_{2};
  long balance_ = 0;
};

// Given back before the change.
class released_early {
public:
  task<bool> pay_bad(long cost) {
    {
      auto held = co_await one_.get_units();
      if (balance_ < cost)
        co_return false;
    }
    co_await transmit(cost);
    balance_ -= cost; // expect: stale-check
    co_return true;
  }

private:
  semaphore one_{1};
  long balance_ = 0;
};
