#include "task.hpp"

#include <algorithm>
#include <map>
#include <vector>

struct book_a {
  std::map<std::string, long> levels_;
  task trade(std::string name);
};

task book_a::trade(std::string name) {
  const long before = levels_[name];
  co_await pause();
  levels_[TASK_MARK(name)] = std::max(before, 1L);
}
