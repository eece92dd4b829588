// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*,unguarded-*
// Continuations of what a lock waits for run under it.
#include "seastar.hpp"
#include <deque>
#include <map>
#include <string>
using namespace seastar;

future<std::string> write_policy(std::string text);
future<> remove_file(int id);

class policies {
public:
  future<> set_ok(std::string bucket, std::string policy) {
    return with_lock(lock_, [this, bucket, policy] {
      if (policies_[bucket] == policy)
        return make_ready_future();
      return write_policy(policy).then([this, bucket, policy](std::string) {
        policies_[bucket] = policy;
      });
    });
  }
  future<> drop_ok(std::string bucket) {
    return with_lock(lock_, [this, bucket]() -> future<> {
      if (policies_.contains(bucket)) {
        co_await write_policy("");
        policies_.erase(bucket);
      }
    });
  }

private:
  semaphore lock_{1};
  std::map<std::string, std::string> policies_;
};

class outside {
public:
  // The lock is given back when the function returns, not when it is done.
  future<> set_bad(std::string bucket, std::string policy) {
    if (policies_[bucket] == policy)
      return make_ready_future();
    return write_policy(policy).then([this, bucket, policy](std::string) {
      policies_[bucket] = policy; // expect: stale-check
    });
  }
  future<> drop_ok(std::string bucket) {
    return with_lock(lock_, [this, bucket]() -> future<> {
      co_await write_policy("");
      policies_.erase(bucket);
    });
  }

private:
  semaphore lock_{1};
  std::map<std::string, std::string> policies_;
};

class compaction {
public:
  // The only one who takes out keeps the others like him out.
  future<> compact_ok() {
    auto unit = co_await get_units(one_, 1);
    while (!pending_.empty()) {
      co_await remove_file(pending_.front());
      pending_.pop_front();
    }
  }
  // At the back, where it hinders nobody.
  void mark_ok(int id) { pending_.push_back(id); }

private:
  semaphore one_{1};
  std::deque<int> pending_;
};
