#include "venue.hpp"
using namespace mock;
struct idle {
  task<> wait() { co_await venue_.submit(1); }
  venue venue_;
};
