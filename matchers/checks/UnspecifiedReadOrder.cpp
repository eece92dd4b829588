#include "matchers/checks/Judgement.h"

#include <fmt/format.h>

namespace interlock {

std::optional<Finding> unspecifiedReadOrder(const ModifyJudgement &J) {
  if (J.Site.How == Change::Validated)
    return std::nullopt;
  TagList Tags;
  for (const Tag &T : J.exposed(J.written(/*Stale=*/true))) {
    const ReadSite &R = J.Flow.reads()[T.Read];
    // Only the await in the same expression as the read counts.
    if (R.Unsequenced && T.Crossed < J.Flow.suspensions().size() &&
        J.Site.At.contains(R.At) &&
        J.Site.At.contains(J.Flow.suspensions()[T.Crossed].At))
      addTag(Tags, T);
  }
  if (Tags.empty() || J.others().empty())
    return std::nullopt;
  Finding F = J.finding("unspecified-read-order", J.Site, J.Guarded);
  F.Message = fmt::format("'{}' may be read before or after the await in the "
                          "same expression: its order is unspecified",
                          J.Guarded.Info->Name);
  J.tell(F, J.Site, J.Guarded, Tags, StepKind::Copied, J.others());
  return F;
}

} // namespace interlock
