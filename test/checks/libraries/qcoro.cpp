// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*
// QCoro: slots as coroutines on Qt's event loop.
#include "qcoro.hpp"
#include <map>
#include <string>

class downloader {
public:
  // Two clicks download twice.
  QCoro::Task<> refresh_bad() {
    if (running_)
      co_return;
    auto *reply = co_await network_.get("https://example.org");
    running_ = true; // expect: stale-check
    status_ = reply->status;
  }

  // Claimed before the wait.
  QCoro::Task<> refresh_ok() {
    if (loading_)
      co_return;
    loading_ = true;
    auto *reply = co_await network_.get("https://example.org");
    status_ = reply->status;
    loading_ = false;
  }

  // Lost updates between the two clicks.
  QCoro::Task<> count_bad() {
    const int seen = clicks_;
    co_await QCoro::sleepFor(10);
    clicks_ = seen + 1; // expect: stale-value
  }

  void stop() { running_ = false; }

private:
  QNetworkAccessManager network_;
  bool running_ = false, loading_ = false;
  int status_ = 0, clicks_ = 0;
};
