#include "matchers/facts/TypeModel.h"

using namespace clang;

// Locks that are known by what they have: a flag, and the coroutines that wait.
namespace interlock {

static const CXXRecordDecl *definition(const CXXRecordDecl *R) {
  return R ? R->getDefinition() : nullptr;
}

static bool isResumable(QualType T) {
  const CXXRecordDecl *R = recordOf(T);
  return R && R->getName() == "coroutine_handle";
}

/// What a container or an atomic is made of, or the type itself.
static QualType innermost(QualType T) {
  for (QualType Inner = T; !Inner.isNull() && !isResumable(T);
       Inner = firstTypeArgument(T))
    T = Inner;
  return T;
}

/// What a map has for each key; null if it is none.
static QualType mappedType(QualType Map) {
  const CXXRecordDecl *R = Map->getAsCXXRecordDecl();
  return R && R->getName().ends_with("map") ? typeArgument(R, 1) : QualType();
}

/// Whether those that wait are kept by a key: which keys are in the map says
/// for which of them somebody is inside.
static bool waitsByKey(QualType Map) {
  const QualType Each = mappedType(Map);
  return !Each.isNull() && isResumable(innermost(Each));
}

bool TypeModel::isGate(const CXXRecordDecl *R) {
  R = definition(R);
  if (!R || R->field_empty())
    return false;
  if (std::next(R->field_begin()) == R->field_end() &&
      waitsByKey(R->field_begin()->getType()))
    return true;
  bool Flag = false, Queue = false;
  for (const FieldDecl *Field : R->fields()) {
    // One for each key.
    if (const QualType Each = mappedType(Field->getType());
        !Each.isNull() && recordOf(Each) != R && isGate(recordOf(Each))) {
      Flag = Queue = true;
      continue;
    }
    const QualType T = innermost(Field->getType());
    const CXXRecordDecl *Waiter = recordOf(T);
    const bool Waits =
        isResumable(T) ||
        (Waiter && Waiter->hasDefinition() &&
         llvm::any_of(Waiter->fields(), [](const FieldDecl *Each) {
           return isResumable(Each->getType());
         }));
    Queue |= Waits;
    Flag |= T->isBooleanType() ||
            (T->isPointerType() && !isContainer(Field->getType()));
    // What it runs on, and the like, is not its own state.
    if (!Waits && !T->isBooleanType() && !T->isPointerType() &&
        !T->isReferenceType() && !looksLikeMutex(Waiter) &&
        !Words.Synchronizers.matches(N.type(T)))
      return false;
  }
  return Flag && Queue;
}

/// Whether a handle of a coroutine is somewhere in the type.
static bool holdsResumable(QualType T, unsigned Depth = 4) {
  const CXXRecordDecl *R = T->getAsCXXRecordDecl();
  if (!R || Depth == 0)
    return false;
  if (isResumable(T))
    return true;
  if (const auto *S = dyn_cast<ClassTemplateSpecializationDecl>(R)) {
    const auto Holds = [&](const TemplateArgument &A) {
      return A.getKind() == TemplateArgument::Type &&
             holdsResumable(A.getAsType(), Depth - 1);
    };
    return llvm::any_of(S->getTemplateArgs().asArray(), Holds);
  }
  return R->hasDefinition() && !R->isInStdNamespace() &&
         llvm::any_of(R->fields(), [&](const FieldDecl *Field) {
           return holdsResumable(Field->getType(), Depth - 1);
         });
}

bool TypeModel::keepsWaiting(const CXXRecordDecl *R) {
  R = definition(R);
  if (!R || looksLikeMutex(R))
    return false;
  static constexpr llvm::StringLiteral Drives[] = {
      "run",  "poll", "spin",  "step", "tick",    "perform", "drive",
      "loop", "pump", "drain", "play", "advance", "execute", "turn"};
  return llvm::none_of(R->methods(),
                       [](const CXXMethodDecl *M) {
                         return M->getDeclName().isIdentifier() &&
                                llvm::any_of(Drives, [&](llvm::StringRef Verb) {
                                  return M->getName().starts_with_insensitive(
                                      Verb);
                                });
                       }) &&
         llvm::any_of(R->fields(), [](const FieldDecl *Field) {
           return holdsResumable(Field->getType());
         });
}

const CXXRecordDecl *TypeModel::gateOf(const CXXRecordDecl *Guard) {
  const CXXDestructorDecl *End = Guard ? Guard->getDestructor() : nullptr;
  if (!End || !End->isUserProvided() || isCopyable(Guard))
    return nullptr;
  for (const FieldDecl *Field : Guard->fields()) {
    const QualType T = Field->getType();
    if ((T->isReferenceType() || T->isPointerType()) && isGate(recordOf(T)))
      return recordOf(T)->getDefinition();
  }
  return nullptr;
}

} // namespace interlock
