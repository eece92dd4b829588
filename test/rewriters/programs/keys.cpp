// How the key of a guard is spelled, and what it may not do.
#include "program.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace {

task<> settle() { co_await step{}; }

struct Order {
  std::string symbol;
  long quantity = 0;
};

struct Literal {
  std::map<std::string, long> positions_;
  task<> add(long qty) {
    const long old = positions_["BTC"];
    co_await settle();
    positions_["BTC"] = old + qty;
  }
};
PROGRAM(literal_key) {
  Literal a;
  w.spawn(a.add(1));
  w.spawn(a.add(2));
  w.run();
  return a.positions_["BTC"] == 3;
}

struct Member {
  std::map<std::string, long> positions_;
  task<> add(Order order) {
    const long old = positions_[order.symbol];
    co_await settle();
    positions_[order.symbol] = old + order.quantity;
  }
};
PROGRAM(key_is_a_member_of_a_parameter) {
  Member a;
  w.spawn(a.add({"BTC", 1}));
  w.spawn(a.add({"BTC", 2}));
  w.run();
  return a.positions_["BTC"] == 3;
}

struct Computed {
  std::map<std::string, long> positions_;
  task<> add(std::string base, long qty) {
    const long old = positions_[base + "-PERP"];
    co_await settle();
    positions_[base + "-PERP"] = old + qty;
  }
};
PROGRAM(computed_key) {
  Computed a;
  w.spawn(a.add("BTC", 1));
  w.spawn(a.add("BTC", 2));
  w.run();
  return a.positions_["BTC-PERP"] == 3;
}

struct Local {
  std::map<std::string, long> positions_;
  task<> add(std::string_view symbol, long qty) {
    const std::string key{symbol};
    const long old = positions_[key];
    co_await settle();
    positions_[key] = old + qty;
  }
};
PROGRAM(key_is_a_local_copy) {
  Local a;
  w.spawn(a.add("BTC", 1));
  w.spawn(a.add("BTC", 2));
  w.run();
  return a.positions_["BTC"] == 3;
}

struct Each {
  std::map<std::string, long> positions_{{"BTC", 1}, {"ETH", 1}};
  task<> rebalance() {
    for (auto &[symbol, size] : positions_) {
      const long old = size;
      co_await settle();
      size = old + 1;
    }
  }
};
PROGRAM(key_of_the_loop) {
  Each a;
  w.spawn(a.rebalance());
  w.spawn(a.rebalance());
  w.run();
  return a.positions_["BTC"] == 3 && a.positions_["ETH"] == 3;
}

struct Ids {
  std::unordered_map<unsigned long, Order> orders_;
  task<> grow(unsigned long id, long qty) {
    if (auto it = orders_.find(id); it != orders_.end()) {
      const long old = it->second.quantity;
      co_await settle();
      it->second.quantity = old + qty;
    }
  }
};
PROGRAM(iterator_in_the_if_head) {
  Ids a;
  a.orders_[7] = {"BTC", 0};
  w.spawn(a.grow(7, 1));
  w.spawn(a.grow(7, 2));
  w.run();
  return a.orders_[7].quantity == 3;
}

struct ByRow {
  struct Row {
    long size = 0;
  };
  std::vector<Row> positions_{2};
  task<> add(std::size_t row, long qty) {
    const long old = positions_[row].size;
    co_await settle();
    positions_[row].size = old + qty;
  }
};
PROGRAM(index_as_key) {
  ByRow a;
  w.spawn(a.add(1, 1));
  w.spawn(a.add(1, 2));
  w.run();
  return a.positions_[1].size == 3;
}

struct Nested {
  std::map<std::string, std::map<int, long>> positions_;
  task<> add(std::string venue, int account, long qty) {
    const long old = positions_[venue][account];
    co_await settle();
    positions_[venue][account] = old + qty;
  }
};
PROGRAM(map_of_maps) {
  Nested a;
  w.spawn(a.add("X", 1, 1));
  w.spawn(a.add("X", 1, 2));
  w.run();
  return a.positions_["X"][1] == 3;
}

