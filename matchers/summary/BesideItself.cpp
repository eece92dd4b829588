#include "matchers/flow/ControlIndex.h"
#include "matchers/summary/Program.h"

#include "llvm/ADT/STLExtras.h"

// Which functions evidently run twice at once, on one object.
namespace interlock {

/// Whether a receiver is the same object each time that a piece of code runs.
static bool isOneObject(const CallSite &Site) {
  const std::optional<AccessPath> &On = Site.Receiver;
  return On && !Site.FreshReceiver && !Site.OnceReceiver &&
         (On->Base == AccessPath::Root::This ||
          On->Base == AccessPath::Root::Parameter ||
          On->Base == AccessPath::Root::Global ||
          On->Base == AccessPath::Root::Shared) &&
         llvm::none_of(On->Steps, isElement);
}

/// The block that does a call.
static unsigned blockOf(const FunctionFacts &F, const CallSite *Site) {
  const auto Does = [&](const Block &B) {
    return llvm::any_of(B.Ops, [&](const Op &O) {
      return llvm::any_of(O.Calls, [&](const CallSite &C) {
        return &C == Site || llvm::any_of(C.Arguments, [&](const Argument &A) {
          return llvm::any_of(A.Closures, [&](const CallSite &Closure) {
            return &Closure == Site;
          });
        });
      });
    });
  };
  const auto Found = llvm::find_if(F.Blocks, Does);
  return Found == F.Blocks.end()
             ? NoIndex
             : static_cast<unsigned>(Found - F.Blocks.begin());
}

namespace {
/// Where an activity starts, and the object that it works on.
struct Begin {
  const CallerSite *At;
  const AccessPath *On;
};
} // namespace

/// Whether one run of a function sets the same going twice, so that both run
/// side by side: by two calls that come together, or in a loop that waits for
/// nothing and starts whatever it finds.
static bool startsTwice(llvm::ArrayRef<Begin> All) {
  for (const Begin &First : All) {
    const FunctionFacts *By = First.At->Caller;
    const std::vector<Block> &Blocks = By->Blocks;
    const unsigned Here = blockOf(*By, First.At->Site);
    if (Here == NoIndex)
      continue;
    const auto Waits = [](const Block &B) {
      return llvm::any_of(B.Ops, [](const Op &O) {
        return O.Kind == OpKind::Suspend && O.InLoop;
      });
    };
    if (First.At->InLoop && llvm::none_of(Blocks, Waits) &&
        llvm::all_of(Blocks[Here].ControlledBy,
                     [&](unsigned Each) { return Blocks[Each].LoopCondition; }))
      return true;
    const auto Follows = [&](const Begin &Second) {
      const unsigned There = Second.At->Caller == By && Second.At != First.At &&
                                     *Second.On == *First.On
                                 ? blockOf(*By, Second.At->Site)
                                 : NoIndex;
      return There != NoIndex &&
             Blocks[There].ControlledBy == Blocks[Here].ControlledBy &&
             leadsTo(Blocks, Here, There);
    };
    if (llvm::any_of(All, Follows))
      return true;
  }
  return false;
}

bool Program::runsBesideItself(const FunctionFacts &F, unsigned Depth) const {
  constexpr unsigned MaxDepth = 4;
  std::vector<Begin> Begins;
  for (const CallerSite &S : callers(F)) {
    if (Depth > MaxDepth || !isOneObject(*S.Site) || S.Caller == &F)
      continue;
    const AccessPath *On = &*S.Site->Receiver;
    if (S.Starts || S.Concurrent)
      Begins.push_back({&S, On});
    else if (S.Later)
      continue;
    else if (S.Caller->Lambda)
      // `spawn([&] { pool.work(); }); spawn([&] { pool.work(); });`
      for (const CallerSite &Outer : callers(*S.Caller)) {
        if (Outer.Starts)
          Begins.push_back({&Outer, On});
      }
    else if (runsBesideItself(*S.Caller, Depth + 1))
      return true;
  }
  return startsTwice(Begins);
}

} // namespace interlock
