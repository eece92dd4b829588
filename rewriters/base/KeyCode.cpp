#include "rewriters/base/KeyCode.h"

#include "matchers/vocabulary/Vocabulary.h"
#include "rewriters/base/Containers.h"
#include "rewriters/base/StateCode.h"

#include "clang/AST/ExprCXX.h"
#include "clang/AST/StmtCXX.h"
#include "clang/Lex/Lexer.h"

#include <algorithm>

namespace interlock {

using namespace clang;

llvm::StringRef memberName(const Finding &F) {
  return lastPart(F.State.Member);
}

static const ValueDecl *named(const Stmt *S) {
  const auto *E = dyn_cast<Expr>(S);
  if (!E)
    return nullptr;
  E = E->IgnoreParenImpCasts();
  if (const auto *Access = dyn_cast<MemberExpr>(E))
    return Access->getMemberDecl();
  if (const auto *Ref = dyn_cast<DeclRefExpr>(E))
    return Ref->getDecl();
  return nullptr;
}

static bool isMember(const Stmt *S, llvm::StringRef Member) {
  const ValueDecl *D = named(S);
  return D && D->getDeclName().isIdentifier() && D->getName() == Member;
}

static bool hasMethod(const CXXRecordDecl *Record, llvm::StringRef Name) {
  if (!Record || !Record->hasDefinition())
    return false;
  Record = Record->getDefinition();
  const auto Named = [&](const CXXMethodDecl *Method) {
    return Method->getDeclName().isIdentifier() && Method->getName() == Name &&
           Method->getNumParams() >= 1;
  };
  return llvm::any_of(Record->methods(), Named) ||
         llvm::any_of(Record->bases(), [&](const CXXBaseSpecifier &Base) {
           return hasMethod(Base.getType()->getAsCXXRecordDecl(), Name);
         });
}

bool shiftsElements(QualType Type) {
  const auto *Record = Type.getNonReferenceType()->getAsCXXRecordDecl();
  return hasMethod(Record, "push_back") && !hasMethod(Record, "find");
}

/// The argument that selects the element, if the node is an access by key to
/// the container; null otherwise.
static const Expr *keyArgument(const Stmt *S, llvm::StringRef Member) {
  if (const auto *Index = dyn_cast<ArraySubscriptExpr>(S))
    return isMember(Index->getBase(), Member) ? Index->getIdx() : nullptr;
  if (const auto *Op = dyn_cast<CXXOperatorCallExpr>(S))
    return Op->getOperator() == OO_Subscript &&
                   isMember(Op->getArg(0), Member) &&
                   !shiftsElements(Op->getArg(0)->getType())
               ? Op->getArg(1)
               : nullptr;
  const auto Named = namedCall(S);
  if (!Named || Named->Call->getNumArgs() == 0 ||
      !isMember(Named->Object, Member) ||
      shiftsElements(Named->Object->getType()))
    return nullptr;
  static constexpr llvm::StringLiteral ByKey[] = {
      "at",      "find",  "contains",         "count",   "try_emplace",
      "emplace", "erase", "insert_or_assign", "extract", "lower_bound"};
  return llvm::is_contained(ByKey, Named->Name) ? Named->Call->getArg(0)
                                                : nullptr;
}

/// The argument of a call that its callee reaches the element by.
static const Expr *keyForHelper(const Stmt *S, llvm::StringRef Member) {
  const auto *Call = dyn_cast<CallExpr>(S);
  const FunctionDecl *Callee = Call && !isa<CXXOperatorCallExpr>(Call)
                                   ? Call->getDirectCallee()
                                   : nullptr;
  if (!Callee || !Callee->hasBody(Callee))
    return nullptr;
  llvm::SmallVector<const Stmt *> Work{Callee->getBody()};
  while (!Work.empty()) {
    const Stmt *Next = Work.pop_back_val();
    const Expr *Key = keyArgument(Next, Member);
    const auto *Ref =
        Key ? dyn_cast<DeclRefExpr>(Key->IgnoreParenImpCasts()) : nullptr;
    const auto *Parameter =
        Ref ? dyn_cast<ParmVarDecl>(Ref->getDecl()) : nullptr;
    if (Parameter && Parameter->getDeclContext() == Callee &&
        Parameter->getFunctionScopeIndex() < Call->getNumArgs())
      return Call->getArg(Parameter->getFunctionScopeIndex());
    for (const Stmt *Child : Next->children())
      if (Child)
        Work.push_back(Child);
  }
  return nullptr;
}

static void add(std::vector<KeyCode> &Keys, KeyCode Key) {
  // An iterator is not a key, but was found by one.
  if (!llvm::any_of(Keys, [&](const KeyCode &K) { return K.Text == Key.Text; }))
    Keys.push_back(std::move(Key));
}

/// Whether a parameter may be what the function writes to, and not only what
/// its result refers to: `std::exchange(a, b)`, not `std::ref(a)`.
static bool mayWrite(const FunctionDecl &F, const ParmVarDecl *P) {
  const QualType Type = P->getType(), Result = F.getReturnType();
  if (!Type->isLValueReferenceType() ||
      Type->getPointeeType().isConstQualified())
    return false;
  return Result->isVoidType() || F.getASTContext().hasSameUnqualifiedType(
                                     Result, Type->getPointeeType());
}

bool computes(const FunctionDecl &F) {
  const auto Const = [](const ParmVarDecl *P) {
    const QualType Type = P->getType();
    return !(Type->isReferenceType() || Type->isPointerType()) ||
           Type->getPointeeType().isConstQualified();
  };
  if (F.isInStdNamespace() || F.isConstexpr())
    return (F.isConstexpr() || !F.param_empty()) &&
           llvm::none_of(F.parameters(),
                         [&](const ParmVarDecl *P) { return mayWrite(F, P); });
  return !F.param_empty() && llvm::all_of(F.parameters(), Const);
}

/// Whether evaluating the expression twice may be something else than once.
static bool impure(const FunctionView &View, int At) {
  const Stmt *S = View[At].S;
  bool Own = isa<CoroutineSuspendExpr, CXXNewExpr, CXXThrowExpr, LambdaExpr>(S);
  if (const auto *Op = dyn_cast<BinaryOperator>(S))
    Own = Op->isAssignmentOp();
  else if (const auto *Op = dyn_cast<UnaryOperator>(S))
    Own = Op->isIncrementDecrementOp();
  else if (const auto *Call = dyn_cast<CXXOperatorCallExpr>(S))
    Own = Call->isAssignmentOp() || Call->getOperator() == OO_PlusPlus ||
          Call->getOperator() == OO_MinusMinus ||
          Call->getOperator() == OO_Call;
  else if (const auto *Call = dyn_cast<CXXMemberCallExpr>(S))
    Own = !Call->getMethodDecl() || !Call->getMethodDecl()->isConst();
  else if (const auto *Call = dyn_cast<CallExpr>(S))
    Own = !Call->getDirectCallee() || !computes(*Call->getDirectCallee());
  return Own || llvm::any_of(View[At].Children,
                             [&](int Child) { return impure(View, Child); });
}

/// Whether a macro's body spells all of an expression, without what the macro
/// was given.
static bool spelledIn(const Stmt *S, FileID Macro, const SourceManager &SM) {
  return SM.getFileID(S->getBeginLoc()) == Macro &&
         SM.getFileID(S->getEndLoc()) == Macro &&
         llvm::all_of(S->children(), [&](const Stmt *Child) {
           return !Child || spelledIn(Child, Macro, SM);
         });
}

/// How a key is spelled: what stands in its place is the call of the macro, if
/// it comes out of one.
static std::string spelled(const FunctionView &View, int At) {
  const Node &N = View[At];
  if (!N.BeginInMacro && !N.EndInMacro)
    return View.text(At);
  const SourceManager &SM = View.context().getSourceManager();
  const LangOptions &Language = View.context().getLangOpts();
  const SourceRange Range = N.S->getSourceRange();
  CharSourceRange Text = Lexer::makeFileCharRange(
      CharSourceRange::getTokenRange(Range), SM, Language);
  if (Text.isInvalid() && Range.getBegin().isMacroID() &&
      spelledIn(N.S, SM.getFileID(Range.getBegin()), SM))
    Text = CharSourceRange::getTokenRange(SM.getSpellingLoc(Range.getBegin()),
                                          SM.getSpellingLoc(Range.getEnd()));
  return Text.isInvalid() ? std::string()
                          : Lexer::getSourceText(Text, SM, Language).str();
}

namespace {

class KeySearch {
public:
  KeySearch(const FunctionView &View, llvm::StringRef Member)
      : View(View), Member(Member) {}

