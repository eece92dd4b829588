// The fix for a modify in a handler, which cannot await the lock: the handler
// says what happened, and what it did to the state is done behind the `try`.
//
//     } catch (const venue_error &) {      } catch (const venue_error &) {
//       balance_ += cost;                    failed = true;
//       co_return false;                   }
//     }                                    if (failed) {
//                                            auto guard = co_await lock();
//                                            balance_ += cost;
//                                            co_return false;
//                                          }
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

/// A handler whose last statements, from `First` on, change the state.
struct Handling {
  int Try = -1, Body = -1;
  unsigned First = 0;
  bool Rethrows = false;
};

} // namespace

static bool mentions(const FunctionView &View, int Root, const ValueDecl *Var) {
  return llvm::is_contained(View.locals(Root), Var);
}

static bool rethrows(const FunctionView &View, int Root) {
  for (int I = Root; I < static_cast<int>(View.nodes().size()); ++I)
    if (const auto *Throw = dyn_cast<CXXThrowExpr>(View[I].S);
        Throw && !Throw->getSubExpr() && View.inside(I, Root))
      return true;
  return false;
}

/// Whether a `try` is the whole body of the function.
static bool isBody(const FunctionView &View, int Try) {
  return View[Try].Parent < 0;
}

/// Whether a loop or a switch around the `try` alone is what a `break` of the
/// handler leaves: it still is, behind the `try`.
static std::optional<Handling> handlingAt(const FunctionView &View,
                                          const SourceSpan &Modify) {
  Handling H;
  int At =
      Modify.File == View.file() ? View.find(Modify.Begin, Modify.End) : -1;
  const int Catch = At < 0 ? -1 : View.above<CXXCatchStmt>(At);
  if (Catch < 0)
    return std::nullopt;
  H.Try = View[Catch].Parent;
  H.Body = View[Catch].Children.empty() ? -1 : View[Catch].Children.back();
  if (H.Try < 0 || H.Body < 0 || !isa<CompoundStmt>(View[H.Body].S) ||
      !(isBody(View, H.Try) || isa<CompoundStmt>(View[View[H.Try].Parent].S)) ||
      View[H.Body].BeginInMacro || View.above<CXXCatchStmt>(H.Try) >= 0)
    return std::nullopt;
  const int Statement = View.childTowards(H.Body, At);
  if (Statement < 0)
    return std::nullopt;
  H.First = placeInBlock(View, Statement);
  const auto &Children = View[H.Body].Children;
  // What goes behind the `try` must not need what only the handler has.
  const VarDecl *Caught = cast<CXXCatchStmt>(View[Catch].S)->getExceptionDecl();
  for (unsigned I = H.First; I < Children.size(); ++I) {
    if ((Caught && mentions(View, Children[I], Caught)) ||
        View[Children[I]].BeginInMacro)
      return std::nullopt;
    for (const ValueDecl *Var : View.locals(Children[I]))
      if (const int Declared = View.declarationOf(Var);
          Declared >= 0 && View[Declared].Parent == H.Body &&
          placeInBlock(View, Declared) < H.First)
        return std::nullopt;
    if (rethrows(View, Children[I])) {
      // Only the plain form can be said in other words.
      if (I + 1 != Children.size() ||
          !isa<CXXThrowExpr>(plain(View[Children[I]].S)))
        return std::nullopt;
      H.Rethrows = true;
    }
  }
  return H;
}

/// Whether the statements that move stand on lines of their own.
static bool onLines(const FunctionView &View, const Handling &H) {
  const auto &Children = View[H.Body].Children;
  const llvm::StringRef Content = View.content();
  return ownLines(View, Children[H.First], true) &&
         ownLines(View, Children.back(), !H.Rethrows) &&
         (isBody(View, H.Try) || firstOnLine(Content, View[H.Try].Begin)) &&
         firstOnLine(Content, View[H.Body].End - 1);
}

bool leavesHandler(const FunctionView &View, const SourceSpan &Modify) {
  const auto H = handlingAt(View, Modify);
  return H && onLines(View, *H);
}

