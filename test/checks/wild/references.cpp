// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*,unspecified-read-order
// Iterators, references and pointers to shared objects across an await.
#include "seastar.hpp"
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>
using namespace seastar;

future<> ping(int id);
future<> flush(const std::string &name);

struct peer {
  int id = 0;
  long sent = 0;
  bool alive = true;
};

/// A map of peers; peers come and go.
class membership {
public:
  void join(int id) { peers_.emplace(id, peer{id}); }
  void leave(int id) { peers_.erase(id); }

  // The iterator dangles if the peer leaves during the ping.
  future<> iterator_bad(int id) {
    auto it = peers_.find(id);
    if (it == peers_.end())
      co_return;
    co_await ping(id);
    it->second.sent++; // expect: stale-reference|stale-check
  }

  // Looks it up again.
  future<> iterator_fixed_ok(int id) {
    if (!peers_.contains(id))
      co_return;
    co_await ping(id);
    auto it = peers_.find(id);
    if (it != peers_.end())
      it->second.sent++;
  }

  // The reference dangles likewise.
  future<> reference_bad(int id) {
    peer &p = peers_.at(id);
    co_await ping(p.id);
    p.sent += 1; // expect: stale-reference
  }

  // Iterates with an await in the body.
  future<> iterate_bad() {
    for (auto &[id, p] : peers_) // expect: stale-reference
      co_await ping(id);
  }

  // As the maintainers fixed it: a snapshot of the keys, a lookup for each.
  future<> iterate_keys_ok() {
    std::vector<int> ids;
    for (auto &[id, p] : peers_)
      ids.push_back(id);
    for (int id : ids) {
      co_await ping(id);
      if (auto it = peers_.find(id); it != peers_.end())
        it->second.sent++;
    }
  }

  // Iterates over a copy.
  future<> iterate_copy_ok() {
    const auto copy = peers_;
    for (const auto &[id, p] : copy)
      co_await ping(id);
  }

  // Takes the whole map out first.
  future<> iterate_exchanged_ok() {
    auto all = std::exchange(peers_, {});
    for (auto &[id, p] : all)
      co_await ping(id);
  }

  // Iterates without an await in the body.
  future<> iterate_without_await_ok() {
    long total = 0;
    for (auto &[id, p] : peers_)
      total += p.sent;
    co_await ping(static_cast<int>(total));
  }

private:
  std::map<int, peer> peers_;
};

/// Shared ownership: the pointer in the map against the pin in the local.
class connections {
public:
  void add(int id, lw_shared_ptr<peer> p) { table_[id] = p; }
  void drop(int id) { table_.erase(id); }

  // A reference to the pointer in the map: it goes when the entry goes.
  future<> through_entry_bad(int id) {
    auto &entry = table_.at(id);
    co_await ping(id);
    entry->alive = false; // expect: stale-reference
  }

  // A strong copy pins the object.
  future<> pinned_ok(int id) {
    auto p = table_.at(id);
    co_await ping(id);
    p->alive = false;
  }

private:
  std::unordered_map<int, lw_shared_ptr<peer>> table_;
};

/// One owner, reset by others.
class active_segment {
public:
  void roll() { current_ = std::make_unique<peer>(); }
  void close() { current_.reset(); }

  // A raw pointer to what roll() replaces.
  future<> raw_pointer_bad() {
    peer *p = current_.get();
    co_await flush("segment");
    p->sent = 0; // expect: stale-reference
  }

  // Read from the member after the await, and tested.
  future<> fresh_pointer_ok() {
    co_await flush("segment");
    if (peer *p = current_.get())
      p->sent = 0;
  }

private:
  std::unique_ptr<peer> current_;
};

/// A getter that returns a reference into the map.
class registry {
public:
  peer &get(int id) { return peers_.at(id); }
  void remove(int id) { peers_.erase(id); }

  // The getter's reference dangles when the entry is removed.
  future<> getter_bad(int id) {
    auto &p = get(id);
    co_await ping(id);
    p.sent = 7; // expect: stale-reference
  }

  // The getter is asked again.
  future<> getter_again_ok(int id) {
    co_await ping(get(id).id);
    get(id).sent = 7;
  }

private:
  std::unordered_map<int, peer> peers_;
};
