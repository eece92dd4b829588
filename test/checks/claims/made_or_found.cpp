// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*
#include "venue.hpp"
#include <map>
#include <memory>
#include <set>
using namespace mock;

// Whoever asks for an entry and gets one, made for him or not, has not been
// told that nobody else is at it.

task<> transmit(long amount);

struct account {
  long balance = 0;
};

class opened {
public:
  task<bool> take_bad(int who, long n) {
    const auto acc = open(who);
    if (acc->balance < n)
      co_return false;
    co_await transmit(n);
    acc->balance -= n; // expect: stale-check
    co_return true;
  }

private:
  std::shared_ptr<account> open(int who) {
    auto &slot = accounts_[who];
    if (!slot)
      slot = std::make_shared<account>();
    return slot;
  }
  std::map<int, std::shared_ptr<account>> accounts_;
};

struct purse {
  long coins = 0;
};

class told {
public:
  task<bool> take_ok(int who, long n) {
    if (!claim(who))
      co_return false;
    const bool enough = purses_[who].coins >= n;
    if (enough) {
      co_await transmit(n);
      purses_[who].coins -= n;
    }
    busy_.erase(who);
    co_return enough;
  }

private:
  bool claim(int who) {
    if (busy_.contains(who))
      return false;
    busy_.insert(who);
    return true;
  }
  std::map<int, purse> purses_;
  std::set<int> busy_;
};

struct pocket {
  long coins = 0;
};

class told_by_insert {
public:
  task<bool> take_ok(int who, long n) {
    if (!claim(who))
      co_return false;
    const bool enough = pockets_[who].coins >= n;
    if (enough) {
      co_await transmit(n);
      pockets_[who].coins -= n;
    }
    busy_.erase(who);
    co_return enough;
  }

private:
  bool claim(int who) { return busy_.insert(who).second; }
  std::map<int, pocket> pockets_;
  std::set<int> busy_;
};