std::variant<std::vector<Edit>, Why>
leaveHandler(FunctionFixes &Fixes, const SourceSpan &Modify, LockCode Lock) {
  const FunctionView &View = Fixes.View;
  const auto H = handlingAt(View, Modify);
  assert(H && onLines(View, *H) && "ask leavesHandler first");
  const auto &Children = View[H->Body].Children;
  const llvm::StringRef Content = View.content();
  const Lines First = *ownLines(View, Children[H->First], true);
  const Lines Last = *ownLines(View, Children.back(), true);
  const unsigned TryAt = View[H->Try].Begin;
  if (const auto Problem = settleKey(View, Lock, TryAt, View[H->Try].End))
    return *Problem;
  const std::string Outer = indentationAt(Content, TryAt).str();
  const std::string Inner =
      indentationAt(Content, View[Children[H->First]].Begin).str();
  const std::string Break = layoutOf(Content).LineEnd;
  const std::string Flag =
      freeName(View, H->Rethrows ? "failure" : "failed", Fixes.Names);
  const std::string Guard = guardName(
      View, Lock.Category.empty() ? "lock" : Lock.Category, Fixes.Names);
  // The statements move as they are, comments included; `throw;` is respelled.
  const unsigned Until = H->Rethrows
                             ? View[Children.back()].Begin
                             : lineEnd(Content, View[Children.back()].End);
  std::string Moved = Content.slice(First.Begin, Until).rtrim(" \t").str();
  if (H->Rethrows)
    Moved += fmt::format("{}std::rethrow_exception({});", Inner, Flag);
  std::string Behind = fmt::format(
      "{0}{1}if ({2}) {{{0}{3}auto {4} = co_await {5};{0}{6}{0}{1}}}", Break,
      Outer, Flag, Inner, Guard, Lock.operation(), Moved);
  std::string Before =
      fmt::format("{} {}{};{}", H->Rethrows ? "std::exception_ptr" : "bool",
                  Flag, H->Rethrows ? "" : " = false", Break + Outer);
  if (isBody(View, H->Try)) {
    // The function gets a body of its own around its `try`.
    Before = "{" + Break + Outer + Before;
    Behind += Break + Outer + "}";
  }
  std::vector<Edit> Edits{
      {View.file(), TryAt, 0, Before},
      {View.file(), First.Begin, Last.End - First.Begin,
       fmt::format("{}{} = {};{}", Inner, Flag,
                   H->Rethrows ? "std::current_exception()" : "true", Break)},
      {View.file(), View[H->Try].End, 0, Behind}};
  // Another repair in a body that moves in by one level keeps its lines.
  if (!isBody(View, H->Try))
    Edits = formatted(Edits, View, TryAt, View[H->Try].End);
  if (H->Rethrows)
    if (const auto Include = includeEdit(View.file(), Content, "<exception>"))
      Edits.push_back(*Include);
  llvm::sort(Edits);
  return Edits;
}

static std::variant<FixPlan, Why> planFor(FunctionFixes &Fixes,
                                          unsigned Index) {
  const FunctionView &View = Fixes.View;
  const Finding &F = Fixes.Findings[Index];
  if (const auto Problem = cannotAwait(View))
    return *Problem;
  const auto Lock = lockCode(View, F, Fixes.Opts);
  if (std::holds_alternative<Why>(Lock))
    return std::get<Why>(Lock);
  auto Edits =
      leaveHandler(Fixes, F.Extent.Modifies.front(), std::get<LockCode>(Lock));
  if (std::holds_alternative<Why>(Edits))
    return std::get<Why>(Edits);
  FixPlan Plan;
  Plan.Strategy = "leave-handler";
  Plan.Description = fmt::format(
      "restore '{}' behind the handler, where '{}' can await the lock",
      F.State.Member, F.Function);
  Plan.Edits = std::get<std::vector<Edit>>(Edits);
  if (std::get<LockCode>(Lock).Custom.empty())
    if (const auto Include = includeEdit(View.file(), View.content(),
                                         headerFor(View, Fixes.Opts)))
      Plan.Edits.push_back(*Include);
  for (const Edit &E : std::get<LockCode>(Lock).Declares)
    if (!llvm::is_contained(Plan.Edits, E))
      Plan.Edits.push_back(E);
  llvm::sort(Plan.Edits);
  return Plan;
}

/// Whether what was read before has no say in the modify: it gives back what
/// was taken, and around the `try` there is no place for a guard over both.
static bool decidedElsewhere(const FunctionView &View, const Finding &F,
                             const Handling &H) {
  return F.Extent.Reads.empty() ||
         (isBody(View, H.Try) &&
          relativeModify(View, F.Extent.Modifies.front()));
}

/// Whether more is changed in the handler than would be done behind it: one
/// guard around the whole `try` has to do for all of that.
static bool changesMore(const FunctionFixes &Fixes, const Handling &H,
                        llvm::ArrayRef<unsigned> Repairs) {
  const Node &Body = Fixes.View[H.Body];
  for (unsigned I = 0; I < Fixes.Findings.size(); ++I) {
    const Finding &F = Fixes.Findings[I];
    if (F.At.File == Fixes.View.file() && Body.Begin <= F.At.Begin &&
        F.At.End <= Body.End && !llvm::is_contained(Repairs, I))
      return true;
  }
  return false;
}

void fixByLeavingHandler(FunctionFixes &Fixes) {
  const FunctionView &View = Fixes.View;
  for (const unsigned Index : Fixes.stillOpen()) {
    const Finding &F = Fixes.Findings[Index];
    if (!F.Extent.IsCoroutine || F.Extent.Modifies.size() != 1)
      continue;
    const auto H = handlingAt(View, F.Extent.Modifies.front());
    if (!H || !onLines(View, *H) || !decidedElsewhere(View, F, *H))
      continue;
    auto Plan = planFor(Fixes, Index);
    if (std::holds_alternative<Why>(Plan))
      continue; // a guard around the whole `try` may do
    FixPlan &Made = std::get<FixPlan>(Plan);
    Made.Repairs =
        repairedWith(Fixes, Index, View[H->Body].Begin, View[H->Body].End);
    if (!changesMore(Fixes, *H, Made.Repairs))
      Fixes.add(std::move(Made));
  }
}

} // namespace interlock
