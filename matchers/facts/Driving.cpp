#include "matchers/facts/Driving.h"

#include "clang/AST/RecursiveASTVisitor.h"
#include "llvm/Support/SaveAndRestore.h"

using namespace clang;

namespace interlock {
namespace {

/// Whether an expression looks at a parameter, by itself or by the locals that
/// it names.
bool looksAtParameter(const Stmt *S, unsigned Depth = 0) {
  constexpr unsigned MaxDepth = 4;
  if (!S || Depth > MaxDepth)
    return false;
  if (const auto *D = dyn_cast<DeclRefExpr>(S)) {
    if (isa<ParmVarDecl>(D->getDecl()))
      return true;
    const auto *VD = dyn_cast<VarDecl>(D->getDecl());
    return VD && VD->hasLocalStorage() &&
           looksAtParameter(VD->getInit(), Depth + 1);
  }
  return llvm::any_of(S->children(), [&](const Stmt *Child) {
    return looksAtParameter(Child, Depth);
  });
}

/// What is known so far of the functions of the program.
using Drivers = llvm::DenseMap<const FunctionDecl *, bool>;

class DriveFinder : public RecursiveASTVisitor<DriveFinder> {
public:
  DriveFinder(const LoweringContext &C, Drivers &Known) : C(C), Known(Known) {}

  bool VisitCallExpr(CallExpr *CE) {
    const FunctionDecl *Callee = CE->getDirectCallee();
    if (drives(CE))
      Found.push_back({CE, Callee && !Repeats &&
                               C.Words.RunsOut.matches(C.N.qualified(Callee))});
    return true;
  }
  bool VisitCXXConstructExpr(CXXConstructExpr *CE) {
    if (letsGoOn(CE->getConstructor()))
      Found.push_back({CE, false});
    return true;
  }
  bool TraverseLambdaExpr(LambdaExpr *) { return true; }
  bool TraverseWhileStmt(WhileStmt *S) {
    return repeated([&] { return RecursiveASTVisitor::TraverseWhileStmt(S); });
  }
  bool TraverseDoStmt(DoStmt *S) {
    return repeated([&] { return RecursiveASTVisitor::TraverseDoStmt(S); });
  }
  bool TraverseForStmt(ForStmt *S) {
    return repeated([&] { return RecursiveASTVisitor::TraverseForStmt(S); });
  }

  /// And whether all that was started has come to its end behind it.
  llvm::SmallVector<std::pair<const Expr *, bool>, 4> Found;

private:
  bool repeated(llvm::function_ref<bool()> Traverse) {
    const llvm::SaveAndRestore<bool> Inside(Repeats, true);
    return Traverse();
  }

  bool drives(const CallExpr *CE) {
    const FunctionDecl *Callee = CE->getDirectCallee();
    if (!Callee)
      return !looksAtParameter(CE->getCallee());
    // What a function is given, it starts; all else was there before.
    const Expr *Object = objectOf(CE);
    const bool Given = Object && looksAtParameter(Object);
    if (!C.Types.inSystemHeader(Callee))
      return !(Given && C.Types.isTask(Object->getType())) && letsGoOn(Callee);
    const auto *MD = dyn_cast<CXXMethodDecl>(Callee);
    const bool Resumes = MD && MD->getIdentifier() && MD->getName() == "resume";
    if (Resumes && isStep(Object))
      return false;
    if (Resumes || Callee->getOverloadedOperator() == OO_Call)
      return !Given;
    const llvm::StringRef Name = C.N.qualified(Callee);
    if (Name.ends_with("::join"))
      return true; // what a thread was given has come to its end
    return !Name.starts_with("std::") && !Callee->isOverloadedOperator() &&
           !(MD && MD->isConst()) && !C.Words.Starts.matches(Name);
  }

  /// Whether a task resumes what it has itself, to its next suspension rather
  /// than to its end: `handle_.resume()`, `for (auto &t : tasks) t.h.resume()`.
  bool isStep(const Expr *Handle) const {
    const auto *ME = dyn_cast_or_null<MemberExpr>(strip(Handle));
    if (!ME || Repeats)
      return false;
    const QualType Owner = ME->getBase()->getType();
    return C.Types.isTask(ME->isArrow() ? Owner->getPointeeType() : Owner);
  }

  static const Expr *objectOf(const CallExpr *CE) {
    if (const auto *Member = dyn_cast<CXXMemberCallExpr>(CE))
      return Member->getImplicitObjectArgument();
    return isa<CXXOperatorCallExpr>(CE) ? CE->getArg(0) : nullptr;
  }

  /// Whether a function of the program does, or nobody can tell.
  bool letsGoOn(const FunctionDecl *Callee) {
    if (C.Types.inSystemHeader(Callee) || Callee->isDefaulted() ||
        Callee->isImplicit())
      return false;
    const Stmt *Body = Callee->getBody();
    if (!Body)
      return true;
    if (isa<CoroutineBodyStmt>(Body))
      return false; // it begins
    const FunctionDecl *Same = Callee->getCanonicalDecl();
    if (const auto [It, New] = Known.try_emplace(Same, false); !New)
      return It->second;
    DriveFinder Inner(C, Known);
    Inner.TraverseStmt(const_cast<Stmt *>(Body));
    return Known[Same] = !Inner.Found.empty();
  }

  const LoweringContext &C;
  Drivers &Known;
  bool Repeats = false; ///< in a loop that goes on as long as it likes
};

} // namespace

std::vector<Drive> drivesOf(const FunctionDecl *FD, const LoweringContext &C) {
  Drivers Known;
  DriveFinder Finder(C, Known);
  Finder.TraverseStmt(FD->getBody());
  std::vector<Drive> Result;
  for (const auto &[Call, ToEnd] : Finder.Found)
    Result.push_back({C.N.span(Call->getSourceRange()), ToEnd});
  return Result;
}

} // namespace interlock
