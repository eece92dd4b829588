// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*
// What was taken out of a container belongs to whoever has taken it.
#include "asio.hpp"
#include <deque>
#include <memory>
#include <string>
using boost::asio::awaitable;
struct job {
  int id;
  std::string payload;
};
awaitable<bool> send(const std::string &s);
class server {
public:
  awaitable<void> lease_ok() {
    if (ready_.empty())
      co_return;
    std::shared_ptr<job> j = ready_.front();
    ready_.pop_front();
    if (!co_await send(j->payload))
      co_return;
    ready_.push_front(j);
  }
  awaitable<void> lease_moved_ok() {
    if (ready_.empty())
      co_return;
    std::shared_ptr<job> j = std::move(ready_.front());
    ready_.pop_front();
    if (!co_await send(j->payload))
      co_return;
    ready_.push_front(j);
  }
  // It is still there, for others as well.
  awaitable<void> lease_late_bad() {
    if (ready_.empty())
      co_return;
    std::shared_ptr<job> j = ready_.front();
    if (!co_await send(j->payload))
      co_return;
    ready_.pop_front(); // expect: stale-check
  }
  // What is at hand says nothing of how many there are.
  awaitable<bool> put_bad(std::shared_ptr<job> j) {
    if (ready_.size() > 9)
      co_return false;
    if (!co_await send(j->payload))
      co_return false;
    ready_.push_back(j); // expect: stale-check
    co_return true;
  }

private:
  std::deque<std::shared_ptr<job>> ready_;
};
