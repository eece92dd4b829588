// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*
// Handlers that are member functions, bound to their object and to values.
#include "asio.hpp"
#include <functional>
#include <memory>

using asio::error_code;
using std::placeholders::_1;

struct account {
  long left = 0;
};

class tunnel : public std::enable_shared_from_this<tunnel> {
public:
  tunnel(asio::any_io_executor io, std::shared_ptr<account> a)
      : in_(io), out_(io), account_(std::move(a)) {}
  void forward_ok(long n) {
    const long rest = account_->left - n;
    out_.async_write_some(
        there_, std::bind(&tunnel::on_sent_bad, shared_from_this(), rest, _1));
  }
  void charge_ok(long n) {
    if (account_->left < n)
      return;
    account_->left -= n;
    in_.async_write_some(
        back_, std::bind(&tunnel::on_back_ok, shared_from_this(), n, _1));
  }

  // the handler looks for itself
  void idle_ok() {
    if (timeouts_ > 3)
      return;
    in_.async_write_some(
        back_, std::bind(&tunnel::on_idle_ok, shared_from_this(), _1));
  }
  void reset_ok() { timeouts_ = 0; }

private:
  void on_idle_ok(const error_code &ec) {
    if (ec)
      ++timeouts_;
  }
  // computed before the write: others were charged meanwhile
  void on_sent_bad(long rest, const error_code &ec) {
    if (!ec)
      account_->left = rest; // expect: stale-value
  }
  // what was charged is given back
  void on_back_ok(long n, const error_code &ec) {
    if (ec)
      account_->left += n;
  }

  asio::tcp_socket in_, out_;
  char there_[64], back_[64];
  std::shared_ptr<account> account_;
  int timeouts_ = 0;
};
