#pragma once

#include "matchers/facts/Facts.h"
#include "matchers/facts/Names.h"
#include "matchers/facts/TypeModel.h"
#include "matchers/vocabulary/Vocabulary.h"

#include "clang/AST/ExprCXX.h"
#include "clang/AST/ParentMap.h"
#include "clang/AST/StmtCXX.h"
#include "clang/Analysis/CFG.h"

#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/SmallVector.h"

#include <set>

namespace interlock {

struct Branching;

/// What the lowering of all functions of a translation unit shares.
struct LoweringContext {
  clang::ASTContext &Ctx;
  const Vocabulary &Words;
  Names &N;
  TypeModel &Types;
  TUFacts &Facts;
  /// Locals that an activity of its own captures by reference.
  llvm::DenseSet<const clang::VarDecl *> SharedLocals;
  /// Locals that threads are given.
  llvm::DenseSet<const clang::VarDecl *> OnThreads;
  /// Smart pointers to one object that several callables were given.
  llvm::DenseSet<const clang::VarDecl *> SharedObjects;
  /// Locals, and their member functions that are called on the same object more
  /// than once.
  llvm::DenseSet<std::pair<const clang::VarDecl *, const clang::FunctionDecl *>>
      CalledAgain;
  /// Reference parameters whose objects only one activity knows.
  llvm::DenseSet<const clang::VarDecl *> OwnParameters;
  /// Whether coroutines are resumed on the spot, other than by their tasks.
  bool ResumesHandles = false;
};

/// What an lvalue or a handle designates.
struct Place {
  std::optional<AccessPath> Path; ///< state that others may reach
  unsigned Var = NoIndex;         ///< a variable of this activity
  bool Part = false;              ///< only a part of `Var`
  unsigned Via = NoIndex;         ///< the handle that leads to `Path`
  /// The elements on the way that are made where there are none: `map_[key]`.
  std::uint32_t Made = 0;
};

/// A lock operation that has been called but not yet been awaited.
struct PendingLock {
  LockName Lock;
  llvm::SmallVector<CallSite, 1> From; ///< the function that hands it out
  AcquireResult Result = AcquireResult::Guard;
  LockMode Mode = LockMode::Exclusive;
  bool Blocking = false;
  bool Conditional = false;
  unsigned Again = NoIndex; ///< the guard that takes its lock again
};

bool isThread(clang::QualType T, const LoweringContext &C);
/// Whether a class has several threads, which do what its functions are given.
bool keepsThreads(const clang::CXXRecordDecl *R, const LoweringContext &C);
/// Whether a class of the program runs what it is given one after the other, on
/// whatever threads there are: it keeps that in a queue, and has it drained
/// only where nobody does so already.
bool isSerialQueue(const clang::CXXRecordDecl *R, const LoweringContext &C);

/// An expression without what does not change its value, also through
/// conversions to callable wrappers.
const clang::Expr *stripCallable(const clang::Expr *E);

/// What is known of an expression's value.
struct Value {
  llvm::SmallVector<Register, 4> Registers;
  llvm::SmallVector<CallSite, 1> Awaitable; ///< activities not started yet
  std::vector<PendingLock> Locks;
  bool Concurrent = false;
  bool Monotone = false; ///< the larger or the smaller of several
  /// Of those: what it takes to calculate one of them.
  llvm::SmallVector<Register, 2> Computed;
};

/// Whether something is awaited in a statement, and not in a lambda there.
bool containsAwait(const clang::Stmt *S);

/// Lowers one function. Statements come in the order of clang's CFG, which is
/// the order of evaluation that C++17 prescribes.
class Lowering {
public:
  Lowering(LoweringContext &C, const clang::FunctionDecl *FD);

  /// The facts, or facts with `GaveUp` set.
  FunctionFacts run();

  /// Describes a lambda's closure as a call of its body.
  CallSite closure(const clang::LambdaExpr *L);

private:
  friend class Places;

  // LowerFunction.cpp: frame of the function, blocks, edges.
  void declareInputs();
  void declareFlags();
  void addOverridden(const clang::CXXMethodDecl *MD);
  void scanBody(const clang::Stmt *Body);
  void lowerBlocks(const clang::CFG &Graph);
  void bindCaptures();
  void markLoops();
  bool makesReady(const Op &Modify) const;
  bool leavesState(const clang::Stmt *S);
  bool onlyWaits(const clang::Stmt *S);
  bool onlyDisposes(const clang::IfStmt *If);
  using BlockIndex = llvm::DenseMap<const clang::CFGBlock *, unsigned>;
  void lowerBranch(const clang::Stmt *Terminator, const clang::Expr *Condition,
                   Block &To);
  void noteOutcomes(const Branching &Ways, Block &At, const BlockIndex &Index);

