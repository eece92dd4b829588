#pragma once

#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace interlock {

/// One step from an object to a part of it. Pointers, smart pointers and
/// optionals add no step: `account_->balance_` is the field `balance_` of the
/// field `account_`.
struct PathStep {
  enum class Kind : unsigned char { Field, Element };
  Kind What = Kind::Field;
  /// A field's id; an element's key in canonical form, "?" where unknown, with
  /// "~" before what is computed from the rest.
  std::string Name;

  auto order() const { return std::tie(What, Name); }
  friend bool operator==(const PathStep &A, const PathStep &B) {
    return A.order() == B.order();
  }
  friend bool operator<(const PathStep &A, const PathStep &B) {
    return A.order() < B.order();
  }
};

inline bool isElement(const PathStep &S) {
  return S.What == PathStep::Kind::Element;
}

/// Identifies a piece of state as one function sees it: where it starts, and
/// which fields and elements lead to it.
struct AccessPath {
  enum class Root : unsigned char {
    This,      ///< the object that the member function runs on
    Parameter, ///< the target of a parameter; `Var` is its variable
    Local,     ///< the target of a pointer-like local; `Var` is its variable
    Shared,    ///< a local captured by reference; `Name` is program-wide
    Global,    ///< a static or namespace-scope variable; `Name` is its id
    Either,    ///< one of several places; only while a function is lowered
    Opaque,    ///< somewhere this function cannot name
  };
  Root Base = Root::Opaque;
  unsigned Var = 0;
  std::string Name;
  std::vector<PathStep> Steps;

  AccessPath field(std::string Id) const;
  AccessPath element(std::string Key) const;

  auto order() const { return std::tie(Base, Var, Name, Steps); }
  friend bool operator==(const AccessPath &A, const AccessPath &B) {
    return A.order() == B.order();
  }
  friend bool operator<(const AccessPath &A, const AccessPath &B) {
    return A.order() < B.order();
  }
};

/// Whether the path names more than a whole object: a member or an element of
/// one, or a variable that others reach.
bool hasName(const AccessPath &P);

/// Whether the path is an object that a function runs on, or is given.
bool isWholeObject(const AccessPath &P);

/// Whether two keys can be of one element: equal, or one of them unknown, or
/// computed from a value while the other is one.
bool keysMeet(const std::string &A, const std::string &B);

/// Whether a change of one path can be seen through the other: same base, and
/// one is a part of the other. Elements with different known keys are apart.
bool overlaps(const AccessPath &A, const AccessPath &B);

/// The same, when the two belong to different functions or objects of one
/// type: bases and keys are not compared, only the chains of fields.
bool overlapsAnyObject(const AccessPath &A, const AccessPath &B);

/// The path without the elements at its end.
AccessPath wholeOf(AccessPath Path);

/// Whether the two are different members of what can be one object.
bool areSiblings(const AccessPath &A, const AccessPath &B);

/// The members of what can be one object in which the two lie, or which they
/// are; null if they are not apart like that.
std::pair<const PathStep *, const PathStep *>
siblingsAround(const AccessPath &A, const AccessPath &B);

} // namespace interlock
