// The fix for a walk over an ordered container that suspends on the way: the
// element is found again by its key, and the walk goes on behind it if it is
// gone. What was asked about it before the wait is asked again.
//
//     while (it != orders_.end()) {        while (it != orders_.end()) {
//       if (!it->second.done) {              if (!it->second.done) {
//         ++it;                                ++it;
//         continue;                            continue;
//       }                                    }
//                                            const auto key = it->first;
//       co_await archive(it->second);        co_await archive(it->second);
//                                            it = orders_.find(key);
//                                            if (it == orders_.end()) {
//                                              it = orders_.upper_bound(key);
//                                              continue;
//                                            }
//                                            if (!it->second.done)
//                                              continue;
//       it = orders_.erase(it);              it = orders_.erase(it);
//     }                                    }
#include "rewriters/base/Containers.h"
#include "rewriters/base/Format.h"
#include "rewriters/base/GuardCode.h"
#include "rewriters/base/KeyCode.h"
#include "rewriters/base/Planner.h"
#include "rewriters/base/Statements.h"

#include "clang/AST/ExprCXX.h"
#include "clang/AST/StmtCXX.h"

#include <fmt/format.h>

namespace interlock {

using namespace clang;

namespace {

/// A loop that does nothing in its head but compare an iterator with the end.
struct Walk {
  int Loop = -1, Body = -1;
  const VarDecl *Iterator = nullptr;
  std::string Container; ///< as it is spelled
  std::string Key;       ///< of the element, likewise
};

/// A statement of the body that suspends.
struct Wait {
  int Statement = -1;
  std::vector<std::string> Skips; ///< who is for one of these is not asked for
};

} // namespace

/// How the key of an element of an ordered container with one element a key is
/// spelled; empty for another container.
static std::string keyOfElement(llvm::StringRef Container,
                                llvm::StringRef Iterator) {
  return Container == "map"   ? fmt::format("{}->first", Iterator.str())
         : Container == "set" ? fmt::format("*{}", Iterator.str())
                              : std::string();
}

static bool names(const FunctionView &View, int I, const VarDecl *Var) {
  return llvm::is_contained(View.locals(I), Var);
}

/// `it != orders_.end()`
static std::optional<Walk> walkOf(const FunctionView &View, int Loop) {
  const auto *While = dyn_cast<WhileStmt>(View[Loop].S);
  const auto *For = dyn_cast<ForStmt>(View[Loop].S);
  const Expr *Head = While ? While->getCond() : For ? For->getCond() : nullptr;
  const Stmt *Body = While ? While->getBody() : For ? For->getBody() : nullptr;
  const auto Compared = unequal(plain(Head));
  if (!Compared || (For && For->getInc()) || !isa<CompoundStmt>(Body) ||
      View[Loop].BeginInMacro)
    return std::nullopt;
  const auto *Ref = dyn_cast_or_null<DeclRefExpr>(plain(Compared->first));
  const Expr *Container = objectOfCall(Compared->second, {"end"});
  Walk W;
  W.Loop = Loop;
  W.Body = nodeOf(View, Loop, Body);
  W.Iterator = Ref ? dyn_cast<VarDecl>(Ref->getDecl()) : nullptr;
  if (!Container || !W.Iterator || !W.Iterator->isLocalVarDecl() ||
      W.Iterator->getType().isConstQualified())
    return std::nullopt;
  const int At = nodeOf(View, Loop, Container);
  W.Key = keyOfElement(standardClass(Container), W.Iterator->getName());
  if (At < 0 || W.Key.empty() || !repeatable(View, At))
    return std::nullopt;
  W.Container = View.text(At);
  return W;
}

/// What a branch says about the element on the way to the statement below it;
/// none if that cannot be asked twice.
static std::optional<std::string> asked(const FunctionView &View, const Walk &W,
                                        int Branch, bool Wanted) {
  const auto *If = cast<IfStmt>(View[Branch].S);
  const int Condition = nodeOf(View, Branch, If->getCond());
  if (Condition < 0 || If->getInit() || If->hasVarStorage() ||
      View[Branch].BeginInMacro)
    return std::nullopt;
  if (!names(View, Condition, W.Iterator))
    return std::string();
  if (!repeatable(View, Condition))
    return std::nullopt;
  const std::string Text = View.text(Condition);
  return Wanted ? negated(plain(If->getCond()), Text) : Text;
}

/// Whether a local that a declaration in the loop makes refers into the
/// container.
static bool refersInto(const FunctionView &View, const Walk &W, int Statement) {
  const auto *Decls = cast<DeclStmt>(View[Statement].S);
  return names(View, Statement, W.Iterator) &&
         llvm::any_of(Decls->decls(), [](const Decl *D) {
           const auto *Var = dyn_cast<ValueDecl>(D);
           return !Var || isAlias(Var) || isa<DecompositionDecl>(D);
         });
}

/// Adds what the statements before one of a block have asked, and whether they
/// have done something. False if one of them cannot be looked through.
static bool addSkips(const FunctionView &View, const Walk &W, int Before,
                     std::vector<std::string> &Skips, bool &Acts) {
  for (const int Child : View[View[Before].Parent].Children) {
    if (Child == Before)
      return true;
    const auto *If = dyn_cast<IfStmt>(View[Child].S);
    if (isa<DeclStmt>(View[Child].S)) {
      if (refersInto(View, W, Child))
        return false;
    } else if (If && !If->getElse() && leaves(If->getThen()) &&
               !View.suspends(Child)) {
      const auto Skip = asked(View, W, Child, /*Wanted=*/false);
      if (!Skip)
        return false;
      if (!Skip->empty())
        Skips.push_back(*Skip);
    } else {
      Acts = true;
    }
  }
  return false;
}

/// The statement around an await, if the element can be found again behind it.
static std::optional<Wait> waitAt(const FunctionView &View, const Walk &W,
                                  int Await) {
  Wait Result;
  Result.Statement = statementAt(View, Await);
  const int S = Result.Statement;
  if (S < 0 || !isa<Expr, DeclStmt>(View[S].S) || View[S].BeginInMacro ||
      View[S].EndInMacro || !firstOnLine(View.content(), View[S].Begin) ||
      (isa<DeclStmt>(View[S].S) && refersInto(View, W, S)))
    return std::nullopt;
  bool Acts = false;
  for (int I = S; I != W.Body;) {
    const int Block = View[I].Parent;
    if (!addSkips(View, W, I, Result.Skips, Acts))
      return std::nullopt;
    // What was done must not be done again for the same element.
    if (Block == W.Body)
      return Acts && !Result.Skips.empty() ? std::nullopt
                                           : std::optional(Result);
    const int Branch = View[Block].Parent;
    const auto *If = Branch < 0 ? nullptr : dyn_cast<IfStmt>(View[Branch].S);
    if (!If)
      return std::nullopt;
    const auto Skip =
        asked(View, W, Branch, /*Wanted=*/If->getThen() == View[Block].S);
    if (!Skip)
      return std::nullopt;
    if (!Skip->empty())
      Result.Skips.push_back(*Skip);
    I = Branch;
    if (!isa<CompoundStmt>(View[View[I].Parent].S))
      return std::nullopt; // `else if`
  }
  return std::nullopt;
}

static std::vector<Edit> foundAgain(FunctionFixes &Fixes, const Walk &W,
                                    const Wait &At) {
  const FunctionView &View = Fixes.View;
  const Node &S = View[At.Statement];
  const std::string Gap = gapBefore(View, At.Statement);
  const std::string Deeper = Gap + layoutOf(View.content()).Indent;
  const std::string It = W.Iterator->getNameAsString();
  const std::string Key = freeName(View, "key", Fixes.Names);
  std::string Behind =
      fmt::format("{0}{1} = {2}.find({3});{0}if ({1} == {2}.end()) {{{4}{1} = "
                  "{2}.upper_bound({3});{4}continue;{0}}}",
                  Gap, It, W.Container, Key, Deeper);
  for (const std::string &Skip : At.Skips)
    Behind += fmt::format("{}if ({}){}continue;", Gap, Skip, Deeper);
  const unsigned End = lastOnLine(View.content(), S.End)
                           ? lineEnd(View.content(), S.End)
                           : S.End;
  return {{View.file(), S.Begin, 0,
           fmt::format("const auto {} = {};{}", Key, W.Key, Gap)},
          {View.file(), End, 0, Behind}};
}

static std::optional<FixPlan> planFor(FunctionFixes &Fixes, const Walk &W) {
  const FunctionView &View = Fixes.View;
  std::vector<Edit> Edits;
  int Last = -1;
  for (int I = 0; I < static_cast<int>(View.nodes().size()); ++I) {
    if (!isSuspension(View[I]) || !View.inside(I, W.Body))
      continue;
    const auto At = waitAt(View, W, I);
    if (!At)
      return std::nullopt;
    if (At->Statement != Last)
      llvm::append_range(Edits, foundAgain(Fixes, W, *At));
    Last = At->Statement;
  }
  FixPlan Plan;
  Plan.Strategy = "walk-on";
  Plan.Description =
      fmt::format("find the element of '{}' again after the wait", W.Container);
  for (const unsigned Index : Fixes.Open) {
    const SourceSpan &At = Fixes.Findings[Index].At;
    if (At.File == View.file() && View[W.Loop].Begin <= At.Begin &&
        At.End <= View[W.Loop].End &&
        llvm::StringRef(W.Container)
            .ends_with(memberName(Fixes.Findings[Index])))
      Plan.Repairs.push_back(Index);
  }
  if (Plan.Repairs.empty() || Edits.empty())
    return std::nullopt;
  llvm::sort(Edits);
  Plan.Edits = formatted(Edits, View, View[W.Loop].Begin, View[W.Loop].End);
  return Plan;
}

void fixByWalkingOn(FunctionFixes &Fixes) {
  const FunctionView &View = Fixes.View;
  // Another thread could change the container right behind the lookup.
  if (Fixes.Opts.ExecutorModel != Executor::SingleThreaded)
    return;
  for (const unsigned Index : Fixes.stillOpen()) {
    const Finding &F = Fixes.Findings[Index];
    if (F.Extent.Suspensions.empty() ||
        F.Extent.Suspensions.front().File != View.file())
      continue;
    const SourceSpan &S = F.Extent.Suspensions.front();
    int Loop = View.find(S.Begin, S.End);
    while (Loop >= 0 &&
           !isa<WhileStmt, ForStmt, DoStmt, CXXForRangeStmt, SwitchStmt>(
               View[Loop].S))
      Loop = View[Loop].Parent;
    const auto W = Loop < 0 ? std::nullopt : walkOf(View, Loop);
    if (auto Plan = W ? planFor(Fixes, *W) : std::nullopt)
      Fixes.add(std::move(*Plan));
  }
}

} // namespace interlock
