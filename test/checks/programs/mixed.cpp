// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*,unspecified-read-order
// Services in the styles that teams write: free functions with a context,
// singletons, actors, caches of shared pointers, retry loops.
#include "awaitables.hpp"
#include "task.hpp"
#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>
using namespace mock;

struct message {
  std::uint64_t id = 0;
  std::string body;
};
task<> deliver(const message &m);
task<bool> deliver_to(int node, std::string body);
task<std::optional<message>> next_message();
task<std::string> render(std::string source);

/// A context that every handler gets by reference.
struct context {
  std::uint64_t last_id = 0;
  int failures = 0;
  bool tripped = false;
  std::unordered_map<int, std::string> names;
  std::deque<message> backlog;
};

// A circuit breaker: two requests trip it, each resets the other's count.
task<> breaker_bad(context &ctx) {
  const int before = ctx.failures;
  if (co_await deliver_to(1, "ping"))
    co_return;
  ctx.failures = before + 1; // expect: stale-value
}

// Counted where it happens, tested on the fresh number.
task<> breaker_ok(context &ctx) {
  if (co_await deliver_to(1, "ping"))
    co_return;
  if (++ctx.failures > 3)
    ctx.tripped = true;
}

// Deduplicates by the last id, which it sets after the delivery.
task<> deduplicate_bad(context &ctx, message m) {
  if (m.id <= ctx.last_id)
    co_return;
  co_await deliver(m);
  ctx.last_id = m.id; // expect: stale-check
}

// Sets it before.
task<> deduplicate_ok(context &ctx, message m) {
  if (m.id <= ctx.last_id)
    co_return;
  ctx.last_id = m.id;
  co_await deliver(m);
}

// The backlog is emptied in one slice for each message.
task<> backlog_ok(context &ctx) {
  while (!ctx.backlog.empty()) {
    message m = std::move(ctx.backlog.front());
    ctx.backlog.pop_front();
    co_await deliver(m);
  }
}

// The name is looked up again behind the wait.
task<> rename_ok(context &ctx, int id, std::string name) {
  co_await deliver_to(id, name);
  if (auto it = ctx.names.find(id); it != ctx.names.end())
    it->second = name;
}

// The pointer into the map is kept over the wait.
task<> rename_bad(context &ctx, int id, std::string name) {
  std::string *slot = &ctx.names[id];
  co_await deliver_to(id, name);
  *slot = name; // expect: stale-reference
}

// Somebody leaves: what makes the pointer above dangle.
void forget(context &ctx, int id) { ctx.names.erase(id); }

/// A singleton.
class registry {
public:
  static registry &instance() {
    static registry only;
    return only;
  }
  int open = 0;
  std::unordered_set<std::string> busy;
};

// Through the accessor.
task<> singleton_bad() {
  if (registry::instance().open >= 3)
    co_return;
  co_await deliver_to(1, "open");
  ++registry::instance().open; // expect: stale-check
}

// Counted first.
task<> singleton_ok() {
  if (registry::instance().open >= 3)
    co_return;
  ++registry::instance().open;
  co_await deliver_to(1, "open");
  --registry::instance().open;
}

// A name is reserved by its insertion and freed at the end.
task<> singleton_set_ok(std::string name) {
  auto &r = registry::instance();
  if (r.busy.count(name))
    co_return;
  r.busy.insert(name);
  co_await deliver_to(1, name);
  r.busy.erase(name);
}

/// An actor: one loop owns the state; the handlers run inside it.
class actor {
public:
  // The loop takes one message at a time; nothing else writes the state.
  task<> run_ok() {
    for (;;) {
      auto m = co_await next_message();
      if (!m)
        co_return;
      ++handled_;
      co_await deliver(*m);
    }
  }

private:
  std::uint64_t handled_ = 0;
};

/// Pages, rendered on demand.
class pages {
public:
  void invalidate(const std::string &url) { rendered_.erase(url); }

  // An old rendering overwrites a newer one.
  task<std::shared_ptr<std::string>> get_bad(std::string url) {
    if (auto it = rendered_.find(url); it != rendered_.end())
      co_return it->second;
    auto page = std::make_shared<std::string>(co_await render(url));
    rendered_[url] = page; // expect: stale-check
    co_return page;
  }

  // emplace keeps what is there already.
  task<std::shared_ptr<std::string>> get_ok(std::string url) {
    if (auto it = rendered_.find(url); it != rendered_.end())
      co_return it->second;
    auto page = std::make_shared<std::string>(co_await render(url));
    co_return rendered_.try_emplace(url, page).first->second;
  }

  // Looks again before it stores.
  task<> warm_ok(std::string url) {
    auto page = std::make_shared<std::string>(co_await render(url));
    if (!rendered_.contains(url))
      rendered_[url] = page;
  }

  // The whole cache is dropped and the wait comes after.
  task<> drop_ok() {
    rendered_.clear();
    co_await render("index");
  }

private:
  std::unordered_map<std::string, std::shared_ptr<std::string>> rendered_;
};

/// Round robin over nodes.
class balancer {
public:
  // The next node is chosen and advanced in one slice.
  task<> send_ok(std::string body) {
    const int node = next_;
    next_ = (next_ + 1) % 4;
    if (!co_await deliver_to(node, body))
      ++failed_[node];
  }

  // Advanced from the old number after the wait.
  task<> send_bad(std::string body) {
    const int node = next_;
    co_await deliver_to(node, body);
    next_ = (node + 1) % 4; // expect: stale-value
  }

  // The least loaded node is charged before the wait.
  task<> least_ok(std::string body) {
    const auto it = std::min_element(load_.begin(), load_.end());
    const auto node = it - load_.begin();
    ++load_[node];
    co_await deliver_to(static_cast<int>(node), body);
    --load_[node];
  }

private:
  int next_ = 0;
  std::array<int, 4> failed_{};
  std::array<int, 4> load_{};
};

/// Leader election with an epoch.
class candidate {
public:
  void step_down() {
    ++epoch_;
    leader_ = false;
  }

  // Leads although it was deposed during the vote.
  task<> campaign_bad() {
    if (leader_)
      co_return;
    co_await deliver_to(2, "vote");
    leader_ = true; // expect: stale-check
  }

  // The epoch proves that nobody came between.
  task<> campaign_ok() {
    const auto epoch = ++epoch_;
    const bool won = co_await deliver_to(2, "vote");
    if (won && epoch == epoch_)
      leader_ = true;
  }

private:
  std::uint64_t epoch_ = 0;
  bool leader_ = false;
};

/// Listeners that come and go while they are told.
class bus {
public:
  int subscribe(std::function<task<>(message)> listener) {
    listeners_.emplace(++last_, std::move(listener));
    return last_;
  }
  void unsubscribe(int id) { listeners_.erase(id); }

  // Straight over the map.
  task<> publish_bad(message m) {
    for (auto &[id, listener] : listeners_) // expect: stale-reference
      co_await listener(m);
  }

  // Over a copy.
  task<> publish_ok(message m) {
    auto copy = listeners_;
    for (auto &[id, listener] : copy)
      co_await listener(m);
  }

  // By id: each one is looked up when its turn comes.
  task<> publish_by_id_ok(message m) {
    std::vector<int> ids;
    for (auto &[id, listener] : listeners_)
      ids.push_back(id);
    for (int id : ids) {
      auto it = listeners_.find(id);
      if (it == listeners_.end())
        continue;
      auto listener = it->second;
      co_await listener(m);
    }
  }

private:
  std::map<int, std::function<task<>(message)>> listeners_;
  int last_ = 0;
};
