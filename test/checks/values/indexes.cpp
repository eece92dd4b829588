// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*,unspecified-read-order
// An index says where an element was when somebody looked.
#include "venue.hpp"
#include <algorithm>
#include <array>
#include <cstddef>
#include <list>
#include <map>
#include <optional>
#include <vector>
using namespace mock;

task<> talk(int id);

struct seat {
  int id = 0;
  long price = 0;
  bool taken = false;
};

class hall {
public:
  void close_row() { seats_.erase(seats_.begin()); }

  // Searched by a loop, kept in a local.
  task<> searched_bad(int id) {
    std::size_t at = 0;
    for (std::size_t i = 0; i < seats_.size(); ++i)
      if (seats_[i].id == id)
        at = i;
    co_await talk(id);
    seats_[at].taken = true; // expect: stale-value
  }
  task<> searched_again_ok(int id) {
    std::size_t at = 0;
    for (std::size_t i = 0; i < seats_.size(); ++i)
      if (seats_[i].id == id)
        at = i;
    co_await talk(id);
    at = 0;
    for (std::size_t i = 0; i < seats_.size(); ++i)
      if (seats_[i].id == id)
        at = i;
    seats_[at].taken = true;
  }
  task<> searched_late_ok(int id) {
    co_await talk(id);
    std::size_t at = 0;
    for (std::size_t i = 0; i < seats_.size(); ++i)
      if (seats_[i].id == id)
        at = i;
    seats_[at].taken = true;
  }
  task<> optional_bad(int id) {
    std::optional<std::size_t> at;
    for (std::size_t i = 0; i < seats_.size(); ++i)
      if (seats_[i].id == id) {
        at = i;
        break;
      }
    if (!at)
      co_return;
    co_await talk(id);
    seats_[*at].taken = true; // expect: stale-value
  }
  task<> distance_bad(int id) {
    const auto it = std::find_if(seats_.begin(), seats_.end(),
                                 [id](const seat &s) { return s.id == id; });
    const auto at = it - seats_.begin();
    co_await talk(id);
    seats_[at].price += 1; // expect: stale-value
  }
  task<> least_bad() {
    std::size_t best = 0;
    for (std::size_t i = 1; i < seats_.size(); ++i)
      if (seats_[i].price < seats_[best].price)
        best = i;
    co_await talk(0);
    seats_[best].price += 1; // expect: stale-value
  }
  task<> removed_bad(int id) {
    std::ptrdiff_t at = 0;
    for (std::size_t i = 0; i < seats_.size(); ++i)
      if (seats_[i].id == id)
        at = static_cast<std::ptrdiff_t>(i);
    co_await talk(id);
    seats_.erase(seats_.begin() + at); // expect: stale-value
  }

  // The end of before the wait may be the middle by now.
  task<> inserted_bad(seat s) {
    const auto at = seats_.size();
    co_await talk(s.id);
    const auto offset = static_cast<std::ptrdiff_t>(at);
    seats_.insert(seats_.begin() + offset, s); // expect: stale-value
  }
  task<> inserted_late_ok(seat s) {
    co_await talk(s.id);
    const auto at = seats_.size();
    seats_.insert(seats_.begin() + static_cast<std::ptrdiff_t>(at), s);
  }
  task<> inserted_last_ok(seat s) {
    co_await talk(s.id);
    seats_.insert(seats_.end(), s);
  }

  // Whether there is such a place is asked again.
  task<> in_range_ok() {
    for (std::size_t i = 0; i < seats_.size(); ++i) {
      co_await talk(0);
      if (i >= seats_.size())
        break;
      seats_[i].price += 1;
    }
  }
  task<> in_range_bad() {
    for (std::size_t i = 0; i < seats_.size(); ++i) {
      co_await talk(0);
      seats_[i].price += 1; // fn: stale-value that the index was in range is no choice of an element
    }
  }

  // What the caller names is not read from here.
  task<> given_ok(std::size_t at) {
    co_await talk(0);
    seats_[at].price += 1;
  }

private:
  std::vector<seat> seats_;
};

