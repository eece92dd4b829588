// The fix for a drain: the content is taken and the state reset in one step
// before the suspension, so that what arrives meanwhile is not wiped.
//
//     co_await send(pending_);           co_await send(std::exchange(pending_,
//     0)); pending_ = 0;
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

/// `M = value;` or `M.clear();`, as the last word on a drained member.
struct Reset {
  int Statement = -1;
  std::string State; ///< as spelled
  std::string Empty; ///< what it is reset to
};

} // namespace

static std::optional<Reset> resetAt(const FunctionView &View,
                                    const SourceSpan &Modify) {
  int At = View.find(Modify.Begin, Modify.End);
  while (At >= 0 && View[At].Parent >= 0 &&
         !isa<CompoundStmt>(View[View[At].Parent].S))
    At = View[At].Parent;
  if (At < 0 || View[At].Parent < 0 || View[At].BeginInMacro ||
      View[At].EndInMacro)
    return std::nullopt;
  const Stmt *S = View[At].S;
  if (const auto *Clean = dyn_cast<ExprWithCleanups>(S))
    S = Clean->getSubExpr();
  const SourceManager &SM = View.context().getSourceManager();
  auto Text = [&](const Expr *E) {
    return Lexer::getSourceText(
               CharSourceRange::getTokenRange(E->getSourceRange()), SM,
               View.context().getLangOpts())
        .str();
  };
  auto Constant = [&](const Expr *E) {
    E = E->IgnoreParenImpCasts();
    return E->isEvaluatable(View.context()) || isa<InitListExpr>(E) ||
           isa<CXXConstructExpr>(E) || isa<CXXNullPtrLiteralExpr>(E);
  };
  if (const auto *Op = dyn_cast<BinaryOperator>(S);
      Op && Op->getOpcode() == BO_Assign && Constant(Op->getRHS()))
    return Reset{At, Text(Op->getLHS()), Text(Op->getRHS())};
  if (const auto *Op = dyn_cast<CXXOperatorCallExpr>(S);
      Op && Op->getOperator() == OO_Equal && Constant(Op->getArg(1)))
    return Reset{At, Text(Op->getArg(0)), Text(Op->getArg(1))};
  if (const auto *Call = dyn_cast<CXXMemberCallExpr>(S);
      Call && Call->getNumArgs() == 0 && Call->getMethodDecl() &&
      Call->getMethodDecl()->getDeclName().isIdentifier() &&
      Call->getMethodDecl()->getName() == "clear")
    return Reset{At, Text(Call->getImplicitObjectArgument()), "{}"};
  return std::nullopt;
}

/// The argument of the awaited call that hands the state out: a by-value or
/// rvalue parameter, for which `std::exchange` fits.
static int handedOut(const FunctionView &View, const Reset &R,
                     const Finding &F) {
  if (F.Extent.Suspensions.size() != 1 || F.Extent.Reads.size() != 1)
    return -1;
  const SourceSpan &S = F.Extent.Suspensions.front();
  const SourceSpan &Read = F.Extent.Reads.front();
  int At = View.find(Read.Begin, Read.End);
  while (At >= 0 && View.text(At) != R.State)
    At = View[At].Parent;
  if (At < 0 || View[At].Begin < S.Begin || View[At].End > S.End ||
      View[At].BeginInMacro)
    return -1;
  for (int Up = View[At].Parent; Up >= 0 && !isa<CompoundStmt>(View[Up].S);
       Up = View[Up].Parent) {
    if (const auto *Move = dyn_cast<CallExpr>(View[Up].S)) {
      const FunctionDecl *Callee = Move->getDirectCallee();
      if (!Callee)
        return -1;
      if (Callee->isInStdNamespace() && Callee->getDeclName().isIdentifier() &&
          Callee->getName() == "move") {
        At = Up;
        continue;
      }
      const SourceManager &SM = View.context().getSourceManager();
      // The first argument of `operator()` is what it belongs to.
      const unsigned Object = isa<CXXOperatorCallExpr>(Move) ? 1 : 0;
      for (unsigned A = 0;
           A + Object < Move->getNumArgs() && A < Callee->getNumParams(); ++A) {
        const Expr *Arg = Move->getArg(A + Object);
        // The argument has to be the state itself, not computed from it.
        const unsigned ArgEnd =
            SM.getFileOffset(Arg->getEndLoc()) +
            Lexer::MeasureTokenLength(Arg->getEndLoc(), SM,
                                      View.context().getLangOpts());
        if (SM.getFileOffset(Arg->getBeginLoc()) != View[At].Begin ||
            ArgEnd != View[At].End)
          continue;
        // A non-const reference takes no temporary.
        const QualType Type = Callee->getParamDecl(A)->getType();
        return Type->isLValueReferenceType() &&
                       !Type->getPointeeType().isConstQualified()
                   ? -1
                   : At;
      }
      return -1;
    }
  }
  return -1;
}

