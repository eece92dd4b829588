// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*,unspecified-read-order
#include "venue.hpp"
#include <algorithm>
#include <memory>
#include <vector>
using namespace mock;

task<> pause_here();
namespace mock {
task<> when_all(std::vector<task<>> children);
}

class service {
public:
  // A lambda coroutine through this.
  task<> lambda_this_bad(long n) {
    auto work = [this](long amount) -> task<> {
      if (left_ < amount)
        co_return;
      co_await pause_here();
      left_ -= amount; // expect: stale-check
    };
    co_await work(n);
  }

  // The same in the right order.
  task<> lambda_this_ok(long n) {
    auto work = [this](long amount) -> task<> {
      co_await pause_here();
      if (left_ >= amount)
        left_ -= amount;
    };
    co_await work(n);
  }

  // A copy of the object: nobody else has it.
  task<> lambda_copy_ok(long n) {
    auto work = [*this](long amount) mutable -> task<> {
      if (left_ < amount)
        co_return;
      co_await pause_here();
      left_ -= amount;
    };
    co_await work(n);
  }

  // A generic lambda, judged when it is used.
  task<> generic_lambda_bad(long n) {
    auto work = [this](auto amount) -> task<> {
      if (left_ < amount)
        co_return;
      co_await pause_here();
      left_ -= amount; // expect: stale-check
    };
    co_await work(n);
    co_await work(static_cast<int>(n));
  }

  // The check is made in a lambda that runs at once.
  task<> check_in_lambda_bad(long n) {
    auto enough = [&] { return left_ >= n; };
    if (!enough())
      co_return;
    co_await pause_here();
    left_ -= n; // expect: stale-check
  }

  // Asked again.
  task<> check_in_lambda_again_ok(long n) {
    auto enough = [&] { return left_ >= n; };
    if (!enough())
      co_return;
    co_await pause_here();
    if (enough())
      left_ -= n;
  }

  // The modify is made in a lambda that runs at once.
  task<> modify_in_lambda_bad(long n) {
    auto take = [&] { left_ -= n; };
    if (left_ < n)
      co_return;
    co_await pause_here();
    take(); // expect: stale-check
  }

  // A captured copy of the member.
  task<> captured_copy_bad(long n) {
    const long before = left_;
    co_await pause_here();
    auto put_back = [this, before, n] { left_ = before - n; };
    put_back(); // expect: stale-value
  }

private:
  long left_ = 0;
};

// A counter shared by coroutines that are started here: each captures it.
task<> shared_closure_bad() {
  auto slots = std::make_shared<int>(2);
  auto work = [](std::shared_ptr<int> slots) -> task<> {
    if (*slots == 0)
      co_return;
    co_await pause_here();
    --*slots; // fn: stale-check the target of a bare pointer parameter has no member to name it by
  };
  co_await when_all(work(slots), work(slots), work(slots));
}

// A local captured by reference in several coroutines that run at once.
task<> shared_local_bad() {
  int slots = 2;
  auto work = [&slots]() -> task<> {
    if (slots == 0)
      co_return;
    co_await pause_here();
    --slots; // expect: stale-check
  };
  co_await when_all(work(), work(), work());
}

// Each child claims its slot before it waits.
task<> shared_local_ok() {
  int slots = 2;
  auto work = [&slots]() -> task<> {
    if (slots == 0)
      co_return;
    --slots;
    co_await pause_here();
  };
  co_await when_all(work(), work(), work());
}

/// What an algorithm's callable finds out is known to the function around it.
class searches {
public:
  struct item {
    int id = 0;
    long left = 0;
  };
  void add(item i) { items_.push_back(i); }

