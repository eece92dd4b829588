// What is changed without a wait in between is seen as one: no guard comes
// between two changes, whether or not a category knows the first.
#include "program.hpp"

#include <map>
#include <string>
#include <vector>

namespace {

task<> settle() { co_await step{}; }

/// The sum of the entries is the balance, whenever somebody looks.
struct Journal {
  std::vector<long> entries;
  std::vector<std::string> messages;
  long balance_ = 100;
  bool agrees_ = true;
  long sum() const {
    long all = 100;
    for (const long each : entries)
      all += each;
    return all;
  }
  task<> correct(long amount) {
    const long before = balance_;
    co_await settle();
    balance_ = before - amount;
    entries.push_back(-amount);
  }
  task<> post(long amount) {
    co_await settle();
    messages.push_back("post");
    if (amount > 0)
      entries.push_back(-amount);
    // the other half of it
    balance_ -= amount;
  }
  task<> post_often(int times, long amount) {
    while (times-- > 0) {
      entries.push_back(-amount);
      balance_ -= amount;
      co_await settle();
    }
  }
  // left: missing-rollback
  task<> spend(long amount) {
    entries.push_back(-amount);
    if (balance_ >= amount) {
      balance_ -= amount;
      co_await settle();
      if (balance_ < 0)
        balance_ = 0;
    } else {
      entries.pop_back();
    }
  }
  task<> watch() {
    for (int i = 0; i < 2; ++i) {
      agrees_ = agrees_ && sum() == balance_;
      co_await step{};
    }
    agrees_ = agrees_ && sum() == balance_;
  }
};
PROGRAM(entry_and_balance) {
  Journal j;
  w.spawn(j.correct(20));
  w.spawn(j.post(10));
  w.spawn(j.watch());
  w.run();
  return j.agrees_ && j.balance_ == 70;
}
PROGRAM(entry_and_balance_of_each_pass) {
  Journal j;
  w.spawn(j.correct(20));
  w.spawn(j.post_often(2, 10));
  w.spawn(j.watch());
  w.run();
  return j.agrees_ && j.balance_ == 60;
}
PROGRAM(entry_before_the_check) {
  Journal j;
  w.spawn(j.correct(20));
  w.spawn(j.spend(30));
  w.spawn(j.watch());
  w.run();
  return j.agrees_ && j.balance_ == 50;
}

/// The key is found out between the two: the guard cannot come before it.
struct Shelf {
  std::map<std::string, long> positions_{{"a", 1}, {"b", 1}};
  std::vector<std::string> taken;
  long moved = 0;
  task<> take() {
    co_await settle();
    ++moved;
    const std::string name = moved % 2 == 0 ? "a" : "b";
    positions_[name] -= 1;
  }
  task<> add(std::string name, long count) {
    const long before = positions_[name];
    co_await settle();
    if (before < 10)
      positions_[name] = before + count;
  }
};
PROGRAM(key_between_the_changes) {
  Shelf s;
  w.spawn(s.take());
  w.spawn(s.add("b", 2));
  w.spawn(s.add("b", 2));
  w.run();
  return s.positions_["b"] == 4;
}

} // namespace
