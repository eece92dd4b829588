// RUN: %check-cases %s -- --executor=single-threaded --checks=-*,stale-*,unspecified-read-order
// Flags and entries that a local object sets when it is made and takes back
// when its scope ends. They belong to no category, only what they protect does.
#include "task.hpp"
#include "venue.hpp"
#include <atomic>
#include <map>
#include <set>
#include <string>
#include <utility>
using mock::task;

task<> breathe();

/// Sets a flag for its life.
class busy_mark {
public:
  explicit busy_mark(bool &flag) : flag_(&flag) { *flag_ = true; }
  busy_mark(const busy_mark &) = delete;
  ~busy_mark() { *flag_ = false; }

private:
  bool *flag_;
};

/// Takes a key for its life.
template <class Key> class key_mark {
public:
  key_mark(std::set<Key> &keys, Key key) : keys_(keys), key_(std::move(key)) {
    keys_.insert(key_);
  }
  key_mark(const key_mark &) = delete;
  ~key_mark() { keys_.erase(key_); }

private:
  std::set<Key> &keys_;
  Key key_;
};

/// Runs what it was given at its end.
template <class F> class at_exit {
public:
  explicit at_exit(F f) : f_(std::move(f)) {}
  at_exit(const at_exit &) = delete;
  ~at_exit() { f_(); }

private:
  F f_;
};

class nightly {
public:
  // Everybody who writes the sum has the mark.
  task<> settle_ok() {
    if (settling_)
      co_return;
    busy_mark mark(settling_);
    const money seen = balance_;
    co_await breathe();
    balance_ = seen + fee_;
  }
  task<> charge_ok() {
    if (settling_)
      co_return;
    busy_mark mark{settling_};
    if (balance_ < fee_)
      co_return;
    co_await breathe();
    balance_ -= fee_;
  }

  // The mark ends before the wait does.
  task<> early_bad() {
    if (closing_)
      co_return;
    money seen;
    {
      busy_mark mark(closing_);
      seen = cash_;
    }
    co_await breathe();
    cash_ = seen + fee_; // expect: stale-value
  }

  // Nobody looks at this mark before he sets it.
  task<> unseen_bad() {
    busy_mark mark(paying_);
    const money seen = funds_;
    co_await breathe();
    funds_ = seen + fee_; // expect: stale-value
  }

  // A mark for each account.
  task<> one_account_ok(std::string who) {
    if (moving_.contains(who))
      co_return;
    key_mark<std::string> mark(moving_, who);
    const money seen = balances_[who];
    co_await breathe();
    balances_[who] = seen + fee_;
  }

  // The mark of one account says nothing of another.
  task<> other_account_bad(std::string who, std::string other) {
    if (pulling_.contains(who))
      co_return;
    key_mark<std::string> mark(pulling_, who);
    const money seen = funds_by_name_[other];
    co_await breathe();
    funds_by_name_[other] = seen + fee_; // expect: stale-value
  }

private:
  bool settling_ = false, closing_ = false, paying_ = false;
  std::set<std::string> moving_, pulling_;
  std::map<std::string, money> balances_, funds_by_name_;
  money balance_, cash_, funds_, fee_;
};

/// Only takes back.
struct mark_off {
  bool &flag;
  ~mark_off() { flag = false; }
};

class by_hand {
public:
  task<> set_ok() {
    if (setting_)
      co_return;
    setting_ = true;
    mark_off off{setting_};
    if (position_ < 10) {
      co_await breathe();
      position_ += 1;
    }
  }
  task<> ended_bad() {
    if (ending_)
      co_return;
    ending_ = true;
    long seen = 0;
    {
      mark_off off{ending_};
      seen = exposure_;
    }
    co_await breathe();
    exposure_ = seen + 1; // expect: stale-value
  }

private:
  bool setting_ = false, ending_ = false;
  long position_ = 0, exposure_ = 0;
};

class with_closures {
public:
  // The flag is set by hand and reset by a closure at the end.
  task<> reset_at_exit_ok() {
    if (running_)
      co_return;
    running_ = true;
    at_exit reset([this] { running_ = false; });
    const money seen = balance_;
    co_await breathe();
    balance_ = seen + fee_;
  }

  // Nobody is kept out: the closure writes what it has seen before.
  task<> restore_at_exit_bad() {
    const money seen = cash_;
    at_exit restore([this, seen] {
      cash_ = seen; // expect: stale-value
    });
    co_await breathe();
  }

  // What was taken goes back at the end, whatever comes.
  task<> give_back_ok(money cost) {
    if (funds_ < cost)
      co_return;
    funds_ -= cost;
    at_exit give_back([this, cost] { funds_ += cost; });
    co_await breathe();
  }

private:
  bool running_ = false;
  money balance_, cash_, funds_, fee_;
};
