#include "rewriters/base/Earlier.h"
#include "rewriters/base/Extent.h"
#include "rewriters/base/Format.h"

#include "clang/AST/StmtCXX.h"

#include <algorithm>

namespace interlock {

using namespace clang;

static bool reachedOnce(const FunctionView &View, int Modify, int Block) {
  for (int I = View[Modify].Parent; I != Block; I = View[I].Parent)
    if (!isa<IfStmt, CompoundStmt>(View[I].S) || View[I].BeginInMacro)
      return false;
  return !isSwitchBody(View, Block);
}

/// The outermost block with a step of its own that suspends behind the reads
/// and before the modify.
static Earlier outermost(const FunctionView &View, int Modify, unsigned Read) {
  Earlier Found{Modify, -1, -1};
  for (int Block = View[Modify].Parent; Block >= 0;
       Block = View[Block].Parent) {
    if (!isa<CompoundStmt>(View[Block].S))
      continue;
    for (const int Child : View[Block].Children) {
      if (View[Child].End > View[Modify].Begin)
        break;
      if (View[Child].Begin >= Read && View.suspends(Child)) {
        Found.Block = Block;
        Found.Step = Child;
        break;
      }
    }
  }
  return Found;
}

std::optional<Earlier> earlierPlace(const FunctionView &View, const Finding &F,
                                    int Modify) {
  if (Modify < 0 || F.Extent.Modifies.size() != 1 ||
      F.Extent.Suspensions.empty() || F.Extent.Reads.empty() ||
      View[Modify].BeginInMacro || View.suspends(Modify))
    return std::nullopt;
  unsigned Read = View.begin();
  for (const SourceSpan &R : F.Extent.Reads)
    Read = std::max(Read, R.End);
  const Earlier E = outermost(View, Modify, Read);
  if (E.Block < 0 || View[E.Step].BeginInMacro ||
      !firstOnLine(View.content(), View[E.Step].Begin) ||
      !reachedOnce(View, Modify, E.Block))
    return std::nullopt;
  for (const SourceSpan &S : F.Extent.Suspensions)
    if (S.Begin < View[E.Step].Begin || S.End > View[Modify].Begin)
      return std::nullopt;
  return E;
}

bool mentionedMeanwhile(const FunctionView &View, const Earlier &E,
                        llvm::StringRef Member) {
  const Node &Modify = View[E.Modify];
  const auto Names = [&](unsigned From, unsigned To) {
    return From < To && View.content().slice(From, To).contains(Member);
  };
  if (Names(View[E.Step].Begin, Modify.Begin) ||
      (Modify.Parent != E.Block && Names(Modify.End, View[E.Block].End)))
    return true;
  // A handler further out runs when the change has been undone; it may have
  // been written to do just that.
  for (int I = E.Block; I >= 0; I = View[I].Parent)
    if (isa<CXXTryStmt>(View[I].S))
      for (const int Handler : View[I].Children)
        if (isa<CXXCatchStmt>(View[Handler].S) &&
            Names(View[Handler].Begin, View[Handler].End))
          return true;
  return false;
}

} // namespace interlock
