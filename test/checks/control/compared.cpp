// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*,unspecified-read-order
// Old values that a condition compares with the state of now, and pointers of
// which a function has a copy.
#include "task.hpp"
#include "venue.hpp"
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>
using namespace mock;

struct lot {
  long pledged = 0;
  long paid = 0;
};

class pledges {
public:
  // The names are old, the amounts are not.
  task<> release_ok() {
    std::vector<std::string> names;
    for (const auto &[name, each] : lots_)
      if (each.pledged > 0)
        names.push_back(name);
    for (const auto &name : names) {
      co_await venue_.submit(1);
      if (auto found = lots_.find(name);
          found != lots_.end() && found->second.pledged > 0) {
        found->second.paid += found->second.pledged;
        found->second.pledged = 0;
      }
    }
  }
  task<> release_bad() {
    std::vector<std::string> names;
    for (const auto &[name, each] : lots_)
      if (each.pledged > 0)
        names.push_back(name);
    for (const auto &name : names) {
      co_await venue_.submit(1);
      if (auto found = lots_.find(name); found != lots_.end())
        found->second.pledged = 0; // expect: stale-check
    }
  }

  // Two iterators make a condition that is judged as a whole.
  task<> raise_ok(std::string name) {
    const auto seen = lots_.find(name);
    if (seen == lots_.end())
      co_return;
    const long before = seen->second.pledged;
    co_await venue_.submit(1);
    const auto now = lots_.find(name);
    if (now != lots_.end() && now->second.pledged == before)
      now->second.pledged = before + 1;
  }
  task<> raise_or_leave_ok(std::string name) {
    const auto seen = lots_.find(name);
    if (seen == lots_.end())
      co_return;
    const long before = seen->second.pledged;
    co_await venue_.submit(1);
    const auto now = lots_.find(name);
    if (now == lots_.end() || now->second.pledged != before)
      co_return;
    now->second.pledged = before + 1;
  }
  task<> raise_bad(std::string name) {
    const auto seen = lots_.find(name);
    if (seen == lots_.end())
      co_return;
    const long before = seen->second.pledged;
    co_await venue_.submit(1);
    const auto now = lots_.find(name);
    if (now != lots_.end())
      now->second.pledged = before + 1; // expect: stale-value
  }

  void pledge(const std::string &name, long amount) {
    lots_[name].pledged += amount;
  }
  void drop(const std::string &name) { lots_.erase(name); }

private:
  venue venue_;
  std::map<std::string, lot> lots_;
};

class line_to_venue {
public:
  // What is assigned, tested and emptied is the function's own pointer.
  task<> connect_ok() {
    auto line = line_;
    if (!line) {
      co_await venue_.submit(1);
      line = std::make_shared<lot>();
      if (!line_)
        line_ = line;
    }
    line.reset();
  }
  task<> connect_bad() {
    auto line = line_;
    if (!line) {
      co_await venue_.submit(1);
      line = std::make_shared<lot>();
      line_ = line; // expect: stale-check
    }
  }
  // A copy of before says nothing of now.
  task<> connect_late_bad() {
    auto line = line_;
    co_await venue_.submit(1);
    if (!line)
      line_ = std::make_shared<lot>(); // expect: stale-check
  }

private:
  venue venue_;
  std::shared_ptr<lot> line_;
};

/// Nothing but additions at the end: what is there stays where it is.
class archive {
public:
  task<> print_ok() {
    if (lots_.empty())
      co_return;
    const lot &first = lots_.front();
    co_await venue_.submit(1);
    co_await venue_.submit(static_cast<int>(first.paid));
  }
  task<> print_bad() {
    auto first = lots_.begin();
    co_await venue_.submit(1);
    co_await venue_.submit(static_cast<int>(first->paid)); // expect: stale-reference
  }
  void add(lot each) { lots_.push_back(each); }

private:
  venue venue_;
  std::deque<lot> lots_;
};

struct sheet {
  long left = 0;
  long printed = 0;
  unsigned revision = 0;
};

/// The helper that writes compares what it writes over with what its caller
/// has seen.
class press {
public:
  task<bool> print_ok(int id, long sheets) {
    const sheet seen = sheets_.at(id);
    if (seen.left < sheets)
      co_return false;
    sheet next = seen;
    next.left -= sheets;
    co_await venue_.submit(1);
    co_return replace(id, seen, next);
  }
  task<bool> print_number_ok(int id, long sheets) {
    const sheet seen = sheets_.at(id);
    if (seen.left < sheets)
      co_return false;
    sheet next = seen;
    next.left -= sheets;
    co_await venue_.submit(1);
    co_return replace_number(id, seen.revision, next);
  }
  // The helper compares something that was not seen.
  task<bool> print_other_bad(int id, long sheets, unsigned revision) {
    const sheet seen = sheets_.at(id);
    if (seen.left < sheets)
      co_return false;
    sheet next = seen;
    next.left -= sheets;
    co_await venue_.submit(1);
    co_return replace_number(id, revision, next); // expect: stale-value
  }
  // It asks for something else.
  task<bool> print_bad(int id, long sheets) {
    const sheet seen = sheets_.at(id);
    if (seen.left < sheets)
      co_return false;
    sheet next = seen;
    next.left -= sheets;
    co_await venue_.submit(1);
    co_return put(id, next); // expect: stale-value
  }

private:
  bool replace(int id, const sheet &seen, sheet next) {
    sheet &now = sheets_.at(id);
    if (now.revision != seen.revision)
      return false;
    next.revision = seen.revision + 1;
    now = next;
    return true;
  }
  bool replace_number(int id, unsigned seen, sheet next) {
    sheet &now = sheets_.at(id);
    if (now.revision != seen)
      return false;
    next.revision = seen + 1;
    now = next;
    return true;
  }
  bool put(int id, sheet next) {
    if (id == 0)
      return false;
    ++next.revision;
    sheets_.at(id) = next;
    return true;
  }
  venue venue_;
  std::map<int, sheet> sheets_;
};

/// The newest one wins, whatever was found before.
struct entry {
  std::string address;
  int expires = 0, serial = 0;
};
task<entry> query(std::string name);
class names {
public:
  task<> renew_ok(std::string name, int now) {
    if (auto found = entries_.find(name);
        found != entries_.end() && found->second.expires > now)
      co_return;
    entry got = co_await query(name);
    entry &slot = entries_[name];
    if (slot.serial <= got.serial)
      slot = got;
  }
  // What is compared is not what comes.
  task<> renew_bad(std::string name, int now) {
    if (auto found = entries_.find(name);
        found != entries_.end() && found->second.expires > now)
      co_return;
    entry got = co_await query(name);
    entry &slot = entries_[name];
    if (slot.serial <= now)
      slot = got; // expect: stale-check
  }

private:
  std::map<std::string, entry> entries_;
};
