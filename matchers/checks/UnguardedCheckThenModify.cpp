#include "matchers/checks/Judgement.h"

#include "llvm/ADT/STLExtras.h"

#include <fmt/format.h>

namespace interlock {

std::optional<Finding> unguardedCheckThenModify(const ModifyJudgement &J) {
  if (J.Program_.options().ExecutorModel == Executor::SingleThreaded ||
      J.Site.How == Change::Validated || J.Site.How == Change::InsertIfAbsent)
    return std::nullopt;
  if (!J.judgedHere())
    return std::nullopt;
  std::vector<Tag> Tags;
  for (const Check &C : J.deciding(/*Stale=*/false))
    addTag(Tags, C.What);
  if (J.Site.How != Change::Relative)
    for (const Tag &T : J.written(/*Stale=*/false))
      addTag(Tags, T);
  Tags = J.exposed(Tags);
  if (Tags.empty() || J.others().empty())
    return std::nullopt;
  Finding F = J.finding("unguarded-check-then-modify", J.Site, J.Guarded);
  F.Message = fmt::format("'{}' is checked and modified without a guard: "
                          "another thread can change it in between",
                          J.Guarded.Info->Name);
  J.tell(F, J.Site, J.Guarded, Tags, StepKind::Checked, J.others());
  J.addObstacles(F, J.Guarded);
  return F;
}

} // namespace interlock
