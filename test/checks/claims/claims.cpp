// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*,unspecified-read-order
#include "venue.hpp"
#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>
using namespace mock;

task<> transmit(int id);
task<bool> try_transmit(int id);
task<std::string> download(std::string url);

class sender {
public:
  // Set in the slice of the test, cleared after the work.
  task<> busy_flag_ok() {
    if (busy_)
      co_return;
    busy_ = true;
    co_await transmit(1);
    busy_ = false;
  }

  // The test and the claim are two conditions apart, still one slice.
  task<> claim_behind_other_test_ok(int id) {
    if (busy_)
      co_return;
    if (id < 0)
      co_return;
    busy_ = true;
    co_await transmit(id);
    busy_ = false;
  }

  // The claim comes on one path only; the other one is stale.
  task<> claim_on_one_path_bad(int id) {
    if (locked_)
      co_return;
    if (id < 0)
      co_await transmit(id);
    locked_ = true; // expect: stale-check
  }

  // The id is taken with ++: unique whatever happens meanwhile.
  task<int> id_taken_ok() {
    const int id = next_id_++;
    co_await transmit(id);
    co_return id;
  }

  // The id is read now and counted later: two get the same.
  task<int> id_not_taken_bad() {
    const int id = next_number_;
    co_await transmit(id);
    next_number_ = id + 1; // expect: stale-value
    co_return id;
  }

  // Not dependent on the old number, though late; it is a count.
  task<> count_after_ok() {
    co_await transmit(0);
    ++sent_;
  }

  // A quota is used before the work and given back if the work fails.
  task<bool> quota_ok(int n) {
    if (quota_ < n)
      co_return false;
    quota_ -= n;
    if (!co_await try_transmit(n)) {
      quota_ += n;
      co_return false;
    }
    co_return true;
  }

  // The wrong member is claimed: the tested one stays free for others.
  task<> wrong_claim_bad() {
    if (window_ == 0)
      co_return;
    ++attempts_;
    co_await transmit(1);
    --window_; // expect: stale-check
  }

  // Claimed through exchange, which answers and sets in one step.
  task<> exchange_claim_ok() {
    if (std::exchange(draining_, true))
      co_return;
    co_await transmit(2);
    draining_ = false;
  }

  void lock() { locked_ = false; }

private:
  bool busy_ = false;
  bool locked_ = false;
  bool draining_ = false;
  int next_id_ = 0;
  int next_number_ = 0;
  int sent_ = 0;
  int quota_ = 10;
  int window_ = 4;
  int attempts_ = 0;
  venue venue_;
};

class downloads {
public:
  // A placeholder holds the place.
  task<> placeholder_ok(std::string url) {
    if (pages_.contains(url))
      co_return;
    pages_[url] = "";
    std::string page = co_await download(url);
    pages_[url] = page;
  }

  // Without one.
  task<> no_placeholder_bad(std::string url) {
    if (texts_.contains(url))
      co_return;
    std::string page = co_await download(url);
    texts_[url] = page; // expect: stale-check
  }

  // A placeholder for another key claims nothing.
  task<> other_placeholder_bad(std::string url, std::string mirror) {
    if (files_.contains(url))
      co_return;
    files_[mirror] = "";
    std::string page = co_await download(url);
    files_[url] = page; // expect: stale-check
  }

  // The insertion says whether it was first.
  task<> insert_answers_ok(std::string url) {
    if (!active_.insert(url).second)
      co_return;
    co_await download(url);
    active_.erase(url);
  }

  // Whoever was first has put there what both go on with.
  task<std::string> first_one_counts_ok(std::string url) {
    const auto found = shown_.find(url);
    if (found != shown_.end())
      co_return found->second;
    std::string page = co_await download(url);
    shown_.emplace(url, page);
    co_return shown_.at(url);
  }
  // Goes on with its own, whoever was first.
  task<std::string> own_one_counts_bad(std::string url) {
    if (kept_.contains(url))
      co_return kept_.at(url);
    std::string page = co_await download(url);
    kept_.emplace(url, page); // expect: stale-check
    co_return page;
  }
  // Looked up after others could put something else there.
  task<std::string> looked_up_late_bad(std::string url) {
    if (kept_.contains(url))
      co_return kept_.at(url);
    std::string page = co_await download(url);
    kept_.emplace(url, page); // expect: stale-check
    co_await download(url);
    co_return kept_.at(url);
  }

  // try_emplace validates by itself.
  task<> try_emplace_ok(std::string url) {
    std::string page = co_await download(url);
    pages_by_url_.try_emplace(url, page);
  }

private:
  std::map<std::string, std::string> pages_, texts_, files_, pages_by_url_,
      shown_, kept_;
  std::set<std::string> active_;
};

/// The write proves that nothing has changed since the read.
class versioned {
public:
  // Version counter.
  task<bool> version_ok(int value) {
    const long seen = version_;
    co_await transmit(value);
    if (version_ != seen)
      co_return false;
    ++version_;
    value_ = value;
    co_return true;
  }

  // The old value is written once the version is counted on.
  task<bool> version_of_copy_ok(int step) {
    const long seen = version_;
    const int next = value_ + step;
    co_await transmit(next);
    if (version_ != seen)
      co_return false;
    ++version_;
    value_ = next;
    co_return true;
  }

  // What the version said is over with the next wait.
  task<bool> version_before_wait_bad(int step) {
    const long seen = version_;
    const int next = value_ + step;
    co_await transmit(next);
    if (version_ != seen)
      co_return false;
    ++version_;
    co_await transmit(next);
    value_ = next; // expect: stale-value
    co_return true;
  }

