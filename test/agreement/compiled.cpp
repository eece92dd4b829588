#include "compiled.hpp"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <sstream>

task<> tick() { co_await interlock::testing::yield(); }
task<> risky() {
  co_await tick();
  if (interlock::testing::fails("risky"))
    throw failure{};
}

namespace agreement {

using namespace interlock::testing;

options compiled_search() {
  options how;
  how.maximum_schedules = 20'000;
  return how;
}

namespace {

std::set<outcome> outcomes(const std::string &text) {
  std::set<outcome> out;
  std::istringstream in(text);
  for (outcome o; in >> o[0];) {
    char separator;
    in >> separator >> o[1] >> separator;
    out.insert(o);
  }
  return out;
}

} // namespace

int judge_repaired(const char *verdicts, const std::vector<std::string> &names,
                   const std::vector<std::function<report(
                       const experiment &, const judge_outcome &)>> &programs) {
  std::ifstream file(verdicts);
  for (std::string line; std::getline(file, line);) {
    std::istringstream in(line);
    std::string name, word;
    in >> name >> word >> word >> word;
    const auto at = std::find(names.begin(), names.end(), name);
    if (at == names.end())
      continue;
    const auto &run = programs[static_cast<std::size_t>(at - names.begin())];
    report worst;
    worst.exhausted = true;
    for (const experiment &e : experiments()) {
      in >> word;
      const report r = run(e, [allowed = outcomes(word)](const outcome &o) {
        return allowed.contains(o);
      });
      worst.exhausted &= r.exhausted;
      if (!r.ok()) {
        worst = r;
        break;
      }
    }
    std::printf("%s %s\n", name.c_str(),
                !worst.ok()       ? "broken"
                : worst.exhausted ? "sound"
                                  : "sampled");
    if (!worst.ok())
      std::puts(worst.text().c_str());
  }
  return 0;
}

} // namespace agreement
