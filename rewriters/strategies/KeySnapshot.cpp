// The fix for a loop over a container that suspends in its body: it goes over
// a copy of the keys and looks each of them up.
//
//     for (auto &[id, order] : orders_) {
//       co_await cancel(order);
//     }
//
//     std::vector<decltype(orders_)::key_type> keys;
//     for (const auto &each : orders_)
//       keys.push_back(each.first);
//     for (const auto &id : keys) {
//       const auto found = orders_.find(id);
//       if (found == orders_.end())
//         continue;
//       auto &order = found->second;
//       co_await cancel(order);
//     }
#include "rewriters/base/Format.h"
#include "rewriters/base/GuardCode.h"
#include "rewriters/base/Includes.h"
#include "rewriters/base/Planner.h"
#include "rewriters/base/Statements.h"

#include "clang/AST/ExprCXX.h"
#include "clang/AST/StmtCXX.h"

#include <fmt/format.h>

namespace interlock {

using namespace clang;

namespace {

/// A loop over a map that is a member, with its element taken apart.
struct MapLoop {
  int Loop = -1, Body = -1;
  std::string Container;
  std::string Key, Value; ///< names of the parts
  std::string Binding;    ///< `auto &`, `const auto &`
};

} // namespace

static bool isMap(QualType Type) {
  const auto *Record = Type.getNonReferenceType()->getAsCXXRecordDecl();
  return Record && Record->getDeclName().isIdentifier() &&
         Record->isInStdNamespace() &&
         llvm::is_contained({"map", "unordered_map"}, Record->getName());
}

static std::optional<MapLoop> mapLoop(const FunctionView &View,
                                      const Finding &F) {
  if (F.Extent.Suspensions.empty())
    return std::nullopt;
  const SourceSpan &S = F.Extent.Suspensions.front();
  MapLoop M;
  const int At = View.find(S.Begin, S.End);
  M.Loop = At < 0 ? -1 : View.above<CXXForRangeStmt>(At);
  if (M.Loop < 0 || View[M.Loop].BeginInMacro || View[M.Loop].Parent < 0 ||
      !isa<CompoundStmt>(View[View[M.Loop].Parent].S) ||
      !firstOnLine(View.content(), View[M.Loop].Begin))
    return std::nullopt;
  const auto *Loop = cast<CXXForRangeStmt>(View[M.Loop].S);
  // The handle that went stale is the loop's own.
  if (!F.Extent.Reads.empty() &&
      F.Extent.Reads.front().End >
          View[nodeOf(View, M.Loop, Loop->getBody())].Begin)
    return std::nullopt;
  const auto *Access =
      dyn_cast_or_null<MemberExpr>(plain(Loop->getRangeInit()));
  const auto *Parts = dyn_cast<DecompositionDecl>(Loop->getLoopVariable());
  if (!Access || !isa<CXXThisExpr>(Access->getBase()->IgnoreImpCasts()) ||
      !Parts || Parts->bindings().size() != 2 || Loop->getInit() ||
      !isMap(Access->getType()) || !isa<CompoundStmt>(Loop->getBody()))
    return std::nullopt;
  M.Body = nodeOf(View, M.Loop, Loop->getBody());
  const QualType Element = Parts->getType();
  if (M.Body < 0 || !Element->isReferenceType())
    return std::nullopt;
  M.Container = View.text(nodeOf(View, M.Loop, Access));
  M.Key = Parts->bindings()[0]->getNameAsString();
  M.Value = Parts->bindings()[1]->getNameAsString();
  M.Binding = Element.getNonReferenceType().isConstQualified() ? "const auto &"
                                                               : "auto &";
  return M;
}

static bool usesValue(const FunctionView &View, const MapLoop &M) {
  return llvm::any_of(View.nodes(), [&](const Node &N) {
    const auto *Ref = dyn_cast<DeclRefExpr>(N.S);
    return Ref && isa<BindingDecl>(Ref->getDecl()) &&
           Ref->getDecl()->getNameAsString() == M.Value &&
           View[M.Body].Begin <= N.Begin && N.End <= View[M.Body].End;
  });
}

static std::vector<Edit> overKeys(FunctionFixes &Fixes, const MapLoop &M) {
  const FunctionView &View = Fixes.View;
  const std::string Gap = gapBefore(View, M.Loop);
  const std::string Step = layoutOf(View.content()).Indent;
  const std::string Keys = freeName(View, "keys", Fixes.Names);
  const std::string Each = freeName(View, "each", Fixes.Names);
  const std::string Found = freeName(View, "found", Fixes.Names);
  const std::string Head = fmt::format(
      "std::vector<decltype({0})::key_type> {1};{2}for (const auto &{3} : "
      "{0}){2}{4}{1}.push_back({3}.first);{2}for (const auto &{5} : {1}) {{",
      M.Container, Keys, Gap, Each, Step, M.Key);
  const std::string Inner = Gap + Step;
  std::string Lookup = fmt::format(
      "{0}const auto {1} = {2}.find({3});{0}if ({1} == {2}.end()){0}{4}"
      "continue;",
      Inner, Found, M.Container, M.Key, Step);
  if (usesValue(View, M))
    Lookup +=
        fmt::format("{}{}{} = {}->second;", Inner, M.Binding, M.Value, Found);
  return {{View.file(), View[M.Loop].Begin,
           View[M.Body].Begin + 1 - View[M.Loop].Begin, Head + Lookup}};
}

void fixByKeySnapshot(FunctionFixes &Fixes) {
  const FunctionView &View = Fixes.View;
  // Another thread could change the container while the keys are copied.
  if (Fixes.Opts.ExecutorModel != Executor::SingleThreaded)
    return;
  for (const unsigned Index : Fixes.stillOpen()) {
    const Finding &F = Fixes.Findings[Index];
    const auto M = mapLoop(View, F);
    if (!M)
      continue;
    FixPlan Plan;
    Plan.Strategy = "key-snapshot";
    Plan.Description = fmt::format("go over a copy of the keys of '{}' in '{}'",
                                   M->Container, F.Function);
    Plan.Edits = formatted(overKeys(Fixes, *M), View, View[M->Loop].Begin,
                           View[M->Loop].End);
    if (const auto Include =
            includeEdit(View.file(), View.content(), "<vector>"))
      Plan.Edits.push_back(*Include);
    llvm::sort(Plan.Edits);
    for (const unsigned Other : Fixes.Open)
      if (const SourceSpan &At = Fixes.Findings[Other].At;
          View[M->Loop].Begin <= At.Begin && At.End <= View[M->Loop].End)
        Plan.Repairs.push_back(Other);
    Fixes.add(std::move(Plan));
  }
}

} // namespace interlock
