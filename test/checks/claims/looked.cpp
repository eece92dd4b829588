// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*
// Who looks whether a flag is free, and leaves it as it is, keeps out as well.
#include "task.hpp"
#include <vector>
using mock::task;

task<> send(int n);

struct lower {
  bool &flag;
  ~lower() { flag = false; }
};

class gauge {
public:
  task<> send_unsent_ok() {
    if (sending_)
      co_return;
    sending_ = true;
    lower done{sending_};
    while (sent_ < log_.size()) {
      co_await send(log_[sent_]);
      ++sent_;
    }
  }
  void trim() {
    if (sending_)
      return;
    log_.erase(log_.begin(), log_.begin() + long(sent_));
    sent_ = 0;
  }
  void trim_if_idle() {
    if (!sending_ && !log_.empty())
      sent_ = 0;
  }

private:
  std::vector<int> log_;
  std::size_t sent_ = 0;
  bool sending_ = false;
};

/// The other way round: only while somebody sends.
class meter {
public:
  task<> send_unsent_bad() {
    if (sending_)
      co_return;
    sending_ = true;
    lower done{sending_};
    while (sent_ < last_) {
      co_await send(sent_);
      ++sent_; // expect: stale-check
    }
  }
  void rewind() {
    if (!sending_)
      return;
    sent_ = 0;
  }

private:
  int last_ = 0, sent_ = 0;
  bool sending_ = false;
};

/// Looked at, but before a wait.
class probe {
public:
  task<> send_unsent_bad() {
    if (sending_)
      co_return;
    sending_ = true;
    lower done{sending_};
    if (sent_ < 8) {
      co_await send(sent_);
      ++sent_; // expect: stale-check
    }
  }
  task<> forget_bad() {
    if (sending_)
      co_return;
    co_await send(0);
    sent_ = 0;
  }

private:
  int sent_ = 0;
  bool sending_ = false;
};
