#include "fees.hpp"
venue outside;
mock::task<> charge() { co_return; }
