// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*,unspecified-read-order
// State that one activity owns, or keeps for itself by a flag.
#include "venue.hpp"
#include <deque>
#include <memory>
#include <string>
using namespace mock;

task<> write(const std::string &text);
task<int> read_some();

/// Only made as a local of the activity that runs it.
class reader {
public:
  explicit reader(long &shared) : shared_(shared) {}
  task<> run_ok() {
    if (state_ != 0)
      co_return;
    co_await step();
    state_ += 1;
  }
  // What it refers to belongs to others as well.
  task<> count_bad() {
    if (shared_ > 3)
      co_return;
    co_await write("more");
    shared_ += 1; // expect: stale-check
  }

private:
  task<> step() {
    if (state_ == 0)
      state_ = co_await read_some();
  }
  int state_ = 0;
  long &shared_;
};
task<> serve(long &shared) {
  reader r(shared);
  co_await r.run_ok();
  co_await r.count_bad();
}
class server {
public:
  void accept() { spawn(serve(total_)); }

private:
  long total_ = 0;
};

/// What is handed over belongs to the function.
struct session {
  int state = 0;
  long bytes = 0;
};
task<> given_ok(std::unique_ptr<session> s) {
  while (s->state == 0) {
    const int n = co_await read_some();
    if (n == 0)
      s->state = 1;
    s->bytes += n;
  }
}
task<> shared_bad(std::shared_ptr<session> s) {
  if (s->state != 0)
    co_return;
  co_await write("x");
  s->state = 1; // expect: stale-check
}

/// One writer at a time; anybody adds.
class outbox {
public:
  void post(std::string text) { texts_.push_back(text); }
  task<> flush_ok() {
    if (writing_)
      co_return;
    writing_ = true;
    while (!texts_.empty()) {
      co_await write(texts_.front());
      texts_.pop_front();
    }
    writing_ = false;
  }

private:
  std::deque<std::string> texts_;
  bool writing_ = false;
};
class batches {
public:
  void post(std::string text) { text_ += text; }
  // The flag does not keep out who adds: that is wiped.
  task<> flush_bad() {
    if (writing_)
      co_return;
    writing_ = true;
    co_await write(text_);
    text_.clear(); // expect: stale-value
    writing_ = false;
  }

private:
  std::string text_;
  bool writing_ = false;
};

/// How long to wait is nothing that is handed out.
class dialler {
public:
  task<> dial_ok() {
    co_await sleep_for({delay_});
    if (co_await read_some())
      delay_ = 1;
    else
      delay_ = 30;
  }

private:
  long delay_ = 1;
};
