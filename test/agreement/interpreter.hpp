// Executes programs under the explorer, and watches what modifies rely on.
#pragma once

#include "verdict.hpp"

#include <interlock/testing/schedule.hpp>

#include <memory>

namespace agreement {

/// What is tried besides what the program says.
struct liberties {
  /// Before each statement that touches a variable, others may run.
  bool suspend_anywhere = false;
  /// Branches go both ways, whatever the values are.
  bool take_any_branch = false;
};

/// One run of an experiment.
class run_of {
public:
  run_of(const program &p, const experiment &e, liberties may = {});
  ~run_of();

  /// Adds the first (0) or the second (1) activity to a schedule.
  void spawn(interlock::testing::schedule &s, int activity);
  const outcome &variables() const noexcept;
  /// There was a modify that relied on something old.
  bool stale() const noexcept;

private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

} // namespace agreement
