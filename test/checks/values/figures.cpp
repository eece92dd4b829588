// RUN: %check-cases %s -- --executor=single-threaded --checks=-*,stale-*
#include "venue.hpp"
#include <vector>
using namespace mock;

// A figure that is made up from a container lacks what others have added to
// both meanwhile.

task<bool> store();
struct fill {
  long lots = 0, price = 0;
};
struct figures {
  long lots = 0, turnover = 0;
};

class blotter {
public:
  void add(fill f) {
    trades_.push_back(f);
    trade_stats_.lots += f.lots;
    trade_stats_.turnover += f.lots * f.price;
  }
  task<> summarize_bad() {
    figures fresh;
    for (const fill &each : trades_) {
      fresh.lots += each.lots;
      fresh.turnover += each.lots * each.price;
    }
    if (co_await store())
      trade_stats_ = fresh; // expect: stale-value
  }
  task<> summarize_behind_ok() {
    if (!co_await store())
      co_return;
    figures fresh;
    for (const fill &each : trades_)
      fresh.lots += each.lots;
    trade_stats_ = fresh;
  }

private:
  std::vector<fill> trades_;
  figures trade_stats_;
};

// Who adds to the container leaves the figure to the next summary.
class reported {
public:
  void add(fill f) { trades_.push_back(f); }
  task<> summarize_ok() {
    long lots = 0;
    for (const fill &each : trades_)
      lots += each.lots;
    co_await store();
    trade_total_ = lots;
  }

private:
  std::vector<fill> trades_;
  long trade_total_ = 0;
};

// Whoever adds is a part of the same activity.
class own {
public:
  task<> run() {
    for (;;) {
      co_await store();
      trades_.push_back({1, 2});
      trade_total_ += 1;
      long lots = 0;
      for (const fill &each : trades_)
        lots += each.lots;
      co_await store();
      trade_total_ = lots; // nobody else adds
    }
  }

private:
  std::vector<fill> trades_;
  long trade_total_ = 0;
};
int main() {
  own one;
  spawn(one.run());
}
