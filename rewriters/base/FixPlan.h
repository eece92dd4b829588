#pragma once

#include "matchers/base/Finding.h"

#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace interlock {

/// One replacement of bytes in a file as it was analysed.
struct Edit {
  std::string File; ///< absolute real path
  unsigned Offset = 0;
  unsigned Length = 0;
  std::string Text;
  auto order() const { return std::tie(File, Offset, Length, Text); }
  friend bool operator==(const Edit &A, const Edit &B) {
    return A.order() == B.order();
  }
  friend bool operator<(const Edit &A, const Edit &B) {
    return A.order() < B.order();
  }
};

/// Whether a plan may be applied without a reader.
enum class Applicability { Safe, Review };

/// The edits of one repair: they apply together or not at all.
struct FixPlan {
  std::string Strategy;    ///< `hold`, `reserve`, `hoist-await`, ...
  std::string Description; ///< one line, for the reader of a patch
  Applicability Apply = Applicability::Safe;
  std::vector<Edit> Edits;
  /// Indices of the findings that the plan repairs; several findings of one
  /// region share one guard.
  std::vector<unsigned> Repairs;
  /// Findings without whose repair this one would be wrong, in this TU or in
  /// another: their plans are joined, or all are refused.
  std::vector<unsigned> Needs;
  /// After merging: how a joined plan repairs each finding, strategy and
  /// description.
  std::map<unsigned, std::pair<std::string, std::string>> Parts;
  /// What to do if this plan does not pass its proof, in this order.
  std::vector<FixPlan> Otherwise;
  /// After merging: the plan, by index, that this one stands in for.
  int Instead = -1;
};

/// Why a finding is left to a human.
struct Refusal {
  std::string Id;     ///< stable: `macro-body`, `peer-wait`, ...
  std::string Reason; ///< one sentence
  std::string ByHand; ///< code or steps to write by hand
  unsigned Finding = 0;
};

/// Whether two findings are one: a helper's modify can be found through
/// several callers.
bool sameFinding(const Finding &A, const Finding &B);

/// Whether all callers of a finding's function will hold the guard: it is not
/// planned for itself, its callers' plans repair it.
bool heldByCallers(const Finding &F);

/// What `Refusals.def` says to write in place of a refused repair.
std::string byHandFor(llvm::StringRef Refusal);

/// What the rewriter proposes for the findings that it was given.
struct FixResult {
  std::vector<FixPlan> Plans;
  /// For findings that their callers' guards are meant to cover, if those
  /// cannot be taken or do not pass their proof.
  std::vector<FixPlan> Spare;
  std::vector<Refusal> Refusals;
  /// Members of which somebody changes no element that he can name, or finds
  /// out from the whole which one: all who take their locks have to take one of
  /// the whole container.
  std::set<std::string> Nameless;
  /// Digests of the edited files as they were analysed, by path.
  std::map<std::string, std::uint64_t> Digests;
};

} // namespace interlock
