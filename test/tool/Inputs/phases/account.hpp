#pragma once
#include "venue.hpp"

struct account {
  mock::task<> debit(money cost);
  mock::task<> settle();
  void cancel_all();
  void add(money more) {
    if (more > 0)
      balance_ += more;
  }
  bool covers(money cost) const;
  venue venue_;
  money balance_;
  money cash_;
};
