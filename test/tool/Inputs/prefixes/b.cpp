#include <vector>
#include <map>
#include "task.hpp"
#include <algorithm>

struct book_b {
  std::vector<long> levels_;
  task trade(long price) {
    if (levels_.empty())
      co_return;
    co_await pause();
    levels_.push_back(std::max(price, 1L));
  }
};
task use(book_b &b) { co_await b.trade(1); }
