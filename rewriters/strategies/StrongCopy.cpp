// The fix for a reference or pointer to what a shared_ptr member owns: a copy
// of the shared_ptr keeps the object alive over the suspension.
//
//     Session &s = *session_;              const auto kept = session_;
//     co_await s.send(order);              Session &s = *kept;
//     s.count += 1;                        co_await s.send(order);
//                                          s.count += 1;
#include "rewriters/base/Format.h"
#include "rewriters/base/Planner.h"
#include "rewriters/base/Statements.h"

#include "clang/AST/ExprCXX.h"
#include "clang/AST/StmtCXX.h"

#include <fmt/format.h>

namespace interlock {

using namespace clang;

static bool isSharedPtr(QualType Type) {
  const auto *Record = Type.getNonReferenceType()->getAsCXXRecordDecl();
  return Record && Record->getDeclName().isIdentifier() &&
         Record->getName() == "shared_ptr" && Record->isInStdNamespace();
}

/// The shared_ptr that the initialiser of a handle goes through; -1 if there
/// is none, or more than one.
static int ownerIn(const FunctionView &View, int Declaration) {
  int Found = -1;
  for (int I = Declaration; I < static_cast<int>(View.nodes().size()); ++I) {
    if (!View.inside(I, Declaration))
      continue;
    const auto *Access = dyn_cast<MemberExpr>(View[I].S);
    if (!Access || !isa<FieldDecl>(Access->getMemberDecl()) ||
        !isSharedPtr(Access->getType()))
      continue;
    if (Found >= 0 || !repeatable(View, I))
      return -1;
    Found = I;
  }
  return Found;
}

void fixByStrongCopy(FunctionFixes &Fixes) {
  const FunctionView &View = Fixes.View;
  // Copying it while another thread resets it is a race of its own.
  if (Fixes.Opts.ExecutorModel == Executor::MultiThreaded)
    return;
  for (const unsigned Index : Fixes.stillOpen()) {
    const Finding &F = Fixes.Findings[Index];
    if (F.Extent.Reads.empty())
      continue;
    const int Declaration = statementAt(View, F.Extent.Reads.front());
    if (Declaration < 0 || !isa<DeclStmt>(View[Declaration].S) ||
        View[Declaration].BeginInMacro ||
        !firstOnLine(View.content(), View[Declaration].Begin))
      continue;
    const int Owner = ownerIn(View, Declaration);
    if (Owner < 0 || View[Owner].BeginInMacro)
      continue;
    const std::string Name = freeName(View, "kept", Fixes.Names);
    FixPlan Plan;
    Plan.Strategy = "strong-copy";
    Plan.Description = fmt::format("keep what '{}' owns alive over the wait in "
                                   "'{}'",
                                   View.text(Owner), F.Function);
    Plan.Edits =
        formatted({{View.file(), View[Declaration].Begin, 0,
                    fmt::format("const auto {} = {};{}", Name, View.text(Owner),
                                gapBefore(View, Declaration))},
                   {View.file(), View[Owner].Begin,
                    View[Owner].End - View[Owner].Begin, Name}},
                  View, View[Declaration].Begin, View[Declaration].End);
    for (const unsigned Other : Fixes.Open)
      if (Fixes.Findings[Other].Extent.Reads == F.Extent.Reads)
        Plan.Repairs.push_back(Other);
    Fixes.add(std::move(Plan));
  }
}

} // namespace interlock
