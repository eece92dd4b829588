// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*
#include "venue.hpp"
using namespace mock;

// A test that compares stays true while others move the number away from where
// it would fail. One run at a time, but for where the flag is missing.

task<> transmit(long amount);

class tokens {
public:
  task<> take_ok(unsigned n) {
    if (busy_)
      co_return;
    busy_ = true;
    if (left_ >= n) {
      co_await transmit(n);
      left_ -= n;
    }
    busy_ = false;
  }
  void add(unsigned n) { left_ += n; }
  void add_one() { ++left_; }

private:
  unsigned left_ = 0;
  bool busy_ = false;
};

// Somebody else takes some as well.
class robbed {
public:
  task<> take_bad(unsigned n) {
    if (busy_)
      co_return;
    busy_ = true;
    if (left_ >= n) {
      co_await transmit(n);
      left_ -= n; // expect: stale-check
    }
    busy_ = false;
  }
  void add(unsigned n) { left_ += n; }
  void steal() { left_ -= 1; }

private:
  unsigned left_ = 0;
  bool busy_ = false;
};

// Nobody keeps a second run out.
class unclaimed {
public:
  task<> take_bad(unsigned n) {
    if (left_ >= n) {
      co_await transmit(n);
      left_ -= n; // expect: stale-check
    }
  }
  void add(unsigned n) { left_ += n; }

private:
  unsigned left_ = 0;
};

// What is added may be negative, for all that the type says.
class adjusted {
public:
  task<> take_bad(long n) {
    if (busy_)
      co_return;
    busy_ = true;
    if (left_ >= n) {
      co_await transmit(n);
      left_ -= n; // expect: stale-check
    }
    busy_ = false;
  }
  void adjust(long n) { left_ += n; }

private:
  long left_ = 0;
  bool busy_ = false;
};

class paid_in {
public:
  task<> take_ok(long n) {
    if (busy_)
      co_return;
    busy_ = true;
    if (left_ < n) {
      busy_ = false;
      co_return;
    }
    co_await transmit(n);
    left_ -= n;
    busy_ = false;
  }
  void add(long n) {
    if (n <= 0)
      return;
    left_ += n;
  }
  void add_some(int n) {
    if (n > 0)
      left_ += n;
  }

private:
  long left_ = 0;
  bool busy_ = false;
};

// The sign was looked at, and did not matter.
class noted {
public:
  task<> take_bad(long n) {
    if (busy_)
      co_return;
    busy_ = true;
    if (left_ >= n) {
      co_await transmit(n);
      left_ -= n; // expect: stale-check
    }
    busy_ = false;
  }
  void add(long n) {
    if (n <= 0)
      ++odd_;
    left_ += n;
  }

private:
  long left_ = 0, odd_ = 0;
  bool busy_ = false;
};

class room {
public:
  task<> take_ok(unsigned n) {
    if (busy_)
      co_return;
    busy_ = true;
    if (used_ + n <= most_) {
      co_await transmit(n);
      used_ += n;
    }
    busy_ = false;
  }
  void give(unsigned n) { used_ -= n; }

private:
  unsigned used_ = 0, most_ = 10;
  bool busy_ = false;
};

// The same, and the limit is lowered meanwhile.
class narrowed {
public:
  task<> take_bad(unsigned n) {
    if (busy_)
      co_return;
    busy_ = true;
    if (used_ + n <= most_) {
      co_await transmit(n);
      used_ += n; // expect: stale-check
    }
    busy_ = false;
  }
  void give(unsigned n) { used_ -= n; }
  void lower() { --most_; }

private:
  unsigned used_ = 0, most_ = 10;
  bool busy_ = false;
};

// The old value is written, so what comes in is lost.
class copied {
public:
  task<> take_bad(unsigned n) {
    if (busy_)
      co_return;
    busy_ = true;
    const unsigned now = left_;
    if (left_ >= n) {
      co_await transmit(n);
      left_ = now - n; // expect: stale-value
    }
    busy_ = false;
  }
  void add(unsigned n) { left_ += n; }

private:
  unsigned left_ = 0;
  bool busy_ = false;
};

// What is on its way counts, so others that add all up find nothing left.
class hedge {
public:
  task<> all_ok() {
    const double open = held_ + hedged_ + sent_;
    if (open == 0)
      co_return;
    sent_ -= open;
    co_await transmit(1);
    sent_ += open;
    hedged_ -= open;
  }
  void fill(double lots) { held_ += lots; }

private:
  double held_ = 0, hedged_ = 0, sent_ = 0;
};

// Only as much as one of them: the others are not used up.
class smaller {
public:
  task<> some_bad() {
    const double part = held_ < quota_ ? held_ : quota_;
    if (part == 0)
      co_return;
    quota_ -= part;
    co_await transmit(1);
    held_ -= part; // expect: stale-check
  }
  void fill(double lots) { held_ += lots; }

private:
  double held_ = 0, quota_ = 0;
};
