// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*,unspecified-read-order
// A coroutine goes on with a reference to what its caller's container holds.
#include "seastar.hpp"
#include "venue.hpp"
#include <map>
#include <memory>
#include <variant>
using namespace mock;

task<> talk(int id);

struct guest {
  int id = 0;
  long drinks = 0;
};

class hotel {
public:
  void leave(int id) {
    guests_.erase(id);
    suites_.erase(id);
  }

  task<> serve_found_bad(int id) {
    const auto it = guests_.find(id);
    if (it != guests_.end())
      co_await serve_found(it->second);
  }
  task<> serve_pointer_bad(int id) { co_await serve_pointer(&guests_[id]); }
  void serve_started_bad(int id) { spawn(serve_started(guests_[id])); }
  task<> serve_deeper_bad(int id) { co_await hand_on(guests_[id]); }
  task<> serve_suite_bad(int id) { co_await serve_suite(*suites_[id]); }

  // By value, kept, or used before the wait only.
  void serve_copy_ok(int id) { spawn(serve_copy(guests_[id])); }
  task<> serve_kept_ok(int id) {
    const auto kept = suites_[id];
    co_await serve_kept(*kept);
  }
  task<> serve_first_ok(int id) { co_await serve_first(guests_[id]); }
  task<> serve_shared_ok(int id) { co_await serve_shared(suites_[id]); }

  // A local of the caller, which waits.
  task<> serve_local_ok(int id) {
    guest own{id};
    co_await serve_local(own);
  }

private:
  task<> serve_found(guest &g) {
    co_await talk(g.id);
    g.drinks += 1; // expect: stale-reference
  }
  task<> serve_pointer(guest *g) {
    co_await talk(1);
    if (g)
      g->drinks += 1; // expect: stale-reference
  }
  task<> serve_started(guest &g) {
    co_await talk(1);
    g.drinks += 1; // expect: stale-reference
  }
  task<> hand_on(guest &g) { co_await serve_deeper(g); }
  task<> serve_deeper(guest &g) {
    co_await talk(1);
    g.drinks += 1; // expect: stale-reference
  }
  task<> serve_suite(guest &g) {
    co_await talk(1);
    g.drinks += 1; // expect: stale-reference
  }
  task<> serve_copy(guest g) {
    co_await talk(1);
    g.drinks += 1;
  }
  task<> serve_kept(guest &g) {
    co_await talk(1);
    g.drinks += 1;
  }
  task<> serve_first(guest &g) {
    g.drinks += 1;
    co_await talk(1);
  }
  task<> serve_shared(std::shared_ptr<guest> g) {
    co_await talk(1);
    g->drinks += 1;
  }
  task<> serve_local(guest &g) {
    co_await talk(1);
    g.drinks += 1;
  }

  std::map<int, guest> guests_;
  std::map<int, std::shared_ptr<guest>> suites_;
};

/// Nobody checks out here.
class club {
public:
  task<> serve_ok(int id) { co_await serve(members_[id]); }

private:
  task<> serve(guest &g) {
    co_await talk(1);
    g.drinks += 1;
  }
  std::map<int, guest> members_;
};

/// The elements of a range, each with an activity of its own.
class tour {
public:
  void forget(int id) { stops_.erase(id); }
  seastar::future<> visit_all_bad() {
    co_await seastar::coroutine::parallel_for_each(
        stops_, [this](std::pair<const int, guest> &entry) -> seastar::future<> {
          auto &stop = entry.second;
          co_await seastar::sleep(1);
          stop.drinks += 1; // expect: stale-reference
        });
  }
  seastar::future<> visit_first_ok() {
    co_await seastar::coroutine::parallel_for_each(
        stops_, [this](std::pair<const int, guest> &entry) -> seastar::future<> {
          entry.second.drinks += 1;
          co_await seastar::sleep(1);
        });
  }

private:
  std::map<int, guest> stops_;
};
