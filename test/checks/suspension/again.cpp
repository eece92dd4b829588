// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*,unspecified-read-order
// How often an activity of one object runs: once for each connection, or as
// often as start-up code asks for it.
#include "asio.hpp"
#include <memory>

asio::awaitable<void> settle();

/// Main asks one desk twice.
class desk : public std::enable_shared_from_this<desk> {
public:
  void request(asio::io_context &io, int amount) {
    asio::co_spawn(io, serve(amount), asio::detached);
  }

private:
  asio::awaitable<void> serve(int amount) {
    if (left_ < amount)
      co_return;
    co_await settle();
    left_ -= amount; // expect: stale-check
  }
  int left_ = 10;
};

/// The same, asked once.
class kiosk {
public:
  void request(asio::io_context &io, int amount) {
    asio::co_spawn(io, serve(amount), asio::detached);
  }

private:
  asio::awaitable<void> serve(int amount) {
    if (left_ < amount)
      co_return;
    co_await settle();
    left_ -= amount; // alone
  }
  int left_ = 10;
};

/// One for each connection.
class connection {
public:
  asio::awaitable<void> run() {
    while (open_) {
      if (pending_ == 0) {
        co_await settle();
        ++pending_;
      }
      --pending_;
    }
  }

private:
  int pending_ = 0;
  bool open_ = true;
};

asio::awaitable<void> listen(asio::io_context &io) {
  for (;;) {
    co_await settle();
    auto each = std::make_shared<connection>();
    asio::co_spawn(io, each->run(), asio::detached);
  }
}

/// Who waits for guests greets each of them in the same hall.
class hall {
public:
  asio::awaitable<void> greet() {
    if (greeting_)
      co_return;
    co_await settle();
    greeting_ = true; // expect: stale-check
  }

private:
  bool greeting_ = false;
};
void welcome(const asio::any_io_executor &io, hall &h) {
  asio::co_spawn(io, [&h] { return h.greet(); }, asio::detached);
}
asio::awaitable<void> doorman(const asio::any_io_executor &io, hall &h) {
  for (;;) {
    co_await settle();
    welcome(io, h);
  }
}

/// The same, greeted once.
class lobby {
public:
  asio::awaitable<void> greet() {
    if (greeting_)
      co_return;
    co_await settle();
    greeting_ = true; // alone
  }

private:
  bool greeting_ = false;
};
void open_up(const asio::any_io_executor &io, lobby &l) {
  asio::co_spawn(io, [&l] { return l.greet(); }, asio::detached);
}
asio::awaitable<void> opener(const asio::any_io_executor &io, lobby &l) {
  co_await settle();
  open_up(io, l);
}

/// Each guest has a room of his own.
class room {
public:
  asio::awaitable<void> greet() {
    if (greeting_)
      co_return;
    co_await settle();
    greeting_ = true; // of this guest
  }

private:
  bool greeting_ = false;
};
void lodge(const asio::any_io_executor &io) {
  auto own = std::make_shared<room>();
  asio::co_spawn(io, [own] { return own->greet(); }, asio::detached);
}
asio::awaitable<void> porter(const asio::any_io_executor &io) {
  for (;;) {
    co_await settle();
    lodge(io);
  }
}

/// Two activities, each once, each for what the other one has tested.
class ticket {
public:
  asio::awaitable<void> cancel() {
    if (filled_ > 0)
      co_return;
    co_await settle();
    cancelled_ = true; // expect: stale-check
  }
  asio::awaitable<void> fill() {
    if (cancelled_)
      co_return;
    co_await settle();
    filled_ = 10; // expect: stale-check
  }

private:
  int filled_ = 0;
  bool cancelled_ = false;
};

int main() {
  asio::io_context io;
  ticket order;
  asio::co_spawn(io, order.cancel(), asio::detached);
  asio::co_spawn(io, order.fill(), asio::detached);
  auto many = std::make_shared<desk>();
  many->request(io, 3);
  many->request(io, 8);
  auto one = std::make_shared<kiosk>();
  one->request(io, 3);
  asio::co_spawn(io, listen(io), asio::detached);
  asio::any_io_executor executor;
  hall big;
  asio::co_spawn(io, doorman(executor, big), asio::detached);
  lobby small;
  asio::co_spawn(io, opener(executor, small), asio::detached);
  asio::co_spawn(io, porter(executor), asio::detached);
}
