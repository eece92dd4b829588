#pragma once

#include "matchers/facts/Facts.h"
#include "matchers/facts/Names.h"
#include "matchers/vocabulary/Vocabulary.h"

#include "clang/AST/ExprCXX.h"

namespace interlock {

/// A type that a class template was made with; null for other arguments and
/// classes.
clang::QualType typeArgument(const clang::CXXRecordDecl *R, unsigned Index);
/// The first of them.
clang::QualType firstTypeArgument(clang::QualType T);

/// The member whose executor an expression asks for: `socket_.get_executor()`;
/// null for others.
const clang::ValueDecl *executorOf(const clang::Expr *E);

/// Whether a class declares, or is given, a way to copy it.
bool isCopyable(const clang::CXXRecordDecl *R);

/// What becomes of a callable that a local object keeps.
enum class ScopeEnd {
  Nothing,       ///< the object is made for something else
  Runs,          ///< runs when the scope ends
  RunsOnFailure, ///< runs only if an exception leaves the scope
};

/// A lock that is known by what its guards do to it at their end.
struct GateType {
  const clang::CXXRecordDecl *Lock;
  LockMode Mode;
};

/// What types and declarations mean for shared state: containers, holders,
/// handles, guards, locks, tasks. Learnt from their structure and from the
/// vocabulary.
class TypeModel {
public:
  TypeModel(clang::ASTContext &Ctx, const Vocabulary &Words, Names &N,
            TUFacts &Facts)
      : Ctx(Ctx), Words(Words), N(N), Facts(Facts) {}

  /// The id of a data member or static variable; its FieldInfo is recorded.
  const std::string &field(const clang::ValueDecl *D);

  bool isContainer(clang::QualType T) const;
  bool isRange(clang::QualType T) const { return isContainer(T) || isView(T); }
  /// Smart pointers, optional, variant: at most one object, no path step.
  bool isHolder(clang::QualType T) const;
  /// Owns what it points to, so that a copy keeps it alive.
  bool isStrongHolder(clang::QualType T) const;
  bool isIterator(clang::QualType T) const;
  /// What an insertion gives back: an iterator, and whether it is a new one.
  bool isInsertion(clang::QualType T) const;
  bool isView(clang::QualType T) const;
  /// Which object it leads to is all that its value says.
  bool isPointer(clang::QualType T) const;
  /// The same, and it does not keep the object alive.
  bool isBareHandle(clang::QualType T) const;
  bool keepsBareHandles(clang::QualType Container) const;
  /// Leads to an object that others may know as well.
  bool isSharedHandle(clang::QualType T) const;
  /// A value through which other objects are reached.
  bool isPointerLike(clang::QualType T) const;
  /// Can be awaited as a whole activity: has a promise type.
  bool isTask(clang::QualType T) const;
  /// Whether it has what `co_await` asks for.
  bool isAwaitable(clang::QualType T) const;
  /// A class whose methods the coroutine machinery calls: awaiter, promise.
  bool isMachinery(const clang::CXXRecordDecl *R) const;

