#include "rewriters/base/GuardCode.h"
#include "rewriters/base/Format.h"
#include "rewriters/base/Includes.h"
#include "rewriters/base/KeyCode.h"
#include "rewriters/base/StateCode.h"
#include "rewriters/base/Statements.h"

#include "clang/AST/CXXInheritance.h"
#include "clang/AST/ExprCXX.h"
#include "clang/AST/StmtCXX.h"

#include <fmt/format.h>

namespace interlock {

using namespace clang;

namespace {

struct BuiltIn {
  llvm::StringLiteral Category, Method, Tag;
};

constexpr BuiltIn BuiltIns[] = {
    {"balance", "atomic_balance_update", "interlock::balance"},
    {"position", "atomic_position_update", "interlock::position"},
    {"order", "atomic_order_update", "interlock::order"},
    {"trade", "atomic_trade_record", "interlock::trade_record"},
};

} // namespace

std::string LockCode::operation() const {
  if (!Custom.empty())
    return Custom;
  return fmt::format("{}.{}({})", State, Method, Arguments);
}

std::optional<LockCode> lockOfMethod(llvm::StringRef State,
                                     llvm::StringRef Method,
                                     llvm::StringRef Arguments) {
  const auto *Known = llvm::find_if(
      BuiltIns, [&](const BuiltIn &B) { return B.Method == Method; });
  if (Known == std::end(BuiltIns))
    return std::nullopt;
  LockCode Lock;
  Lock.State = State;
  Lock.Method = Method;
  Lock.Tag = Known->Tag;
  Lock.Category = Known->Category;
  Lock.Arguments = Arguments;
  return Lock;
}

std::string combinedOperation(std::vector<LockCode> Locks) {
  if (Locks.size() == 1)
    return Locks.front().operation();
  llvm::sort(Locks, [](const LockCode &A, const LockCode &B) {
    return std::tie(A.Tag, A.Arguments) < std::tie(B.Tag, B.Arguments);
  });
  std::string Names;
  for (const LockCode &Lock : Locks) {
    if (!Names.empty())
      Names += ", ";
    Names += Lock.Tag;
    if (!Lock.Arguments.empty())
      Names += "(" + Lock.Arguments + ")";
  }
  return fmt::format("{}.atomic_update({})", Locks.front().State, Names);
}

/// A lock of the configuration: `ledger_lock_.acquire({key})`.
static LockCode customLock(const CategoryOption &C, const KeyCode &Key) {
  LockCode Lock;
  Lock.Category = C.Name;
  Lock.Custom = C.Lock;
  Lock.Uses = Key.Uses;
  Lock.Key = Key.Text;
  Lock.ImpureKey = Key.Impure;
  for (std::size_t At; (At = Lock.Custom.find("{key}")) != std::string::npos;)
    Lock.Custom.replace(At, 5, Key.Text);
  Lock.Identity = Lock.Custom;
  return Lock;
}

/// The lock that the state's owner has, as others acquire it.
static LockCode ownersLock(const Finding &F, const KeyCode &Owner) {
  LockCode Lock;
  Lock.Category = F.State.Category;
  Lock.Custom = within(Owner, F.State.Lock);
  Lock.Uses = Owner.Uses;
  Lock.Impure = Owner.Impure;
  Lock.Identity = Lock.Custom;
  return Lock;
}

/// The keys that the region's state is reached by: what the code spells, else
/// what the configuration says. One empty key where there is none.
static std::vector<KeyCode>
regionKeys(const FunctionView &View, const Finding &F, const FixOptions &Opts) {
  std::vector<KeyCode> Keys = keysOf(View, F);
  if (Keys.empty() && F.State.KeyAt.valid() && !F.State.KeyAt.InMacro &&
      F.State.KeyAt.File == View.file())
    if (const int At = View.find(F.State.KeyAt.Begin, F.State.KeyAt.End);
        At >= 0)
      Keys.push_back({View.text(At), View.locals(At)});
  if (Keys.empty() && !F.State.KeyAt.valid() && !F.State.Key.empty())
    Keys.push_back(inWords(View, F.State.Key));
  for (const CategoryOption &C : Opts.Categories)
    if (Keys.empty() && C.Name == F.State.Category && !C.Key.empty())
      Keys.push_back({C.Key, {}});
  if (Keys.empty())
    Keys.push_back({});
  return Keys;
}

static std::variant<LockCode, Why> runtimeLock(const FunctionView &View,
                                               const Finding &F,
                                               const FixOptions &Opts,
                                               const KeyCode &Key) {
  const auto *Known = llvm::find_if(BuiltIns, [&](const BuiltIn &B) {
    return B.Category == F.State.Category;
  });
  if (Known == std::end(BuiltIns))
    return Why{"no-lock-for-category",
               fmt::format("category '{}' has no lock: its 'lock' expression "
                           "is not configured",
                           F.State.Category)};
  LockCode Lock;
  Lock.Category = F.State.Category;
  Lock.Method = Known->Method;
  Lock.Tag = Known->Tag;
  const bool Keyed =
      F.State.Category == "position" || F.State.Category == "order";
  const KeyCode Owner = objectOf(View, F);
  // Others who guard it already name no object.
  const bool ByObject = Opts.Access == StateAccess::Object &&
                        Opts.StateExpression.empty() && F.State.Locks.empty() &&
                        !Owner.Text.empty();
  const std::string &Object = Owner.Address;
  if (ByObject) {
    Lock.Arguments = Object;
    Lock.Uses = Owner.Uses;
    Lock.Impure = Owner.Impure;
  }
  if (Keyed && !Key.Text.empty()) {
    Lock.Key = Key.Text;
    Lock.ImpureKey = Key.Impure;
    Lock.Arguments += (ByObject ? ", " : "") + Key.Text;
    Lock.Uses.append(Key.Uses.begin(), Key.Uses.end());
  } else if (Keyed && isContainer(View, F) && !isGuardedWhole(View, F, Opts)) {
    return Why{"unknown-key",
               fmt::format("'{}' is guarded element by element, and no key of "
                           "the one at hand is spelled in the function",
                           F.State.Member)};
  } else if (Keyed && !ByObject) {
    // State of a keyed category that is one object: its address is the key.
    Lock.Arguments = Object;
    Lock.Uses = Owner.Uses;
  }
  auto State = stateOf(View, F, Opts, headerFor(View, Opts));
  if (std::holds_alternative<Why>(State))
    return std::get<Why>(State);
  const StateCode &Where = std::get<StateCode>(State);
  Lock.State = Where.Spelling;
  Lock.Uses.append(Where.Uses.begin(), Where.Uses.end());
  Lock.Declares = Where.Declares;
  Lock.Identity = Lock.operation();
  return Lock;
}

std::variant<std::vector<LockCode>, Why>
locksOf(const FunctionView &View, const Finding &F, const FixOptions &Opts) {
  std::vector<LockCode> Locks;
  const auto Own = llvm::find_if(Opts.Categories, [&](const auto &C) {
    return C.Name == F.State.Category && !C.Lock.empty();
  });
  if (const KeyCode Owner = ownerOf(View, F); Own == Opts.Categories.end() &&
                                              !F.State.Lock.empty() &&
                                              !Owner.Text.empty())
    return std::vector<LockCode>{ownersLock(F, Owner)};
  const bool Whole =
      Own == Opts.Categories.end() && isGuardedWhole(View, F, Opts);
  for (const KeyCode &Key :
       Whole ? std::vector<KeyCode>(1) : regionKeys(View, F, Opts)) {
    if (Own != Opts.Categories.end()) {
      Locks.push_back(customLock(*Own, Key));
      continue;
    }
    auto Lock = runtimeLock(View, F, Opts, Key);
    if (std::holds_alternative<Why>(Lock))
      return std::get<Why>(Lock);
    if (!llvm::any_of(Locks, [&](const LockCode &Other) {
          return Other.Identity == std::get<LockCode>(Lock).Identity;
        }))
      Locks.push_back(std::get<LockCode>(Lock));
  }
  return Locks;
}

std::variant<LockCode, Why> lockCode(const FunctionView &View, const Finding &F,
                                     const FixOptions &Opts) {
  auto Locks = locksOf(View, F, Opts);
  if (std::holds_alternative<Why>(Locks))
    return std::get<Why>(Locks);
  return std::get<std::vector<LockCode>>(Locks).front();
}

static bool isWord(char C) { return std::isalnum(C) || C == '_'; }

/// Whether a text has an expression in it: `order.id` in `&order.id`, and not
/// in `order.id2`.
static bool spells(llvm::StringRef Text, llvm::StringRef Part) {
  for (std::size_t At = Text.find(Part); At != llvm::StringRef::npos;
       At = Text.find(Part, At + 1)) {
    const std::size_t Behind = At + Part.size();
    if ((At == 0 || !isWord(Text[At - 1])) &&
        (Behind == Text.size() || !isWord(Text[Behind])))
      return true;
  }
  return false;
}

/// Whether an expression writes or may write a variable, or a part of it that
/// the text names.
static bool changes(const FunctionView &View, int I, const ValueDecl *Var,
                    llvm::StringRef Text) {
  const Stmt *S = View[I].S;
  auto Names = [&](const Expr *E) {
    E = E->IgnoreParenImpCasts();
    const Expr *Base = E;
    while (const auto *Member = dyn_cast<MemberExpr>(Base))
      Base = Member->getBase()->IgnoreParenImpCasts();
    const auto *Ref = dyn_cast<DeclRefExpr>(Base);
    if (!Ref || Ref->getDecl() != Var)
      return false;
    const int At = Base == E ? -1 : nodeOf(View, I, E);
    return Base == E || (At >= 0 && spells(Text, View.text(At)));
  };
  if (const auto *Op = dyn_cast<BinaryOperator>(S))
    return Op->isAssignmentOp() && Names(Op->getLHS());
  if (const auto *Op = dyn_cast<UnaryOperator>(S))
    return Op->isIncrementDecrementOp() && Names(Op->getSubExpr());
  if (const auto *Call = dyn_cast<CXXOperatorCallExpr>(S))
    return (Call->isAssignmentOp() || Call->getOperator() == OO_PlusPlus ||
            Call->getOperator() == OO_MinusMinus) &&
           Call->getNumArgs() > 0 && Names(Call->getArg(0));
  if (const auto *Call = dyn_cast<CXXMemberCallExpr>(S))
    return Call->getMethodDecl() && !Call->getMethodDecl()->isConst() &&
           Names(Call->getImplicitObjectArgument());
  if (const auto *Call = dyn_cast<CallExpr>(S)) {
    const FunctionDecl *Callee = Call->getDirectCallee();
    for (unsigned A = 0; Callee && A < Call->getNumArgs(); ++A) {
      if (A >= Callee->getNumParams() || !Names(Call->getArg(A)))
        continue;
      const QualType Type = Callee->getParamDecl(A)->getType();
      if (Type->isRValueReferenceType() ||
          (Type->isLValueReferenceType() &&
           !Type->getPointeeType().isConstQualified()))
        return true;
      // `std::move(key)` itself changes nothing, what it is passed to does.
    }
  }
  return false;
}

/// What a declared variable stands for: `it` -> the argument of its lookup,
/// a const copy -> its initialiser.
static std::string standsFor(const FunctionView &View, const ValueDecl *Var,
                             llvm::SmallVector<const ValueDecl *> &Uses) {
  const int At = View.declarationOf(Var);
  const auto *Local = dyn_cast<VarDecl>(Var);
  if (At < 0 || !Local || !Local->getInit())
    return {};
  for (const Node &N : View.nodes()) {
    if (N.Begin < View[At].Begin || N.End > View[At].End)
      continue;
    const auto *Call = dyn_cast<CXXMemberCallExpr>(N.S);
    if (!Call || !Call->getMethodDecl() || Call->getNumArgs() < 1)
      continue;
    const DeclarationName Name = Call->getMethodDecl()->getDeclName();
    if (!Name.isIdentifier() ||
        !llvm::is_contained({"find", "at", "try_emplace", "emplace"},
                            Name.getAsIdentifierInfo()->getName()))
      continue;
    for (const int Child : N.Children)
      if (View[Child].S == Call->getArg(0)) {
        Uses = View.locals(Child);
        return View.text(Child);
      }
  }
  return {};
}

/// Whether the node asks if a pointer, smart or not, points to anything.
static bool asksForNull(const FunctionView &View, int I, const ValueDecl *Var) {
  const auto Names = [&](const Expr *E) {
    const auto *Ref = dyn_cast<DeclRefExpr>(E->IgnoreParenImpCasts());
    return Ref && Ref->getDecl() == Var;
  };
  const auto Null = [](const Expr *E) {
    return isa<CXXNullPtrLiteralExpr, GNUNullExpr>(E->IgnoreParenImpCasts());
  };
  const Stmt *S = View[I].S;
  if (const auto *Cast = dyn_cast<ImplicitCastExpr>(S))
    return (Cast->getCastKind() == CK_PointerToBoolean ||
            Cast->getCastKind() == CK_UserDefinedConversion) &&
           Cast->getType()->isBooleanType() && Names(Cast->getSubExpr());
  if (const auto *Call = dyn_cast<CXXMemberCallExpr>(S))
    return Call->getType()->isBooleanType() &&
           isa_and_nonnull<CXXConversionDecl>(Call->getMethodDecl()) &&
           Names(Call->getImplicitObjectArgument());
  if (const auto *Op = dyn_cast<BinaryOperator>(S))
    return Op->isEqualityOp() && ((Names(Op->getLHS()) && Null(Op->getRHS())) ||
                                  (Names(Op->getRHS()) && Null(Op->getLHS())));
  if (const auto *Op = dyn_cast<CXXOperatorCallExpr>(S))
    return Op->getNumArgs() == 2 && Op->isComparisonOp() &&
           ((Names(Op->getArg(0)) && Null(Op->getArg(1))) ||
            (Names(Op->getArg(1)) && Null(Op->getArg(0))));
  return false;
}

/// Whether the text looks behind the pointer: `order->id`, `*order`.
static bool looksBehind(llvm::StringRef Text, llvm::StringRef Name) {
  return Text.contains((Name + "->").str()) ||
         Text.contains(("*" + Name).str());
}

/// Whether all that a lock needs of a variable is where it is: `&shelf` is the
/// same whatever is done to the shelf.
static bool onlyAddressed(const LockCode &Lock, llvm::StringRef Name) {
  const std::string Text =
      Lock.State + " " + Lock.Arguments + Lock.Custom + " ";
  for (std::size_t At = Text.find(Name); At != std::string::npos;
       At = Text.find(Name, At + 1)) {
    const char Before = At == 0 ? ' ' : Text[At - 1];
    const char Behind = Text[At + Name.size()];
    if (isWord(Before) || isWord(Behind))
      continue;
    if (Before != '&' || llvm::StringRef(".-[(").contains(Behind))
      return false;
  }
  return llvm::StringRef(Text).contains(("&" + Name).str());
}

std::optional<Why> settleKey(const FunctionView &View, LockCode &Lock,
                             unsigned Offset, unsigned End) {
  if (Lock.Impure || Lock.ImpureKey)
    return Why{"key-side-effect",
               fmt::format("'{}' is evaluated to reach the state, and doing so "
                           "once more for the guard could change something",
                           Lock.Custom.empty() ? Lock.Arguments : Lock.Custom)};
  for (int Fuel = 4; Fuel > 0; --Fuel) {
    const ValueDecl *Late = nullptr;
    for (const ValueDecl *Var : Lock.Uses) {
      const int At = View.declarationOf(Var);
      if (At >= 0 && View[At].Begin >= Offset)
        Late = Var;
    }
    if (!Late)
      break;
    llvm::SmallVector<const ValueDecl *> Uses;
    const std::string Instead = standsFor(View, Late, Uses);
    const std::string Name = Late->getNameAsString();
    const llvm::StringRef Arguments = Lock.Arguments;
    if (Instead.empty() || !(Arguments.ends_with(Name + "->first") ||
                             Arguments.ends_with(Name + ".first")))
      return Why{"key-late",
                 fmt::format("the key '{}' is known only after the state was "
                             "first read",
                             Lock.Arguments)};
    // Only the key was respelled: an object may stand before it.
    const std::size_t Tail = Arguments.ends_with("->first") ? 7 : 6;
    Lock.Arguments = Arguments.drop_back(Name.size() + Tail).str() + Instead;
    llvm::erase(Lock.Uses, Late);
    Lock.Uses.append(Uses.begin(), Uses.end());
    Lock.Identity = Lock.operation();
  }
  for (const ValueDecl *Var : Lock.Uses)
    for (int I = 0; I < static_cast<int>(View.nodes().size()); ++I)
      if (Offset <= View[I].Begin && View[I].End <= End &&
          asksForNull(View, I, Var) &&
          looksBehind(Lock.State + " " + Lock.Arguments + Lock.Custom,
                      Var->getName()))
        return Why{
            "null-check",
            fmt::format("'{}' may be null: the region begins with asking "
                        "for that, and the guard would look behind it "
                        "before",
                        Var->getNameAsString())};
  for (const ValueDecl *Var : Lock.Uses)
    for (int I = 0; I < static_cast<int>(View.nodes().size()); ++I)
      if (Offset <= View[I].Begin && View[I].End <= End &&
          changes(View, I, Var,
                  Lock.State + " " + Lock.Arguments + Lock.Custom) &&
          !onlyAddressed(Lock, Var->getName()))
        return Why{"key-changes",
                   fmt::format("'{}', which selects the key, changes between "
                               "the check and the update",
                               Var->getNameAsString())};
  return std::nullopt;
}

static bool mentions(llvm::StringRef Text, llvm::StringRef Word) {
  for (std::size_t At = Text.find(Word); At != llvm::StringRef::npos;
       At = Text.find(Word, At + 1)) {
    const std::size_t Behind = At + Word.size();
    if ((At == 0 || !isWord(Text[At - 1])) &&
        (Behind >= Text.size() || !isWord(Text[Behind])))
      return true;
  }
  return false;
}

/// The outermost function around the code: a lambda sees its locals.
static llvm::StringRef outermostText(const FunctionView &View) {
  const FunctionDecl *Top = &View.function();
  for (const DeclContext *At = Top; At; At = At->getParent())
    if (const auto *F = dyn_cast<FunctionDecl>(At))
      Top = F;
  const SourceManager &SM = View.context().getSourceManager();
  const unsigned From = SM.getDecomposedExpansionLoc(Top->getBeginLoc()).second;
  const unsigned To = SM.getDecomposedExpansionLoc(Top->getEndLoc()).second;
  return View.content().slice(std::min(From, View.begin()),
                              std::max(To, View.end()));
}

static bool takeName(const FunctionView &View, const std::string &Name,
                     std::set<std::string> &Taken) {
  return !mentions(outermostText(View), Name) &&
         !hasMember(enclosingClass(View.function()), Name) &&
         Taken.insert(Name).second;
}

std::string guardName(const FunctionView &View, llvm::StringRef Category,
                      std::set<std::string> &Taken) {
  for (unsigned I = 0;; ++I) {
    const std::string Name = I == 0   ? "guard"
                             : I == 1 ? Category.str() + "_guard"
                                      : fmt::format("interlock_guard_{}", I);
    if (takeName(View, Name, Taken))
      return Name;
  }
}

std::string freeName(const FunctionView &View, llvm::StringRef Wanted,
                     std::set<std::string> &Taken) {
  for (unsigned I = 1;; ++I) {
    const std::string Name =
        I == 1 ? Wanted.str() : fmt::format("{}_{}", Wanted.str(), I);
    if (takeName(View, Name, Taken))
      return Name;
  }
}

static bool inNamespace(const Decl *D, llvm::StringRef Name) {
  for (const DeclContext *At = D->getDeclContext(); At; At = At->getParent())
    if (const auto *Space = dyn_cast<NamespaceDecl>(At))
      if (Space->getName() == Name)
        return true;
  return false;
}

static const CXXRecordDecl *promiseOf(const FunctionView &View) {
  const auto *Body =
      dyn_cast_or_null<CoroutineBodyStmt>(View.function().getBody());
  if (!Body || !Body->getPromiseDecl())
    return nullptr;
  return Body->getPromiseDecl()->getType()->getAsCXXRecordDecl();
}

/// `await_transform` as declared in the promise or a base.
static void transforms(const CXXRecordDecl *Record,
                       llvm::SmallVectorImpl<const NamedDecl *> &Found) {
  if (!Record || !Record->hasDefinition())
    return;
  for (const Decl *D : Record->getDefinition()->decls())
    if (const auto *Named = dyn_cast<NamedDecl>(D))
      if (Named->getDeclName().isIdentifier() &&
          Named->getName() == "await_transform")
        Found.push_back(Named);
  for (const CXXBaseSpecifier &Base : Record->getDefinition()->bases())
    transforms(Base.getType()->getAsCXXRecordDecl(), Found);
}

static bool isAsio(const CXXRecordDecl *Promise) {
  return Promise && inNamespace(Promise, "asio");
}

std::optional<Why> cannotAwait(const FunctionView &View) {
  const CXXRecordDecl *Promise = promiseOf(View);
  if (!Promise || isAsio(Promise))
    return std::nullopt;
  llvm::SmallVector<const NamedDecl *> Found;
  transforms(Promise, Found);
  if (Found.empty())
    return std::nullopt;
  for (const NamedDecl *D : Found) {
    if (const auto *F = D->getAsFunction(); F && F->isDeleted())
      continue;
    // A template takes what its author thought of; whether the guard is among
    // that shows when the result is compiled.
    if (isa<FunctionTemplateDecl>(D) || isa<UsingShadowDecl>(D) ||
        isa<UsingDecl>(D))
      return std::nullopt;
  }
  return Why{"foreign-await",
             fmt::format("the promise type '{}' accepts only awaitables of its "
                         "own library in 'co_await'",
                         Promise->getQualifiedNameAsString())};
}

std::string headerFor(const FunctionView &View, const FixOptions &Opts) {
  std::string Header = Opts.IncludeSpelling;
  const CXXRecordDecl *Promise = promiseOf(View);
  const std::size_t Name = Header.find("safe_state.hpp");
  if (!isAsio(Promise) || Name == std::string::npos)
    return Header;
  return Header.replace(Name, std::string::npos,
                        std::string(inNamespace(Promise, "boost")
                                        ? "boost_asio.hpp"
                                        : "asio.hpp") +
                            Opts.IncludeSpelling.back());
}

std::string rollbackHeader(const FixOptions &Opts) {
  std::string Header = Opts.IncludeSpelling;
  const std::size_t Name = Header.find("safe_state.hpp");
  return Name == std::string::npos
             ? Header
             : Header.substr(0, Name) + "rollback.hpp" + Header.back();
}

} // namespace interlock
