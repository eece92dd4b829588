#include "tool/output/Interleaving.h"

namespace interlock {

static const char *verb(StepKind Kind) {
  switch (Kind) {
  case StepKind::Checked:
    return "checks";
  case StepKind::Copied:
    return "copies";
  case StepKind::Bound:
    return "refers to it";
  case StepKind::Suspends:
    return "waits";
  case StepKind::Interferes:
    return "changes it";
  case StepKind::Acquired:
    return "takes a lock";
  case StepKind::Released:
    return "gives it back";
  case StepKind::Modified:
    return "modifies";
  case StepKind::Explains:
    return "note";
  }
  return "";
}

drawing::interleaving interleavingOf(const Finding &F) {
  drawing::interleaving Drawn;
  Drawn.lanes = {"this activity", "meanwhile"};
  for (const Step &S : F.Path) {
    const unsigned Number = Drawn.events.size() + 1;
    Drawn.events.push_back({.lane = S.Kind == StepKind::Interferes,
                            .step = Number,
                            .text = verb(S.Kind),
                            .file = S.At.File,
                            .line = S.At.Line,
                            .waits = S.Kind == StepKind::Suspends});
  }
  return Drawn;
}

} // namespace interlock
