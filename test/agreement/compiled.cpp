#include "compiled.hpp"

#include <algorithm>
#include <cstdio>
#include <optional>
#include <string_view>
#include <utility>

task<> tick() { co_await interlock::testing::yield(); }
task<> risky() {
  co_await tick();
  if (interlock::testing::fails("risky"))
    throw failure{};
}

namespace agreement {
namespace {

using namespace interlock::testing;

/// How a repaired program did.
struct judgement {
  const char *word = "sound";
  std::string failure;
};

/// It may do in an experiment what the program could do before without
/// relying on anything old.
judgement judge(const program &before, const experiment &e,
                const run_program &repaired) {
  std::set<outcome> seen;
  report r = repaired(e, [&](const outcome &o) {
    seen.insert(o);
    return true;
  });
  const auto within = [&](const std::set<outcome> &allowed) {
    return std::includes(allowed.begin(), allowed.end(), seen.begin(),
                         seen.end());
  };
  std::optional allowed = std::optional(explore(before, e).fresh);
  if (!within(*allowed))
    allowed = outcomes_with_locks(before, e);
  if (r.ok() && allowed && !within(*allowed))
    r = repaired(e, [&](const outcome &o) { return allowed->contains(o); });
  if (!r.ok())
    return {"broken", r.text()};
  return {!allowed ? "undecided" : r.exhausted ? "sound" : "sampled", {}};
}

judgement judge(const program &before, const run_program &repaired) {
  judgement out;
  for (const experiment &e : experiments()) {
    judgement one = judge(before, e, repaired);
    if (!one.failure.empty())
      return one;
    if (std::string_view(one.word) != "sound")
      out = std::move(one);
  }
  return out;
}

} // namespace

void judge_repaired(const std::string &name, int modifies,
                    const run_program &repaired) {
  const judgement j = judge(named(name, modifies), repaired);
  std::printf("%s %s\n%s", name.c_str(), j.word, j.failure.c_str());
  std::fflush(stdout);
}

} // namespace agreement
