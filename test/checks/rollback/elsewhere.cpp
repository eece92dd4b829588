// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,missing-rollback
#include "venue.hpp"
#include <exception>
#include <map>
#include <mutex>
#include <optional>
#include <string>
using namespace mock;

// What the failure of a step means is told by somebody else who takes the same
// step: he takes back what he did before it.

task<bool> deliver(const std::string &body);
task<std::string> issue(int card, int price);
task<std::string> book(std::string sku, int n);
task<> note(std::string text);
task<> pause();

// The step has nothing to do with the amount there, and nothing here.
class wallet {
public:
  task<bool> send_ok(std::string text, int price) {
    balance_ -= price;
    bool delivered = false;
    try {
      delivered = co_await deliver(text);
    } catch (...) {
      balance_ += price;
      throw;
    }
    co_return delivered;
  }
  task<bool> gift_bad(int amount) {
    balance_ -= amount; // expect: missing-rollback
    co_return co_await deliver("a gift");
  }
  // What somebody else gets is not given back.
  task<bool> transfer_bad(wallet &to, int amount) {
    balance_ -= amount; // expect: missing-rollback
    co_await deliver("a gift");
    to.balance_ += amount;
    co_return true;
  }
  task<bool> transfer_undone_ok(wallet &to, int amount) {
    balance_ -= amount;
    try {
      co_await deliver("a gift");
    } catch (...) {
      balance_ += amount;
      throw;
    }
    to.balance_ += amount;
    co_return true;
  }
  // Of two steps the one that is given the amount is what is undone.
  task<> pay_ok(int price) {
    balance_ -= price;
    try {
      co_await pause();
      co_await issue(1, price);
    } catch (...) {
      balance_ += price;
      throw;
    }
  }
  task<> pause_ok(int price) {
    balance_ -= price;
    co_await pause();
  }
  // Another step, whose failure nobody ties to the money.
  task<bool> note_ok(int amount) {
    balance_ -= amount;
    co_await note("paid");
    co_return true;
  }

private:
  int balance_ = 0;
};

// Taken back behind the handler.
struct card {
  int points_balance = 0;
};
class airline {
public:
  task<std::string> voucher_ok(int no, int price) {
    card &c = cards_[no];
    c.points_balance -= price;
    std::optional<std::string> code;
    std::exception_ptr failure;
    try {
      code = co_await issue(no, price);
    } catch (...) {
      failure = std::current_exception();
    }
    if (failure) {
      c.points_balance += price;
      std::rethrow_exception(failure);
    }
    co_return *code;
  }
  task<std::string> voucher_bad(int no, int price) {
    card &c = cards_[no];
    c.points_balance -= price; // expect: missing-rollback
    co_return co_await issue(no, price);
  }

private:
  std::map<int, card> cards_;
};

// What is reserved limits what is on hand, and goes with the same step.
struct bin {
  std::mutex m;
  int on_hand = 0;
  int reserved = 0;
  int asked = 0;
};
class warehouse {
public:
  task<std::string> ship_ok(std::string sku, int n) {
    bin &b = bins_.at(sku);
    {
      std::scoped_lock l(b.m);
      if (b.on_hand - b.reserved < n)
        co_return "";
      b.on_hand -= n;
    }
    try {
      co_return co_await book(sku, n);
    } catch (...) {
      std::scoped_lock l(b.m);
      b.on_hand += n;
      throw;
    }
  }
  task<std::string> reserve_bad(std::string sku, int n) {
    bin &b = bins_.at(sku);
    {
      std::scoped_lock l(b.m);
      if (b.on_hand - b.reserved < n)
        co_return "";
      b.reserved += n; // expect: missing-rollback
    }
    co_return co_await book(sku, n);
  }
  // Statistics: nothing is decided by them.
  task<std::string> ask_ok(std::string sku, int n) {
    bin &b = bins_.at(sku);
    {
      std::scoped_lock l(b.m);
      b.asked += n;
    }
    co_return co_await book(sku, n);
  }
  task<std::string> reserve_restored_ok(std::string sku, int n) {
    bin &b = bins_.at(sku);
    {
      std::scoped_lock l(b.m);
      if (b.on_hand - b.reserved < n)
        co_return "";
      b.reserved += n;
    }
    try {
      co_return co_await book(sku, n);
    } catch (...) {
      std::scoped_lock l(b.m);
      b.reserved -= n;
      throw;
    }
  }

private:
  std::map<std::string, bin> bins_;
};

// The handler takes back another thing than what is counted here.
class meter {
public:
  task<bool> hold_ok(std::string text, int n) {
    held_ += n;
    try {
      co_return co_await deliver(text);
    } catch (...) {
      held_ -= n;
      throw;
    }
  }
  task<bool> count_ok(std::string text, int n) {
    tries_ += n;
    co_return co_await deliver(text);
  }

private:
  int held_ = 0;
  int tries_ = 0;
};
