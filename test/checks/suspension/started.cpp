// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*,unspecified-read-order
// Whose object an activity works on: what it was given, or what others have.
#include "asio.hpp"
#include "boost_fibers.hpp"
#include <functional>
#include <memory>

/// Fibers of main that all get one object by reference.
class counter {
public:
  void bump_bad() {
    const int before = shared_;
    boost::this_fiber::yield();
    shared_ = before + 1; // expect: stale-value
  }
  void bump_ok() {
    boost::this_fiber::yield();
    ++shared_;
  }

private:
  int shared_ = 0;
};

/// One object for all activities that are begun in a loop, by a pointer.
class registry {
public:
  void add_bad(asio::steady_timer &timer, asio::yield_context yield) {
    const int before = names_;
    timer.async_wait(yield);
    names_ = before + 1; // expect: stale-value
  }

private:
  int names_ = 0;
};

/// One object for each activity.
class dialogue {
public:
  void answer_ok(asio::steady_timer &timer, asio::yield_context yield) {
    const int before = answers_;
    timer.async_wait(yield);
    answers_ = before + 1;
  }

private:
  int answers_ = 0;
};

inline void serve(asio::io_context &io, asio::steady_timer &timer) {
  auto all = std::make_shared<registry>();
  for (int n = 0; n < 8; ++n) {
    auto own = std::make_shared<dialogue>();
    asio::spawn(io, [all, own, &timer](asio::yield_context yield) {
      all->add_bad(timer, yield);
      own->answer_ok(timer, yield);
    });
  }
}

asio::awaitable<void> settle();

/// One object of main, to which each activity has a reference in a bundle.
class ledger {
public:
  asio::awaitable<void> pay_bad(int n) {
    if (left_ < n)
      co_return;
    co_await settle();
    left_ -= n; // expect: stale-check
  }
  asio::awaitable<void> pay_at_once_ok(int n) {
    if (left_ < n)
      co_return;
    left_ -= n;
    co_await settle();
  }

private:
  int left_ = 10;
};

/// One object in each bundle.
class purse {
public:
  asio::awaitable<void> pay_ok(int n) {
    if (left_ < n)
      co_return;
    co_await settle();
    left_ -= n;
  }

private:
  int left_ = 10;
};

struct bundle {
  ledger &book;
  purse own;
};

inline asio::awaitable<void> visit(bundle b) {
  co_await b.book.pay_bad(3);
  co_await b.book.pay_at_once_ok(3);
  co_await b.own.pay_ok(3);
}

inline asio::awaitable<void> visit_alone() {
  ledger mine;
  bundle b{mine, {}};
  co_await b.book.pay_at_once_ok(3);
}

/// What a local lambda is given it starts.
class limit {
public:
  asio::awaitable<void> use_bad(int n) {
    if (used_ + n > 10)
      co_return;
    co_await settle();
    used_ += n; // expect: stale-check
  }

private:
  int used_ = 0;
};

/// Two coroutines that run once each. Nobody in view calls what else changes the
/// one, but it may be handed out by its address, or be there for a plugin.
class nostro {
public:
  asio::awaitable<void> sweep_bad() {
    if (left_ == 0)
      co_return;
    co_await settle();
    left_ -= 10; // expect: stale-check
  }
  void credit(int n) { left_ += n; }
  asio::awaitable<void> close_bad() {
    if (open_ == 0)
      co_return;
    co_await settle();
    open_ -= 10; // expect: stale-check
  }
  void open(int n) { open_ += n; }

private:
  int left_ = 10, open_ = 10;
};

inline asio::awaitable<void> opens(nostro &account) {
  co_await settle();
  account.open(3);
}

int main() {
  counter one;
  ledger book;
  asio::io_context io;
  limit day;
  const auto start = [&io](std::function<asio::awaitable<void>()> step) {
    asio::co_spawn(io, std::move(step), asio::detached);
  };
  start([&day]() -> asio::awaitable<void> { co_await day.use_bad(3); });
  start([&day]() -> asio::awaitable<void> { co_await day.use_bad(4); });
  nostro account;
  asio::co_spawn(io, account.sweep_bad(), asio::detached);
  asio::co_spawn(io, account.close_bad(), asio::detached);
  asio::co_spawn(io, opens(account), asio::detached);
  const bundle b{book, {}};
  for (int n = 0; n < 4; ++n)
    asio::co_spawn(io, visit(b), asio::detached);
  for (int n = 0; n < 4; ++n)
    boost::fibers::fiber([&one] {
      one.bump_bad();
      one.bump_ok();
    }).detach();
}