  // Places.cpp: access paths.
  Place place(const clang::Expr *E);
  Place placeUncached(const clang::Expr *E);
  Place placeOfVariable(const clang::VarDecl *VD);
  std::optional<Place> placeOfAssigned(const clang::VarDecl *VD);
  Place placeOfMember(const clang::MemberExpr *ME);
  const clang::Expr *madeFrom(const clang::MemberExpr *ME) const;
  /// Asks about what a member was made from: an aggregate's initialisers stand
  /// in the function itself, a constructor's in the constructor.
  template <class Ask> auto fromAggregate(Ask What) {
    const Substitution *Scope = Inside;
    if (!Scope->Callee)
      Inside = nullptr;
    auto Result = What();
    Inside = Scope;
    return Result;
  }
  Place placeOfCall(const clang::CallExpr *CE);
  bool isSearch(const clang::CallExpr *CE) const;
  Place placeOfSearch(const clang::Expr *Range);
  Place shownUnderLock(const clang::Expr *Object);
  bool popsFrom(const clang::Stmt *Body, const AccessPath &Path);
  Place placeThroughAccessor(const clang::CallExpr *CE,
                             const clang::FunctionDecl *Callee,
                             clang::QualType T);
  Place behind(Place Handle, clang::QualType T);
  Place behindMember(Place Object, const clang::Expr *Base,
                     const clang::FieldDecl *Field);
  Place elementOf(Place Base, const clang::Expr *Key);
  Place inView(Place Base);
  Place partOfPair(Place Pair, clang::QualType Whole, bool First);
  std::string key(const clang::Expr *E);
  bool isOneOf(const clang::VarDecl *VD) const;
  std::string computedKey(const clang::Expr *E);
  bool isNumberOfItsOwn(const clang::Expr *E);
  bool isOwnValue(clang::QualType T) const;
  bool isNewElement(const clang::Expr *E) const;
  unsigned variable(const clang::VarDecl *VD);
  const clang::Expr *soleInitializer(const clang::VarDecl *VD);
  bool sharedByValue(const clang::VarDecl *VD) const;
  /// Whether changes of the place can be seen by others.
  bool isState(const Place &P) const { return P.Path.has_value(); }

  // Alternatives.cpp: one of several places.
  Place either(llvm::ArrayRef<const clang::Expr *> From);
  void noteList(const clang::VarDecl *VD, const clang::Expr *Init);
  void noteKept(const clang::CXXMemberCallExpr *MC);
  Place listed(const clang::Expr *Element, Place Known);
  AccessPath firstChoice(const AccessPath &Path) const;
  void settleChoices(CallSite &S) const;
  void expandChoices();
  void noteComparison(const clang::IfStmt *S);
  std::optional<SourceSpan> whereSame(const clang::IfStmt *S);
  void shareLocks();

  // LowerExpr.cpp: reads, writes, declarations.
  void lower(const clang::Stmt *S);
  void lowerStatement(const clang::Stmt *S);
  void lowerDeclaration(const clang::VarDecl *VD);
  Stability elementsBehind(const clang::Expr *E) const;
  const clang::VarDecl *keeperOf(const clang::Expr *E) const;
  bool isHeldByState(const clang::Expr *Object, const Place &P) const;
  Op *bindHandle(const clang::VarDecl *VD, AccessPath Path,
                 const clang::Expr *From, SourceSpan At);
  void rebindHandle(const clang::Expr *Target, const clang::Expr *From);
  void keepHandle(const Place &Keeper, const clang::Expr *From);
  unsigned coveredByHandle(const clang::Expr *Target);
  void lowerAssignment(const clang::Expr *Target, const clang::Expr *Source,
                       Change How, const clang::Expr *Whole);
  llvm::SmallVector<Register, 4> choices(const clang::Expr *Operand);
  bool isUnfinished(const clang::Expr *Task);
  void lowerReturn(const clang::Expr *Result, const clang::Stmt *Whole);
  Value valueOf(const clang::Expr *E);
  void setValue(const clang::Expr *E, Value V);
  Value read(const clang::Expr *E, const clang::Expr *Whole);
  std::vector<PathStep> partOfLocal(const clang::Expr *E);
  AccessPath copied(const clang::Expr *Init);
  const clang::Expr *keyExpression(const clang::Expr *Target,
                                   bool Earlier = true);
  std::vector<Register> valueOfKey(const clang::Expr *Key);
  /// `tokens_ = std::min(most_, tokens_ + n)`: whether a change adds to a
  /// number, but no more than there may be, whatever it was.
  bool fillsUp(const AccessPath &Number, const clang::Expr *Whole);
  const clang::Expr *amountTaken(const AccessPath &From,
                                 const clang::Expr *Whole);
  void modify(const Place &P, const clang::Expr *Target,
              const clang::Expr *Whole, Change How, Value V);
  void noteConstant(const clang::Expr *Source);
  Op &emit(OpKind Kind, const clang::Stmt *At);
  Register fresh() { return F.Registers++; }
  bool isConstant(const clang::Expr *E) const;