/// Nobody takes anything away, so an index stays what it is.
class ledger {
public:
  task<> appended_ok(seat s) {
    lines_.push_back(s);
    const std::size_t at = lines_.size() - 1;
    co_await talk(s.id);
    lines_[at].price += 1;
  }
  task<> searched_ok(int id) {
    std::size_t at = 0;
    for (std::size_t i = 0; i < lines_.size(); ++i)
      if (lines_[i].id == id)
        at = i;
    co_await talk(id);
    lines_[at].price += 1;
  }
  task<> each_ok() {
    for (std::size_t i = 0; i < lines_.size(); ++i) {
      co_await talk(0);
      lines_[i].price += 1;
    }
  }

private:
  std::vector<seat> lines_;
};

/// Arrays go over pointers, and lists keep iterators as values.
class hotel_plan {
public:
  task<int> first_free_bad(int floor) {
    const auto &rooms = taken_[floor];
    const auto it = std::find(rooms.begin(), rooms.end(), false);
    if (it == rooms.end())
      co_return -1;
    const int room = int(it - rooms.begin());
    co_await talk(room);
    taken_[floor][room] = true; // expect: stale-check|stale-value
    co_return room;
  }
  task<int> first_free_ok(int floor) {
    auto &rooms = taken_[floor];
    const auto it = std::find(rooms.begin(), rooms.end(), false);
    if (it == rooms.end())
      co_return -1;
    *it = true;
    co_await talk(0);
    co_return int(it - rooms.begin());
  }
  task<> remember_bad(int id) {
    const auto known = places_.find(id);
    if (known != places_.end())
      co_return;
    co_await talk(id);
    visits_.push_front(id);
    places_[id] = visits_.begin(); // expect: stale-check
  }
  task<> remember_ok(int id) {
    co_await talk(id);
    if (places_.contains(id))
      co_return;
    visits_.push_front(id);
    places_[id] = visits_.begin();
  }

private:
  std::array<std::array<bool, 8>, 8> taken_{};
  std::list<int> visits_;
  std::map<int, std::list<int>::iterator> places_;
};

/// A place at the end is this activity's own, until rows above it go.
class blotter {
public:
  task<> quote_bad(int id) {
    const std::size_t at = rows_.size();
    rows_.push_back({id, 0});
    co_await talk(id);
    rows_[at].price = 1; // expect: stale-value
  }
  task<> quote_ok(int id) {
    const std::size_t at = kept_.size();
    kept_.push_back({id, 0});
    co_await talk(id);
    kept_[at].price = 1;
  }
  void tidy() {
    std::erase_if(rows_, [](const seat &each) { return each.price == 0; });
  }

private:
  std::vector<seat> rows_, kept_;
};

/// A search compares several members; one of them says that the place is taken.
class locker_row {
public:
  task<bool> store_ok(int parcel, int size) {
    const auto at = std::find_if(boxes_.begin(), boxes_.end(), [=](box &b) {
      return !b.taken && b.size >= size;
    });
    if (at == boxes_.end())
      co_return false;
    const std::size_t place = std::size_t(at - boxes_.begin());
    at->taken = true;
    co_await talk(parcel);
    boxes_[place].size -= 1;
    boxes_[place].taken = parcel != 0;
    co_return true;
  }
  // seen, but not taken
  task<bool> store_bad(int parcel, int size) {
    const auto at = std::find_if(boxes_.begin(), boxes_.end(), [=](box &b) {
      return !b.taken && b.size >= size;
    });
    if (at == boxes_.end())
      co_return false;
    const std::size_t place = std::size_t(at - boxes_.begin());
    co_await talk(parcel);
    boxes_[place].taken = true; // expect: stale-check|stale-value
    co_return true;
  }
  void rebuild(std::size_t count) { boxes_.resize(count); }

private:
  struct box {
    bool taken = false;
    int size = 0, parcel = 0;
  };
  std::vector<box> boxes_;
};
