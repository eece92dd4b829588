// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*
// Whoever is the first in a line, or counts nobody else, keeps others out until
// nobody is there any more.
#include "venue.hpp"
#include <deque>
#include <map>
#include <string>
#include <vector>
using namespace mock;

task<std::string> download(std::string url);
task<bool> send(std::string line);

/// Asked how long the line is, once this one stands in it.
class previews {
public:
  task<> show_ok(int id) {
    if (pages_.count(id))
      co_return;
    auto &line = waiting_[id];
    line.push_back(id);
    if (line.size() > 1)
      co_return;
    const std::string page = co_await download("x");
    pages_.emplace(id, page);
    seen_ += page.size();
    waiting_.erase(id);
  }

private:
  std::map<int, std::string> pages_;
  std::map<int, std::vector<int>> waiting_;
  std::size_t seen_ = 0;
};

/// Asked whether anybody was there, before this one comes.
class thumbs {
public:
  task<> show_ok(int id) {
    if (pages_.count(id))
      co_return;
    auto &line = waiting_[id];
    const bool first = line.empty();
    line.push_back(id);
    if (!first)
      co_return;
    const std::string page = co_await download("x");
    pages_.emplace(id, page);
    seen_ += page.size();
    waiting_.erase(id);
  }

private:
  std::map<int, std::string> pages_;
  std::map<int, std::vector<int>> waiting_;
  std::size_t seen_ = 0;
};

/// A line of up to three keeps nobody out.
class triple {
public:
  task<> show_bad(int id) {
    if (pages_.count(id))
      co_return;
    auto &line = waiting_[id];
    line.push_back(id);
    if (line.size() > 3)
      co_return;
    const std::string page = co_await download("x");
    pages_[id] = page; // expect: stale-check
    seen_ += page.size();
    waiting_.erase(id);
  }

private:
  std::map<int, std::string> pages_;
  std::map<int, std::vector<int>> waiting_;
  std::size_t seen_ = 0;
};

/// Somebody else fills the pages, and stands in no line.
class preloaded {
public:
  task<> show_bad(int id) {
    if (pages_.count(id))
      co_return;
    auto &line = waiting_[id];
    line.push_back(id);
    if (line.size() > 1)
      co_return;
    const std::string page = co_await download("x");
    pages_[id] = page; // expect: stale-check
    waiting_.erase(id);
  }
  void preload_ok(int id, std::string page) { pages_[id] = page; }

private:
  std::map<int, std::string> pages_;
  std::map<int, std::vector<int>> waiting_;
};

/// A count of those that are at work.
class counted {
public:
  task<> run_ok(int id) {
    if (pages_.count(id))
      co_return;
    if (++running_ > 1) {
      --running_;
      co_return;
    }
    const std::string page = co_await download("x");
    pages_[id] = page;
    --running_;
  }

private:
  std::map<int, std::string> pages_;
  int running_ = 0;
};

/// Up to four of them.
class crowded {
public:
  task<> run_bad(int id) {
    if (pages_.count(id))
      co_return;
    if (++running_ > 4) {
      --running_;
      co_return;
    }
    const std::string page = co_await download("x");
    pages_[id] = page; // expect: stale-check
    --running_;
  }

private:
  std::map<int, std::string> pages_;
  int running_ = 0;
};

/// A queue that is sent by whoever has found it empty, until it is.
class connection {
public:
  task<> deliver_ok(std::string line) {
    if (broken_)
      co_return;
    const bool idle = outbox_.empty();
    outbox_.push_back(line);
    if (!idle)
      co_return;
    while (!outbox_.empty()) {
      if (!co_await send(outbox_.front())) {
        broken_ = true;
        co_return;
      }
      outbox_.pop_front();
    }
  }

private:
  std::deque<std::string> outbox_;
  bool broken_ = false;
};

/// The same, where something is still done once the queue is empty: others have
/// begun by then.
class leaky {
public:
  task<> deliver_bad(std::string line) {
    if (sender_ != 0)
      co_return;
    const bool idle = outbox_.empty();
    outbox_.push_back(line);
    if (!idle)
      co_return;
    while (!outbox_.empty()) {
      co_await send(outbox_.front());
      outbox_.pop_front();
    }
    co_await send("bye");
    sender_ = next_; // expect: stale-check
  }

private:
  std::deque<std::string> outbox_;
  int sender_ = 0, next_ = 1;
};
