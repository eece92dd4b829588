// Its own names for what a header of the library has: the header must not
// come ahead of them.
#define reserve reserve_exactly
#include "task.hpp"
#include <map>
#include <vector>
#undef reserve

struct book_c {
  std::vector<long> levels_;
  task trade() {
    const auto count = levels_.size();
    co_await pause();
    levels_.reserve_exactly(count);
    levels_.resize(count + 1);
  }
};
task use(book_c &b) { co_await b.trade(); }
