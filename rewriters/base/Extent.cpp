#include "rewriters/base/Extent.h"
#include "rewriters/base/Format.h"
#include "rewriters/base/NewSuspension.h"
#include "rewriters/base/Statements.h"

#include "clang/AST/ExprCXX.h"
#include "clang/AST/StmtCXX.h"
#include "clang/Lex/Lexer.h"

#include <algorithm>

namespace interlock {

using namespace clang;

unsigned beginOf(const FunctionView &View, const Extent &E) {
  const Node &First = View[View[E.Block].Children[E.First]];
  // Behind a `case` or a label stands the statement that it marks.
  const Stmt *Inner = First.S;
  int At = View[E.Block].Children[E.First];
  while (isa<SwitchCase, LabelStmt>(Inner)) {
    At = View[At].Children.back();
    Inner = View[At].S;
  }
  return View[At].Begin;
}

unsigned endOf(const FunctionView &View, const Extent &E) {
  return View[View[E.Block].Children[E.Last]].End;
}

bool isSwitchBody(const FunctionView &View, int Block) {
  const int Parent = View[Block].Parent;
  return Parent >= 0 && isa<SwitchStmt>(View[Parent].S);
}

/// Lifts a node to the block that a statement may be inserted in and the
/// child of it on the way. A block that is all a macro's stands in a statement
/// that is.
static std::variant<Extent, Why> lift(const FunctionView &View, int Inner) {
  bool InMacro = false;
  int Child = Inner;
  int Block = View[Inner].Parent;
  while (Block >= 0) {
    const bool Plain = isa<CompoundStmt>(View[Block].S) &&
                       !View[Block].BeginInMacro && !View[Block].EndInMacro;
    // A handler may not await, so the guard precedes the whole `try`.
    const int Handler = View.above<CXXCatchStmt>(Block);
    if (Plain && Handler < 0) {
      const auto &Children = View[Block].Children;
      const unsigned At =
          static_cast<unsigned>(llvm::find(Children, Child) - Children.begin());
      return Extent{Block, At, At};
    }
    if (isa<CompoundStmt>(View[Block].S) &&
        View[Block].BeginInMacro != View[Block].EndInMacro)
      break;
    InMacro |= View[Block].BeginInMacro;
    if (Handler >= 0) {
      Child = View[Handler].Parent;
      if (View[Child].Parent < 0)
        return Why{"function-try-block",
                   "the region is a function's try block, outside of which no "
                   "guard can be declared"};
      Block = View[Child].Parent;
      continue;
    }
    Child = Block;
    Block = View[Block].Parent;
  }
  if (InMacro || Block >= 0)
    return Why{"macro-body",
               "the block that the guard would stand in comes out of a macro"};
  return Why{"function-try-block",
             "no block around the region can hold a declaration"};
}

bool isBareBody(const FunctionView &View, const Extent &E) {
  return !isa<CompoundStmt>(View[E.Block].S);
}

static unsigned indexIn(const FunctionView &View, int Block, int Inner) {
  const auto &Children = View[Block].Children;
  const int Child = View.childTowards(Block, Inner);
  return static_cast<unsigned>(llvm::find(Children, Child) - Children.begin());
}

/// Takes a run of statements that no declaration may stand among out to the
/// whole `switch`.
static std::variant<Extent, Why> settleSwitch(const FunctionView &View,
                                              Extent E) {
  while (isSwitchBody(View, E.Block)) {
    bool OneCase = true;
    const auto &Children = View[E.Block].Children;
    for (unsigned I = E.First + 1; I <= E.Last; ++I)
      OneCase &= !isa<SwitchCase>(View[Children[I]].S);
    // A run that ends in another case's section would cut that one in two.
    if (OneCase)
      return E;
    auto Up = lift(View, View[E.Block].Parent);
    if (std::holds_alternative<Why>(Up))
      return Up;
    E = std::get<Extent>(Up);
  }
  return E;
}

std::variant<Extent, Why> cover(const FunctionView &View, Extent E, int Inner) {
  if (View.inside(Inner, E.Block)) {
    const unsigned At = indexIn(View, E.Block, Inner);
    if (isBareBody(View, E)) {
      if (At == E.First)
        return E;
      auto Up = lift(View, E.Block);
      if (std::holds_alternative<Why>(Up))
        return Up;
      return settleSwitch(View, std::get<Extent>(Up));
    }
    E.First = std::min(E.First, At);
    E.Last = std::max(E.Last, At);
    return settleSwitch(View, E);
  }
  const int Common = View.common(E.Block, Inner);
  if (isa<CompoundStmt>(View[Common].S) && !View[Common].BeginInMacro &&
      View.above<CXXCatchStmt>(Common) < 0) {
    const unsigned A = indexIn(View, Common, E.Block);
    const unsigned B = indexIn(View, Common, Inner);
    return settleSwitch(View, {Common, std::min(A, B), std::max(A, B)});
  }
  auto Up = lift(View, Common);
  if (std::holds_alternative<Why>(Up))
    return Up;
  return settleSwitch(View, std::get<Extent>(Up));
}

static bool hasDirective(llvm::StringRef Text) {
  while (!Text.empty()) {
    auto [Line, Rest] = Text.split('\n');
    Text = Rest;
    Line = Line.ltrim();
    if (Line.consume_front("#") &&
        (Line.ltrim().starts_with("if") || Line.ltrim().starts_with("el") ||
         Line.ltrim().starts_with("endif")))
      return true;
  }
  return false;
}

/// Whether a guard around the statement would be held over passes of a loop,
/// or over a wait in the head of an `if`, that one in its body leaves out.
static bool holdsMore(const FunctionView &View, int Control) {
  if (!isa<IfStmt>(View[Control].S))
    return true;
  return llvm::any_of(View[Control].Children, [&](int Child) {
    return !isBodyOf(View[Control].S, View[Child].S) && View.suspends(Child);
  });
}

/// The body without braces that is enough, if the extent is one statement
/// around it.
static Extent bareBody(const FunctionView &View, const Extent &Whole,
                       llvm::ArrayRef<int> Covered) {
  Extent Best = Whole;
  if (Whole.First != Whole.Last)
    return Best;
  int Control = View[Whole.Block].Children[Whole.First];
  while (true) {
    if (View[Control].BeginInMacro || View[Control].EndInMacro)
      return Best;
    const auto &Children = View[Control].Children;
    const auto Body = llvm::find_if(Children, [&](int Child) {
      return isBodyOf(View[Control].S, View[Child].S) &&
             llvm::all_of(Covered,
                          [&](int At) { return View.inside(At, Child); });
    });
    if (Body == Children.end() || View[*Body].BeginInMacro ||
        View[*Body].EndInMacro ||
        isa<CompoundStmt, LabelStmt, DeclStmt>(View[*Body].S) ||
        hasDirective(
            View.content().slice(View[Control].Begin, View[*Body].End)))
      return Best;
    const auto Place = static_cast<unsigned>(Body - Children.begin());
    if (holdsMore(View, Control))
      Best = {Control, Place, Place};
    Control = *Body;
  }
}

static int innermostLoop(const FunctionView &View, int I) {
  while (I >= 0 && !isa<ForStmt, WhileStmt, DoStmt, CXXForRangeStmt>(View[I].S))
    I = View[I].Parent;
  return I;
}

std::variant<Extent, Why> aroundLoop(const FunctionView &View,
                                     const Extent &E) {
  const int Loop = innermostLoop(View, E.Block);
  if (Loop < 0)
    return E;
  auto Around = lift(View, Loop);
  if (std::holds_alternative<Why>(Around))
    return Around;
  return settleSwitch(View, std::get<Extent>(Around));
}

/// Whether the path from a read over a suspension to a modify runs through
/// the next pass of a loop: nothing suspends between them in the text.
static bool carriedByLoop(const FunctionView &View,
                          llvm::ArrayRef<SourceSpan> Reads,
                          llvm::ArrayRef<SourceSpan> Suspensions,
                          llvm::ArrayRef<SourceSpan> Modifies,
                          const Extent &E) {
  if (Suspensions.empty() || Reads.empty() || Modifies.empty())
    return false;
  for (const SourceSpan &R : Reads)
    for (const SourceSpan &M : Modifies) {
      const int RNode = View.find(R.Begin, R.End);
      const int MNode = View.find(M.Begin, M.End);
      if (RNode < 0 || MNode < 0)
        return false;
      // Within one full expression the text says nothing about the order.
      const int Both = View.common(RNode, MNode);
      if (isa<Expr>(View[Both].S))
        return false;
      for (const SourceSpan &S : Suspensions)
        if (R.Begin <= S.End && S.Begin <= M.End)
          return false;
    }
  return innermostLoop(View, E.Block) >= 0;
}

bool isAlias(const ValueDecl *Var) {
  if (isa<BindingDecl>(Var))
    return true;
  const QualType Type = Var->getType();
  if (Type->isReferenceType() || Type->isPointerType())
    return true;
  if (const auto *Record = Type->getAsCXXRecordDecl()) {
    const llvm::StringRef Name = Record->getName();
    return Name.contains_insensitive("iterator") || Name.contains("span") ||
           Name.contains("view") || Name.contains("optional");
  }
  return Type->isDependentType();
}

static llvm::StringRef nameIn(const Stmt *S) {
  DeclarationName Name;
  if (const auto *Access = dyn_cast<MemberExpr>(S))
    Name = Access->getMemberDecl()->getDeclName();
  else if (const auto *Ref = dyn_cast<DeclRefExpr>(S))
    Name = Ref->getDecl()->getDeclName();
  else if (const auto *Access = dyn_cast<CXXDependentScopeMemberExpr>(S))
    Name = Access->getMember();
  return Name && Name.isIdentifier() ? Name.getAsIdentifierInfo()->getName()
                                     : llvm::StringRef();
}

/// Whether the body of a function that is called names the member: `find(id)`.
static bool looksInto(const Stmt *Call, llvm::StringRef Member) {
  const auto *Made = dyn_cast<CallExpr>(Call);
  const FunctionDecl *Callee = Made ? Made->getDirectCallee() : nullptr;
  if (!Callee || Callee->isInStdNamespace() || !Callee->hasBody(Callee))
    return false;
  llvm::SmallVector<const Stmt *> Work{Callee->getBody()};
  while (!Work.empty()) {
    const Stmt *Next = Work.pop_back_val();
    if (nameIn(Next) == Member)
      return true;
    for (const Stmt *Child : Next->children())
      if (Child)
        Work.push_back(Child);
  }
  return false;
}

static bool names(const FunctionView &View, int I, llvm::StringRef Member) {
  const Node &N = View[I];
  if (!Member.empty() && (nameIn(N.S) == Member || looksInto(N.S, Member)))
    return true;
  return llvm::any_of(N.Children,
                      [&](int C) { return names(View, C, Member); });
}

/// The declaration of a local alias into the state; -1 if it is none.
static int aliasDeclaration(const FunctionView &View, const ValueDecl *Var,
                            llvm::StringRef Member, int Fuel = 8) {
  const int At = View.declarationOf(Var);
  if (At < 0 || !isAlias(Var) || Fuel == 0)
    return -1;
  if (names(View, At, Member))
    return At;
  for (const ValueDecl *Other : View.locals(At))
    if (Other != Var && aliasDeclaration(View, Other, Member, Fuel - 1) >= 0)
      return At;
  return -1;
}

static std::variant<Extent, Why>
coverAliases(const FunctionView &View, Extent E, llvm::StringRef Member) {
  for (bool Grown = true; Grown;) {
    Grown = false;
    for (unsigned I = E.First; I <= E.Last && !Grown; ++I)
      for (const ValueDecl *Var : View.locals(View[E.Block].Children[I])) {
        const int At = aliasDeclaration(View, Var, Member);
        if (At < 0 || View[At].Foreign || View[At].Begin >= beginOf(View, E))
          continue;
        auto Wider = cover(View, E, At);
        if (std::holds_alternative<Why>(Wider))
          return Wider;
        E = std::get<Extent>(Wider);
        Grown = true;
        break;
      }
  }
  return E;
}

std::variant<Extent, Why> findExtent(const FunctionView &View,
                                     llvm::ArrayRef<SourceSpan> Reads,
                                     llvm::ArrayRef<SourceSpan> Suspensions,
                                     llvm::ArrayRef<SourceSpan> Modifies,
                                     llvm::StringRef Member, bool Bodies) {
  std::optional<Extent> E;
  std::vector<int> Covered;
  for (const auto &Group : {Reads, Suspensions, Modifies})
    for (const SourceSpan &Span : Group) {
      if (Span.File != View.file())
        continue; // inside a callee of another file
      const int At = View.find(Span.Begin, Span.End);
      if (At < 0)
        continue;
      Covered.push_back(At);
      auto Next = E ? cover(View, *E, At) : lift(View, At);
      if (std::holds_alternative<Why>(Next))
        return Next;
      E = std::get<Extent>(Next);
    }
  if (!E)
    return Why{"not-found", "the region was not found in the function's body"};
  auto Settled = settleSwitch(View, *E);
  if (std::holds_alternative<Why>(Settled))
    return Settled;
  E = std::get<Extent>(Settled);
  if (carriedByLoop(View, Reads, Suspensions, Modifies, *E)) {
    auto Outside = aroundLoop(View, *E);
    if (std::holds_alternative<Why>(Outside))
      return Outside;
    E = std::get<Extent>(Outside);
  } else if (Bodies) {
    E = bareBody(View, *E, Covered);
  }
  auto Aliased = coverAliases(View, *E, Member);
  if (std::holds_alternative<Why>(Aliased))
    return Aliased;
  return coverSlice(View, std::get<Extent>(Aliased), Member);
}

namespace {

/// Jumps between the extent and the rest of the function.
struct Jumps {
  bool IntoRun = false;  ///< a label in First..Last, reached from outside
  bool IntoTail = false; ///< a label behind Last in the block, from before it
};

} // namespace

static Jumps jumps(const FunctionView &View, const Extent &E) {
  Jumps Found;
  const unsigned From = beginOf(View, E), To = endOf(View, E);
  const unsigned BlockEnd = View[E.Block].End;
  for (const Node &Label : View.nodes()) {
    const auto *Target = dyn_cast<LabelStmt>(Label.S);
    if (!Target || Label.Foreign)
      continue;
    for (const Node &N : View.nodes()) {
      const auto *Jump = dyn_cast<GotoStmt>(N.S);
      const bool Computed = isa<IndirectGotoStmt>(N.S);
      if (!Computed && (!Jump || Jump->getLabel() != Target->getDecl()))
        continue;
      const bool FromRun = From <= N.Begin && N.End <= To;
      const bool ToRun = From <= Label.Begin && Label.Begin < To;
      const bool ToTail = To <= Label.Begin && Label.Begin < BlockEnd;
      const bool FromScope = From <= N.Begin && N.Begin < BlockEnd;
      // The label in front of the first statement is outside of the guard.
      if (ToRun && !FromRun)
        Found.IntoRun = true;
      if (ToTail && (!FromScope || FromRun))
        Found.IntoTail |= !FromScope;
    }
  }
  return Found;
}

/// Whether something declared in the run is used behind it.
static bool escapes(const FunctionView &View, const Extent &E) {
  const auto &Children = View[E.Block].Children;
  for (unsigned I = E.Last + 1; I < Children.size(); ++I)
    for (const ValueDecl *Var : View.locals(Children[I])) {
      // Behind a label it is still the block's.
      int At = View.declarationOf(Var);
      while (At >= 0 && View[At].Parent >= 0 &&
             isa<SwitchCase, LabelStmt>(View[View[At].Parent].S))
        At = View[At].Parent;
      if (At < 0 || View[At].Parent != E.Block)
        continue;
      const unsigned Place = indexIn(View, E.Block, At);
      if (E.First <= Place && Place <= E.Last)
        return true;
    }
  // Types and functions declared in the run may be named behind it in ways
  // that `locals` does not see.
  for (unsigned I = E.First; I <= E.Last; ++I)
    if (const auto *Decls = dyn_cast<DeclStmt>(View[Children[I]].S))
      for (const Decl *D : Decls->decls())
        if (!isa<VarDecl>(D) && E.Last + 1 < Children.size())
          return true;
  return false;
}

std::variant<Form, Why> chooseForm(const FunctionView &View, const Extent &E,
                                   bool MayLast) {
  const auto &Children = View[E.Block].Children;
  const Jumps J = jumps(View, E);
  if (J.IntoRun)
    return Why{
        "goto-into-region",
        "a 'goto' jumps into the statements that the guard has to cover"};
  if (isBareBody(View, E))
    return Form::OwnBlock;
  const bool Switch = isSwitchBody(View, E.Block);
  bool TailSuspends = false;
  for (unsigned I = E.Last + 1; I < Children.size(); ++I)
    TailSuspends |= View.suspends(Children[I]);
  const bool Labelled = isa<LabelStmt>(View[Children[E.First]].S);
  if (!Switch && !J.IntoTail && !Labelled && !TailSuspends && MayLast)
    return Form::ToEndOfBlock;
  const bool Escapes = escapes(View, E);
  const bool Conditional =
      hasDirective(View.content().slice(beginOf(View, E), endOf(View, E)));
  if (!Escapes && !Conditional)
    return Form::OwnBlock;
  if (Switch || J.IntoTail || Labelled)
    return Why{Switch ? "switch-scope" : "goto-into-region",
               "the guard needs a block of its own, and what is declared in it "
               "is used behind it"};
  return Form::Unlocked;
}

/// The offset of the outermost conditional directive that is open at `At` and
/// begins behind `From`; `At` if there is none.
static unsigned aboveConditionals(llvm::StringRef Content, unsigned From,
                                  unsigned At) {
  llvm::SmallVector<unsigned> Open;
  unsigned Place = From;
  while (Place < At) {
    const unsigned Stop = lineEnd(Content, Place);
    llvm::StringRef Line = Content.slice(Place, Stop).ltrim();
    if (Line.consume_front("#")) {
      Line = Line.ltrim();
      if (Line.starts_with("if"))
        Open.push_back(lineStart(Content, Place));
      else if (Line.starts_with("endif") && !Open.empty())
        Open.pop_back();
    }
    Place = Stop + 1;
  }
  return Open.empty() ? At : Open.front();
}

std::variant<unsigned, Why> insertionPoint(const FunctionView &View,
                                           const Extent &E) {
  const auto &Children = View[E.Block].Children;
  const unsigned Begin = beginOf(View, E), End = endOf(View, E);
  if (isBareBody(View, E)) {
    if (auto Problem = danglingParameter(View, Begin))
      return *Problem;
    return Begin;
  }
  const unsigned Before =
      E.First == 0 ? View[E.Block].Begin + 1 : View[Children[E.First - 1]].End;
  const unsigned After = E.Last + 1 < Children.size()
                             ? View[Children[E.Last + 1]].Begin
                             : View[E.Block].End - 1;
  if (Begin < Before || End > After)
    return Why{"macro-body",
               "a macro expands to more than one of the statements, so there "
               "is no place for the guard between them"};
  if (auto Problem = danglingParameter(View, Begin))
    return *Problem;
  return aboveConditionals(View.content(), View[E.Block].Begin + 1, Begin);
}

} // namespace interlock