  void in(int Root, int Fuel = 6) {
    if (Fuel == 0 || !Seen.insert(Root).second)
      return;
    llvm::SmallVector<int> Work{Root};
    while (!Work.empty()) {
      const int At = Work.pop_back_val();
      const Node &N = View[At];
      const Expr *Argument = keyArgument(N.S, Member);
      if (!Argument)
        Argument = keyForHelper(N.S, Member);
      if (Argument)
        for (const int Child : N.Children)
          if (View[Child].S == Argument)
            found(Child, Fuel);
      // Last first: the work list is a stack.
      for (const int Child : llvm::reverse(N.Children))
        Work.push_back(Child);
    }
    for (const ValueDecl *Var : View.locals(Root))
      alias(Var, Fuel);
  }

  std::vector<KeyCode> Keys;

private:
  void found(int At, int Fuel) {
    const auto *E = cast<Expr>(View[At].S);
    if (const auto *Record = E->getType()->getAsCXXRecordDecl();
        Record && Record->getName().contains_insensitive("iterator")) {
      in(At, Fuel - 1);
      return;
    }
    if (std::string Text = spelled(View, At); !Text.empty())
      add(Keys, {std::move(Text), View.locals(At), {}, impure(View, At)});
  }

  /// What a local refers to, as far as its declaration shows.
  void alias(const ValueDecl *Var, int Fuel) {
    const int At = View.declarationOf(Var);
    if (At < 0)
      return;
    const int Parent = View[At].Parent;
    const auto *Loop =
        Parent < 0 ? nullptr : dyn_cast<CXXForRangeStmt>(View[Parent].S);
    if (!Loop) {
      const bool Refers =
          isa<BindingDecl>(Var) || Var->getType()->isReferenceType() ||
          Var->getType()->isPointerType() || Var->getType()->isRecordType();
      if (Refers)
        in(At, Fuel - 1);
      return;
    }
    if (!isMember(Loop->getRangeInit(), Member))
      return;
    const VarDecl *Each = Loop->getLoopVariable();
    if (const auto *Group = dyn_cast<DecompositionDecl>(Each)) {
      const BindingDecl *First = Group->bindings().front();
      add(Keys, {First->getNameAsString(), {First}});
    } else {
      add(Keys, {Each->getNameAsString() + ".first", {Each}});
    }
  }