  // LowerAmounts.cpp: which way numbers go, and what they are compared with.
  bool isNumber(const clang::Expr *E) const;
  bool isNotNegative(const clang::Expr *E) const;
  bool isSum(const clang::Expr *E) const;
  void noteWay(Op &Modify, const clang::Expr *Target, const clang::Expr *Whole);
  void addBounds(const clang::Expr *E, Bound As, std::vector<Bound> &To);
  void noteBounds(const clang::Expr *Condition, Block &At, unsigned True,
                  unsigned False);
  void noteAlone(const clang::Expr *Condition, Block &At, unsigned True,
                 unsigned False);

  // LowerCalls.cpp: calls and lambdas.
  void lowerCall(const clang::CallExpr *CE);
  bool lowerKnownMethod(const clang::CallExpr *CE,
                        const clang::CXXMethodDecl *MD);
  bool isOfLast(const clang::Expr *E) const;
  bool spanAll(const clang::Expr *First, const clang::Expr *Last);
  void readBetween(const clang::Expr *First, const clang::Expr *Last,
                   const clang::Expr *At, Value &To);
  void takeFromOther(const clang::CallExpr *CE, unsigned From);
  bool lowerKnownFunction(const clang::CallExpr *CE, llvm::StringRef Name);
  void lowerProgramCall(const clang::CallExpr *CE,
                        const clang::FunctionDecl *Callee);
  bool isAtEnd(const clang::Expr *E) const;
  void lowerConstruction(const clang::CXXConstructExpr *CE);
  Value readGiven(const clang::Expr *Argument, const clang::CallExpr *CE);
  Value readArguments(const clang::CallExpr *CE);
  Value continued(const clang::Expr *Object);
  void runLambdas(const clang::CallExpr *CE, llvm::StringRef Name);
  std::optional<CallSite> kept(llvm::ArrayRef<const clang::Expr *> Parts,
                               clang::SourceRange At);
  void startOnThread(llvm::ArrayRef<const clang::Expr *> Parts,
                     const clang::Expr *Made);
  void readRange(const clang::CallExpr *CE, Value &Result);
  void fillOutputs(const clang::CallExpr *CE, const Value &From);
  void walkRange(const clang::CallExpr *CE, CallSite Body);
  void passElements(CallSite &S, const clang::LambdaExpr *L,
                    const clang::CallExpr *CE, bool InOrder);
  void runNow(const clang::CallExpr *CE, llvm::StringRef Name,
              const clang::LambdaExpr *L, Value &Result);
  const clang::LambdaExpr *lambdaOf(const clang::Expr *E);
  std::optional<unsigned> callableInput(const clang::Expr *E);
  Argument argument(const clang::Expr *E, const Place &P);
  void loadInto(Argument &A, const Place &P, const clang::Stmt *At);
  CallSite site(const clang::CallExpr *CE, const clang::FunctionDecl *Callee);
  bool isOfOneRound(const clang::CallExpr *CE);
  bool hasParts(clang::QualType T) const;
  bool callsParameter(const clang::FunctionDecl *FD, unsigned Index) const;
  bool countsRounds(const clang::Expr *E, const clang::Stmt *At);
  bool keepsParameter(const clang::FunctionDecl *FD, unsigned Index) const;
  bool inProgram(const clang::FunctionDecl *FD) const;
  bool givesActivity(const clang::CallExpr *CE);
  void noteThreads(const clang::CallExpr *CE, const clang::CXXMethodDecl *MD,
                   llvm::StringRef Name);

