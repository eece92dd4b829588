// Categories of the user's own, with locks of the user's own: one of the
// runtime's, one that is written here.
#include "program.hpp"

#include <interlock/keyed_mutex.hpp>
#include <interlock/mutex.hpp>

#include <deque>
#include <map>
#include <string>

namespace {

task<> settle() { co_await step{}; }

struct Ledger {
  interlock::mutex ledger_lock_;
  long entries_ = 0;
  task<> post() {
    const long count = entries_;
    co_await settle();
    entries_ = count + 1;
  }
};
PROGRAM(own_category_and_a_mutex) {
  Ledger a;
  w.spawn(a.post());
  w.spawn(a.post());
  w.run();
  return a.entries_ == 2;
}

struct Quotas {
  interlock::keyed_mutex<std::string> quota_locks_;
  std::map<std::string, long> quotas_{{"a", 1}, {"b", 1}};
  task<> use(std::string client) {
    if (quotas_[client] == 0)
      co_return;
    co_await settle();
    --quotas_[client];
  }
};
PROGRAM(own_category_and_a_lock_for_each_key) {
  Quotas a;
  w.spawn(a.use("a"));
  w.spawn(a.use("a"));
  w.spawn(a.use("b"));
  w.run();
  return a.quotas_["a"] == 0 && a.quotas_["b"] == 0;
}

} // namespace
