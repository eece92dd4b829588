// One account that two translation units trade on, one of them over a
// function that is defined here.
#pragma once

#include "program.hpp"

#include <map>
#include <string>

namespace desk {

inline task<> settle() { co_await step{}; }

class Account {
public:
  task<> buy(long cost) {
    if (balance_ < cost)
      co_return;
    co_await settle();
    balance_ -= cost;
  }
  task<> deposit(long amount);
  task<> trade(std::string symbol, long qty);
  long balance() const { return balance_; }
  long position(const std::string &symbol) const {
    const auto found = positions_.find(symbol);
    return found == positions_.end() ? 0 : found->second;
  }

private:
  long balance_ = 100;
  std::map<std::string, long> positions_;
};

} // namespace desk
