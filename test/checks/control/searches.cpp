// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*,unspecified-read-order
// Something free is looked for, and taken after a suspension.
#include "venue.hpp"
#include <algorithm>
#include <iterator>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>
using namespace mock;

int random_port();

class ports {
public:
  // Free when it was found, others may have it by now.
  task<int> open_bad(std::string owner) {
    int port = 0;
    do
      port = random_port();
    while (owners_.contains(port));
    co_await venue_.submit(port);
    owners_[port] = owner; // expect: stale-check
    co_return port;
  }

  // Looked for from the last one on.
  task<int> next_bad(std::string owner) {
    int port = 1024;
    while (owners_.count(port) != 0)
      ++port;
    co_await venue_.submit(port);
    owners_[port] = owner; // expect: stale-check
    co_return port;
  }

  // Taken in the slice of the search.
  task<int> open_ok(std::string owner) {
    int port = 0;
    do
      port = random_port();
    while (taken_.contains(port));
    taken_[port] = owner;
    co_await venue_.submit(port);
    co_return port;
  }
  task<> close_ok(int port) {
    co_await venue_.submit(port);
    taken_.erase(port);
  }

private:
  venue venue_;
  std::map<int, std::string> owners_, taken_;
};

struct basket {
  std::vector<int> goods;
};
using basket_ptr = std::shared_ptr<basket>;

class barter {
public:
  // Both are long enough before the question.
  task<> trade_bad(basket_ptr one, std::size_t i, basket_ptr two,
                   std::size_t j) {
    if (i >= one->goods.size() || j >= two->goods.size())
      co_return;
    co_await venue_.submit(1);
    std::swap(one->goods[i], two->goods[j]); // expect: stale-check
  }
  task<> set_bad(basket_ptr one, std::size_t i) {
    if (i >= one->goods.size())
      co_return;
    co_await venue_.submit(1);
    one->goods[i] = 0; // expect: stale-check
  }
  task<> trade_ok(basket_ptr one, std::size_t i, basket_ptr two,
                  std::size_t j) {
    co_await venue_.submit(1);
    if (i < one->goods.size() && j < two->goods.size())
      std::swap(one->goods[i], two->goods[j]);
  }
  void eat(basket_ptr one) { one->goods.pop_back(); }

  // That there is one says nothing of what is in it.
  task<> fill_ok(std::string name) {
    if (!baskets_.contains(name))
      co_return;
    const basket_ptr mine = baskets_[name];
    co_await venue_.submit(1);
    mine->goods[0] = 1;
  }
  void drop(std::string name) { baskets_.erase(name); }

private:
  venue venue_;
  std::map<std::string, basket_ptr> baskets_;
};

/// What is old is noted first, then each is looked up and looked at again.
class cellar {
public:
  task<int> clear_ok() {
    std::vector<int> old;
    for (const auto &[id, bottle] : bottles_)
      if (bottle.age > 9 && !bottle.kept)
        old.push_back(id);
    int gone = 0;
    for (const int id : old) {
      co_await venue_.submit(id);
      const auto found = bottles_.find(id);
      if (found == bottles_.end() || found->second.kept ||
          found->second.age <= 9)
        continue;
      bottles_.erase(found);
      ++gone;
    }
    co_return gone;
  }
  task<> clear_bad() {
    std::vector<int> old;
    for (const auto &[id, bottle] : bottles_)
      if (bottle.age > 9 && !bottle.kept)
        old.push_back(id);
    for (const int id : old) {
      co_await venue_.submit(id);
      bottles_.at(id).age = 0; // expect: stale-check
    }
  }
  void keep(int id) { bottles_[id].kept = true; }

private:
  struct bottle {
    int age = 0;
    bool kept = false;
  };
  venue venue_;
  std::map<int, bottle> bottles_;
};

