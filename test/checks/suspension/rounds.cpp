// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*
// Loops of futures, and chains of handlers.
#include "seastar.hpp"
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace ss = seastar;

ss::future<> send(std::string line);

/// One pass after the other: the only consumer.
class pump {
public:
  ss::future<> run_ok() {
    return ss::repeat([this] {
      if (lines_.empty())
        return more_.wait().then([] { return ss::stop_iteration::no; });
      return send(lines_.front()).then([this] {
        lines_.pop_front();
        return ss::stop_iteration::no;
      });
    });
  }
  void add(std::string line) {
    lines_.push_back(std::move(line));
    more_.signal();
  }

private:
  std::deque<std::string> lines_;
  ss::condition_variable more_;
};

/// One by one, as somebody asks for it.
class tap {
public:
  ss::future<> next_bad() {
    if (lines_.empty())
      return ss::make_ready_future();
    return send(lines_.front()).then([this] {
      lines_.pop_front(); // expect: stale-check
    });
  }
  void add(std::string line) { lines_.push_back(std::move(line)); }

private:
  std::deque<std::string> lines_;
};

struct radio {
  void pair(std::function<void(std::string)> done);
  void after(int milliseconds, std::function<void()> done);
};

/// A claim that stands behind what is to end it.
class hub {
public:
  void pair_ok() {
    if (pairing_)
      return;
    radio_.pair([this](std::string name) {
      pairing_ = false;
      name_ = std::move(name);
    });
    pairing_ = true;
  }
  void pair_slowly_bad() {
    if (searching_)
      return;
    radio_.after(3000, [this] {
      searching_ = true; // expect: stale-check
    });
  }
  void stop() { searching_ = false; }

private:
  radio radio_;
  std::string name_;
  bool pairing_ = false;
  bool searching_ = false;
};
