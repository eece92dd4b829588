// RUN: %check-cases %s -- --executor=single-threaded --checks=-*,stale-*
// A lock of the program's own, whatever its functions are called: it has a flag
// and the coroutines that wait, and hands out what opens it again.
#include "venue.hpp"
#include <coroutine>
#include <deque>
#include <map>
#include <string>
#include <utility>
using namespace mock;

class turnstile {
public:
  class [[nodiscard]] visit {
  public:
    explicit visit(turnstile *t) noexcept : gate_(t) {}
    visit(visit &&other) noexcept : gate_(std::exchange(other.gate_, nullptr)) {}
    ~visit() { leave(); }
    void leave() noexcept {
      if (gate_)
        std::exchange(gate_, nullptr)->next();
    }

  private:
    turnstile *gate_;
  };
  struct entry {
    turnstile &gate;
    bool await_ready() const noexcept {
      return !std::exchange(gate.inside_, true);
    }
    void await_suspend(std::coroutine_handle<> h) const {
      gate.queue_.push_back(h);
    }
    visit await_resume() const noexcept { return visit(&gate); }
  };
  entry enter() noexcept { return {*this}; }

private:
  void next() noexcept {
    if (queue_.empty()) {
      inside_ = false;
      return;
    }
    queue_.front().resume();
    queue_.pop_front();
  }
  bool inside_ = false;
  std::deque<std::coroutine_handle<>> queue_;
};

/// Lends one of several desks: who has one keeps nobody else out.
class desks {
public:
  class [[nodiscard]] desk {
  public:
    explicit desk(desks *d) noexcept : all_(d) {}
    desk(desk &&other) noexcept : all_(std::exchange(other.all_, nullptr)) {}
    ~desk() {
      if (all_)
        ++all_->free_;
    }

  private:
    desks *all_;
  };
  struct entry {
    desks &all;
    bool await_ready() const noexcept { return all.free_ > 0; }
    void await_suspend(std::coroutine_handle<> h) const {
      all.queue_.push_back(h);
    }
    desk await_resume() const noexcept { return --all.free_, desk(&all); }
  };
  entry enter() noexcept { return {*this}; }

private:
  int free_ = 3;
  std::deque<std::coroutine_handle<>> queue_;
};

class reserve {
public:
  task<bool> debit_ok(int amount) {
    auto inside = co_await gate_.enter();
    if (balance_ < amount)
      co_return false;
    co_await venue_.submit(amount);
    balance_ -= amount;
    co_return true;
  }
  task<bool> debit_late_bad(int amount) {
    if (balance_ < amount)
      co_return false;
    auto inside = co_await gate_.enter();
    balance_ -= amount; // expect: stale-check
    co_return true;
  }
  // It has left again before it waits.
  task<bool> debit_left_bad(int amount) {
    auto inside = co_await gate_.enter();
    if (balance_ < amount)
      co_return false;
    inside.leave();
    co_await venue_.submit(amount);
    balance_ -= amount; // expect: stale-check
    co_return true;
  }
  task<> credit_ok(int amount) {
    auto inside = co_await gate_.enter();
    balance_ += amount;
  }

private:
  turnstile gate_;
  int balance_ = 0;
  venue venue_;
};

class office {
public:
  task<bool> debit_bad(int amount) {
    auto inside = co_await desks_.enter();
    if (balance_ < amount)
      co_return false;
    co_await venue_.submit(amount);
    balance_ -= amount; // expect: stale-check
    co_return true;
  }

private:
  desks desks_;
  int balance_ = 0;
  venue venue_;
};

/// A turn for each name: who waits is kept by it.
class turns {
public:
  class [[nodiscard]] turn {
  public:
    turn(turns *all, std::string name) : all_(all), name_(std::move(name)) {}
    turn(turn &&other) noexcept
        : all_(std::exchange(other.all_, nullptr)), name_(other.name_) {}
    ~turn() {
      if (all_)
        all_->next(name_);
    }

  private:
    turns *all_;
    std::string name_;
  };
  struct request {
    turns &all;
    std::string name;
    bool await_ready() { return all.waiting_.try_emplace(name).second; }
    void await_suspend(std::coroutine_handle<> h) {
      all.waiting_[name].push_back(h);
    }
    turn await_resume() { return turn(&all, name); }
  };
  request of(std::string name) { return {*this, std::move(name)}; }

private:
  void next(const std::string &name) {
    auto at = waiting_.find(name);
    if (at->second.empty()) {
      waiting_.erase(at);
      return;
    }
    at->second.front().resume();
    at->second.pop_front();
  }
  std::map<std::string, std::deque<std::coroutine_handle<>>> waiting_;
};

class depot {
public:
  task<bool> draw_ok(int amount) {
    auto mine = co_await turns_.of("depot");
    if (balance_ < amount)
      co_return false;
    co_await venue_.submit(amount);
    balance_ -= amount;
    co_return true;
  }
  task<bool> draw_early_bad(int amount) {
    if (balance_ < amount)
      co_return false;
    auto mine = co_await turns_.of("depot");
    balance_ -= amount; // expect: stale-check
    co_return true;
  }

private:
  turns turns_;
  int balance_ = 0;
  venue venue_;
};
/// A gate for each name, in a class that runs on something else.
class lines {
public:
  explicit lines(venue &v) : venue_(v) {}
  class [[nodiscard]] turn {
  public:
    turn(lines &all, std::string name) : all_(&all), name_(std::move(name)) {}
    turn(turn &&other) noexcept
        : all_(std::exchange(other.all_, nullptr)), name_(other.name_) {}
    ~turn() {
      if (all_)
        all_->next(name_);
    }

  private:
    lines *all_;
    std::string name_;
  };
  auto of(std::string name) {
    struct wait {
      lines &all;
      std::string name;
      bool await_ready() {
        return !std::exchange(all.each_[name].taken, true);
      }
      void await_suspend(std::coroutine_handle<> h) {
        all.each_[name].waiting.push_back(h);
      }
      turn await_resume() { return turn(all, name); }
    };
    return wait{*this, std::move(name)};
  }

private:
  struct line {
    bool taken = false;
    std::deque<std::coroutine_handle<>> waiting;
  };
  void next(const std::string &name) {
    line &one = each_[name];
    if (one.waiting.empty()) {
      one.taken = false;
      return;
    }
    one.waiting.front().resume();
    one.waiting.pop_front();
  }
  venue &venue_;
  std::map<std::string, line> each_;
};

class floor_plan {
public:
  task<bool> buy_ok(std::string symbol, int amount) {
    const auto turn = co_await lines_.of(symbol);
    if (positions_[symbol] + amount > 10)
      co_return false;
    co_await venue_.submit(amount);
    positions_[symbol] += amount;
    co_return true;
  }
  task<> settle_ok(std::string symbol, int target) {
    const auto turn = co_await lines_.of(symbol);
    while (positions_[symbol] != target)
      co_await move_by(symbol, positions_[symbol] < target ? 1 : -1);
  }
  task<bool> buy_early_bad(std::string symbol, int amount) {
    if (positions_[symbol] + amount > 10)
      co_return false;
    const auto turn = co_await lines_.of(symbol);
    positions_[symbol] += amount; // expect: stale-check
    co_return true;
  }

private:
  task<> move_by(std::string symbol, int by) {
    int &held = positions_[symbol];
    const int wanted = held + by;
    co_await venue_.submit(by);
    held = wanted;
  }
  venue venue_;
  lines lines_{venue_};
  std::map<std::string, int> positions_;
};
