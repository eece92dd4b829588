// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*
// What is added gets its number from what is there already.
#include "venue.hpp"
#include <deque>
#include <map>
#include <vector>
using namespace mock;

task<> written(long seq);

struct trade {
  long seq = 0;
  int size = 0;
};

class tape {
public:
  // two that wait at the same time get the same number
  task<> after_last_bad(int size) {
    const long seq = trades_.empty() ? 1 : trades_.back().seq + 1;
    co_await written(seq);
    trades_.push_back(trade{seq, size}); // expect: stale-value
  }
  task<> by_count_bad(int size) {
    trade t{0, size};
    t.seq = static_cast<long>(trades_.size());
    co_await written(t.seq);
    trades_.push_back(t); // expect: stale-value
  }
  task<> by_helper_bad(int size) {
    const long seq = next();
    co_await written(seq);
    trades_.push_back({seq, size}); // expect: stale-value
  }
  task<> key_bad(int size) {
    const long id = static_cast<long>(by_id_.size());
    co_await written(id);
    by_id_.emplace(id, size); // expect: stale-value
  }
  // the answer says whether the number was free
  task<bool> key_ok(int size) {
    const long id = static_cast<long>(by_id_.size());
    co_await written(id);
    co_return by_id_.emplace(id, size).second;
  }
  task<> late_ok(int size) {
    co_await written(0);
    trades_.push_back({next(), size});
  }
  task<> compared_ok(int size) {
    const auto count = trades_.size();
    co_await written(0);
    if (trades_.size() == count)
      trades_.push_back({static_cast<long>(count), size});
  }
  // an element of its own, made from what another one was
  task<> split_ok(std::size_t i) {
    const trade whole = trades_[i];
    co_await written(whole.seq);
    trades_.push_back({0, whole.size / 2});
  }
  // taken out at one end, put back at the other
  task<> again_ok() {
    const int size = waiting_.back();
    waiting_.pop_back();
    co_await written(size);
    waiting_.push_front(size);
  }

private:
  long next() const { return static_cast<long>(trades_.size()) + 1; }
  std::vector<trade> trades_;
  std::map<long, int> by_id_;
  std::deque<int> waiting_;
};
