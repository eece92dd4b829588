// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*
// Containers of other libraries whose elements have keys: maps without nodes,
// and one container under several orders.
#include "task.hpp"
#include <boost/container/flat_map.hpp>
#include <boost/multi_index/hashed_index.hpp>
#include <boost/multi_index/member.hpp>
#include <boost/multi_index/ordered_index.hpp>
#include <boost/multi_index_container.hpp>
#include <string>
using namespace mock;
namespace bmi = boost::multi_index;

task<> breathe();

// An element goes by its key, and nothing happens where it has gone already.
class flat {
public:
  task<> close_ok(int id) {
    if (!quotes_.contains(id))
      co_return;
    co_await breathe();
    quotes_.erase(id);
  }
  task<> close_once_bad(int id) {
    const auto it = quotes_.find(id);
    if (it == quotes_.end())
      co_return;
    co_await breathe();
    quotes_.erase(it); // expect: stale-reference
  }
  task<> add_bad(int id, double price) {
    if (quotes_.contains(id))
      co_return;
    co_await breathe();
    quotes_[id] = price; // expect: stale-check
  }
  // All elements move as one is added, unlike those of a map with nodes.
  task<double> price_bad(int id) {
    double &price = quotes_[id];
    co_await breathe();
    co_return price; // expect: stale-reference
  }
  void put(int id, double price) { quotes_.try_emplace(id, price); }

private:
  boost::container::flat_map<int, double> quotes_;
};

struct player {
  int id;
  std::string name;
  int points;
};
struct by_name {};

class lobby {
public:
  // Whatever the order, it is the same container.
  task<> join_bad(player p) {
    auto &named = players_.get<by_name>();
    if (named.find(p.name) != named.end())
      co_return;
    co_await breathe();
    players_.insert(std::move(p)); // expect: stale-check
  }
  task<> join_ok(player p) {
    co_await breathe();
    const auto found = players_.get<by_name>().find(p.name);
    const bool taken = found != players_.get<by_name>().end();
    if (taken)
      co_return;
    players_.insert(std::move(p));
  }
  bool free(const std::string &name) const {
    return players_.get<by_name>().count(name) == 0;
  }
  task<> join_asked_bad(player p) {
    if (!free(p.name))
      co_return;
    co_await breathe();
    players_.insert(std::move(p)); // expect: stale-check
  }
  task<int> points_bad(std::string name) {
    const auto found = players_.get<by_name>().find(name);
    if (found == players_.get<by_name>().end())
      co_return 0;
    co_await breathe();
    co_return found->points; // expect: stale-reference
  }
  task<int> points_ok(std::string name) {
    co_await breathe();
    const auto found = players_.get<by_name>().find(name);
    co_return found == players_.get<by_name>().end() ? 0 : found->points;
  }
  void leave(const std::string &name) { players_.get<by_name>().erase(name); }

private:
  bmi::multi_index_container<
      player,
      bmi::indexed_by<
          bmi::ordered_unique<bmi::member<player, int, &player::id>>,
          bmi::hashed_unique<
              bmi::tag<by_name>,
              bmi::member<player, std::string, &player::name>>>>
      players_;
};
