// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*,unspecified-read-order
// How many consumers a queue has: one, unless somebody starts two.
#include "awaitables.hpp"
#include "task.hpp"
#include <deque>
#include <string>
#include <utility>
using namespace mock;

task<> print(const std::string &line);

/// Two that come together.
class press {
public:
  press() {
    spawn(run_bad());
    spawn(run_bad());
  }
  void add(std::string line) { lines_.push_back(std::move(line)); }
  task<> run_bad() {
    for (;;) {
      if (lines_.empty()) {
        co_await yield_now{};
        continue;
      }
      co_await print(lines_.front());
      lines_.pop_front(); // expect: stale-check
    }
  }

private:
  std::deque<std::string> lines_;
};

/// Some, in a loop.
class pool {
public:
  void start(int workers) {
    if (started_)
      return;
    started_ = true;
    for (int n = 0; n < workers; ++n)
      spawn(run_bad());
  }
  void add(std::string line) { lines_.push_back(std::move(line)); }
  task<> run_bad() {
    for (;;) {
      if (lines_.empty()) {
        co_await yield_now{};
        continue;
      }
      co_await print(lines_.front());
      lines_.pop_front(); // expect: stale-check
    }
  }

private:
  std::deque<std::string> lines_;
  bool started_ = false;
};

/// Either of two ways to start, and anew when it has ended.
class spooler {
public:
  void start(bool at_once) {
    if (at_once)
      spawn(run_ok());
    else
      spawn(run_ok());
  }
  void add(std::string line) { lines_.push_back(std::move(line)); }
  task<> run_ok() {
    while (!stopped_) {
      if (lines_.empty()) {
        co_await yield_now{};
        continue;
      }
      co_await print(lines_.front());
      lines_.pop_front();
    }
  }
  void stop() { stopped_ = true; }

private:
  std::deque<std::string> lines_;
  bool stopped_ = false;
};

/// Started with what comes, if it does not run.
class drawer {
public:
  void add(std::deque<std::string> more) {
    for (std::string &line : more) {
      lines_.push_back(std::move(line));
      if (!running_) {
        running_ = true;
        spawn(run_ok());
      }
    }
  }
  task<> run_ok() {
    while (!lines_.empty()) {
      co_await print(lines_.front());
      lines_.pop_front();
    }
    running_ = false;
  }

private:
  std::deque<std::string> lines_;
  bool running_ = false;
};

/// A queue for each that is started.
class shard {
public:
  void add(std::string line) { lines_.push_back(std::move(line)); }
  task<> run_ok() {
    for (;;) {
      if (lines_.empty()) {
        co_await yield_now{};
        continue;
      }
      co_await print(lines_.front());
      lines_.pop_front();
    }
  }

private:
  std::deque<std::string> lines_;
};

class shards {
public:
  shards() {
    for (shard &each : all_)
      spawn(each.run_ok());
    spawn(first_.run_ok());
    spawn(second_.run_ok());
    for (int n = 0; n < 4; ++n)
      spawn(run_ok(n));
  }
  task<> run_ok(int n) {
    for (;;) {
      if (lines_[n].empty()) {
        co_await yield_now{};
        continue;
      }
      co_await print(lines_[n].front());
      lines_[n].pop_front();
    }
  }
  void add(int n, std::string line) { lines_[n].push_back(std::move(line)); }

private:
  shard all_[4];
  shard first_, second_;
  std::deque<std::string> lines_[4];
};

/// Two that another function starts, on what it is given.
class binder {
public:
  void add(std::string line) { lines_.push_back(std::move(line)); }
  void cut(std::string line) { cuts_.push_back(std::move(line)); }
  task<> run_bad() {
    for (;;) {
      while (lines_.empty())
        co_await yield_now{};
      const std::string line = lines_.front();
      co_await print(line);
      lines_.pop_front(); // expect: stale-check
    }
  }
  task<> run_alone_ok() {
    for (;;) {
      while (cuts_.empty())
        co_await yield_now{};
      const std::string line = cuts_.front();
      co_await print(line);
      cuts_.pop_front();
    }
  }

private:
  std::deque<std::string> lines_, cuts_;
};

void open(binder &day, binder &night) {
  spawn(day.run_bad());
  spawn(day.run_bad());
  spawn(day.run_alone_ok());
  spawn(night.run_alone_ok());
}
