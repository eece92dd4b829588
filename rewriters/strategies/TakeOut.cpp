// The fix for content that is worked off over suspensions and cleared at the
// end, where no guard keeps out who adds to it: it is taken out first, so that
// what comes in meanwhile stays.
//
//     for (const Order &o : pending_)      auto taken = std::exchange(pending_,
//       co_await send(o);                                             {});
//     pending_.clear();                    for (const Order &o : taken)
//                                            co_await send(o);
//
// If a step fails, it is put back in front of what came in. Where that cannot
// be said of the container, it would be gone: that is for a reader to judge.
#include "rewriters/base/Format.h"
#include "rewriters/base/Includes.h"
#include "rewriters/base/KeyCode.h"
#include "rewriters/base/Planner.h"
#include "rewriters/base/Statements.h"

#include "clang/AST/ExprCXX.h"
#include "clang/AST/StmtCXX.h"

#include <fmt/format.h>

namespace interlock {

using namespace clang;

namespace {

/// `content.clear();`, and what names the content up to there.
struct Drain {
  int Clear = -1;
  int First = -1; ///< the statement of the same block where that begins
  std::string Content;
  std::vector<int> Mentions;
  QualType Type;
};

} // namespace

static const ValueDecl *memberOf(const Stmt *S) {
  if (const auto *Access = dyn_cast_or_null<MemberExpr>(S))
    return dyn_cast<FieldDecl>(Access->getMemberDecl());
  return nullptr;
}

/// The object of the `clear()` that a statement is.
static const Expr *cleared(const FunctionView &View, int Statement) {
  const auto *Call =
      dyn_cast_or_null<CXXMemberCallExpr>(plain(View[Statement].S));
  const CXXMethodDecl *Method = Call ? Call->getMethodDecl() : nullptr;
  return Method && Call->getNumArgs() == 0 &&
                 Method->getDeclName().isIdentifier() &&
                 Method->getName() == "clear"
             ? Call->getImplicitObjectArgument()->IgnoreParenImpCasts()
             : nullptr;
}

static std::optional<Drain> drain(const FunctionView &View, const Finding &F) {
  Drain D;
  D.Clear = statementAt(View, F.Extent.Modifies.front());
  if (D.Clear < 0 || !ownLines(View, D.Clear, true))
    return std::nullopt;
  const Expr *Object = cleared(View, D.Clear);
  const ValueDecl *Member = memberOf(Object);
  const int At = Member ? nodeOf(View, D.Clear, Object) : -1;
  if (At < 0 || !repeatable(View, At))
    return std::nullopt;
  D.Content = View.text(At);
  D.Type = Object->getType();
  const int Block = View[D.Clear].Parent;
  for (int I = 0; I < D.Clear; ++I) {
    if (memberOf(View[I].S) != Member)
      continue;
    // All of it has to stand in this block, spelled in one way.
    if (!View.inside(I, Block) || View.text(I) != D.Content ||
        View[I].BeginInMacro)
      return std::nullopt;
    D.Mentions.push_back(I);
  }
  if (D.Mentions.empty())
    return std::nullopt;
  D.First = View.childTowards(Block, D.Mentions.front());
  const bool Fits = !View[D.First].BeginInMacro &&
                    firstOnLine(View.content(), View[D.First].Begin) &&
                    sameFrom(View, At, View[D.First].Begin) &&
                    !isSwitchBody(View, Block);
  return Fits ? std::optional(D) : std::nullopt;
}

/// Whether what is put back into the container can be put in its old place.
static bool takesBack(const Drain &D) {
  const auto *Record = D.Type.getNonReferenceType()->getAsCXXRecordDecl();
  if (!Record || !Record->isInStdNamespace())
    return false;
  const llvm::StringRef Name = Record->getName();
  return llvm::is_contained({"vector", "deque", "list"}, Name) ||
         Name.ends_with("map") || Name.ends_with("set");
}

static FixPlan planFor(FunctionFixes &Fixes, const Finding &F, const Drain &D) {
  const FunctionView &View = Fixes.View;
  const std::string Name = freeName(View, "taken", Fixes.Names);
  const bool Back = takesBack(D);
  const Lines Gone = *ownLines(View, D.Clear, true);
  const std::string Gap = gapBefore(View, D.First);
  std::string Head =
      fmt::format("auto {} = std::exchange({}, {{}});{}", Name, D.Content, Gap);
  Edit Clear{View.file(), Gone.Begin, Gone.End - Gone.Begin, ""};
  std::vector<std::string> Headers{"<utility>"};
  if (Back) {
    const std::string Undo = freeName(View, "put_back", Fixes.Names);
    Head += fmt::format("interlock::rollback {0}([&] {{{1}{2}std::ranges::move("
                        "{3}, std::inserter({4}, {4}.begin()));{1}}});{1}",
                        Undo, Gap, layoutOf(View.content()).Indent, Name,
                        D.Content);
    Clear = {View.file(), View[D.Clear].Begin,
             View[D.Clear].End - View[D.Clear].Begin, Undo + ".commit();"};
    Headers.insert(Headers.end(),
                   {"<algorithm>", "<iterator>", rollbackHeader(Fixes.Opts)});
  }
  std::vector<Edit> Edits{{View.file(), View[D.First].Begin, 0, Head}, Clear};
  for (const int I : D.Mentions)
    Edits.push_back(
        {View.file(), View[I].Begin, View[I].End - View[I].Begin, Name});
  llvm::sort(Edits);
  FixPlan Plan;
  Plan.Strategy = "take-out";
  Plan.Description = fmt::format("take out what is in '{}' before '{}' works "
                                 "it off",
                                 F.State.Member, F.Function);
  Plan.Apply = Back ? Applicability::Safe : Applicability::Review;
  Plan.Edits = formatted(Edits, View, View[D.First].Begin, View[D.Clear].End);
  for (const std::string &Header : Headers)
    if (const auto Include = includeEdit(View.file(), View.content(), Header))
      Plan.Edits.push_back(*Include);
  llvm::sort(Plan.Edits);
  return Plan;
}

void fixByTakingOut(FunctionFixes &Fixes) {
  if (Fixes.Opts.ExecutorModel != Executor::SingleThreaded)
    return;
  for (const unsigned Index : Fixes.stillOpen()) {
    const Finding &F = Fixes.Findings[Index];
    if (!avoidsGuard(Fixes, F))
      continue;
    const auto D = drain(Fixes.View, F);
    if (!D)
      continue;
    FixPlan Plan = planFor(Fixes, F, *D);
    Plan.Repairs = repairedWith(Fixes, Index, Fixes.View[D->First].Begin,
                                Fixes.View[D->Clear].End);
    Fixes.add(std::move(Plan));
  }
}

} // namespace interlock