/// Whether the content is looked at between the two steps, where it would be
/// gone already.
static bool lookedAtMeanwhile(const FunctionView &View, int Argument,
                              const Reset &R) {
  return View.content()
      .slice(View[Argument].End, View[R.Statement].Begin)
      .contains(R.State);
}

void fixByExchange(FunctionFixes &Fixes) {
  const FunctionView &View = Fixes.View;
  for (const unsigned Index : Fixes.stillOpen()) {
    const Finding &F = Fixes.Findings[Index];
    if (F.Check != "stale-value" || F.Extent.Modifies.size() != 1)
      continue;
    const auto R = resetAt(View, F.Extent.Modifies.front());
    if (!R)
      continue;
    const int Argument = handedOut(View, *R, F);
    if (Argument < 0 || lookedAtMeanwhile(View, Argument, *R))
      continue;
    const llvm::StringRef Content = View.content();
    // The reset leaves with its whole line, if it has one.
    unsigned From = View[R->Statement].Begin, To = View[R->Statement].End;
    if (!firstOnLine(Content, From) ||
        !Content.slice(To, lineEnd(Content, To)).trim().empty())
      continue;
    From = lineStart(Content, From);
    To = lineEnd(Content, To) + 1;
    FixPlan Plan;
    Plan.Strategy = "exchange";
    Plan.Description = fmt::format(
        "take the content of '{}' and reset it in one step", F.State.Member);
    std::string Take = fmt::format("std::exchange({}, {})", R->State, R->Empty);
    std::vector<Edit> Edits;
    std::string Header;
    if (Fixes.Opts.ExecutorModel != Executor::SingleThreaded) {
      // The exchange is one slice, but other threads need the lock as well; it
      // is given back before the content is sent.
      const int Sender = statementAt(View, Argument);
      const auto Lock = lockCode(View, F, Fixes.Opts);
      if (Sender < 0 || !std::holds_alternative<LockCode>(Lock) ||
          cannotAwait(View) || !F.Extent.Obstacles.empty())
        continue;
      const unsigned At = View[Sender].Begin;
      if (!firstOnLine(Content, At) || View[Sender].BeginInMacro)
        continue;
      const std::string Guard = guardName(View, F.State.Category, Fixes.Names);
      const std::string Taken = freeName(View, "taken", Fixes.Names);
      const std::string Gap =
          layoutOf(Content).LineEnd + indentationAt(Content, At).str();
      Edits.push_back({View.file(), At, 0,
                       fmt::format("auto {0} = co_await {1};{4}auto {2} = "
                                   "{3};{4}{0}.unlock();{4}",
                                   Guard, std::get<LockCode>(Lock).operation(),
                                   Taken, Take, Gap)});
      Take = fmt::format("std::move({})", Taken);
      if (std::get<LockCode>(Lock).Custom.empty())
        Header = headerFor(View, Fixes.Opts);
    }
    Edits.push_back({View.file(), View[Argument].Begin,
                     View[Argument].End - View[Argument].Begin, Take});
    Edits.push_back({View.file(), From, To - From, ""});
    Plan.Repairs = repairedWith(Fixes, Index, View[R->Statement].Begin,
                                View[R->Statement].End);
    Plan.Edits =
        formatted(Edits, View, View[Argument].Begin, View[R->Statement].End);
    for (const std::string &Wanted : {std::string("<utility>"), Header})
      if (!Wanted.empty())
        if (const auto Include = includeEdit(View.file(), Content, Wanted))
          Plan.Edits.push_back(*Include);
    llvm::sort(Plan.Edits);
    Fixes.add(std::move(Plan));
  }
}

} // namespace interlock
