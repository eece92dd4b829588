// A user's program, built by each of the ways to use the library.
#include <interlock/safe_state.hpp>

int main() {
  auto &state = interlock::get_global_safe_state();
  auto guard = state.atomic_balance_update().blocking();
  return guard.owns_lock() && !state.try_atomic_balance_update() ? 0 : 1;
}
