#pragma once

#include "rewriters/base/FixPlan.h"
#include "rewriters/base/FunctionView.h"

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace interlock {

/// How an element of a container is named in the body of a loop that goes over
/// keys, and how it is looked up there.
struct KeptElement {
  enum class Kind {
    Iterator, ///< `it`, which can be set anew
    Value,    ///< a reference to what belongs to the key
    Entry,    ///< a reference to the pair
    Itself,   ///< what is looked up and what is used are the same
    Copy,     ///< of what belongs to the key: does not go stale
  };
  Kind What = Kind::Iterator;
  const clang::ValueDecl *Var = nullptr;
  std::string Container, Key;
  std::string Binding; ///< `auto &`
  /// Statements of the body that will not be there.
  std::vector<int> Gone = {};
};

/// The lines that find the element at the begin of the body, each behind its
/// break, and what changes in the rest.
struct Lookups {
  std::string First;
  std::vector<Edit> Edits;
};

/// Looks the element up at the begin of the body, and again behind each
/// suspension that a use of it follows; then asks again what led there, if
/// `Ask`. None if a lookup cannot be put between the two.
std::optional<Lookups> lookAgain(const FunctionView &View, const KeptElement &E,
                                 int Body, std::set<std::string> &Names,
                                 bool Ask);

} // namespace interlock
