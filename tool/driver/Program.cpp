#include "tool/driver/Program.h"

#include "llvm/Support/ThreadPool.h"

#include <numeric>

namespace interlock {

void forEachParallel(llvm::ArrayRef<size_t> Order, unsigned Jobs,
                     llvm::function_ref<void(size_t)> Work) {
  if (Jobs == 1 || Order.size() < 2) {
    for (size_t I : Order)
      Work(I);
    return;
  }
  llvm::DefaultThreadPool Pool(llvm::hardware_concurrency(Jobs));
  for (size_t I : Order)
    Pool.async([Work, I] { Work(I); });
  Pool.wait();
}

std::vector<size_t> largestFirst(llvm::ArrayRef<Unit> Units) {
  std::vector<size_t> Order(Units.size());
  std::iota(Order.begin(), Order.end(), 0);
  llvm::stable_sort(
      Order, [&](size_t A, size_t B) { return Units[A].Size > Units[B].Size; });
  return Order;
}

std::vector<UnitOutcome>
collectProgram(llvm::ArrayRef<Unit> Units, const Options &Opts, unsigned Jobs,
               llvm::function_ref<void(const Unit &)> Done) {
  std::vector<UnitOutcome> Outcomes(Units.size());
  auto Collect = [&](size_t I) {
    UnitOutcome &Outcome = Outcomes[I];
    std::unique_ptr<TUFacts> Facts;
    Outcome.Parse = parse(Units[I], {}, [&](clang::ASTContext &Ctx) {
      Facts = collectFacts(Ctx, Opts);
    });
    if (Outcome.Parse.Crashed)
      Facts.release(); // half built by what crashed; not worth the risk
    else if (Outcome.Parse.Compiled)
      Outcome.Facts = std::move(Facts);
  };
  forEachParallel(largestFirst(Units), Jobs, [&](size_t I) {
    Collect(I);
    Done(Units[I]);
  });
  // A crash that comes from what ran beside it does not come again alone.
  if (Jobs != 1)
    for (size_t I = 0; I < Units.size(); ++I)
      if (Outcomes[I].Parse.Crashed)
        Collect(I);
  return Outcomes;
}

} // namespace interlock
