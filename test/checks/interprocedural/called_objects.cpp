// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*
// Objects that a coroutine is called on, and what keeps them alive meanwhile.
#include "asio.hpp"
#include "task.hpp"
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>
using mock::task;

task<> breathe();
void log(long count);

/// Works on itself once it has waited.
class session : public std::enable_shared_from_this<session> {
public:
  task<> run() {
    co_await breathe();
    log(sent_);
  }
  task<> run_held() {
    auto self = shared_from_this();
    co_await breathe();
    log(sent_);
  }
  task<> run_given(std::shared_ptr<session> self) {
    co_await breathe();
    log(sent_);
  }
  // Looks at itself before it waits alone.
  task<> run_early() {
    log(sent_);
    co_await breathe();
  }
  // Through another one of its own.
  task<> run_through() { co_await run(); }

private:
  long sent_ = 0;
};

class server {
public:
  // Whoever resets the pointer frees the object that is at work.
  task<> run_bad() {
    if (session_)
      co_await session_->run(); // expect: stale-reference
  }
  task<> run_through_bad() {
    if (session_)
      co_await session_->run_through(); // expect: stale-reference
  }
  task<> run_element_bad(int id) {
    co_await sessions_.at(id)->run(); // expect: stale-reference
  }

  // A copy of the pointer keeps it.
  task<> run_copy_ok() {
    auto kept = session_;
    if (kept)
      co_await kept->run();
  }
  // It keeps itself.
  task<> run_held_ok() {
    if (session_)
      co_await session_->run_held();
  }
  task<> run_given_ok() {
    if (session_)
      co_await session_->run_given(session_);
  }
  // It does not look at itself any more.
  task<> run_early_ok() {
    if (session_)
      co_await session_->run_early();
  }
  // It is made, run and dropped by one alone.
  task<> run_whole_ok() {
    whole_ = std::make_unique<session>();
    co_await whole_->run();
    whole_.reset();
  }
  // Nobody resets this one.
  task<> run_fixed_ok() { co_await fixed_->run(); }
  // Others only come beside it.
  task<> run_added_ok(int at) { co_await added_[at]->run(); }

  void stop() {
    session_ = nullptr;
    sessions_.clear();
  }
  void add() { added_.push_back(std::make_unique<session>()); }

private:
  std::shared_ptr<session> session_;
  std::unique_ptr<session> whole_;
  std::unique_ptr<session> fixed_ = std::make_unique<session>();
  std::map<int, std::shared_ptr<session>> sessions_;
  std::vector<std::unique_ptr<session>> added_;
};

/// What is posted keeps its object, and does not run inside the call.
class lookup : public std::enable_shared_from_this<lookup> {
public:
  void ask_ok(int id) {
    asio::post(io_, [self = shared_from_this(), id] { self->find(id); });
  }
  void ask_bound_ok(int id) {
    asio::post(io_, std::bind(&lookup::find, shared_from_this(), id));
  }
  void find(int id) { last_ = id; }

private:
  asio::io_context &io_;
  int last_ = 0;
};
class resolver {
public:
  task<> resolve_ok(int id) {
    if (lookup_)
      lookup_->ask_ok(id);
    if (lookup_)
      lookup_->ask_bound_ok(id);
    co_await breathe();
  }
  void replace_ok(std::shared_ptr<lookup> by) { lookup_ = std::move(by); }

private:
  std::shared_ptr<lookup> lookup_;
};
