#include "rewriters/base/FunctionView.h"

#include "matchers/facts/FunctionBody.h"

#include "clang/AST/ExprCXX.h"
#include "clang/AST/RecursiveASTVisitor.h"
#include "clang/AST/StmtCXX.h"
#include "clang/Lex/Lexer.h"
#include "llvm/Support/FileSystem.h"

#include <algorithm>

namespace interlock {

using namespace clang;

std::string realPath(const SourceManager &SM, FileID File) {
  const auto Entry = SM.getFileEntryRefForID(File);
  if (!Entry)
    return {};
  llvm::SmallString<256> Real;
  if (!llvm::sys::fs::real_path(Entry->getName(), Real))
    return Real.str().str();
  // A file of an overlay has no path of its own on the disk.
  if (const llvm::StringRef Name = Entry->getFileEntry().tryGetRealPathName();
      !Name.empty())
    return Name.str();
  return Entry->getName().str();
}

TUFiles::TUFiles(const SourceManager &SM) : SM(SM) {
  for (unsigned I = 0; I < SM.local_sloc_entry_size(); ++I) {
    const SrcMgr::SLocEntry &Entry = SM.getLocalSLocEntry(I);
    if (!Entry.isFile())
      continue;
    const FileID File =
        SM.getFileID(SourceLocation::getFromRawEncoding(Entry.getOffset()));
    ByPath.try_emplace(realPath(SM, File), File);
  }
}

FileID TUFiles::find(const std::string &Path) const {
  const auto Found = ByPath.find(Path);
  return Found == ByPath.end() ? FileID() : Found->second;
}

namespace {

struct Stretch {
  FileID File;
  unsigned Begin = 0, End = 0;
};

} // namespace

static std::optional<Stretch> stretchOf(ASTContext &Ctx, SourceRange Range) {
  const SourceManager &SM = Ctx.getSourceManager();
  if (Range.isInvalid())
    return std::nullopt;
  const SourceLocation Begin = SM.getExpansionLoc(Range.getBegin());
  SourceLocation Last = Range.getEnd();
  CharSourceRange Tail = SM.getExpansionRange(Last);
  SourceLocation End = Tail.getEnd();
  if (Tail.isTokenRange())
    End = Lexer::getLocForEndOfToken(End, 0, SM, Ctx.getLangOpts());
  if (End.isInvalid())
    return std::nullopt;
  const auto [File, From] = SM.getDecomposedLoc(Begin);
  const auto [EndFile, To] = SM.getDecomposedLoc(End);
  if (File != EndFile || To < From)
    return std::nullopt;
  return Stretch{File, From, To};
}

/// The sub-statements that stand in the source, each once: coroutine nodes
/// also own the calls that the compiler makes of them.
static llvm::SmallVector<const Stmt *> writtenChildren(const Stmt *S) {
  if (const auto *Body = dyn_cast<CoroutineBodyStmt>(S))
    return {Body->getBody()};
  if (const auto *Await = dyn_cast<CoroutineSuspendExpr>(S))
    return {Await->getOperand()};
  if (const auto *Await = dyn_cast<DependentCoawaitExpr>(S))
    return {Await->getOperand()};
  if (const auto *Return = dyn_cast<CoreturnStmt>(S)) {
    if (Return->getOperand())
      return {Return->getOperand()};
    return {};
  }
  if (const auto *Loop = dyn_cast<CXXForRangeStmt>(S)) {
    llvm::SmallVector<const Stmt *> All;
    for (const Stmt *Part :
         {Loop->getInit(), static_cast<const Stmt *>(Loop->getLoopVarStmt()),
          static_cast<const Stmt *>(Loop->getRangeInit()), Loop->getBody()})
      if (Part)
        All.push_back(Part);
    return All;
  }
  if (const auto *Default = dyn_cast<CXXDefaultArgExpr>(S)) {
    (void)Default;
    return {};
  }
  llvm::SmallVector<const Stmt *> All;
  for (const Stmt *Child : S->children())
    if (Child)
      All.push_back(Child);
  return All;
}

int FunctionView::add(const Stmt *S, int Parent, bool Foreign) {
  const auto Where = stretchOf(Ctx, S->getSourceRange());
  const int Self = static_cast<int>(Nodes.size());
  Node N;
  N.S = S;
  N.Parent = Parent;
  N.Depth = Parent < 0 ? 0 : Nodes[Parent].Depth + 1;
  N.Foreign = Foreign;
  if (Where) {
    N.Begin = Where->Begin;
    N.End = Where->End;
  } else if (Parent >= 0) {
    N.Begin = Nodes[Parent].Begin;
    N.End = Nodes[Parent].End;
  }
  N.BeginInMacro = S->getBeginLoc().isMacroID();
  N.EndInMacro = S->getEndLoc().isMacroID();
  if (Parent >= 0 && isa<CompoundStmt>(Nodes[Parent].S)) {
    // The semicolon belongs to the statement, wherever the AST draws the line.
    llvm::StringRef Rest = Content.substr(N.End);
    const llvm::StringRef Trimmed = Rest.ltrim();
    if (Trimmed.starts_with(";") && !isa<CompoundStmt>(S) && Where &&
        !Content.slice(N.Begin, N.End).ends_with(";"))
      N.End += Rest.size() - Trimmed.size() + 1;
  }
  Nodes.push_back(N);
  if (const auto *Decls = dyn_cast<DeclStmt>(S))
    for (const Decl *D : Decls->decls()) {
      if (const auto *Var = dyn_cast<ValueDecl>(D))
        Declared[Var] = Self;
      if (const auto *Group = dyn_cast<DecompositionDecl>(D))
        for (const BindingDecl *B : Group->bindings())
          Declared[B] = Self;
    }
  for (const Stmt *Child : writtenChildren(S)) {
    const bool Other = Foreign ||
                       (isa<LambdaExpr>(S) && isa<CompoundStmt>(Child)) ||
                       (isa<LambdaExpr>(S) && isa<CoroutineBodyStmt>(Child));
    const int Index = add(Child, Self, Other);
    Nodes[Self].Children.push_back(Index);
  }
  return Self;
}

FunctionView::FunctionView(ASTContext &Ctx, const FunctionDecl &Function)
    : Ctx(Ctx), Function(Function) {
  const SourceManager &SM = Ctx.getSourceManager();
  const auto Where = stretchOf(Ctx, definitionRange(Function));
  if (!Where || !Function.getBody())
    return;
  File = realPath(SM, Where->File);
  Content = SM.getBufferData(Where->File);
  Begin = Where->Begin;
  End = Where->End;
  add(writtenBody(Function), -1, false);
}

int FunctionView::find(unsigned From, unsigned To) const {
  if (Nodes.empty() || From < Nodes[0].Begin || To > Nodes[0].End)
    return -1;
  for (int At = 0;;) {
    // Children overlap: the name `operator[]` takes all of `[key]`. Of equal
    // stretches, as macros make them, the first will do.
    int Closest = -1;
    auto Width = [&](int I) { return Nodes[I].End - Nodes[I].Begin; };
    for (const int Child : Nodes[At].Children)
      if (Nodes[Child].Begin <= From && To <= Nodes[Child].End &&
          (Closest < 0 || Width(Child) < Width(Closest)))
        Closest = Child;
    if (Closest < 0)
      return At;
    At = Closest;
  }
}

int FunctionView::common(int A, int B) const {
  while (A != B) {
    if (Nodes[A].Depth < Nodes[B].Depth)
      std::swap(A, B);
    A = Nodes[A].Parent;
  }
  return A;
}

int FunctionView::childTowards(int Ancestor, int Inner) const {
  while (Inner >= 0 && Nodes[Inner].Parent != Ancestor)
    Inner = Nodes[Inner].Parent;
  return Inner;
}

bool FunctionView::inside(int I, int Ancestor) const {
  while (I > Ancestor)
    I = Nodes[I].Parent;
  return I == Ancestor;
}

llvm::SmallVector<const ValueDecl *> FunctionView::locals(int I) const {
  llvm::SmallVector<const ValueDecl *> Found;
  llvm::SmallVector<int> Work{I};
  while (!Work.empty()) {
    const Node &N = Nodes[Work.pop_back_val()];
    const ValueDecl *Named = nullptr;
    if (const auto *Ref = dyn_cast<DeclRefExpr>(N.S))
      Named = Ref->getDecl();
    if (Named && !llvm::is_contained(Found, Named)) {
      const auto *Var = dyn_cast<VarDecl>(Named);
      if ((Var && Var->isLocalVarDeclOrParm()) || isa<BindingDecl>(Named))
        Found.push_back(Named);
    }
    Work.append(N.Children.begin(), N.Children.end());
  }
  return Found;
}

int FunctionView::declarationOf(const ValueDecl *Var) const {
  const auto At = Declared.find(Var);
  return At == Declared.end() ? -1 : At->second;
}

bool isSuspension(const Node &N) {
  return !N.Foreign && isa<CoroutineSuspendExpr, DependentCoawaitExpr>(N.S);
}

bool FunctionView::suspends(int I) const {
  const Node &N = Nodes[I];
  if (N.Foreign)
    return false;
  return isSuspension(N) ||
         llvm::any_of(N.Children, [&](int C) { return suspends(C); });
}

int FunctionView::soleSuspension(int I) const {
  int Found = -1;
  for (int Each = I; Each < static_cast<int>(Nodes.size()); ++Each)
    if (isSuspension(Nodes[Each]) && inside(Each, I)) {
      if (Found >= 0)
        return -1;
      Found = Each;
    }
  return Found;
}

std::string FunctionView::text(int I) const {
  return Content.slice(Nodes[I].Begin, Nodes[I].End).str();
}

namespace {

class Collector : public RecursiveASTVisitor<Collector> {
public:
  explicit Collector(llvm::function_ref<void(const FunctionDecl &)> Found)
      : Found(Found) {}
  bool VisitFunctionDecl(FunctionDecl *F) {
    if (F->isThisDeclarationADefinition() && F->hasBody())
      Found(*F);
    return true;
  }
  bool VisitLambdaExpr(LambdaExpr *L) {
    if (const CXXMethodDecl *Call = L->getCallOperator();
        Call && Call->hasBody())
      Found(*Call);
    return true;
  }

private:
  llvm::function_ref<void(const FunctionDecl &)> Found;
};

} // namespace

FunctionIndex::FunctionIndex(ASTContext &Ctx) : Ctx(Ctx) {
  const SourceManager &SM = Ctx.getSourceManager();
  llvm::DenseMap<FileID, std::string> Names;
  auto Found = [&](const FunctionDecl &F) {
    if (SM.isInSystemHeader(SM.getExpansionLoc(F.getLocation())))
      return;
    const auto Where = stretchOf(Ctx, definitionRange(F));
    if (!Where)
      return;
    auto [At, New] = Names.try_emplace(Where->File);
    if (New)
      At->second = realPath(SM, Where->File);
    ByFile[At->second].push_back({Where->Begin, Where->End, &F});
  };
  Collector(Found).TraverseDecl(Ctx.getTranslationUnitDecl());
}

const FunctionView *FunctionIndex::find(const SourceSpan &Span,
                                        const SourceSpan &Whole) {
  const auto File = ByFile.find(Span.File);
  if (File == ByFile.end())
    return nullptr;
  auto Distance = [&](const Entry &E) {
    if (!Whole.valid())
      return E.End - E.Begin;
    auto Apart = [](unsigned A, unsigned B) { return A < B ? B - A : A - B; };
    return Apart(E.Begin, Whole.Begin) + Apart(E.End, Whole.End);
  };
  const Entry *Best = nullptr;
  for (const Entry &E : File->second)
    if (E.Begin <= Span.Begin && Span.End <= E.End &&
        (!Best || Distance(E) < Distance(*Best)))
      Best = &E;
  if (!Best)
    return nullptr;
  auto &View = Views[Best->Function];
  if (!View)
    View = std::make_unique<FunctionView>(Ctx, *Best->Function);
  return View->nodes().empty() ? nullptr : View.get();
}

} // namespace interlock
