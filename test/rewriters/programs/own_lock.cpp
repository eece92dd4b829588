// Where the state's owner has a lock that others take, that one is taken.
#include "program.hpp"

#include <deque>
#include <utility>

namespace {

/// A lock as programs write it for themselves.
class turnstile {
public:
  class pass {
  public:
    explicit pass(turnstile *of) : of_(of) {}
    pass(pass &&other) noexcept : of_(std::exchange(other.of_, nullptr)) {}
    pass &operator=(pass &&) = delete;
    ~pass() {
      if (of_)
        of_->unlock();
    }

  private:
    turnstile *of_;
  };
  auto scoped_lock() {
    struct awaiter {
      turnstile &self;
      bool await_ready() { return !std::exchange(self.taken_, true); }
      void await_suspend(std::coroutine_handle<> h) {
        self.waiting_.push_back(h);
      }
      pass await_resume() { return pass(&self); }
    };
    return awaiter{*this};
  }

private:
  void unlock() {
    if (waiting_.empty()) {
      taken_ = false;
      return;
    }
    proof::world::current()->ready(waiting_.front());
    waiting_.pop_front();
  }
  bool taken_ = false;
  std::deque<std::coroutine_handle<>> waiting_;
};

task<> settle() { co_await step{}; }

class Vault {
public:
  task<> withdraw(long amount) {
    auto pass = co_await gate_.scoped_lock();
    if (balance_ < amount)
      co_return;
    co_await settle();
    balance_ -= amount;
  }
  task<> charge(long fee) {
    if (balance_ < fee)
      co_return;
    co_await settle();
    balance_ -= fee;
  }
  friend task<> seize(Vault &vault, long amount);
  long balance() const { return balance_; }

private:
  turnstile gate_;
  long balance_ = 100;
};
PROGRAM(member_beside_members_that_lock) {
  Vault v;
  w.spawn(v.withdraw(60));
  w.spawn(v.charge(50));
  w.run();
  return v.balance() >= 0;
}

task<> seize(Vault &vault, long amount) {
  if (vault.balance_ < amount)
    co_return;
  co_await settle();
  vault.balance_ -= amount;
}
PROGRAM(function_beside_members_that_lock) {
  Vault v;
  w.spawn(v.withdraw(60));
  w.spawn(seize(v, 50));
  w.run();
  return v.balance() >= 0;
}

/// One that is known by what it hands out alone: its operation has a name of
/// its own.
class sluice {
public:
  auto enter() { return inner_.scoped_lock(); }

private:
  turnstile inner_;
};

class Canal {
public:
  task<> lower(long amount) {
    const auto inside = co_await sluice_.enter();
    if (balance_ < amount)
      co_return;
    co_await settle();
    balance_ -= amount;
  }
  task<> drain(long amount) {
    const long level = balance_;
    co_await settle();
    balance_ = level - amount;
  }
  long balance() const { return balance_; }

private:
  sluice sluice_;
  long balance_ = 100;
};
PROGRAM(member_beside_members_that_enter) {
  Canal c;
  w.spawn(c.lower(60));
  w.spawn(c.drain(10));
  w.run();
  return c.balance() == 30;
}

/// One that is awaited itself.
class lock_gate {
public:
  auto operator co_await() { return inner_.scoped_lock(); }

private:
  turnstile inner_;
};

class Harbour {
public:
  task<> leave(long amount) {
    auto inside = co_await gate_;
    if (balance_ < amount)
      co_return;
    co_await settle();
    balance_ -= amount;
  }
  task<> drift(long amount) {
    if (balance_ < amount)
      co_return;
    co_await settle();
    balance_ -= amount;
  }
  long balance() const { return balance_; }

private:
  lock_gate gate_;
  long balance_ = 100;
};
PROGRAM(member_beside_members_that_await_the_lock) {
  Harbour h;
  w.spawn(h.leave(60));
  w.spawn(h.drift(50));
  w.run();
  return h.balance() >= 0;
}

} // namespace
