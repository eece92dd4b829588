// What a schedule and the search that drives it have in common.
#pragma once

#include <interlock/detail/config.hpp>
#include <interlock/drawing.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <source_location>
#include <string>
#include <utility>
#include <vector>

INTERLOCK_NAMESPACE_BEGIN
namespace testing {
namespace detail {

constexpr std::uint64_t bit(std::size_t id) noexcept {
  return std::uint64_t{1} << id;
}

/// What a step read and wrote, one bit per object; two objects may share a bit,
/// which only makes steps look dependent that are not. Steps whose footprints
/// do not conflict lead to the same state in either order.
struct footprint {
  std::uint64_t reads = 0;
  std::uint64_t writes = 0;

  static constexpr std::uint64_t everything = ~std::uint64_t{0};
  /// Memory of the test that nobody observes.
  static constexpr std::uint64_t unobserved = bit(63);
  /// The virtual clock.
  static constexpr std::uint64_t clock = bit(62);
  static constexpr unsigned object_bits = 62;

  bool conflicts(const footprint &other) const noexcept {
    return (writes & (other.reads | other.writes)) != 0 ||
           (other.writes & reads) != 0;
  }
  void add(const footprint &other) noexcept {
    reads |= other.reads;
    writes |= other.writes;
  }
};

/// Numbers objects by the order in which a run first touches them. So a number
/// means the same object in all runs with the same beginning, wherever it was
/// allocated. Two steps that both touch something for the first time share a
/// number; the first touch counts as a write, so that such steps depend on each
/// other: with reads, a step that sleeps would keep a number that now means
/// another object, and sleep through a write to its own.
class object_table {
public:
  void clear() noexcept { objects_.clear(); }
  footprint touched(const void *owner, std::uint64_t key, bool writes) {
    std::size_t i = 0;
    while (i != objects_.size() &&
           (objects_[i].first != owner || objects_[i].second != key))
      ++i;
    const bool first = i == objects_.size();
    if (first)
      objects_.emplace_back(owner, key);
    const std::uint64_t object = bit(i % footprint::object_bits);
    return first || writes ? footprint{0, object} : footprint{object, 0};
  }

private:
  std::vector<std::pair<const void *, std::uint64_t>> objects_;
};

/// Decides what runs next. A schedule asks whenever there is more than one
/// answer.
class chooser {
public:
  /// One actor of `enabled`; `last` ran last.
  virtual unsigned pick(std::uint64_t enabled, unsigned last) = 0;
  /// A number below `n`, which is at least 2.
  virtual unsigned choose(unsigned n) = 0;
  /// `actor` was the only one that could run.
  virtual void forced(unsigned) {}
  /// The step that was picked is over.
  virtual void stepped(unsigned, const footprint &) {}

protected:
  ~chooser() = default;
};

/// What was asked and answered: enough to repeat a run.
struct decision {
  std::uint64_t options = 0; ///< actors, or how many numbers
  std::uint8_t answer = 0;
  bool number = false;

  bool operator==(const decision &) const = default;
};

enum class failure_kind : std::uint8_t {
  none,
  check,       ///< `check` was false
  invariant,   ///< an `always` was false
  exception,   ///< one left a task or the body of the test
  deadlock,    ///< tasks wait for each other's locks
  lost_wakeup, ///< a task waits and nothing will resume it
  misuse,      ///< of the explorer
  diverged,    ///< a replay met other options than it recorded
};

/// How one run went.
struct run_result {
  failure_kind kind = failure_kind::none;
  std::string what;
  std::vector<decision> decisions;
  std::size_t decisions_at_failure = 0;
  std::vector<std::uint8_t> steps; ///< the actor of each
  std::size_t steps_at_failure = 0;
  bool too_long = false;

  bool failed() const noexcept { return kind != failure_kind::none; }
};

struct run_limits {
  std::uint64_t steps = 10'000;
  bool track = false;    ///< footprints are wanted
  bool observed = false; ///< see `options::observed`
  bool competing_wakeups = false;
  bool stuck_fails = true;
};

/// What the run that is reported writes down.
struct trace {
  drawing::interleaving drawn;
  bool stopped = false; ///< after the failure
  /// Locks without a name, in the order in which they appear.
  std::vector<std::pair<const void *, std::string>> anonymous;
  struct holding {
    const void *owner;
    const void *entry;
    std::string who;
    std::source_location where;
  };
  std::vector<holding> held;
};

} // namespace detail
} // namespace testing
INTERLOCK_NAMESPACE_END
