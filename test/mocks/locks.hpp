/// The locks of the standard library: they block the thread.
#pragma once
#include <mutex>
#include <shared_mutex>
