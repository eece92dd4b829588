// Only under conditions, and inside something: neither is shared.
#include "task.hpp"
#if __cplusplus > 201703L
#include <map>
#else
#include <nothing/like/this>
#endif
#include <algorithm>
#include <vector>

struct book_d {
  std::map<long, long> levels_;
  task trade() {
    if (levels_.empty())
      co_return;
    co_await pause();
    levels_.erase(levels_.begin());
  }
};
task use(book_d &b) { co_await b.trade(); }
