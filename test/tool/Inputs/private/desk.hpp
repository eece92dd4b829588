#pragma once
#include "task.hpp"

mock::task<> breathe();

class desk {
public:
  mock::task<> pay(long n);
  mock::task<> pay_late(long n);
  mock::task<> pay_deep(long n);

private:
  bool covers(long n) const;
  void take(long n);
  mock::task<> wait();
  long balance_ = 0;
};
