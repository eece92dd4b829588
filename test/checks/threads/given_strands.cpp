// RUN: %check-cases %s -- --executor=multi-threaded --guarded-state=all --checks=-*,stale-*,unguarded-*
// A strand that an object is given is that of others as well; and a thread of
// its own is on none.
#include "asio.hpp"
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>

using asio::awaitable;
using asio::use_awaitable;
using strand = asio::strand<asio::any_io_executor>;

awaitable<bool> send(std::string line);
awaitable<void> archive(unsigned long number, std::string line);
awaitable<int> accept();

/// Runs on the strand of its room, by whose functions it is called as well.
class guest : public std::enable_shared_from_this<guest> {
public:
  explicit guest(strand s) : strand_(std::move(s)) {}

  void deliver_ok(std::string line) {
    if (broken_)
      return;
    const bool idle = outbox_.empty();
    outbox_.push_back(std::move(line));
    if (idle)
      asio::co_spawn(strand_, flush_ok(), asio::detached);
  }

private:
  awaitable<void> flush_ok() {
    auto self = shared_from_this();
    while (!outbox_.empty()) {
      if (!co_await send(outbox_.front())) {
        broken_ = true;
        co_return;
      }
      outbox_.pop_front();
    }
  }
  strand strand_;
  std::deque<std::string> outbox_;
  bool broken_ = false;
};

/// Has made a strand of its own, so those who call it are on another one.
class loner : public std::enable_shared_from_this<loner> {
public:
  explicit loner(asio::thread_pool &pool)
      : strand_(asio::make_strand(pool.get_executor())) {}

  void deliver_bad(std::string line) {
    outbox_.push_back(std::move(line)); // expect: unguarded-modification
  }
  void start() {
    asio::co_spawn(strand_, flush_ok(), asio::detached);
  }

private:
  awaitable<void> flush_ok() {
    auto self = shared_from_this();
    while (!outbox_.empty()) {
      co_await send(outbox_.front());
      outbox_.pop_front();
    }
  }
  strand strand_;
  std::deque<std::string> outbox_;
};

class room : public std::enable_shared_from_this<room> {
public:
  explicit room(asio::thread_pool &pool)
      : strand_(asio::make_strand(pool.get_executor())) {}
  const strand &executor() const { return strand_; }

  void say(std::string line) {
    asio::co_spawn(strand_, do_say(shared_from_this(), std::move(line)),
                   asio::detached);
  }
  void join(std::shared_ptr<guest> g, std::shared_ptr<loner> l) {
    asio::co_spawn(strand_,
                   do_join(shared_from_this(), std::move(g), std::move(l)),
                   asio::detached);
  }
  // called on the thread of the console
  void set_topic_bad(std::string text) {
    topic_ = std::move(text); // expect: unguarded-modification
  }
  void set_banner_ok(std::string text) {
    asio::post(strand_, [self = shared_from_this(), text]() mutable {
      self->banner_ = std::move(text);
    });
  }

private:
  awaitable<void> do_join(std::shared_ptr<room>, std::shared_ptr<guest> g,
                          std::shared_ptr<loner> l) {
    g->deliver_ok(banner_ + topic_);
    l->deliver_bad(banner_ + topic_);
    co_return;
  }
  // called again before the line is in the archive
  awaitable<void> do_say(std::shared_ptr<room>, std::string line) {
    const unsigned long number = last_ + 1;
    co_await archive(number, line);
    last_ = number; // expect: stale-value
  }

  strand strand_;
  std::string topic_, banner_;
  unsigned long last_ = 0;
};

awaitable<void> listen(asio::thread_pool &pool, std::shared_ptr<room> r) {
  for (;;) {
    const int n = co_await accept();
    auto l = std::make_shared<loner>(pool);
    l->start();
    r->join(std::make_shared<guest>(r->executor()), l);
    r->say(std::to_string(n));
  }
}

int main() {
  asio::thread_pool pool(4);
  auto lobby = std::make_shared<room>(pool);
  asio::co_spawn(pool.get_executor(), listen(pool, lobby), asio::detached);
  std::thread console([lobby] {
    for (;;) {
      lobby->set_topic_bad("news");
      lobby->set_banner_ok("more");
    }
  });
  console.join();
}
