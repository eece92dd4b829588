// usage: agreement_programs FIRST COUNT FILE
//
// Makes COUNT programs from the seeds FIRST, FIRST + 1, ..., writes them to
// FILE as C++, and prints the explorer's verdict on each: seed, size, and
// `racy`, `serial` or `unknown`. With `-v` as fourth argument also how.
#include "program.hpp"

#include <cstdio>
#include <cstdlib>
#include <string_view>

int main(int argc, char **argv) {
  if (argc < 4) {
    std::fputs("usage: agreement_programs FIRST COUNT FILE [-v]\n", stderr);
    return 2;
  }
  const std::uint64_t first = std::strtoull(argv[1], nullptr, 10);
  const std::uint64_t count = std::strtoull(argv[2], nullptr, 10);
  const bool verbose = argc > 4 && std::string_view(argv[4]) == "-v";
  std::FILE *const file = std::fopen(argv[3], "w");
  if (file == nullptr) {
    std::perror(argv[3]);
    return 2;
  }
  std::fputs(agreement::preamble().c_str(), file);
  for (std::uint64_t seed = first; seed != first + count; ++seed) {
    const agreement::program p = agreement::random_program(seed);
    std::fputs(agreement::to_cpp(p, seed).c_str(), file);
    const agreement::verdict v = agreement::explore(p);
    std::printf("%llu %d %s\n", static_cast<unsigned long long>(seed),
                agreement::size(p),
                v.racy        ? "racy"
                : v.exhausted ? "serial"
                              : "unknown");
    if (verbose)
      std::puts(v.how.c_str());
  }
  return std::fclose(file) == 0 ? 0 : 2;
}
