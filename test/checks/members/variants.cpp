// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*,unspecified-read-order
// Which of its contents a variant or an optional has, and what that holds.
#include "venue.hpp"
#include <exception>
#include <optional>
#include <variant>
using namespace mock;

task<> breathe();

template <class... F> struct cases : F... {
  using F::operator()...;
};
template <class... F> cases(F...) -> cases<F...>;

struct offline {};
struct dialing {
  long tries = 0;
};
struct online {
  long sent = 0;
};

// What a promise holds, as a task's own `await_resume` looks for it.
struct reply {
  struct promise_type {
    std::variant<offline, long, std::exception_ptr> out;
    reply get_return_object();
    std::suspend_always initial_suspend();
    std::suspend_always final_suspend() noexcept;
    void return_value(long sent);
    void unhandled_exception();
  };
  bool await_ready();
  void await_suspend(std::coroutine_handle<> next);
  long await_resume() {
    if (auto *error = std::get_if<2>(&self.promise().out))
      std::rethrow_exception(*error);
    return std::get<1>(self.promise().out);
  }
  std::coroutine_handle<promise_type> self;
};

class modem {
public:
  void hang_up() { line_ = offline(); }
  void dial() { line_ = dialing(); }

  // The alternative is looked at, and not again.
  task<> alternative_bad() {
    if (std::holds_alternative<dialing>(line_)) {
      co_await breathe();
      line_ = online(); // expect: stale-check
    }
  }
  task<> asked_by_pointer_ok() {
    if (std::holds_alternative<online>(line_)) {
      co_await breathe();
      if (auto *l = std::get_if<online>(&line_))
        l->sent += 1;
    }
  }
  task<> pointer_bad() {
    if (auto *l = std::get_if<online>(&line_)) {
      co_await breathe();
      l->sent += 1; // expect: stale-reference
    }
  }
  task<> got_bad() {
    auto &l = std::get<online>(line_);
    co_await breathe();
    l.sent += 1; // expect: stale-reference
  }

  // The visitor is a coroutine.
  task<> visited_bad(long n) {
    co_await std::visit(
        cases{[n](online &l) -> task<> {
                if (l.sent >= n)
                  co_return;
                co_await breathe();
                l.sent += n; // expect: stale-check
              },
              [](auto &) -> task<> { co_return; }},
        line_);
  }
  task<> visited_first_ok(long n) {
    co_await std::visit(cases{[n](online &l) -> task<> {
                                l.sent += n;
                                co_await breathe();
                              },
                              [](auto &) -> task<> { co_return; }},
                        line_);
  }
  task<> visited_copy_ok(long n) {
    auto own = line_;
    co_await std::visit(cases{[n](online &l) -> task<> {
                                if (l.sent >= n)
                                  co_return;
                                co_await breathe();
                                l.sent += n;
                              },
                              [](auto &) -> task<> { co_return; }},
                        own);
  }

private:
  std::variant<offline, dialing, online> line_;
};

/// An optional that nobody empties: that it is there stays true.
class meter {
public:
  task<> there_ok() {
    if (!limits_)
      co_return;
    co_await breathe();
    limits_->sent += 1;
  }
  task<> content_bad() {
    if (!limits_ || limits_->sent > 3)
      co_return;
    co_await breathe();
    limits_->sent += 1; // expect: stale-check
  }

private:
  std::optional<online> limits_{online()};
};