  // Equality with the copy.
  task<> equality_ok(int step) {
    const int seen = counter_;
    co_await transmit(seen);
    if (counter_ == seen)
      counter_ = seen + step;
  }

  // A comparison that is computed and not used.
  task<> equality_unused_bad(int step) {
    const int seen = counter_;
    co_await transmit(seen);
    const bool same = counter_ == seen;
    counter_ = seen + step; // expect: stale-value
    log_line(same ? "same" : "changed");
  }

  // Repeats until nobody came between.
  task<> optimistic_loop_ok(int step) {
    for (;;) {
      const int seen = counter_;
      co_await transmit(seen);
      if (counter_ == seen) {
        counter_ = seen + step;
        co_return;
      }
    }
  }

private:
  long version_ = 0;
  int value_ = 0;
  int counter_ = 0;
};

/// A new test of what one element holds says nothing of how many there are.
class pool {
public:
  struct line {
    std::string host;
    task<bool> ping() {
      co_await transmit(1);
      co_return !host.empty();
    }
  };
  task<> take_bad() {
    if (lines_.empty())
      co_return;
    if (!co_await lines_.back().ping())
      co_return;
    lines_.pop_back(); // expect: stale-check
  }
  task<> take_again_ok() {
    if (lines_.empty())
      co_return;
    if (!co_await lines_.back().ping() || lines_.empty())
      co_return;
    lines_.pop_back();
  }
  void grow() { lines_.push_back({}); }
  void shrink() { lines_.pop_back(); }

private:
  std::vector<line> lines_;
};
/// What is taken where there is any, is given back if it was.
class till {
public:
  task<bool> pay_out_ok() {
    const long amount = cash_ > 0 ? std::exchange(cash_, 0) : 0;
    if (amount == 0)
      co_return false;
    if (!co_await try_transmit(1))
      cash_ += amount;
    co_return true;
  }
  // each part is taken first, and what was paid counts in the next round
  task<> pay_in_parts_ok(long due) {
    long paid = 0;
    while (paid < due && cash_ > 0) {
      const long part = std::min(due - paid, cash_);
      cash_ -= part;
      co_await transmit(1);
      paid += part;
    }
  }
  // looked at, not taken
  task<bool> pay_out_bad() {
    const long amount = cash_ > 0 ? cash_ : 0;
    if (amount == 0)
      co_return false;
    if (co_await try_transmit(1))
      cash_ -= amount; // expect: stale-check
    co_return true;
  }
  void take(long amount) { cash_ += amount; }

private:
  long cash_ = 0;
};

struct device {
  task<bool> ping();
  void poke();
};

/// What is done with an element does not take it out.
class rack {
public:
  task<> drop_dead_bad() {
    if (idle_.empty())
      co_return;
    if (!co_await idle_.back()->ping())
      idle_.pop_back(); // expect: stale-check
  }
  task<> drop_poked_bad() {
    if (idle_.empty())
      co_return;
    idle_.front()->poke();
    co_await transmit(1);
    idle_.pop_back(); // expect: stale-check
  }
  task<> drop_taken_ok() {
    if (idle_.empty())
      co_return;
    device *last = idle_.back();
    idle_.pop_back();
    if (co_await last->ping())
      idle_.push_back(last);
  }

private:
  std::vector<device *> idle_;
};

/// What was fetched goes where nothing is, or is dropped; nobody is told.
class mirror {
public:
  task<> fill_ok(std::string url) {
    if (pages_.contains(url))
      co_return;
    std::string page = co_await download(url);
    pages_.insert({url, page});
  }
  task<> told_bad(std::string url) {
    if (pages_.contains(url))
      co_return;
    std::string page = co_await download(url);
    pages_.insert({url, page}); // expect: stale-check
    co_await transmit(1);
  }
  task<bool> answers_bad(std::string url) {
    if (pages_.contains(url))
      co_return false;
    std::string page = co_await download(url);
    pages_.insert({url, page}); // expect: stale-check
    co_return !page.empty();
  }
  // Done twice.
  task<> marked_bad(std::string url) {
    if (seen_.contains(url))
      co_return;
    co_await transmit(2);
    seen_.insert(url); // expect: stale-check
  }
  task<> limited_bad(std::string url) {
    if (pages_.size() >= 10)
      co_return;
    std::string page = co_await download(url);
    pages_.insert({url, page}); // expect: stale-check
  }

private:
  std::map<std::string, std::string> pages_;
  std::set<std::string> seen_;
};

/// One flight for all, and somebody who knows nothing of it: he is to blame.
class tiles {
public:
  task<> get_once_ok(int key) {
    if (tiles_.contains(key))
      co_return;
    if (flights_.contains(key))
      co_return;
    flights_.insert(key);
    std::string tile = co_await download("a");
    tiles_[key] = tile;
    flights_.erase(key);
  }
  task<> get_bad(int key) {
    if (tiles_.contains(key))
      co_return;
    std::string tile = co_await download("a");
    tiles_[key] = tile; // expect: stale-check
  }

private:
  std::map<int, std::string> tiles_;
  std::set<int> flights_;
};
/// He may put one there whenever he likes.
class open_tiles {
public:
  task<> get_once_bad(int key) {
    if (tiles_.contains(key))
      co_return;
    if (flights_.contains(key))
      co_return;
    flights_.insert(key);
    std::string tile = co_await download("a");
    tiles_[key] = tile; // expect: stale-check
    flights_.erase(key);
  }
  void put(int key, std::string tile) { tiles_[key] = tile; }

private:
  std::map<int, std::string> tiles_;
  std::set<int> flights_;
};
