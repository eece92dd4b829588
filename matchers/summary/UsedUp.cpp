#include "matchers/summary/UsedUp.h"

#include "llvm/ADT/STLExtras.h"

#include <set>

namespace interlock {
namespace {

class Claims : public FlowObserver {
public:
  Claims(const FunctionFlow &Flow, std::map<unsigned, unsigned> &UsedUp)
      : Flow(Flow), UsedUp(UsedUp) {}

  void modify(const ModifySite &M, const FlowState &S) override {
    std::set<unsigned> Conditions;
    const auto Of = [&](const Check &C) {
      return C.Group == NoIndex
                 ? C.Branch
                 : unsigned(Flow.function().Blocks.size()) + C.Group;
    };
    const auto Decides = [&](const Check &C) {
      return !C.What.Stale && C.Branch != NoIndex &&
             Flow.controls(C.Branch, M.Block);
    };
    for (const Check &C : S.Checks)
      if (Decides(C) &&
          meets(Flow.reads()[C.What.Read], M.Path, M.Covered, M.Made))
        Conditions.insert(Of(C));
    for (const Check &C : S.Checks)
      if (Decides(C) && Conditions.count(Of(C)))
        UsedUp.try_emplace(C.What.Read, M.At.Begin);
  }

private:
  const FunctionFlow &Flow;
  std::map<unsigned, unsigned> &UsedUp;
};

} // namespace

std::map<unsigned, unsigned> usedUp(FunctionFlow &Flow) {
  std::map<unsigned, unsigned> Result;
  const auto OfState = [](const ReadSite &R) { return R.Input == NoIndex; };
  if (llvm::none_of(Flow.reads(), OfState))
    return Result;
  Claims Found(Flow, Result);
  Flow.walk(Found);
  return Result;
}

} // namespace interlock