  /// The RAII guard behind a type, by vocabulary or by structure: a
  /// non-copyable class whose destructor unlocks something.
  std::optional<GuardType> guard(clang::QualType T);
  /// What `co_await` of an object of the type gives; null if that is not known.
  clang::QualType awaitedType(clang::QualType T) const;
  /// A class that lets one in at a time, whatever its functions are called: it
  /// has nothing but a flag, or a pointer, and the coroutines that wait.
  bool isGate(const clang::CXXRecordDecl *R);
  /// A class in which coroutines wait until somebody calls it: it keeps them,
  /// and is no executor that goes on by itself.
  bool keepsWaiting(const clang::CXXRecordDecl *R);
  /// The lock that the destructor of a class gives back, if that is one in
  /// which coroutines wait: by what happens to the members of that, whatever
  /// the functions are called.
  std::optional<GateType> gateOf(const clang::CXXRecordDecl *Guard);
  /// The same of what an object of a class gives, if the lock is the object or
  /// a member that it shares with its guards.
  std::optional<GateType> gateTaken(clang::QualType Given,
                                    const clang::CXXRecordDecl *Of);
  /// Whether a function of a guard does the same to its lock, ahead of the end.
  bool gives(const clang::CXXMethodDecl *MD);
  /// Whether what a function gives sets a flag of its class as it is awaited,
  /// in which others stand in line until another function clears it.
  bool shuts(const clang::CXXMethodDecl *MD);
  /// Whether a function is that one.
  bool opens(const clang::CXXMethodDecl *MD);
  /// Whether coroutines wait for the keys of a class, each for one.
  static bool waitsByKey(const clang::CXXRecordDecl *Lock);
  /// Whether guards of one class refer to an object of another, which has a way
  /// to be unlocked, or to get a permit back.
  bool givesBackTo(const clang::CXXRecordDecl *Guard,
                   const clang::CXXRecordDecl *Lock) const;
  /// A guard that is a pointer to what it protects.
  bool leadsUnderLock(clang::QualType T);
  /// The mutex of a class that shows the value in it under that lock alone,
  /// through such pointers; null for other classes.
  const clang::FieldDecl *lockOfValue(clang::QualType T);
  /// The value, if it is a member itself.
  const clang::FieldDecl *valueUnderLock(clang::QualType T);
  /// What some constructor makes the member from, if that is of a type of the
  /// set; else null.
  const clang::Expr *initializedWith(const clang::ValueDecl *Member,
                                     const NameSet &Types) const;
  /// Whether functions of its class hand work to the executor of a member of
  /// theirs by name, `asio::post(socket_.get_executor(), ...)`: then it lets
  /// one run after the other.
  bool ordersWork(const clang::ValueDecl *Member);
  /// Whether a semaphore is created with a single permit, a channel with room
  /// for one.
  bool hasOnePermit(const clang::ValueDecl *Semaphore) const;
  /// The kind of lock that a class is, by its shape: it has both lock and
  /// unlock (or acquire and release) operations.
  bool looksLikeMutex(const clang::CXXRecordDecl *R);
  /// Whether a lock of the program's own hands out more than one permit.
  bool countsPermits(const clang::CXXRecordDecl *R) const;

  /// What the class does with a callable at the end of its scope: by the
  /// vocabulary, or by a destructor that calls a member.
  ScopeEnd atScopeEnd(clang::QualType T);

  bool inSystemHeader(const clang::Decl *D) const;

private:
  bool isLine(const clang::CXXRecordDecl *Lock) const;
  std::optional<GateType> deleted(const clang::CXXRecordDecl *Guard) const;
  bool startsWithOne(const clang::CXXRecordDecl *Semaphore) const;
  bool hasLockAndUnlock(const clang::CXXRecordDecl *R);
  void addBases(const clang::CXXRecordDecl *R, std::vector<std::string> &To);
  /// How a guard held a lock that does this to it at its end; nothing if that
  /// is not seen.
  std::optional<LockMode> givenBack(const clang::FunctionDecl *End,
                                    const clang::CXXRecordDecl *Guard,
                                    const clang::CXXRecordDecl *Lock) const;
  ScopeEnd scopeEndOf(clang::QualType T, const clang::CXXRecordDecl *R) const;

  clang::ASTContext &Ctx;
  const Vocabulary &Words;
  Names &N;
  TUFacts &Facts;
  llvm::DenseMap<const clang::CXXRecordDecl *, std::optional<GuardType>> Guards;
  llvm::DenseMap<const clang::CXXRecordDecl *, std::optional<GateType>> Gates;
  llvm::DenseMap<const clang::CXXRecordDecl *, ScopeEnd> ScopeEnds;
  llvm::DenseMap<const clang::CXXRecordDecl *, bool> Mutexes;
  llvm::DenseMap<const clang::ValueDecl *, bool> Orders;
  llvm::DenseMap<const clang::CXXRecordDecl *, const clang::FieldDecl *>
      LocksOfValues;
};

} // namespace interlock
