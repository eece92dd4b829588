// The fix for a coroutine that is called both under its caller's guard and
// without one: it becomes two. The one under the old name takes the guard; the
// other expects it, and is what holders of the guard call.
//
//     task<> debit(Money cost) {           task<> debit_locked(Money cost) {
//       co_await ledger_.append(cost);       co_await ledger_.append(cost);
//       balance_ -= cost;                    balance_ -= cost;
//     }                                    }
//                                          task<> debit(Money cost) {
//                                            auto guard = co_await lock();
//                                            co_await debit_locked(cost);
//                                          }
#include "rewriters/base/Format.h"
#include "rewriters/base/GuardCode.h"
#include "rewriters/base/Includes.h"
#include "rewriters/base/Planner.h"
#include "rewriters/base/Statements.h"

#include "clang/AST/ExprCXX.h"
#include "clang/AST/StmtCXX.h"
#include "clang/Lex/Lexer.h"

#include <fmt/format.h>

namespace interlock {

using namespace clang;

static constexpr llvm::StringLiteral Suffix = "_locked";

bool isToBeSplit(const Finding &F) {
  return !F.HeldBy.empty() && F.CalledUnheld;
}

static unsigned offsetOf(const FunctionView &View, SourceLocation At) {
  return View.context().getSourceManager().getFileOffset(At);
}

std::optional<Edit> callWithoutLock(const FunctionView &View,
                                    const SourceSpan &Call,
                                    llvm::StringRef Callee) {
  const llvm::StringRef Name = Callee.substr(
      Callee.rfind(':') == llvm::StringRef::npos ? 0 : Callee.rfind(':') + 1);
  for (const Node &N : View.nodes()) {
    const auto *Made = dyn_cast<CallExpr>(N.S);
    const FunctionDecl *Target = Made ? Made->getDirectCallee() : nullptr;
    if (!Target || N.Begin < Call.Begin || N.End > Call.End || N.BeginInMacro ||
        !Target->getDeclName().isIdentifier() || Target->getName() != Name)
      continue;
    const Expr *Named = Made->getCallee()->IgnoreParenImpCasts();
    const auto *Member = dyn_cast<MemberExpr>(Named);
    const unsigned At =
        offsetOf(View, Member ? Member->getMemberLoc() : Named->getExprLoc());
    return Edit{View.file(), At + static_cast<unsigned>(Name.size()), 0,
                Suffix.str()};
  }
  return std::nullopt;
}

/// The arguments that hand a function's parameters on; empty optional if one
/// has no name.
static std::optional<std::string> handedOn(const FunctionDecl &F) {
  std::string Text;
  for (const ParmVarDecl *P : F.parameters()) {
    if (P->getName().empty() || P->isParameterPack())
      return std::nullopt;
    const QualType Type = P->getType();
    const bool Moves = Type->isRValueReferenceType() ||
                       (Type->isRecordType() && !Type.isConstQualified() &&
                        !Type.isTriviallyCopyableType(F.getASTContext()));
    Text += fmt::format("{}{}{}{}", Text.empty() ? "" : ", ",
                        Moves ? "std::move(" : "", P->getName().str(),
                        Moves ? ")" : "");
  }
  return Text;
}

static bool returnsValue(const FunctionView &View) {
  return llvm::any_of(View.nodes(), [](const Node &N) {
    const auto *Return = dyn_cast<CoreturnStmt>(N.S);
    return Return && !N.Foreign && Return->getOperand() &&
           !Return->getOperand()->getType()->isVoidType();
  });
}

/// Copies of the declarations that precede the definition, under the new name.
static bool declareTwice(const FunctionView &View, std::vector<Edit> &Edits) {
  const SourceManager &SM = View.context().getSourceManager();
  for (const FunctionDecl *D : View.function().redecls()) {
    if (D->isThisDeclarationADefinition())
      continue;
    const auto [File, Begin] = SM.getDecomposedLoc(D->getBeginLoc());
    const auto [Other, Name] = SM.getDecomposedLoc(D->getLocation());
    const SourceLocation Last = Lexer::getLocForEndOfToken(
        D->getEndLoc(), 0, SM, View.context().getLangOpts());
    if (File != Other || D->getBeginLoc().isMacroID() || Last.isInvalid() ||
        Last.isMacroID() || SM.isInSystemHeader(D->getLocation()))
      return false;
    const llvm::StringRef Content = SM.getBufferData(File);
    const std::size_t Semicolon = Content.find(';', SM.getFileOffset(Last));
    if (Semicolon == llvm::StringRef::npos || !firstOnLine(Content, Begin))
      return false;
    std::string Copy = Content.slice(Begin, Semicolon + 1).str();
    Copy.insert(Name - Begin + D->getName().size(), Suffix.str());
    const std::string Path = realPath(SM, File);
    Edits.push_back({Path, static_cast<unsigned>(Semicolon) + 1, 0,
                     layoutOf(Content).LineEnd +
                         indentationAt(Content, Begin).str() + Copy});
  }
  return true;
}

static std::variant<FixPlan, Why> planFor(FunctionFixes &Fixes,
                                          unsigned Index) {
  const FunctionView &View = Fixes.View;
  const Finding &F = Fixes.Findings[Index];
  const FunctionDecl &Self = View.function();
  const auto *Method = dyn_cast<CXXMethodDecl>(&Self);
  const auto Impossible = [&](const char *Reason) {
    return Why{"lock-split-needed",
               fmt::format("'{}' is called with and without the lock and would "
                           "have to be split, but {}",
                           F.Function, Reason)};
  };
  if (!F.Extent.IsCoroutine)
    return Impossible("is no coroutine");
  if (!Self.getDeclName().isIdentifier() || (Method && Method->isVirtual()) ||
      Self.isTemplated() || Self.getPrimaryTemplate())
    return Impossible("is a template or can be overridden");
  const auto Arguments = handedOn(Self);
  const auto *Body = dyn_cast<CoroutineBodyStmt>(Self.getBody());
  if (!Arguments || !Body || Self.isVariadic())
    return Impossible("its parameters cannot be handed on by name");
  if (const auto Problem = cannotAwait(View))
    return *Problem;
  auto Found = lockCode(View, F, Fixes.Opts);
  if (std::holds_alternative<Why>(Found))
    return std::get<Why>(Found);
  LockCode Lock = std::get<LockCode>(Found);
  const unsigned Open = offsetOf(View, Body->getBody()->getBeginLoc());
  if (const auto Problem = settleKey(View, Lock, Open, View.end()))
    return *Problem;
  const llvm::StringRef Content = View.content();
  if (!firstOnLine(Content, View.begin()) || Self.getLocation().isMacroID())
    return Impossible("does not stand on lines of its own");
  std::vector<Edit> Edits;
  if (!declareTwice(View, Edits))
    return Impossible("has a declaration that cannot be copied");
  const std::string Break = layoutOf(Content).LineEnd;
  const std::string Outer = indentationAt(Content, View.begin()).str();
  const std::string Inner = Break + Outer + layoutOf(Content).Indent;
  const std::string Name = Self.getNameAsString();
  const std::string Guard = guardName(View, F.State.Category, Fixes.Names);
  const std::vector<Edit> Two{
      {View.file(),
       offsetOf(View, Self.getLocation()) + static_cast<unsigned>(Name.size()),
       0, Suffix.str()},
      {View.file(), View.end(), 0,
       fmt::format("{0}{0}{1}{2}{{{3}auto {4} = co_await {5};{3}{6}co_await "
                   "{7}{8}({9});{0}{1}}}",
                   Break, Outer, Content.slice(View.begin(), Open).str(), Inner,
                   Guard, Lock.operation(),
                   returnsValue(View) ? "co_return " : "", Name, Suffix.str(),
                   *Arguments)}};
  llvm::append_range(Edits, formatted(Two, View, View.begin(), View.end()));
  FixPlan Plan;
  Plan.Strategy = "split-helper";
  Plan.Description = fmt::format(
      "let '{}' take the {} lock, and its callers that hold it call '{}{}'",
      F.Function, F.State.Category, Name, Suffix.str());
  for (const unsigned Other : Fixes.Open)
    if (isToBeSplit(Fixes.Findings[Other]) &&
        Fixes.Findings[Other].State.Category == F.State.Category)
      Plan.Repairs.push_back(Other);
  llvm::sort(Plan.Repairs);
  Plan.Needs = companionsOf(Fixes.Findings, Plan.Repairs);
  // Without a caller under a guard, a guard in here is enough.
  for (unsigned I = 0; I < Fixes.Findings.size(); ++I) {
    const Finding &Caller = Fixes.Findings[I];
    if (llvm::is_contained(F.HeldBy, Caller.Extent.FunctionId) &&
        Caller.State.Category == F.State.Category &&
        !Caller.Extent.Reads.empty() && !llvm::is_contained(Plan.Needs, I))
      Plan.Needs.push_back(I);
  }
  Plan.Edits = std::move(Edits);
  for (const std::string &Header :
       {Lock.Custom.empty() ? headerFor(View, Fixes.Opts) : std::string(),
        Arguments->find("std::move") != std::string::npos
            ? std::string("<utility>")
            : std::string()})
    if (!Header.empty())
      if (const auto Include = includeEdit(View.file(), Content, Header))
        Plan.Edits.push_back(*Include);
  for (const Edit &E : Lock.Declares)
    if (!llvm::is_contained(Plan.Edits, E))
      Plan.Edits.push_back(E);
  llvm::sort(Plan.Edits);
  return Plan;
}

void fixBySplitting(FunctionFixes &Fixes) {
  for (const unsigned Index : Fixes.stillOpen()) {
    if (!isToBeSplit(Fixes.Findings[Index]))
      continue;
    auto Plan = planFor(Fixes, Index);
    if (std::holds_alternative<Why>(Plan)) {
      Fixes.refuse(Index, std::get<Why>(Plan), {});
      continue;
    }
    Fixes.add(std::get<FixPlan>(std::move(Plan)));
  }
}

} // namespace interlock