struct Moves {
  std::map<std::string, long> positions_;
  std::string last;
  task<> add(std::string symbol, long qty) {
    const long old = positions_[symbol];
    co_await settle();
    positions_[symbol] = old + qty;
    last = std::move(symbol);
  }
};
PROGRAM(key_is_moved_behind_the_region) {
  Moves a;
  w.spawn(a.add("BTC", 1));
  w.spawn(a.add("BTC", 2));
  w.run();
  return a.positions_["BTC"] == 3;
}

struct Two {
  std::map<std::string, long> positions_{{"BTC", 10}, {"ETH", 0}};
  task<> swap(std::string from, std::string to, long qty) {
    if (positions_[from] < qty)
      co_return;
    co_await settle();
    positions_[from] -= qty;
    positions_[to] += qty;
  }
};
PROGRAM(two_keys_of_one_container) {
  Two a;
  w.spawn(a.swap("BTC", "ETH", 6));
  w.spawn(a.swap("BTC", "ETH", 6));
  w.run();
  return a.positions_["BTC"] >= 0;
}

struct Erase {
  std::map<int, Order> orders_;
  int cancels = 0;
  task<> cancel(int id) {
    const auto it = orders_.find(id);
    if (it == orders_.end())
      co_return;
    co_await settle();
    orders_.erase(it);
    ++cancels;
  }
};
PROGRAM(element_erased_by_iterator) {
  Erase a;
  a.orders_[1] = {};
  w.spawn(a.cancel(1));
  w.spawn(a.cancel(1));
  w.run();
  return a.cancels == 1;
}

/// What finds the key counts how often it is asked.
struct Tickets {
  std::map<int, Order> orders_;
  int lookups_ = 0;
  int number_of(const std::string &) {
    ++lookups_;
    return 4;
  }
  task<> raise(std::string ticket, long qty) {
    Order &order = orders_[number_of(ticket)];
    const long old = order.quantity;
    co_await settle();
    order.quantity = old + qty;
  }
  task<> punch(std::string ticket) {
    if (orders_[number_of(ticket)].quantity != 0)
      co_return;
    co_await settle();
    orders_[number_of(ticket)].quantity += 1; // refuse: key-side-effect
  }
};
PROGRAM(key_that_must_be_found_once) {
  Tickets a;
  w.spawn(a.raise("red", 1));
  w.spawn(a.raise("red", 2));
  w.run();
  return a.orders_[4].quantity == 3 && a.lookups_ == 2;
}
PROGRAM(key_that_is_found_twice_refused) {
  Tickets a;
  w.spawn(a.punch("red"));
  w.spawn(a.punch("red"));
  w.run();
  return a.orders_[4].quantity == 1;
}

/// Rows move when one is added: an index names none of them for long.
struct Sheet {
  struct Row {
    int id = 0;
    long open = 0;
  };
  std::vector<Row> orders_{{1, 5}, {2, 5}};
  task<> take(long wanted, long &got) {
    for (std::size_t i = 0; i < orders_.size() && got < wanted; ++i) {
      const long n = std::min(wanted - got, orders_[i].open);
      co_await settle();
      orders_[i].open -= n;
      got += n;
    }
  }
  task<> add_first(Row row) {
    co_await settle();
    orders_.insert(orders_.begin(), row);
  }
};
PROGRAM(rows_that_are_gone_over_by_index) {
  Sheet a;
  long first = 0, second = 0;
  w.spawn(a.take(6, first));
  w.spawn(a.take(6, second));
  w.spawn(a.add_first({3, 0}));
  w.run();
  return first + second == 10 && a.orders_[1].open == 0 &&
         a.orders_[2].open == 0;
}

struct Desk {
  std::map<std::string, long> positions_;
};
std::string join(const std::string &venue, const std::string &symbol) {
  return venue + ":" + symbol;
}
task<> add(Desk &desk, std::string venue, std::string symbol, long qty) {
  const long old = desk.positions_[join(venue, symbol)];
  co_await settle();
  desk.positions_[join(venue, symbol)] = old + qty;
}
PROGRAM(key_made_by_a_function) {
  Desk d;
  w.spawn(add(d, "X", "BTC", 1));
  w.spawn(add(d, "X", "BTC", 2));
  w.run();
  return d.positions_["X:BTC"] == 3;
}

} // namespace
