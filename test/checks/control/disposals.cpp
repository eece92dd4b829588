// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*
// What is done with the one that is there, before another one takes its place.
#include "awaitables.hpp"
#include "task.hpp"
#include <deque>
#include <map>
#include <memory>
#include <string>
using namespace mock;

struct connection {
  task<> close();
  task<> flush();
  int sent = 0;
};
std::shared_ptr<connection> make_link();

class client {
public:
  // Two of these close the old one and lose the first new one unclosed.
  task<> reconnect_bad() {
    if (link_)
      co_await link_->close();
    link_ = make_link(); // expect: stale-check
  }
  task<> reconnect_taken_ok() {
    const auto old = std::exchange(link_, make_link());
    if (old)
      co_await old->close();
  }
  // What is replaced has not been looked at.
  task<> flush_ok() {
    if (link_)
      co_await link_->flush();
    name_ = "flushed";
  }

private:
  std::shared_ptr<connection> link_;
  std::string name_;
};

class clients {
public:
  task<> connect_bad(std::string name) {
    auto it = links_.find(name);
    if (it != links_.end()) {
      co_await it->second->close();
    }
    links_[name] = make_link(); // expect: stale-check
  }
  // What is added stands beside the others.
  task<> append_ok() {
    if (!spare_.empty())
      co_await spare_.front()->flush();
    spare_.push_back(make_link());
  }
  task<> count_ok() {
    if (total_ > 0)
      co_await breathe(total_);
    ++total_;
  }

private:
  static task<> breathe(int n);
  std::map<std::string, std::shared_ptr<connection>> links_;
  std::deque<std::shared_ptr<connection>> spare_;
  int total_ = 0;
};