/// Lists that an algorithm makes out of what it looks at.
class loader {
public:
  task<> load_bad(std::vector<int> wanted) {
    std::vector<int> missing;
    std::copy_if(wanted.begin(), wanted.end(), std::back_inserter(missing),
                 [this](int id) { return cache_.count(id) == 0; });
    if (missing.empty())
      co_return;
    const int answer = co_await venue_.count();
    for (const int id : missing)
      cache_[id] = answer; // expect: stale-check
  }
  task<> load_ok(std::vector<int> wanted) {
    std::vector<int> missing;
    std::copy_if(wanted.begin(), wanted.end(), std::back_inserter(missing),
                 [this](int id) { return cache_.count(id) == 0; });
    if (missing.empty())
      co_return;
    const int answer = co_await venue_.count();
    for (const int id : missing)
      cache_.try_emplace(id, answer);
  }

  // All are told, one after the other; then what is flat then goes.
  task<> tell_ok() {
    std::vector<int> flat;
    for (const auto &[id, size] : cache_)
      if (size == 0)
        flat.push_back(id);
    for (const int id : flat)
      co_await venue_.submit(id);
    std::erase_if(cache_, [](const auto &each) { return each.second == 0; });
  }
  void put(int id, int value) { cache_[id] = value; }

private:
  std::map<int, int> cache_;
  venue venue_;
};

class folder {
public:
  // That there are still as many says nothing of which one this is.
  task<> expunge_bad(int uid) {
    const auto found = std::find(uids_.begin(), uids_.end(), uid);
    const auto row = found - uids_.begin();
    co_await venue_.submit(uid);
    if (row < static_cast<long>(uids_.size()))
      uids_.erase(uids_.begin() + row); // expect: stale-value
  }
  task<> expunge_ok(int uid) {
    co_await venue_.submit(uid);
    const auto found = std::find(uids_.begin(), uids_.end(), uid);
    if (found != uids_.end())
      uids_.erase(found);
  }
  void receive(int uid) { uids_.push_back(uid); }

private:
  std::vector<int> uids_;
  venue venue_;
};

/// The first so many, told by a number.
class batches {
public:
  task<> run_bad() {
    const auto n = std::min<std::size_t>(8, pending_.size());
    std::vector<int> batch(pending_.begin(), pending_.begin() + n);
    co_await venue_.submit(batch.size());
    pending_.erase(pending_.begin(), // expect: stale-value
                   pending_.begin() + n);
  }
  task<> run_ok() {
    const auto n = std::min<std::size_t>(8, pending_.size());
    std::vector<int> batch(pending_.begin(), pending_.begin() + n);
    pending_.erase(pending_.begin(), pending_.begin() + n);
    co_await venue_.submit(batch.size());
  }
  // A copy is gone through; what is gone already is erased in vain.
  task<> revoke_ok() {
    const auto known = keys_;
    for (const int key : known) {
      if (co_await venue_.count() == 0)
        keys_.erase(key);
    }
  }
  // What fits goes, if it is still there.
  task<> retract_ok(int value) {
    const auto at =
        std::find_if(values_.begin(), values_.end(),
                     [&](const int &each) { return each == value; });
    if (at == values_.end())
      co_return;
    co_await venue_.submit(value);
    std::erase(values_, value);
  }
  task<> sift_ok(int value) {
    if (std::ranges::find(values_, value) == values_.end())
      co_return;
    co_await venue_.submit(value);
    values_.erase(std::remove(values_.begin(), values_.end(), value),
                  values_.end());
  }
  // What stands at a place goes, whatever has come there.
  task<> drop_bad(std::size_t at) {
    if (values_[at] != 0)
      co_return;
    co_await venue_.submit(1);
    values_.erase(values_.begin() + at); // expect: stale-check
  }
  void add(int each) {
    pending_.push_back(each);
    values_.push_back(each);
    keys_.insert(each);
  }

private:
  std::vector<int> pending_, values_;
  std::set<int> keys_;
  venue venue_;
};
