// Runs every program and says which invariants hold.
#include "program.hpp"

int main() {
  for (const proof::program *each : proof::program::all())
    std::printf("%s %s\n", each->name, each->holds() ? "holds" : "breaks");
  return 0;
}
