// RUN: %check-cases %s -- --executor=single-threaded --checks=-*,stale-*
// Containers whose objects have money or goods: which of them there are is as
// good as what they have, whatever they are called.
#include "task.hpp"
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>
using mock::task;

task<> breathe();
task<std::string> ask();

struct Bin {
  std::string aisle;
  int OnHand = 0;
};
struct Customer {
  std::string name;
  long balance = 0;
};
struct Page {
  std::string text;
};

class house {
public:
  task<> made_late_bad(const std::string &key) {
    if (!rows_.contains(key)) {
      std::string aisle = co_await ask();
      rows_[key] = Bin{aisle, 0}; // expect: stale-check
    }
    rows_[key].OnHand += 1;
  }
  task<> made_if_absent_ok(const std::string &key) {
    if (!rows_.contains(key)) {
      std::string aisle = co_await ask();
      rows_.try_emplace(key, Bin{aisle, 0});
    }
    rows_[key].OnHand += 1;
  }
  task<> replaced_bad(int id) {
    if (known_.find(id) != known_.end())
      co_return;
    co_await breathe();
    known_[id] = std::make_shared<Customer>(); // expect: stale-check
  }
  task<> into_a_vector_bad(int at) {
    Bin *bin = &shelf_[at];
    co_await breathe();
    bin->aisle = "B"; // expect: stale-reference
  }
  void add(Bin bin) { shelf_.push_back(std::move(bin)); }
  task<> wiped_bad() {
    if (!current_)
      co_return;
    co_await breathe();
    current_ = Customer{}; // expect: stale-check
  }
  void open(Customer c) { current_ = std::move(c); }
  void close() { current_.reset(); }

  // Other parts of such an object are none.
  task<> name_ok(int id) {
    if (known_.at(id)->name.empty())
      co_return;
    co_await breathe();
    known_.at(id)->name.clear();
  }
  // Nor are objects without any.
  task<> page_ok(const std::string &key) {
    if (pages_.contains(key))
      co_return;
    co_await breathe();
    pages_[key] = Page{};
  }

private:
  std::map<std::string, Bin> rows_;
  std::map<int, std::shared_ptr<Customer>> known_;
  std::vector<Bin> shelf_;
  std::optional<Customer> current_;
  std::map<std::string, Page> pages_;
};