  // LowerAwaits.cpp: suspension points.
  void lowerAwait(const clang::CoroutineSuspendExpr *E);
  bool lowerStackful(const clang::CallExpr *CE,
                     const clang::FunctionDecl *Callee, llvm::StringRef Name);
  void addTasksOf(const clang::Expr *Named, Value &To) const;
  bool onlyLetsTimePass(llvm::StringRef Call) const;
  void give(Op &Suspend, const Value &Given);
  llvm::SmallVector<Register, 4> workedOn(const clang::Expr *Operand,
                                          clang::QualType Outcome);
  bool isLent(Register Read, const clang::Expr *Operand);
  Value outcomeOf(Value Given, Register Result, const clang::Expr *Operand,
                  clang::QualType Outcome);
  bool runsToEnd(const clang::CallExpr *CE);
  void runHere(const clang::CallExpr *CE, llvm::ArrayRef<CallSite> Tasks,
               Value &To);
  bool neverSuspends(const clang::CoroutineSuspendExpr *E);
  bool isPeerWait(const clang::Expr *Operand);
  bool isParking(const clang::CoroutineSuspendExpr *E);
  std::optional<AccessPath> waitedFor(const clang::Expr *Operand);
  bool isAllowedUnderGuard(const clang::Expr *Operand);

  // LowerLocks.cpp: which lock a call takes.
  const clang::Expr *lastUse(const clang::Expr *Temporary);
  bool runsItself(const clang::CXXMemberCallExpr *MC) const;
  bool lowerLockCall(const clang::CallExpr *CE, llvm::StringRef Name);
  LockName lockName(const clang::Expr *E, llvm::StringRef Name,
                    const clang::CallExpr *CE);
  void acquire(const PendingLock &L, const clang::Expr *At);
  PendingLock knownLock(const AcquireCall &Known, const clang::CallExpr *CE,
                        llvm::StringRef Name);
  std::optional<PendingLock> lockHandedOn(const clang::CallExpr *CE,
                                          const clang::FunctionDecl *Callee);
  std::vector<PendingLock> combinedLocks(const clang::CallExpr *CE,
                                         llvm::StringRef Name);
  std::optional<PendingLock> declaredLock(const clang::CXXMemberCallExpr *MC);
  std::optional<PendingLock>
  lockBesideValue(const clang::CXXMemberCallExpr *MC);
  std::optional<PendingLock> lockOfArgument(const clang::CallExpr *CE);
  std::optional<PendingLock> structuralLock(const clang::CXXMemberCallExpr *CE);
  bool takesOnlyPermit(const clang::Expr *Semaphore, const clang::Expr *Units);
  Value runUnderLock(const clang::CallExpr *CE, const PendingLock &Lock);
  bool lowerConditionWait(const clang::CallExpr *CE, llvm::StringRef Name);
  bool lowerChannelToken(const clang::CallExpr *CE, llvm::StringRef Name);

  // LowerGuards.cpp: objects that hold a lock, and who hands them on.
  bool lowerImmediateLock(const clang::CXXMemberCallExpr *MC);
  bool lowerRelease(const clang::CXXMemberCallExpr *MC, llvm::StringRef Name);
  bool lowerOptionalGuard(const clang::CallExpr *CE);
  const clang::VarDecl *guardVariable(const clang::Expr *E) const;
  void handOut(Op &Return, const clang::Expr *Result);
  void gainLock(const clang::Expr *Cond, Block &At, unsigned Yes, unsigned No);
  void lowerGuardTemporary(const clang::CXXConstructExpr *CE);
  void lowerUnusedLock(const clang::VarDecl *VD, const Value &V);
  void declareGuard(const clang::VarDecl *VD);
  void declareRequirements();
  void releaseBehind(const clang::LambdaExpr *L);

  // LowerScopes.cpp: objects that act at both ends of their scope.
  const clang::LambdaExpr *exitLambda(const clang::Expr *Init, unsigned Depth);
  void declareScopeObject(const clang::VarDecl *VD);
  void leaveScope(const clang::VarDecl *VD, const clang::Stmt *At);
  void runInScope(const clang::Expr *Made, const clang::Stmt *Body,
                  const clang::Stmt *At, bool Undo);
  void lowerInScope(const clang::Stmt *S, const clang::Stmt *At, bool Undo);

  // Strands.cpp: executors that run one thing at a time, or several.
  bool runsInParallel(const clang::CallExpr *CE);
  bool isStrand(const clang::Expr *E) const;
  void noteGiven(const std::string &Field, const clang::Expr *Init);
  std::optional<LockName> strandOf(const clang::Expr *E);
  std::optional<LockName> strandFor(const clang::CallExpr *CE,
                                    unsigned Argument);
  void awaitArguments(const clang::CallExpr *CE);
  std::optional<LockName> strandBehind(const clang::CallExpr *CE,
                                       const clang::FunctionDecl *Callee,
                                       unsigned Parameter, unsigned Depth);
  std::optional<LockName> strandAmong(const clang::CallExpr *CE);
  std::optional<LockName>
  strandAmong(llvm::ArrayRef<const clang::Expr *> Arguments);
  void releaseHandedOn(const clang::Expr *E);