  const FunctionView &View;
  llvm::StringRef Member;
  llvm::SmallSet<int, 16> Seen;
};

} // namespace

/// What an expression changes: the target of an assignment, the object of a
/// call that may change it; null if it changes nothing.
static const Stmt *changed(const Stmt *S) {
  if (const auto *Op = dyn_cast<BinaryOperator>(S))
    return Op->isAssignmentOp() ? Op->getLHS() : nullptr;
  if (const auto *Op = dyn_cast<UnaryOperator>(S))
    return Op->isIncrementDecrementOp() ? Op->getSubExpr() : nullptr;
  if (const auto *Op = dyn_cast<CXXOperatorCallExpr>(S))
    return Op->isAssignmentOp() || Op->getOperator() == OO_PlusPlus ||
                   Op->getOperator() == OO_MinusMinus
               ? Op->getArg(0)
               : nullptr;
  static constexpr llvm::StringLiteral Reads[] = {
      "at",  "find",  "lower_bound", "upper_bound", "equal_range", "begin",
      "end", "front", "back",        "data",        "get",         "value"};
  if (const auto *Call = dyn_cast<CXXMemberCallExpr>(S))
    if (const CXXMethodDecl *Method = Call->getMethodDecl();
        Method && !Method->isConst() && Method->getDeclName().isIdentifier() &&
        !llvm::is_contained(Reads, Method->getName()))
      return Call;
  return nullptr;
}

/// Up to the next suspension in the block of the node, or the block's end: what
/// a guard that covers the node covers as well.
static unsigned sliceEnd(const FunctionView &View, int At) {
  const int Block = View.above<CompoundStmt>(At);
  unsigned End = Block < 0 ? View[At].End : View[Block].End;
  for (const Node &N : View.nodes())
    if (!N.Foreign && N.Begin >= View[At].End && isa<CoroutineSuspendExpr>(N.S))
      End = std::min(End, N.Begin);
  return End;
}

/// Looks for keys in everything that is modified from the first span of the
/// finding on, as far as a guard would reach. Those that are known only later
/// are left out.
static void modifiedUnderGuard(const FunctionView &View, const Finding &F,
                               KeySearch &Search) {
  unsigned From = ~0U, To = 0;
  for (const auto *Group : {&F.Extent.Reads, &F.Extent.Modifies})
    for (const SourceSpan &Span : *Group)
      if (const int At = View.find(Span.Begin, Span.End);
          Span.File == View.file() && At >= 0) {
        From = std::min(From, Span.Begin);
        To = std::max(To, sliceEnd(View, At));
      }
  const std::size_t Own = Search.Keys.size();
  for (int I = 0; I < static_cast<int>(View.nodes().size()); ++I) {
    const Node &N = View[I];
    if (N.Foreign || N.Begin < From || N.End > To)
      continue;
    const Stmt *Target = changed(N.S);
    if (Target == N.S)
      Search.in(I);
    for (const int Child : N.Children)
      if (Target && View[Child].S == Target)
        Search.in(Child);
  }
  const auto Late = [&](const KeyCode &Key) {
    return llvm::any_of(Key.Uses, [&](const ValueDecl *Var) {
      const int At = View.declarationOf(Var);
      return At >= 0 && View[At].Begin >= From;
    });
  };
  Search.Keys.erase(
      std::remove_if(Search.Keys.begin() + static_cast<std::ptrdiff_t>(Own),
                     Search.Keys.end(), Late),
      Search.Keys.end());
}

std::vector<KeyCode> keysOf(const FunctionView &View, const Finding &F) {
  KeySearch Search(View, memberName(F));
  for (const auto *Group : {&F.Extent.Modifies, &F.Extent.Reads})
    for (const SourceSpan &Span : *Group) {
      if (Span.File != View.file())
        continue;
      int At = View.find(Span.Begin, Span.End);
      // A span may be of the member alone: what it is a part of counts.
      while (At >= 0 && View[At].Parent >= 0 &&
             isa<Expr>(View[View[At].Parent].S) &&
             !isa<LambdaExpr>(View[View[At].Parent].S))
        At = View[At].Parent;
      if (At >= 0)
        Search.in(At);
    }
  if (!Search.Keys.empty())
    modifiedUnderGuard(View, F, Search);
  return Search.Keys;
}

/// `account` -> `&account`, `*p` -> `&*p`, `a ? b : c` -> `&(a ? b : c)`.
static std::string addressOf(llvm::StringRef Object) {
  const bool Simple = Object.find_first_of(" +-?") == llvm::StringRef::npos ||
                      Object.contains("->");
  return (Simple ? "&" : "&(") + Object.str() + (Simple ? "" : ")");
}

KeyCode ownerOf(const FunctionView &View, const Finding &F) {
  const llvm::StringRef Member = memberName(F);
  // Accesses in the region first, then any in the function: aliases are
  // declared outside of the spans.
  auto Within = [&](const Node &N) {
    for (const auto *Group : {&F.Extent.Modifies, &F.Extent.Reads})
      for (const SourceSpan &S : *Group)
        if (S.Begin <= N.Begin && N.End <= S.End)
          return true;
    return false;
  };
  for (const bool Anywhere : {false, true})
    for (const Node &N : View.nodes()) {
      const auto *Access = dyn_cast<MemberExpr>(N.S);
      if (!Access || !isMember(Access, Member) || !(Anywhere || Within(N)))
        continue;
      const Expr *Base = Access->getBase()->IgnoreParenImpCasts();
      if (isa<CXXThisExpr>(Base))
        return {"this", {}, "this"};
      for (const int Child : N.Children) {
        llvm::StringRef Whole =
            View.content().slice(View[Child].Begin, View[Child].End);
        // The operator of a smart pointer gives the address, and its text is
        // `p->`.
        const bool Smart =
            isa<CXXOperatorCallExpr>(View[Child].S) && Whole.consume_back("->");
        const bool Pointer =
            Access->isArrow() && !Smart &&
            cast<Expr>(View[Child].S)->getType()->isPointerType();
        const std::string Text = Whole.rtrim().str();
        const std::string Object = Access->isArrow() ? "*" + Text : Text;
        return {Object, View.locals(Child), Pointer ? Text : addressOf(Object),
                impure(View, Child)};
      }
    }
  KeyCode Helped = inWords(View, F.State.Owner);
  if (!Helped.Text.empty())
    Helped.Address =
        Helped.Text == "this" ? Helped.Text : addressOf(Helped.Text);
  return Helped;
}

/// Whether the node stands for what the pointer in it leads to.
static bool leadsOn(const FunctionView &View, const Node &N) {
  int At = N.Parent;
  while (At >= 0 &&
         (isa<ImplicitCastExpr>(View[At].S) || isa<ParenExpr>(View[At].S)))
    At = View[At].Parent;
  if (At < 0)
    return false;
  if (const auto *Access = dyn_cast<MemberExpr>(View[At].S))
    return Access->isArrow();
  if (const auto *Op = dyn_cast<UnaryOperator>(View[At].S))
    return Op->getOpcode() == UO_Deref;
  const auto *Op = dyn_cast<CXXOperatorCallExpr>(View[At].S);
  return Op && (Op->getOperator() == OO_Arrow || Op->getOperator() == OO_Star);
}

KeyCode objectOf(const FunctionView &View, const Finding &F) {
  KeyCode Owner = ownerOf(View, F);
  const llvm::StringRef Member = memberName(F);
  if (Owner.Text.empty()) {
    Owner.Address = "&" + Member.str();
    return Owner;
  }
  for (const Node &N : View.nodes()) {
    if (!isMember(N.S, Member) || !isa<Expr>(N.S))
      continue;
    const QualType Type = named(N.S)->getType();
    const auto *Record = Type->getAsCXXRecordDecl();
    if (Type->isReferenceType())
      Owner.Address = "&" + within(Owner, Member);
    else if (Type->isPointerType() && leadsOn(View, N))
      Owner.Address = within(Owner, Member);
    else if (Record && Record->getName().ends_with("_ptr") && leadsOn(View, N))
      Owner.Address = within(Owner, Member) + ".get()";
  }
  return Owner;
}

KeyCode inWords(const FunctionView &View, const std::string &Text) {
  KeyCode Result{Text, {}};
  const llvm::StringRef First = llvm::StringRef(Text).ltrim("*").take_while(
      [](char C) { return llvm::isAlnum(C) || C == '_'; });
  for (const Node &N : View.nodes())
    if (const auto *Ref = dyn_cast<DeclRefExpr>(N.S);
        Ref && Ref->getDecl()->getDeclName().isIdentifier() &&
        Ref->getDecl()->getName() == First &&
        !llvm::is_contained(Result.Uses, Ref->getDecl()) &&
        !cast<ValueDecl>(Ref->getDecl())->getDeclContext()->isFileContext())
      Result.Uses.push_back(Ref->getDecl());
  return Result;
}

bool isGuardedWhole(const FunctionView &View, const Finding &F,
                    const FixOptions &Opts) {
  const auto Whole = [&](QualType Type) {
    return shiftsElements(Type) ||
           (Opts.ExecutorModel == Executor::MultiThreaded &&
            hasMethod(Type.getNonReferenceType()->getAsCXXRecordDecl(),
                      "erase"));
  };
  if (llvm::any_of(View.nodes(), [&](const Node &N) {
        return isMember(N.S, memberName(F)) && Whole(named(N.S)->getType());
      }))
    return true;
  const FieldDecl *Field = fieldOf(View, F);
  return Opts.Whole.contains(F.State.Member) ||
         (Field && Whole(Field->getType()));
}

bool isContainer(const FunctionView &View, const Finding &F) {
  for (const Node &N : View.nodes()) {
    if (!isMember(N.S, memberName(F)))
      continue;
    const auto *Record =
        named(N.S)->getType().getNonReferenceType()->getAsCXXRecordDecl();
    if (!Record || !Record->hasDefinition()) {
      const llvm::StringRef Late = standardClass(dyn_cast<Expr>(N.S));
      return named(N.S)->getType()->isArrayType() || Late.ends_with("map") ||
             Late.ends_with("set");
    }
    return hasMethod(Record, "find") && Record->getName() != "basic_string";
  }
  return false;
}

} // namespace interlock