asio::awaitable<int> next_frame();
using namespace asio::experimental::awaitable_operators;

/// Each connection has loops of its own, started once.
class connection {
public:
  asio::awaitable<void> run() { co_await (count_ok() || watch()); }

private:
  asio::awaitable<void> count_ok() {
    for (;;) {
      const int before = sent_;
      const int n = co_await next_frame();
      sent_ = before + n;
    }
  }
  asio::awaitable<void> watch() {
    co_await next_frame();
    seen_ = true;
  }
  int sent_ = 0;
  bool seen_ = false;
};
asio::awaitable<void> serve(int n) {
  auto one = std::make_shared<connection>();
  asio::co_spawn(
      co_await asio::this_coro::executor, [one] { return one->run(); },
      asio::detached);
}
asio::awaitable<void> listen() {
  for (int n = 0;; ++n)
    asio::co_spawn(co_await asio::this_coro::executor, serve(n),
                   asio::detached);
}

/// One object, and as many loops as there are connections.
class hub {
public:
  asio::awaitable<void> count_bad() {
    for (;;) {
      const int before = sent_;
      const int n = co_await next_frame();
      sent_ = before + n; // expect: stale-value
    }
  }

private:
  int sent_ = 0;
};
asio::awaitable<void> listen(hub &all) {
  for (;;)
    asio::co_spawn(co_await asio::this_coro::executor, all.count_bad(),
                   asio::detached);
}

/// What is started goes on by what its starter has found.
class listener {
public:
  // Several are admitted while the first one is on its way.
  void admit_bad() {
    if (sessions_ >= 9)
      return;
    asio::co_spawn(
        io_,
        [this]() -> asio::awaitable<void> {
          co_await turn();
          ++sessions_; // expect: stale-check
        },
        asio::detached);
  }
  void admit_ok() {
    if (guests_ >= 9)
      return;
    ++guests_;
    asio::co_spawn(
        io_,
        [this]() -> asio::awaitable<void> {
          co_await turn();
          --guests_;
        },
        asio::detached);
  }
  void admit_late_ok() {
    if (visitors_ >= 9)
      return;
    asio::co_spawn(
        io_,
        [this]() -> asio::awaitable<void> {
          co_await turn();
          if (visitors_ < 9)
            ++visitors_;
        },
        asio::detached);
  }

  // An old value is passed on.
  void store_bad() { asio::co_spawn(io_, store(level_ + 1), asio::detached); }
  asio::awaitable<void> store(long level) {
    co_await turn();
    level_ = level; // expect: stale-value
  }

  // Who finds it running goes away.
  void start_ok() {
    if (running_)
      return;
    running_ = true;
    asio::co_spawn(io_, run(), asio::detached);
  }

private:
  asio::awaitable<void> turn();
  asio::awaitable<void> run() {
    while (running_)
      co_await turn();
    running_ = false;
  }
  asio::io_context &io_;
  int sessions_ = 0, guests_ = 0, visitors_ = 0;
  long level_ = 0;
  bool running_ = false;
};

/// A number that all activities of one start share.
inline void burst(asio::io_context &io, int n) {
  auto running = std::make_shared<int>(0);
  for (int each = 0; each < n; ++each)
    asio::spawn(io, [&io, running](asio::yield_context yield) {
      if (*running >= 3)
        return;
      asio::steady_timer timer(io);
      timer.async_wait(yield);
      ++*running; // expect: stale-check
      timer.async_wait(yield);
      --*running;
    });
}
inline void burst_counted_ok(asio::io_context &io, int n) {
  auto running = std::make_shared<int>(0);
  for (int each = 0; each < n; ++each)
    asio::spawn(io, [&io, running](asio::yield_context yield) {
      if (*running >= 3)
        return;
      ++*running;
      asio::steady_timer timer(io);
      timer.async_wait(yield);
      --*running;
    });
}
inline void one_each_ok(asio::io_context &io, int n) {
  for (int each = 0; each < n; ++each) {
    auto running = std::make_shared<int>(0);
    asio::spawn(io, [&io, running](asio::yield_context yield) {
      if (*running >= 3)
        return;
      asio::steady_timer timer(io);
      timer.async_wait(yield);
      ++*running;
    });
  }
}
