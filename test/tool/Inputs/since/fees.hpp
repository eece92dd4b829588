#pragma once
#include "venue.hpp"
mock::task<> charge();
