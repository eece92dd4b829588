// Flags that keep others out, set too late.
#include "program.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <stdexcept>

namespace {

task<> settle() { co_await step{}; }
task<> work(bool fail) {
  co_await step{};
  if (fail)
    throw std::runtime_error("lost");
}

struct Sync {
  bool busy_ = false;
  int inside = 0, most = 0;
  task<> run() {
    if (busy_)
      co_return;
    co_await settle();
    busy_ = true;
    ++inside;
    most = std::max(most, inside);
    co_await work(false);
    --inside;
    busy_ = false;
  }
};
PROGRAM(two_runs_at_a_time) {
  Sync s;
  w.spawn(s.run());
  w.spawn(s.run());
  w.run();
  return s.most == 1;
}

struct Retry {
  bool running_ = false;
  int done = 0;
  task<> run(bool fail) {
    if (running_)
      co_return;
    co_await settle();
    running_ = true;
    co_await work(fail);
    ++done;
    running_ = false;
  }
};
task<> attempt(Retry &r, bool fail) {
  try {
    co_await r.run(fail);
  } catch (const std::runtime_error &) {
  }
}
PROGRAM(flag_that_stays_set_after_a_failure) {
  Retry r;
  w.spawn(attempt(r, true));
  w.run();
  w.spawn(attempt(r, false));
  w.run();
  return r.done == 1;
}

/// Whoever calls an object keeps it until the call is done.
struct Session {
  explicit Session(long id) : id(id) {}
  long id;
  task<> run(long &seen) {
    co_await settle();
    seen += id;
  }
};
struct Sessions {
  std::shared_ptr<Session> session_ = std::make_shared<Session>(1);
  std::map<int, std::shared_ptr<Session>> sessions_{
      {7, std::make_shared<Session>(10)}};
  long seen = 0;
  task<> go() {
    if (session_)
      co_await session_->run(seen);
  }
  task<> go(int id) {
    if (!sessions_.contains(id))
      co_return;
    co_await sessions_.at(id)->run(seen);
  }
  task<> close() {
    co_await settle();
    session_.reset();
    sessions_.clear();
  }
};
PROGRAM(sessions_closed_while_they_run) {
  Sessions a;
  w.spawn(a.go());
  w.spawn(a.go(7));
  w.spawn(a.close());
  w.run();
  return a.seen == 0 || a.seen == 1 || a.seen == 10 || a.seen == 11;
}

} // namespace
