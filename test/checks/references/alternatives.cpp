// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*,unspecified-read-order
// One name for one of several places: chosen by a condition, set in branches,
// taken from a list.
#include "venue.hpp"
#include <array>
#include <functional>
#include <map>
#include <optional>
#include <vector>
using namespace mock;

task<> send(long price);

enum class side { bid, ask };

struct quote {
  long price = 0;
  long size = 0;
};

class two_sided {
public:
  void drop(int id) {
    bids_.erase(id);
    asks_.erase(id);
  }

  // A reference to one of two containers.
  task<> put_bad(side s, int id, quote q) {
    auto &quotes = s == side::bid ? bids_ : asks_;
    if (quotes.contains(id))
      co_return;
    co_await send(q.price);
    quotes[id] = q; // expect: stale-check
  }
  task<> put_ok(side s, int id, quote q) {
    auto &quotes = s == side::bid ? bids_ : asks_;
    if (!quotes.emplace(id, q).second)
      co_return;
    co_await send(q.price);
  }

  // Set in the branches of a switch.
  task<> trim_bad(side s, int id, long by) {
    std::map<int, quote> *quotes = nullptr;
    switch (s) {
    case side::bid:
      quotes = &bids_;
      break;
    case side::ask:
      quotes = &asks_;
      break;
    }
    if (quotes->at(id).size < by)
      co_return;
    co_await send(0);
    quotes->at(id).size -= by; // expect: stale-check
  }
  task<> trim_ok(side s, int id, long by) {
    std::map<int, quote> *quotes = nullptr;
    switch (s) {
    case side::bid:
      quotes = &bids_;
      break;
    case side::ask:
      quotes = &asks_;
      break;
    }
    co_await send(0);
    if (quotes->at(id).size < by)
      co_return;
    quotes->at(id).size -= by;
  }

  // Handed out by a function that chooses.
  std::map<int, quote> &of(side s) { return s == side::bid ? bids_ : asks_; }
  task<> held_bad(side s, int id) {
    auto it = of(s).find(id);
    if (it == of(s).end())
      co_return;
    co_await send(it->second.price);
    it->second.size = 0; // expect: stale-reference
  }
  task<> found_late_ok(side s, int id) {
    co_await send(0);
    auto it = of(s).find(id);
    if (it == of(s).end())
      co_return;
    it->second.size = 0;
  }
  long &sent(side s) {
    if (s == side::bid)
      return bids_sent_;
    return asks_sent_;
  }
  task<> counted_bad(side s) {
    if (sent(s) >= 8)
      co_return;
    co_await send(0);
    ++sent(s); // expect: stale-check
  }
  task<> counted_ok(side s) {
    if (sent(s) >= 8)
      co_return;
    ++sent(s);
    co_await send(0);
  }

  // A value of either comes back into one of them.
  task<> mixed_value_bad(bool first) {
    const long seen = first ? bids_sent_ : asks_sent_;
    co_await send(0);
    bids_sent_ = seen + 1; // expect: stale-value
  }
  task<> one_of_three_bad(int which) {
    long &slot = which == 0 ? bids_sent_ : which == 1 ? asks_sent_ : rest_;
    const long before = slot;
    co_await send(0);
    slot = before + 1; // expect: stale-value
  }

  // Only one of the two is state that others see.
  task<> own_or_shared_ok(bool mine) {
    long own = 0;
    long &slot = mine ? own : rest_;
    co_await send(0);
    slot += 1;
  }

private:
  std::map<int, quote> bids_, asks_;
  long bids_sent_ = 0, asks_sent_ = 0, rest_ = 0;
};

/// Lists of pointers and references that live in one activity.
class listed {
public:
  task<> array_bad(long n) {
    long *slots[] = {&paid_, &owed_};
    for (long *slot : slots) {
      if (*slot < n)
        continue;
      co_await send(n);
      *slot -= n; // expect: stale-check
    }
  }
  task<> array_ok(long n) {
    long *slots[] = {&paid_, &owed_};
    for (long *slot : slots) {
      if (*slot < n)
        continue;
      *slot -= n;
      co_await send(n);
    }
  }
  task<> braces_bad(long n) {
    for (long *slot : {&paid_, &owed_}) {
      if (*slot < n)
        continue;
      co_await send(n);
      *slot -= n; // expect: stale-check
    }
  }
  task<> wrappers_bad(long n) {
    std::vector<std::reference_wrapper<long>> slots{paid_, owed_};
    for (std::reference_wrapper<long> slot : slots) {
      if (slot.get() < n)
        continue;
      co_await send(n);
      slot.get() -= n; // expect: stale-check
    }
  }
  task<> wrappers_ok(long n) {
    std::array<std::reference_wrapper<long>, 2> slots{paid_, owed_};
    for (long &slot : slots) {
      co_await send(n);
      if (slot >= n)
        slot -= n;
    }
  }
  task<> filled_bad(long n) {
    std::vector<long *> slots;
    slots.push_back(&paid_);
    slots.push_back(&owed_);
    const long seen = *slots.front();
    co_await send(n);
    *slots.front() = seen - n; // expect: stale-value
  }

private:
  long paid_ = 0, owed_ = 0;
};

/// A reference that may be missing.
class desk {
public:
  void cancel(int id) { quotes_.erase(id); }
  std::optional<std::reference_wrapper<quote>> find(int id) {
    const auto it = quotes_.find(id);
    if (it == quotes_.end())
      return std::nullopt;
    return it->second;
  }
  task<> wrapped_bad(int id) {
    auto found = find(id);
    if (!found)
      co_return;
    co_await send(1);
    found->get().size += 1; // expect: stale-reference
  }
  task<> checked_bad(int id, long n) {
    auto found = find(id);
    if (!found || found->get().size < n)
      co_return;
    co_await send(1);
    found->get().size -= n; // expect: stale-check
  }
  task<> claimed_ok(int id, long n) {
    auto found = find(id);
    if (!found || found->get().size < n)
      co_return;
    found->get().size -= n;
    co_await send(1);
  }
  task<> again_ok(int id, long n) {
    if (!find(id))
      co_return;
    co_await send(1);
    if (auto found = find(id); found && found->get().size >= n)
      found->get().size -= n;
  }
  task<> assigned_bad(int id) {
    std::optional<std::reference_wrapper<quote>> found;
    if (auto it = quotes_.find(id); it != quotes_.end())
      found = it->second;
    if (!found)
      co_return;
    co_await send(1);
    found->get().size += 1; // expect: stale-reference
  }

private:
  std::map<int, quote> quotes_;
};
