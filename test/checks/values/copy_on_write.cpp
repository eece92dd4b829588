// RUN: %check-cases %s -- --executor=single-threaded --checks=-*,stale-*
// A copy is made, changed, and put in the place of what is there by then.
#include "venue.hpp"
#include <atomic>
#include <map>
#include <memory>
#include <utility>
using namespace mock;

struct book {
  std::map<int, int> levels;
};

class desk {
public:
  task<> drop_bad(int level) {
    auto copy = std::make_shared<book>(*positions_);
    co_await venue_.submit(1);
    copy->levels.erase(level);
    positions_ = std::move(copy); // expect: stale-value
  }
  task<> drop_ok(int level) {
    co_await venue_.submit(1);
    auto copy = std::make_shared<book>(*positions_);
    copy->levels.erase(level);
    positions_ = std::move(copy);
  }

  // The same behind an atomic pointer.
  task<> drop_atomic_bad(int level) {
    auto copy = std::make_shared<book>(*open_positions_.load());
    co_await venue_.submit(1);
    copy->levels.erase(level);
    open_positions_.store(std::move(copy)); // expect: stale-value
  }
  task<> drop_by_value_bad(int level) {
    book copy = *open_positions_.load();
    co_await venue_.submit(1);
    copy.levels.erase(level);
    open_positions_ = std::make_shared<book>(copy); // expect: stale-value
  }
  // Only in the place of what it was made from.
  task<> drop_exchanged_ok(int level) {
    auto seen = open_positions_.load();
    std::shared_ptr<book> fresh;
    do {
      fresh = std::make_shared<book>(*seen);
      fresh->levels.erase(level);
      co_await venue_.submit(1);
    } while (!open_positions_.compare_exchange_weak(seen, fresh));
  }

private:
  std::shared_ptr<book> positions_ = std::make_shared<book>();
  std::atomic<std::shared_ptr<book>> open_positions_;
  venue venue_;
};
