// The interpreter of explore.cpp and the compiler agree on what programs do.
#include "compiled.hpp"
#include "sample.cpp"

#include <cstdio>
#include <utility>

namespace {

using namespace agreement;

template <class Program> bool same(int seed) {
  const program p = named(std::to_string(seed), 3);
  bool good = true;
  for (const experiment &e : experiments()) {
    std::set<outcome> seen;
    const auto r = run_compiled<Program>(e, [&](const outcome &o) {
      seen.insert(o);
      return true;
    });
    good &= r.ok() && (!r.exhausted || seen == explore(p, e).all);
  }
  if (!good)
    std::printf("program %d does something else\n", seed);
  return good;
}

} // namespace

#define SAME(seed) same<Program##seed>(seed)
int main() {
  bool good = true;
  for (const bool one :
       {SAME(1),  SAME(2),  SAME(3),  SAME(4),  SAME(5),  SAME(6),
        SAME(7),  SAME(8),  SAME(9),  SAME(10), SAME(11), SAME(12),
        SAME(13), SAME(14), SAME(15), SAME(16), SAME(17), SAME(18),
        SAME(19), SAME(20), SAME(21), SAME(22), SAME(23), SAME(24)})
    good &= one;
  return good ? 0 : 1;
}
