// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*
// Keys that are literals: of wide characters as well.
#include "task.hpp"
#include <map>
#include <string>

using mock::task;

task<> wait();

class labels {
public:
  task<> wide_bad() {
    if (labels_.count(L"\u00e4") == 0) {
      co_await wait();
      labels_[L"\u00e4"] = 1; // expect: stale-check
    }
  }
  task<> other_key_ok() {
    if (labels_.count(L"a") == 0) {
      co_await wait();
      labels_[L"b"] = 1;
    }
  }

private:
  std::map<std::wstring, int> labels_;
};
