#include "venue.hpp"

// Never gives up control.
mock::task<> settle(venue &) { co_return; }
