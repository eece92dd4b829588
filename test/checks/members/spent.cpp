// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=inferred --checks=-*,stale-*,missing-rollback
// Where it is asked for: numbers that are tested and spent are balances,
// whatever they are called, and what has them in it comes and goes with them.
#include "venue.hpp"
#include <atomic>
#include <map>
#include <string>
#include <vector>
using namespace mock;

struct bin {
  std::string aisle;
  int on_hand = 0;
};

struct tile {
  std::string colour;
  int row = 0;
};

class depot {
public:
  // Tested, and an amount taken away.
  task<> spent_bad(long kwh) {
    if (unsold_ < kwh)
      co_return;
    co_await venue_.submit(kwh);
    unsold_ -= kwh; // expect: stale-check
  }

  // The same written out.
  task<> written_out_bad(long gallons) {
    if (tank_ < gallons)
      co_return;
    co_await venue_.submit(gallons);
    tank_ = tank_ - gallons; // expect: stale-check
  }

  // An atomic is none that is spent in one step.
  task<> atomic_bad(long seats) {
    if (free_.load() < seats)
      co_return;
    co_await venue_.submit(seats);
    free_.fetch_sub(seats); // expect: stale-check
  }

  // The test is somebody else's.
  bool enough(long gold) const { return vault_ >= gold; }
  task<> helper_bad(long gold) {
    if (!enough(gold))
      co_return;
    co_await venue_.submit(gold);
    vault_ -= gold; // expect: stale-check
  }

  // The element of a map of numbers.
  task<> element_bad(std::string item, int n) {
    auto slot = chest_.find(item);
    if (slot == chest_.end() || slot->second < n)
      co_return;
    co_await venue_.submit(n);
    chest_[item] -= n; // expect: stale-check
  }

  // What has such a number in it is made twice.
  task<> content_bad(std::string sku) {
    if (!racks_.contains(sku)) {
      co_await venue_.submit(1);
      racks_[sku] = bin{"A", 0}; // expect: stale-check
    }
  }
  task<> pick_bad(std::string sku, int n) {
    if (racks_.at(sku).on_hand < n)
      co_return;
    co_await venue_.submit(n);
    racks_.at(sku).on_hand -= n; // expect: stale-check
  }

  // Taken in the slice of the test.
  task<> claimed_ok(long kwh) {
    if (unsold_ < kwh)
      co_return;
    unsold_ -= kwh;
    co_await venue_.submit(kwh);
  }

  // Tested again.
  task<> again_ok(long kwh) {
    if (unsold_ < kwh)
      co_return;
    co_await venue_.submit(kwh);
    if (unsold_ >= kwh)
      unsold_ -= kwh;
  }

  // Another part of what has such a number in it.
  task<> part_ok(std::string sku, std::string aisle) {
    if (racks_.at(sku).aisle == aisle)
      co_return;
    co_await venue_.submit(1);
    racks_.at(sku).aisle = aisle;
  }

  // Counted in ones, and only added to: how often, and how much in all.
  task<> counted_ok() {
    if (running_ > 3)
      co_return;
    co_await venue_.submit(1);
    running_ = 1;
    --running_;
  }
  task<> added_ok(long bytes) {
    if (received_ > 4096)
      co_return;
    co_await venue_.submit(bytes);
    received_ += bytes;
  }

  // Nothing in it is spent.
  task<> other_content_ok(std::string name) {
    if (tiles_.contains(name))
      co_return;
    co_await venue_.submit(1);
    tiles_[name] = tile{"red", 1};
  }

  // A place in a text is no amount.
  task<> pointer_ok(long back) {
    if (cursor_ == nullptr)
      co_return;
    co_await venue_.submit(back);
    cursor_ -= back;
  }

private:
  venue venue_;
  long unsold_ = 0, tank_ = 0, vault_ = 0, running_ = 0, received_ = 0;
  std::atomic<long> free_{0};
  std::map<std::string, int> chest_;
  std::map<std::string, bin> racks_;
  std::map<std::string, tile> tiles_;
  const char *cursor_ = nullptr;
};
