// The ways to decide what runs next.
#pragma once

#include <interlock/testing/detail/engine.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

INTERLOCK_NAMESPACE_BEGIN
namespace testing {
namespace detail {

/// What runs when it does not matter: the last one, if it can.
unsigned go_on(std::uint64_t enabled, unsigned last) noexcept;

/// Depth-first search over all decisions, with sleep sets or with a bound on
/// preemptions (not both: a sleeping step may be cheaper in preemptions than
/// the one that replaces it).
///
/// A step sleeps at a node if all schedules that begin with it there were run
/// already and no step since depends on it; running it now would only repeat
/// one of them in another order.
class depth_first final : public chooser {
public:
  explicit depth_first(std::optional<unsigned> bound) : bound_(bound) {}

  void begin() noexcept;
  /// Turns to the next schedule; false if there is none.
  bool advance();

  bool cut() const noexcept { return cut_; }
  bool redundant() const noexcept { return redundant_; }
  /// The test did not repeat its own beginning.
  bool diverged() const noexcept { return diverged_; }

  unsigned pick(std::uint64_t enabled, unsigned last) override;
  unsigned choose(unsigned n) override;
  void forced(unsigned actor) override {
    step_ = no_node;
    redundant_ |= (sleep_ & bit(actor)) != 0;
  }
  void stepped(unsigned actor, const footprint &print) override;

private:
  static constexpr std::size_t no_node = static_cast<std::size_t>(-1);

  struct node {
    std::uint64_t enabled;  ///< or the number of numbers
    std::uint64_t options;  ///< those the bound allows
    std::uint64_t explored; ///< answers that are done
    std::uint64_t sleep;    ///< asleep when the run came here first
    std::uint64_t slots;    ///< actors with a footprint here
    std::size_t prints;     ///< the first of them in `prints_`
    std::uint8_t answer;
    bool number;
  };

  footprint &print_of(const node &n, unsigned actor) noexcept;
  void wake_path(const node &n);
  node &add_node(std::uint64_t slots);

  std::optional<unsigned> bound_;
  std::vector<node> nodes_;
  std::vector<footprint> prints_;
  std::size_t depth_ = 0;
  std::size_t step_ = no_node; ///< the node that picked the running step
  std::uint64_t sleep_ = 0;
  std::array<footprint, 64> sleep_prints_;
  unsigned preemptions_ = 0;
  bool cut_ = false;
  bool redundant_ = false;
  bool diverged_ = false;
};

/// A small generator with the same numbers everywhere.
class random_numbers {
public:
  explicit random_numbers(std::uint64_t seed) noexcept : state_(seed) {}
  std::uint64_t next() noexcept;
  unsigned below(unsigned n) noexcept {
    return static_cast<unsigned>(next() % n);
  }

private:
  std::uint64_t state_;
};

class random_walker final : public chooser {
public:
  explicit random_walker(std::uint64_t seed) noexcept : numbers_(seed) {}
  unsigned pick(std::uint64_t enabled, unsigned last) override;
  unsigned choose(unsigned n) override { return numbers_.below(n); }

private:
  random_numbers numbers_;
};

/// Probabilistic concurrency testing (Burckhardt et al., 2010).
class prioritised final : public chooser {
public:
  prioritised(std::uint64_t seed, unsigned depth, std::uint64_t steps);
  unsigned pick(std::uint64_t enabled, unsigned last) override;
  unsigned choose(unsigned n) override { return numbers_.below(n); }
  void forced(unsigned) override { ++step_; }

private:
  unsigned highest(std::uint64_t enabled) noexcept;
  random_numbers numbers_;
  std::vector<std::uint64_t> changes_; ///< steps, the next one last
  std::array<std::uint64_t, 64> priority_{};
  std::uint64_t step_ = 0;
};

/// Repeats decisions and checks that the same options are there.
class repeater final : public chooser {
public:
  explicit repeater(std::vector<decision> decisions)
      : decisions_(std::move(decisions)) {}
  unsigned pick(std::uint64_t enabled, unsigned last) override;
  unsigned choose(unsigned n) override;
  /// The first decision that found other options than recorded, from 1.
  std::optional<std::size_t> diverged_at() const noexcept { return diverged_; }
  std::size_t used() const noexcept { return next_; }

private:
  const decision *expect(std::uint64_t options, bool number);
  std::vector<decision> decisions_;
  std::size_t next_ = 0;
  std::optional<std::size_t> diverged_;
};

/// Follows a list of actors as far as they can run.
class follower final : public chooser {
public:
  follower(std::vector<std::uint8_t> steps, std::vector<std::uint8_t> numbers)
      : steps_(std::move(steps)), numbers_(std::move(numbers)) {}
  unsigned pick(std::uint64_t enabled, unsigned last) override;
  unsigned choose(unsigned n) override;
  void forced(unsigned actor) override;

private:
  std::vector<std::uint8_t> steps_;
  std::vector<std::uint8_t> numbers_;
  std::size_t at_ = 0;
  std::size_t number_at_ = 0;
};

/// A schedule as text and back; nothing if the text is none.
std::string to_text(const std::vector<decision> &decisions, std::size_t count);
std::optional<std::vector<decision>> parse_schedule(const std::string &text);

} // namespace detail
} // namespace testing
INTERLOCK_NAMESPACE_END
