// Runs every program, each in a process of its own, and says which invariants
// hold: one that a sanitizer ends does not.
#include "program.hpp"

#include <cstdlib>
#include <sys/wait.h>
#include <unistd.h>

int main() {
  for (const proof::program *each : proof::program::all()) {
    std::fflush(nullptr);
    const pid_t child = ::fork();
    if (child == 0)
      std::exit(each->holds() ? EXIT_SUCCESS : EXIT_FAILURE);
    int status = 0;
    ::waitpid(child, &status, 0);
    std::printf("%s %s\n", each->name, status == 0 ? "holds" : "breaks");
  }
  return 0;
}
