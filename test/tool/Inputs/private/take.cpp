#include "desk.hpp"

void desk::take(long n) { balance_ -= n; }

mock::task<> desk::wait() { co_await breathe(); }
