// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*
// Virtual functions: any that overrides may run.
#include "task.hpp"
#include <memory>
using mock::task;

task<> breathe();

/// One that overrides waits, the base does not.
class teller {
public:
  virtual ~teller() = default;
  task<> pay_bad(int n) {
    if (left_ < n)
      co_return;
    co_await confirm();
    left_ -= n; // expect: stale-check
  }

protected:
  virtual task<> confirm() { co_return; }

private:
  int left_ = 100;
};
class remote_teller : public teller {
  task<> confirm() override { co_await breathe(); }
};

/// Nobody who overrides waits.
class quick_teller {
public:
  virtual ~quick_teller() = default;
  task<> pay_ok(int n) {
    if (left_ < n)
      co_return;
    co_await confirm();
    left_ -= n;
  }

protected:
  virtual task<> confirm() { co_return; }

private:
  int left_ = 100;
};
class counting_teller : public quick_teller {
  task<> confirm() override {
    ++confirmed_;
    co_return;
  }
  int confirmed_ = 0;
};

/// An interface: others may implement it elsewhere.
struct exit_line {
  virtual ~exit_line() = default;
  virtual task<> send(int n) = 0;
};
struct paper_line : exit_line {
  task<> send(int) override { co_return; }
};
class client {
public:
  task<> pay_bad(int n) {
    if (left_ < n)
      co_return;
    co_await line_->send(n);
    left_ -= n; // expect: stale-check
  }

private:
  std::unique_ptr<exit_line> line_;
  int left_ = 100;
};

/// Two steps down; what it does there it does to the state of the caller.
class counter {
public:
  virtual ~counter() = default;
  task<> count_bad() {
    const int before = count_;
    co_await step();
    count_ = before + 1; // expect: stale-value
  }

protected:
  virtual task<> step() { co_return; }
  int count_ = 0;
};
class middle_counter : public counter {};
class far_counter : public middle_counter {
  task<> step() override { co_await breathe(); }
};
