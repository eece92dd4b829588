// RUN: %check-cases %s -- --executor=single-threaded --checks=-*,stale-*
// Names that mean money or goods where the member is a number, or has numbers in
// it.
#include "money.hpp"
#include "task.hpp"
#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>
using mock::task;

task<> breathe();

using stake_t = std::int64_t;
class till {
public:
  task<> wallets_bad(int who, stake_t n) {
    if (wallets_[who] < n)
      co_return;
    co_await breathe();
    wallets_[who] -= n; // expect: stale-check
  }
  task<> money_bad(money n) {
    if (prizePot_ < n)
      co_return;
    co_await breathe();
    prizePot_ -= n; // expect: stale-check
  }
  task<> goods_bad(long n) {
    if (seats_left_ < n || m_stockOnHand < n || unsoldTickets_[0] < n)
      co_return;
    co_await breathe();
    seats_left_ -= n;       // expect: stale-check
    m_stockOnHand -= n;     // expect: stale-check
    unsoldTickets_[0] -= n; // expect: stale-check
  }
  task<> nested_bad(const std::string &who, int month, double n) {
    const double before = feesOf_[who][month];
    co_await breathe();
    feesOf_[who][month] = before + n; // expect: stale-value
  }
  task<> in_holders_bad(long n) {
    if (!drawn_ || *drawn_ < n || points_ < n)
      co_return;
    co_await breathe();
    *drawn_ -= n; // expect: stale-check
    points_ -= n; // expect: stale-check
  }

private:
  std::unordered_map<int, stake_t> wallets_;
  money prizePot_;
  long seats_left_ = 0, m_stockOnHand = 0;
  std::array<long, 4> unsoldTickets_{};
  std::map<std::string, std::map<int, double>> feesOf_;
  std::optional<long> drawn_;
  std::atomic<long> points_ = 0;
};

/// The same words where there are no numbers: objects with state of their own,
/// threads, flags, names; and numbers that only stand beside money.
class other_trades {
public:
  task<> objects_ok(int who) {
    if (accounts_.contains(who) || pool_.size() > 8 || tips_.count("a"))
      co_return;
    co_await breathe();
    accounts_[who] = std::make_shared<std::string>();
    pool_.push_back(nullptr);
    tips_.insert("a");
  }
  task<> flags_ok() {
    if (paid_ || settled_)
      co_return;
    co_await breathe();
    paid_ = settled_ = true;
  }
  task<> beside_ok(long n) {
    if (fee_rate_ < n || account_index_ < n || points_rate_ < n ||
        bytes_left_ < n || outstanding_requests_ < n)
      co_return;
    co_await breathe();
    fee_rate_ += n;
    account_index_ += n;
    points_rate_ += n;
    bytes_left_ += n;
    outstanding_requests_ += n;
  }

private:
  std::map<int, std::shared_ptr<std::string>> accounts_;
  std::vector<void *> pool_;
  std::set<std::string> tips_;
  bool paid_ = false, settled_ = false;
  long fee_rate_ = 0, account_index_ = 0, points_rate_ = 0, bytes_left_ = 0,
       outstanding_requests_ = 0;
};

/// Numbers that orders go by.
class order_book {
public:
  task<long> numbered_bad() {
    const long id = next_order_;
    co_await breathe();
    next_order_ = id + 1; // expect: stale-value
    co_return id;
  }
  task<long> numbered_ok() {
    const long id = next_order_++;
    co_await breathe();
    co_return id;
  }

private:
  long next_order_ = 1;
};
