// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*
// Content that was copied, booked or paid out before a suspension, and is
// thrown away after it.
#include "venue.hpp"
#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>
using namespace mock;

/// What a helper answers in an optional, or something else if it has none.
class shelf {
public:
  task<> add_bad(const std::string &what, int n) {
    const int held = find(what).value_or(0);
    co_await venue_.submit(1);
    put(what, held + n); // expect: stale-value
  }
  task<> add_ok(const std::string &what, int n) {
    co_await venue_.submit(1);
    const int held = find(what).value_or(0);
    put(what, held + n);
  }

private:
  std::optional<int> find(const std::string &what) const {
    const auto it = held_.find(what);
    return it == held_.end() ? std::nullopt : std::optional<int>(it->second);
  }
  void put(const std::string &what, int n) { held_[what] = n; }
  std::map<std::string, int> held_;
  venue venue_;
};

class meter {
public:
  // The copy is gone through, what came in since is lost.
  task<> send_bad() {
    const std::vector<int> batch = readings_;
    for (const int each : batch) {
      co_await venue_.submit(1);
      log(each);
    }
    readings_.clear(); // expect: stale-value
  }
  task<> send_ok() {
    const std::vector<int> batch = std::exchange(readings_, {});
    for (const int each : batch) {
      co_await venue_.submit(1);
      log(each);
    }
  }

  // Added up, then thrown away.
  task<> total_bad() {
    for (const int each : readings_)
      total_ += each;
    co_await venue_.submit(1);
    readings_.clear(); // expect: stale-value
  }
  task<> total_ok() {
    for (const int each : readings_)
      total_ += each;
    readings_.clear();
    co_await venue_.submit(1);
  }
  void read(int value) { readings_.push_back(value); }

  // One number into another.
  task<> move_bad() {
    total_ += pending_;
    co_await venue_.submit(1);
    pending_ = 0; // expect: stale-value
  }
  task<> move_ok() {
    total_ += std::exchange(pending_, 0);
    co_await venue_.submit(1);
  }
  void count() { ++pending_; }

private:
  static void log(int);
  std::vector<int> readings_;
  long total_ = 0, pending_ = 0;
  venue venue_;
};

class vouchers {
public:
  // Redeemed twice, it is paid twice.
  task<bool> redeem_bad(std::string code) {
    const auto found = worth_.find(code);
    if (found == worth_.end())
      co_return false;
    const int worth = found->second;
    co_await venue_.submit(worth);
    worth_.erase(code); // expect: stale-check
    credits_ += worth;
    co_return true;
  }
  task<bool> redeem_ok(std::string code) {
    const auto found = worth_.find(code);
    if (found == worth_.end())
      co_return false;
    const int worth = found->second;
    worth_.erase(found);
    co_await venue_.submit(worth);
    credits_ += worth;
    co_return true;
  }
  // Whoever takes it out is told so, and nobody else is paid.
  task<bool> redeem_if_there_ok(std::string code) {
    const auto found = worth_.find(code);
    if (found == worth_.end())
      co_return false;
    const int worth = found->second;
    co_await venue_.submit(worth);
    if (worth_.erase(code) == 0)
      co_return false;
    credits_ += worth;
    co_return true;
  }
  // Nothing is paid: to remove what is gone already does nothing.
  task<> drop_ok(std::string code) {
    if (!worth_.contains(code))
      co_return;
    co_await venue_.submit(1);
    worth_.erase(code);
  }
  void issue(std::string code, int worth) { worth_.emplace(code, worth); }

private:
  std::map<std::string, int> worth_;
  long credits_ = 0;
  venue venue_;
};

class extremes {
public:
  // The larger of the state and what is new: settled where it is written.
  task<> high_ok() {
    const int seen = co_await venue_.count();
    high_ = std::max(high_, seen);
  }
  // Of what it was before, and what is new.
  task<> high_bad() {
    const int before = high_;
    const int seen = co_await venue_.count();
    high_ = std::max(before, seen); // expect: stale-value
  }
  // The test is old, and the smaller of two measurements is not looked at.
  task<> low_bad() {
    const int one = co_await venue_.count();
    if (one < low_) {
      const int two = co_await venue_.count();
      low_ = std::min(one, two); // expect: stale-check
    }
  }
  void reset() { high_ = low_ = 0; }

private:
  int high_ = 0, low_ = 0;
  venue venue_;
};

class lamp {
public:
  // Goes back only if it still shows what was refused.
  task<> set_ok(int level) {
    const int before = std::exchange(level_, level);
    const int refused = co_await venue_.count();
    if (refused != 0 && level_ == level)
      level_ = before;
  }
  task<> set_bad(int level) {
    const int before = std::exchange(level_, level);
    const int refused = co_await venue_.count();
    if (refused != 0)
      level_ = before; // expect: stale-value
  }
  // Turned back whatever it is by then.
  task<> toggle_ok() {
    on_ = !on_;
    const bool done = co_await tell(on_ ? "on" : "off");
    if (!done)
      on_ = !on_;
  }
  task<> toggle_bad() {
    const bool next = !on_;
    co_await tell(next ? "on" : "off");
    on_ = next; // expect: stale-value
  }

private:
  task<bool> tell(std::string text);
  int level_ = 0;
  bool on_ = false;
  venue venue_;
};

/// Edits for a version that the caller names.
class document {
public:
  task<bool> format_ok(int version) {
    const int size = co_await measure(text_);
    if (version_ != version)
      co_return false;
    text_ += std::string(size, ' ');
    ++version_;
    co_return true;
  }
  task<bool> format_bad(int version) {
    if (version_ != version)
      co_return false;
    const int size = co_await measure(text_);
    text_ += std::string(size, ' '); // expect: stale-check
    co_return true;
  }
  void type(char key) {
    text_ += key;
    ++version_;
  }

private:
  task<int> measure(std::string text);
  std::string text_;
  int version_ = 0;
};

class pipe {
public:
  // What is left to send depends on what fitted before; how much fits now is
  // looked at each time.
  task<> send_ok(std::string data) {
    for (std::size_t at = 0; at < data.size();) {
      while (window_ == 0)
        co_await venue_.submit(1);
      const std::size_t part = std::min(window_, data.size() - at);
      window_ -= part;
      at += part;
      co_await venue_.submit(2);
    }
  }
  void open(std::size_t more) { window_ += more; }

private:
  std::size_t window_ = 0;
  venue venue_;
};
