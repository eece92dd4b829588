// Categories of the user's own, with locks of the user's own: one of the
// runtime's, one that is written here.
#include "program.hpp"

#include <interlock/keyed_mutex.hpp>
#include <interlock/mutex.hpp>

#include <deque>
#include <map>
#include <string>
#include <utility>

namespace {

task<> settle() { co_await step{}; }

struct Ledger {
  interlock::mutex ledger_lock_;
  long entries_ = 0;
  task<> post() {
    const long count = entries_;
    co_await settle();
    entries_ = count + 1;
  }
};
PROGRAM(own_category_and_a_mutex) {
  Ledger a;
  w.spawn(a.post());
  w.spawn(a.post());
  w.run();
  return a.entries_ == 2;
}

struct Quotas {
  interlock::keyed_mutex<std::string> quota_locks_;
  std::map<std::string, long> quotas_{{"a", 1}, {"b", 1}};
  task<> use(std::string client) {
    if (quotas_[client] == 0)
      co_return;
    co_await settle();
    --quotas_[client];
  }
};
PROGRAM(own_category_and_a_lock_for_each_key) {
  Quotas a;
  w.spawn(a.use("a"));
  w.spawn(a.use("a"));
  w.spawn(a.use("b"));
  w.run();
  return a.quotas_["a"] == 0 && a.quotas_["b"] == 0;
}

/// A lock that nothing but the configuration says is one.
class Shelf {
public:
  class [[nodiscard]] Pass {
  public:
    explicit Pass(Shelf *from) : from_(from) {}
    Pass(Pass &&other) noexcept : from_(std::exchange(other.from_, nullptr)) {}
    Pass &operator=(Pass &&) = delete;
    ~Pass() {
      if (from_)
        from_->next();
    }

  private:
    Shelf *from_;
  };
  auto enter() {
    struct Entering {
      Shelf &shelf;
      bool await_ready() const { return !std::exchange(shelf.busy_, true); }
      void await_suspend(std::coroutine_handle<> h) {
        shelf.queue_.push_back(h);
      }
      Pass await_resume() const { return Pass{&shelf}; }
    };
    return Entering{*this};
  }

private:
  void next() {
    if (queue_.empty()) {
      busy_ = false;
      return;
    }
    proof::world::current()->ready(queue_.front());
    queue_.pop_front();
  }
  bool busy_ = false;
  std::deque<std::coroutine_handle<>> queue_;
};

struct Pantry {
  std::map<std::string, Shelf> shelves_;
  std::map<std::string, long> stocks_{{"rice", 600}};
  auto hold(const std::string &what) { return shelves_[what].enter(); }
  task<> take(std::string what, long grams) {
    if (stocks_[what] < grams)
      co_return;
    co_await settle();
    stocks_[what] -= grams;
  }
  // One statement would do, if nobody held the lock over a wait.
  task<> deliver(std::string what, long grams) {
    const long before = stocks_[what];
    co_await settle();
    stocks_[what] = before + grams;
  }
};
PROGRAM(own_category_and_a_lock_that_is_only_configured) {
  Pantry a;
  w.spawn(a.take("rice", 400));
  w.spawn(a.take("rice", 400));
  w.spawn(a.deliver("rice", 100));
  w.run();
  return a.stocks_["rice"] == 300;
}

} // namespace
