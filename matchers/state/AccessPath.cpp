#include "matchers/state/AccessPath.h"

#include <algorithm>

namespace interlock {

AccessPath AccessPath::field(std::string Id) const {
  AccessPath Result = *this;
  Result.Steps.push_back({PathStep::Kind::Field, std::move(Id)});
  return Result;
}

AccessPath AccessPath::element(std::string Key) const {
  AccessPath Result = *this;
  Result.Steps.push_back({PathStep::Kind::Element, std::move(Key)});
  return Result;
}

bool hasName(const AccessPath &P) {
  return !P.Steps.empty() || P.Base == AccessPath::Root::Global ||
         P.Base == AccessPath::Root::Shared ||
         P.Base == AccessPath::Root::Parameter ||
         P.Base == AccessPath::Root::Either;
}

bool isWholeObject(const AccessPath &P) {
  return P.Steps.empty() && (P.Base == AccessPath::Root::This ||
                             P.Base == AccessPath::Root::Parameter);
}

/// Whether a key is computed from another value: `id % shards`.
static bool computed(const std::string &Key) {
  return Key.find('~') != std::string::npos;
}

bool keysMeet(const std::string &A, const std::string &B) {
  return A == B || A == "?" || B == "?" || computed(A) != computed(B);
}

static bool stepsMeet(const PathStep &A, const PathStep &B, bool CompareKeys) {
  if (A.What != B.What)
    return true; // a member of a container-like class against its elements
  if (A.Name == B.Name)
    return true;
  if (A.What == PathStep::Kind::Field)
    return false;
  return !CompareKeys || keysMeet(A.Name, B.Name);
}

static bool prefixesMeet(const AccessPath &A, const AccessPath &B,
                         bool CompareKeys) {
  const size_t Common = std::min(A.Steps.size(), B.Steps.size());
  for (size_t I = 0; I < Common; ++I)
    if (!stepsMeet(A.Steps[I], B.Steps[I], CompareKeys))
      return false;
  return true;
}

bool overlaps(const AccessPath &A, const AccessPath &B) {
  if (A.Base != B.Base || A.Var != B.Var || A.Name != B.Name)
    return false;
  return prefixesMeet(A, B, /*CompareKeys=*/true);
}

AccessPath wholeOf(AccessPath Path) {
  while (!Path.Steps.empty() && isElement(Path.Steps.back()))
    Path.Steps.pop_back();
  return Path;
}

bool areSiblings(const AccessPath &A, const AccessPath &B) {
  if (A.Steps.empty() || A.Steps.size() != B.Steps.size() ||
      A.Steps.back().What != PathStep::Kind::Field ||
      B.Steps.back().What != PathStep::Kind::Field ||
      A.Steps.back() == B.Steps.back())
    return false;
  AccessPath OwnerOfA = A, OwnerOfB = B;
  OwnerOfA.Steps.pop_back();
  OwnerOfB.Steps.pop_back();
  return overlaps(OwnerOfA, OwnerOfB);
}

std::pair<const PathStep *, const PathStep *>
siblingsAround(const AccessPath &A, const AccessPath &B) {
  if (A.Base != B.Base || A.Var != B.Var || A.Name != B.Name)
    return {};
  const size_t Common = std::min(A.Steps.size(), B.Steps.size());
  for (size_t I = 0; I < Common; ++I) {
    if (stepsMeet(A.Steps[I], B.Steps[I], /*CompareKeys=*/true))
      continue;
    if (A.Steps[I].What == PathStep::Kind::Field)
      return {&A.Steps[I], &B.Steps[I]};
    break;
  }
  return {};
}

/// Whether the last field of one path is among the fields of the other.
static bool endsWithin(const AccessPath &Inner, const AccessPath &Outer) {
  const auto IsField = [](const PathStep &S) {
    return S.What == PathStep::Kind::Field;
  };
  const auto Last =
      std::find_if(Inner.Steps.rbegin(), Inner.Steps.rend(), IsField);
  return Last != Inner.Steps.rend() &&
         std::find(Outer.Steps.begin(), Outer.Steps.end(), *Last) !=
             Outer.Steps.end();
}

bool overlapsAnyObject(const AccessPath &A, const AccessPath &B) {
  if (A.Base == AccessPath::Root::Global ||
      B.Base == AccessPath::Root::Global ||
      A.Base == AccessPath::Root::Shared || B.Base == AccessPath::Root::Shared)
    if (A.Base == B.Base && A.Name == B.Name)
      return prefixesMeet(A, B, /*CompareKeys=*/false);
  // Paths of one object reached over different routes end in the same chain
  // of fields: `this->balance_` and `account->balance_`.
  return endsWithin(A, B) || endsWithin(B, A);
}

} // namespace interlock
