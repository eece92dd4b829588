// Code as it stands in a service on Boost.Asio: its own coroutine type accepts
// the lock only through the adapter that the repair has to include.
#include "program.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <map>
#include <memory>
#include <string>
#include <utility>

namespace {

namespace asio = boost::asio;
template <class T = void> using async = asio::awaitable<T>;

async<> hop() { co_await asio::post(asio::use_awaitable); }

/// Runs activities on one thread until all have ended; whether they have.
template <class... Work> bool run(Work... work) {
  asio::io_context io(1);
  std::size_t left = sizeof...(work);
  (asio::co_spawn(io, std::move(work),
                  [&left](std::exception_ptr, auto...) { --left; }),
   ...);
  io.run();
  return left == 0;
}

class Wallet {
public:
  async<bool> pay(double amount) {
    if (balance_ < amount)
      co_return false;
    co_await hop();
    balance_ -= amount;
    co_return true;
  }
  double balance() const { return balance_; }

private:
  double balance_ = 100;
};
PROGRAM(asio_wallet) {
  Wallet wallet;
  return run(wallet.pay(60), wallet.pay(60)) && wallet.balance() == 40;
}

class Router {
public:
  async<bool> route(std::string symbol, double quantity, double price);
  double held(const std::string &symbol) { return positions_[symbol]; }
  double available() const { return available_; }

private:
  double available_ = 1000;
  std::map<std::string, double> positions_;
};

async<bool> Router::route(std::string symbol, double quantity, double price) {
  if (const double notional = quantity * price; notional > available_)
    co_return false;
  const double held = positions_[symbol];
  co_await hop();
  available_ -= quantity * price;
  positions_[symbol] = held + quantity;
  co_return true;
}
PROGRAM(asio_balance_and_position) {
  Router router;
  return run(router.route("BTC", 4, 100), router.route("BTC", 4, 100),
             router.route("BTC", 4, 100)) &&
         router.available() == 200 && router.held("BTC") == 8;
}

struct Session {
  double balance = 100;
};
async<> withdraw(std::shared_ptr<Session> session, double amount) {
  if (!session || session->balance < amount)
    co_return;
  try {
    co_await hop();
    session->balance -= amount;
  } catch (const std::exception &) {
    co_return;
  }
}
PROGRAM(asio_shared_session) {
  const auto session = std::make_shared<Session>();
  return run(withdraw(session, 70), withdraw(session, 70)) &&
         session->balance == 30;
}

class Claim {
public:
  async<> settle(double amount) {
    if (busy_ || balance_ < amount)
      co_return;
    busy_ = true;
    balance_ -= amount;
    co_await hop();
    busy_ = false;
  }
  double balance() const { return balance_; }

private:
  bool busy_ = false;
  double balance_ = 100;
};
PROGRAM(asio_taken_before_the_wait_safe) {
  Claim claim;
  return run(claim.settle(60), claim.settle(60)) && claim.balance() == 40;
}

} // namespace
