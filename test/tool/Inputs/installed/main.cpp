#include <interlock/safe_state.hpp>

int main() {
  auto guard = interlock::get_global_safe_state().atomic_balance_update().blocking();
  return guard ? 0 : 1;
}
