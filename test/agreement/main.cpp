// usage: agreement_programs MODIFIES FILE [-v] NAME...
//
// Writes the named programs, with at most MODIFIES modifies in an activity, to
// FILE as C++, and prints for each its name, its size, and the explorer's
// verdict:
//     fresh|paths|stale|racy|unknown serial|other
// `FIRST-LAST` names a range of seeds, `NAME/*` the reductions of a program.
// With `-v` it also draws a run that makes the program racy or not serial.
#include "verdict.hpp"

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace {

using namespace agreement;

std::vector<program> programs(const std::string &name, int modifies) {
  if (name.ends_with("/*"))
    return reductions(named(name.substr(0, name.size() - 2), modifies));
  const std::size_t dash = name.find('-');
  if (dash == std::string::npos)
    return {named(name, modifies)};
  std::vector<program> out;
  for (std::uint64_t seed = std::stoull(name);
       seed <= std::stoull(name.substr(dash + 1)); ++seed)
    out.push_back(named(std::to_string(seed), modifies));
  return out;
}

void draw(const program &p, const verdict &v) {
  for (std::size_t i = 0; i != v.explorations.size(); ++i) {
    const exploration &x = v.explorations[i];
    const bool racy = x.all != x.fresh;
    if (racy || (v.staleness != staleness::racy && x.all != x.serial))
      return (void)std::puts(
          drawing(p, experiments()[i], racy ? x.fresh : x.serial).c_str());
  }
}

void print(const program &p, const verdict &v) {
  static const char *const words[] = {"fresh", "paths", "stale", "racy"};
  std::printf("%s %d %s %s\n", p.name.c_str(), size(p),
              v.exhausted ? words[static_cast<int>(v.staleness)] : "unknown",
              v.serial ? "serial" : "other");
}

} // namespace

int main(int argc, char **argv) {
  if (argc < 4) {
    std::fputs("usage: agreement_programs MODIFIES FILE [-v] NAME...\n",
               stderr);
    return 2;
  }
  const int modifies = std::atoi(argv[1]);
  std::FILE *const file = std::fopen(argv[2], "w");
  if (file == nullptr) {
    std::perror(argv[2]);
    return 2;
  }
  std::fputs(preamble().c_str(), file);
  bool verbose = false;
  for (int i = 3; i != argc; ++i) {
    if (std::string_view(argv[i]) == "-v") {
      verbose = true;
      continue;
    }
    for (const program &p : programs(argv[i], modifies)) {
      std::fputs(to_cpp(p).c_str(), file);
      const verdict v = judge(p);
      print(p, v);
      if (verbose)
        draw(p, v);
    }
  }
  return std::fclose(file) == 0 ? 0 : 2;
}