  task<> flag_bad(int id) {
    bool found = false;
    std::for_each(items_.begin(), items_.end(), [&](const item &each) {
      if (each.id == id)
        found = true;
    });
    if (found)
      co_return;
    co_await pause_here();
    items_.push_back({id}); // expect: stale-check
  }
  task<> flag_after_ok(int id) {
    co_await pause_here();
    bool found = false;
    std::for_each(items_.begin(), items_.end(), [&](const item &each) {
      if (each.id == id)
        found = true;
    });
    if (!found)
      items_.push_back({id});
  }
  task<> count_bad(int id) {
    const auto live =
        std::count_if(items_.begin(), items_.end(),
                      [](const item &each) { return each.left > 0; });
    if (live > 3)
      co_return;
    co_await pause_here();
    items_.push_back({id}); // expect: stale-check
  }
  task<> any_bad(int id) {
    if (std::any_of(items_.begin(), items_.end(),
                    [id](const item &each) { return each.id == id; }))
      co_return;
    co_await pause_here();
    items_.push_back({id}); // expect: stale-check
  }
  task<> find_bad(int id) {
    auto it = std::find_if(items_.begin(), items_.end(),
                           [id](const item &each) { return each.id == id; });
    if (it != items_.end())
      co_return;
    co_await pause_here();
    items_.push_back({id}); // expect: stale-check
  }
  // A lambda that another one has captured.
  task<> through_two_bad() {
    auto inner = [this] { return total_; };
    auto outer = [inner] { return inner() + 1; };
    const long next = outer();
    co_await pause_here();
    total_ = next; // expect: stale-value
  }

private:
  std::vector<item> items_;
  long total_ = 0;
};

/// Many activities of one function's own lambda.
task<int> shared_by_many_bad(int rounds) {
  int budget = 3;
  auto one = [&budget]() -> task<> {
    if (budget == 0)
      co_return;
    co_await pause_here();
    --budget; // expect: stale-check
  };
  std::vector<task<>> all;
  for (int i = 0; i < rounds; ++i)
    all.push_back(one());
  co_await when_all(std::move(all));
  co_return budget;
}
task<int> one_after_the_other_ok(int rounds) {
  int budget = 3;
  auto one = [&budget]() -> task<> {
    if (budget == 0)
      co_return;
    co_await pause_here();
    --budget;
  };
  for (int i = 0; i < rounds; ++i)
    co_await one();
  co_return budget;
}

/// A copy of a pointer leads to what the function was handed.
struct meter {
  long left = 0;
};
auto slow_valve_bad(std::shared_ptr<meter> gauge) {
  return [gauge](long n) -> task<> {
    const bool enough = gauge->left >= n;
    co_await pause_here();
    if (enough)
      gauge->left -= n; // expect: stale-check
  };
}
auto quick_valve_bad(const std::shared_ptr<meter> &gauge) {
  return [gauge](long n) -> task<> {
    if (gauge->left < n)
      co_return;
    co_await pause_here();
    gauge->left -= n; // expect: stale-check
  };
}
auto late_valve_ok(std::shared_ptr<meter> gauge) {
  return [gauge](long n) -> task<> {
    co_await pause_here();
    if (gauge->left >= n)
      gauge->left -= n;
  };
}

struct till {
  long money = 0, coins = 0;
};

// Coroutines that main starts share what each of them has captured.
int main() {
  const auto shared = std::make_shared<till>();
  const auto take_bad = [shared](long n) -> task<> {
    if (shared->money < n)
      co_return;
    co_await pause_here();
    shared->money -= n; // expect: stale-check
  };
  spawn(take_bad(1));
  spawn(take_bad(2));
  // The only one that touches the coins.
  const auto alone_ok = [shared](long n) -> task<> {
    if (shared->coins < n)
      co_return;
    co_await pause_here();
    shared->coins -= n;
  };
  spawn(alone_ok(1));
}

task<> handle(std::size_t number);

// Lanes share what they capture, and each takes its number at once.
task<> lanes_ok(std::size_t count) {
  std::size_t next = 0;
  auto lane = [&]() -> task<> {
    while (next < count) {
      const std::size_t mine = next++;
      co_await handle(mine);
    }
  };
  co_await when_all(lane(), lane());
}
task<> lanes_bad(std::size_t count) {
  std::size_t next = 0;
  auto lane = [&]() -> task<> {
    while (next < count) {
      co_await pause_here();
      co_await handle(next++); // expect: stale-check
    }
  };
  co_await when_all(lane(), lane());
}