  // Hops.cpp: queues of the program in which coroutines go on.
  std::optional<LockName> hopOf(const clang::CoroutineSuspendExpr *E);
  Place placeInMade(const clang::Expr *E, const clang::FieldDecl *Member,
                    unsigned Depth);

  LoweringContext &C;
  const clang::FunctionDecl *FD;
  FunctionFacts F;
  Block *Current = nullptr;
  llvm::DenseMap<const clang::VarDecl *, unsigned> Vars;
  std::vector<const clang::VarDecl *> DeclarationOf; ///< by variable
  std::vector<std::vector<AccessPath>> Choices;      ///< by `Root::Either`
  llvm::DenseMap<const clang::Expr *, Place> PlaceCache;
  llvm::DenseMap<const clang::Stmt *, Value> Values;
  llvm::DenseSet<const clang::Stmt *> Lowered;
  /// Parts of an await that are not the user's own text.
  llvm::DenseSet<const clang::Stmt *> Machinery;
  llvm::DenseMap<const clang::Stmt *, const clang::CoroutineSuspendExpr *>
      ReadyOf;
  /// The variable that an expression initialises or is assigned to.
  llvm::DenseMap<const clang::Expr *, const clang::VarDecl *> TargetOf;
  llvm::DenseSet<const clang::Expr *> Discarded;
  llvm::DenseSet<const clang::Expr *> Unsequenced;
  llvm::DenseMap<const clang::Stmt *, unsigned> GroupOf;
  llvm::DenseMap<const clang::VarDecl *, const clang::LambdaExpr *> LambdaVars;
  llvm::DenseMap<const clang::VarDecl *, llvm::SmallVector<CallSite, 1>>
      AwaitableVars;
  llvm::DenseMap<const clang::VarDecl *, std::vector<PendingLock>> LockVars;
  llvm::DenseMap<const clang::VarDecl *,
                 llvm::SmallVector<const clang::Expr *, 2>>
      Reassigned;
  /// What is put into local lists of pointers or references.
  llvm::DenseMap<const clang::VarDecl *,
                 llvm::SmallVector<const clang::Expr *, 2>>
      Lists;
  /// Variables whose assignments are being followed.
  llvm::DenseSet<const clang::VarDecl *> Following;
  llvm::DenseSet<const clang::Stmt *> LoopBodies;
  bool Stepping = false; ///< in the last part of a `for`, between two passes
  /// Conditions that only wait, or look for something: all that follows
  /// depends on them.
  llvm::DenseSet<const clang::Stmt *> Waits;
  llvm::DenseSet<const clang::Stmt *> Disposals;
  llvm::DenseSet<const clang::VarDecl *> GuardVars;
  std::map<LockName, unsigned> GuardOf; ///< the last that was made for a lock
  std::set<unsigned> HandedOn; ///< where guards are moved into arguments
  /// What runs when the scope of a local ends; how locals were made whose
  /// classes do something then.
  llvm::DenseMap<const clang::VarDecl *, const clang::LambdaExpr *> ScopeExits;
  llvm::DenseMap<const clang::VarDecl *, const clang::Expr *> ScopeObjects;
  /// Locks of guards that stay without a name.
  llvm::DenseMap<const clang::Expr *, PendingLock> Unnamed;
  /// Locks that are given back behind an expression.
  llvm::DenseMap<const clang::Stmt *, std::vector<LockName>> EndsBehind;
  /// Branches that ask whether two variables lead to one object.
  std::vector<const clang::IfStmt *> Comparisons;
  clang::ParentMap &parents();
  std::unique_ptr<clang::ParentMap> Parents; ///< of the body, once asked for
  /// Attempts to lock: by the call, or by the variable that has its outcome.
  llvm::DenseMap<const void *, Op> Attempts;
  /// Channels that one function both fills and empties: which it does first.
  llvm::DenseMap<const clang::ValueDecl *, std::string> Tokens;
  llvm::DenseSet<Register> Loaded; ///< values of variables
  /// What the parameters of an accessor stand for while its body is read.
  struct Substitution {
    const clang::FunctionDecl *Callee = nullptr;
    Place This;
    llvm::DenseMap<const clang::VarDecl *, const clang::Expr *> Arguments;
    /// What the members of `this` were made from, where it is not a `Place`.
    llvm::DenseMap<const clang::FieldDecl *, const clang::Expr *> Fields;
  };
  Substitution substitution(const clang::CallExpr *CE,
                            const clang::FunctionDecl *Definition);
  const Substitution *Inside = nullptr;
  unsigned Depth = 0;
};

} // namespace interlock
