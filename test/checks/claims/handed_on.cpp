// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*
// Claims that are made in a condition, by a helper or in the variables of a
// namespace, and that a continuation gives up.
#include "task.hpp"
#include <map>
#include <memory>
#include <set>
#include <string>
#include <type_traits>
#include <utility>
using namespace mock;

template <class T>
struct later {
  template <class F>
  auto then(F next) -> later<std::invoke_result_t<F, T>>;
};
struct unit {};

later<std::string> load(const std::string &name);
later<unit> done();
task<std::string> download(std::string name);
task<> transmit(int amount);

/// The entry is made while a condition of several parts is evaluated.
class maps_in_condition {
public:
  later<unit> ensure_ok(const std::string &name) {
    if (maps_.contains(name) || !loading_.insert(name).second)
      return done();
    return load(name).then([this, name](std::string data) {
      loading_.erase(name);
      maps_.emplace(name, std::move(data));
      return unit{};
    });
  }

private:
  std::map<std::string, std::string> maps_;
  std::set<std::string> loading_;
};

class maps_in_steps {
public:
  later<unit> ensure_ok(const std::string &name) {
    if (maps_.contains(name))
      return done();
    if (!loading_.insert(name).second)
      return done();
    return load(name).then([this, name](std::string data) {
      maps_.emplace(name, std::move(data));
      loading_.erase(name);
      return unit{};
    });
  }

private:
  std::map<std::string, std::string> maps_;
  std::set<std::string> loading_;
};

/// The mark is gone before the continuation runs.
class maps_given_up {
public:
  void ensure_bad(const std::string &name) {
    if (maps_.contains(name) || !loading_.insert(name).second)
      return;
    load(name).then([this, name](std::string data) {
      maps_.emplace(name, std::move(data)); // expect: stale-check
      return unit{};
    });
    loading_.erase(name);
  }

private:
  std::map<std::string, std::string> maps_;
  std::set<std::string> loading_;
};

/// Nobody asks how the insertion went.
class maps_not_asked {
public:
  later<unit> ensure_bad(const std::string &name) {
    if (maps_.contains(name))
      return done();
    loading_.insert(name);
    return load(name).then([this, name](std::string data) {
      maps_.emplace(name, std::move(data)); // expect: stale-check
      loading_.erase(name);
      return unit{};
    });
  }

private:
  std::map<std::string, std::string> maps_;
  std::set<std::string> loading_;
};

/// Who calls the helper has found that nobody is about it.
class tokens {
public:
  task<std::string> get_ok() {
    while (expires_ < now_) {
      if (!flight_)
        co_await refresh();
      else
        co_await transmit(1);
    }
    co_return token_;
  }
  void tick() { ++now_; }

private:
  task<> refresh() {
    auto mine = std::make_shared<int>(1);
    flight_ = mine;
    std::string fresh = co_await download(token_);
    token_ = std::move(fresh);
    expires_ = now_ + 60;
    flight_.reset();
  }

  long now_ = 0, expires_ = 0;
  std::string token_;
  std::shared_ptr<int> flight_;
};

/// One of the callers does not look.
class tokens_forced {
public:
  task<std::string> get() {
    if (!flight_)
      co_await refresh_bad();
    co_return token_;
  }
  task<> force() { co_await refresh_bad(); }

private:
  task<> refresh_bad() {
    auto mine = std::make_shared<int>(1);
    flight_ = mine;
    const std::string old = token_;
    std::string fresh = co_await download(old);
    token_ = old + fresh; // expect: stale-value
    flight_.reset();
  }

  std::string token_;
  std::shared_ptr<int> flight_;
};

/// Looks, and waits before the call.
class tokens_waited {
public:
  task<std::string> get() {
    if (!flight_) {
      co_await transmit(1);
      co_await refresh_bad(); // expect: stale-check
    }
    co_return token_;
  }

private:
  task<> refresh_bad() {
    auto mine = std::make_shared<int>(1);
    flight_ = mine;
    std::string old = token_;
    std::string fresh = co_await download(old);
    token_ = old + fresh; // expect: stale-value
    flight_.reset();
  }

  std::string token_;
  std::shared_ptr<int> flight_;
};

/// Variables that there are once.
namespace resolver {
std::map<std::string, std::string> cache;
std::map<std::string, int> flights;
std::map<std::string, std::string> table;
bool busy = false;
long total = 0;

task<std::string> resolve_ok(std::string name) {
  if (auto it = cache.find(name); it != cache.end())
    co_return it->second;
  if (flights.contains(name))
    co_return "";
  flights.emplace(name, 1);
  std::string answer = co_await download(name);
  flights.erase(name);
  cache.insert_or_assign(name, answer);
  co_return answer;
}
task<std::string> resolve_bad(std::string name) {
  if (auto it = table.find(name); it != table.end())
    co_return it->second;
  std::string answer = co_await download(name);
  table.insert_or_assign(name, answer); // expect: stale-check
  co_return answer;
}
task<> settle_ok() {
  if (busy)
    co_return;
  busy = true;
  const long before = total;
  co_await transmit(1);
  total = before + 1;
  busy = false;
}
} // namespace resolver
