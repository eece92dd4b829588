#include "rewriters/base/NullCheck.h"
#include "rewriters/base/Statements.h"

#include "clang/AST/StmtCXX.h"

namespace interlock {

using namespace clang;

std::optional<NullCheck> splitNullCheck(const FunctionView &View,
                                        const Extent &E) {
  const int At = View[E.Block].Children[E.First];
  const auto *If = dyn_cast<IfStmt>(View[At].S);
  if (!If || If->getElse() || If->getInit() || If->hasVarStorage() ||
      !leaves(If->getThen()) || View[At].BeginInMacro || View[At].EndInMacro)
    return std::nullopt;
  const auto *Either =
      dyn_cast<BinaryOperator>(If->getCond()->IgnoreParenImpCasts());
  const int Condition = nodeOf(View, At, If->getCond());
  if (!Either || Either->getOpcode() != BO_LOr || Condition < 0 ||
      View.text(Condition).starts_with("("))
    return std::nullopt;
  const int Null = nodeOf(View, Condition, Either->getLHS());
  const int Rest = nodeOf(View, Condition, Either->getRHS());
  if (Null < 0 || Rest < 0 || View.suspends(Null))
    return std::nullopt;
  NullCheck Split;
  Split.Above = "if (" + View.text(Null) +
                View.content().slice(View[Condition].End, View[At].End).str();
  Split.Shortened = {View.file(), View[Null].Begin,
                     View[Rest].Begin - View[Null].Begin, ""};
  Split.Rest = View[Rest].Begin;
  return Split;
}

} // namespace interlock
