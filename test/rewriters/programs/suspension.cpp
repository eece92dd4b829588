// A guard is awaited, so it lets others run where nobody ran before: what the
// code has seen until then may be gone behind it.
#include "program.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace {

task<> settle() { co_await step{}; }

/// Begins at once and belongs to nobody.
struct detached {
  struct promise_type {
    detached get_return_object() noexcept { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() noexcept { std::terminate(); }
  };
};

struct Sessions {
  std::map<int, int> sessions_{{1, 5}};
  long balance_ = 100;
  long charged = 0;
  task<> charge(int id, long cost) {
    auto session = sessions_.find(id);
    if (session == sessions_.end())
      co_return;
    if (balance_ < cost + session->second)
      co_return;
    co_await settle();
    balance_ -= cost;
    charged += cost;
  }
  task<> close(int id) {
    sessions_.erase(id);
    co_return;
  }
};
PROGRAM(iterator_found_before_the_check) {
  Sessions a;
  w.spawn(a.charge(1, 60));
  w.spawn(a.charge(1, 60));
  w.spawn(a.close(1));
  w.run();
  return a.balance_ >= 0;
}

struct Log {
  std::vector<std::string> names_{"first"};
  long balance_ = 100;
  std::size_t letters = 0;
  task<> charge(long cost) {
    const std::string &name = names_.back();
    if (balance_ < cost) {
      letters += name.size();
      co_return;
    }
    co_await settle();
    balance_ -= cost;
  }
  task<> add() {
    names_.push_back("another name that does not fit into the string");
    co_return;
  }
};
PROGRAM(reference_into_a_vector_taken_before_the_check) {
  Log a;
  w.spawn(a.charge(60));
  w.spawn(a.charge(60));
  w.spawn(a.add());
  w.run();
  return a.balance_ >= 0;
}

/// What was lent is used behind the wait anyway, by the names of its parts.
struct Holding {
  long size = 0, cost = 0;
};
struct Register {
  std::map<int, Holding> positions_;
};
detached buy(Register &all, int share, long lots, long price) {
  auto &[size, cost] = all.positions_[share];
  const long more = size + lots, dearer = cost + lots * price;
  co_await settle();
  size = more;
  cost = dearer;
}
task<> buyer(Register &all, long lots, long price) {
  buy(all, 1, lots, price);
  co_return;
}
PROGRAM(parts_of_what_an_eager_coroutine_was_lent) {
  Register all;
  w.spawn(buyer(all, 2, 10));
  w.spawn(buyer(all, 3, 20));
  w.run();
  return all.positions_[1].size == 5 && all.positions_[1].cost == 80;
}

struct Eager {
  double balance_ = 100;
  std::size_t letters = 0;
  detached buy(double cost, const std::string &note) {
    if (balance_ >= cost && !note.empty()) { // refuse: dangling-parameter
      co_await settle();
      balance_ -= cost;
    }
  }
  task<> start(double cost) {
    buy(cost, "a note that is too long for a small string");
    co_return;
  }
};
PROGRAM(parameter_of_an_eager_coroutine_refused) {
  Eager a;
  w.spawn(a.start(60));
  w.spawn(a.start(60));
  w.run();
  return a.balance_ >= 0;
}

struct EagerValue {
  long balance_ = 100;
  detached buy(long cost, std::string note) {
    if (balance_ < cost || note.empty())
      co_return;
    co_await settle();
    balance_ -= cost;
  }
  task<> start(long cost) {
    buy(cost, "a note that is too long for a small string");
    co_return;
  }
};
PROGRAM(parameter_by_value_of_an_eager_coroutine) {
  EagerValue a;
  w.spawn(a.start(60));
  w.spawn(a.start(60));
  w.run();
  return a.balance_ >= 0;
}

struct EagerEarlier {
  long balance_ = 100;
  std::size_t letters = 0;
  detached buy(long cost, const std::string &note) {
    letters += note.size();
    if (balance_ < cost)
      co_return;
    co_await settle();
    balance_ -= cost;
  }
  task<> start(long cost) {
    buy(cost, "a note that is too long for a small string");
    co_return;
  }
};
PROGRAM(parameter_used_before_the_guard) {
  EagerEarlier a;
  w.spawn(a.start(60));
  w.spawn(a.start(60));
  w.run();
  return a.balance_ >= 0;
}

struct Views {
  double balance_ = 100;
  std::size_t letters = 0;
  detached buy(std::string_view note, double cost) {
    if (balance_ >= cost) {
      letters += note.size();
      co_await settle();
      balance_ -= cost; // refuse: dangling-parameter
    }
  }
  task<> start(double cost) {
    buy(std::string(40, 'n'), cost);
    co_return;
  }
};
PROGRAM(view_of_an_eager_coroutine_refused) {
  Views a;
  w.spawn(a.start(60));
  w.spawn(a.start(60));
  w.run();
  return a.balance_ >= 0;
}

struct State {
  long balance_ = 100;
};
detached pay(State &state, long cost) {
  if (state.balance_ < cost)
    co_return;
  co_await settle();
  state.balance_ -= cost;
}
task<> start(State &state, long cost) {
  pay(state, cost);
  co_return;
}
PROGRAM(state_by_reference_in_an_eager_coroutine) {
  State state;
  w.spawn(start(state, 60));
  w.spawn(start(state, 60));
  w.run();
  return state.balance_ >= 0;
}

struct Flags {
  bool open_ = true;
  long balance_ = 100;
  int late = 0;
  task<> charge(long cost) {
    if (!open_)
      co_return;
    if (balance_ < cost)
      co_return;
    co_await settle();
    balance_ -= cost;
  }
};
PROGRAM(another_check_in_the_same_slice) {
  Flags a;
  w.spawn(a.charge(60));
  w.spawn(a.charge(60));
  w.run();
  return a.balance_ >= 0;
}

struct Weak {
  std::weak_ptr<State> account_;
  task<> pay(long cost) {
    auto account = account_.lock();
    if (!account)
      co_return;
    if (account->balance_ < cost)
      co_return;
    co_await settle();
    account->balance_ -= cost;
  }
};
PROGRAM(state_locked_from_a_weak_pointer) {
  auto account = std::make_shared<State>();
  Weak a{account}, b{account};
  w.spawn(a.pay(60));
  w.spawn(b.pay(60));
  w.run();
  return account->balance_ >= 0;
}

struct Optional {
  std::map<std::string, State> accounts_{{"a", {}}};
  task<> pay(std::string name, long cost) {
    auto found = accounts_.find(name);
    if (found == accounts_.end())
      co_return;
    State &account = found->second;
    if (account.balance_ < cost)
      co_return;
    co_await settle();
    accounts_.at(name).balance_ -= cost;
  }
};
PROGRAM(state_in_a_map_of_accounts) {
  Optional a;
  w.spawn(a.pay("a", 60));
  w.spawn(a.pay("a", 60));
  w.run();
  return a.accounts_.at("a").balance_ >= 0;
}

/// Begins at once, and is awaited.
class eager {
public:
  struct state {
    std::coroutine_handle<> waiter;
    bool done = false;
  };
  struct promise_type {
    std::shared_ptr<state> shared = std::make_shared<state>();
    eager get_return_object() { return eager(shared); }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept {
      shared->done = true;
      if (shared->waiter)
        shared->waiter.resume();
      return {};
    }
    void return_void() noexcept {}
    void unhandled_exception() noexcept { std::terminate(); }
  };
  bool await_ready() const noexcept { return shared_->done; }
  void await_suspend(std::coroutine_handle<> h) { shared_->waiter = h; }
  void await_resume() const noexcept {}

private:
  explicit eager(std::shared_ptr<state> s) : shared_(std::move(s)) {}
  std::shared_ptr<state> shared_;
};

/// Whoever awaits the closure's coroutine keeps the closure for as long.
struct Till {
  double balance_ = 100;
};
auto payer(double fee) {
  return [fee](Till &till, double cost) -> eager {
    if (till.balance_ >= cost + fee) {
      co_await settle();
      till.balance_ -= cost;
    }
  };
}
PROGRAM(closure_that_is_awaited) {
  Till t;
  const auto pay = payer(1);
  const auto customer = [&pay](Till &at) -> task<> { co_await pay(at, 60); };
  w.spawn(customer(t));
  w.spawn(customer(t));
  w.run();
  return t.balance_ >= 0;
}

/// Nothing is known of who calls it.
auto stored(double fee) {
  return [fee](Till &till, double cost) -> eager {
    if (till.balance_ >= cost + fee) {
      co_await settle();
      till.balance_ -= cost; // refuse: dangling-parameter
    }
  };
}
PROGRAM(closure_that_is_stored_refused) {
  Till t;
  const std::function<eager(Till &, double)> pay = stored(1);
  const auto customer = [&pay](Till &at) -> task<> { co_await pay(at, 60); };
  w.spawn(customer(t));
  w.spawn(customer(t));
  w.run();
  return t.balance_ >= 0;
}

} // namespace
