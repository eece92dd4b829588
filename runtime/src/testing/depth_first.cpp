#include "search.hpp"

#include <bit>

INTERLOCK_NAMESPACE_BEGIN
namespace testing {
namespace detail {

unsigned go_on(std::uint64_t enabled, unsigned last) noexcept {
  return (enabled & bit(last)) != 0
             ? last
             : static_cast<unsigned>(std::countr_zero(enabled));
}

void depth_first::begin() noexcept {
  depth_ = 0;
  step_ = no_node;
  sleep_ = 0;
  preemptions_ = 0;
  redundant_ = false;
}

footprint &depth_first::print_of(const node &n, unsigned actor) noexcept {
  return prints_[n.prints + static_cast<unsigned>(
                                std::popcount(n.slots & (bit(actor) - 1)))];
}

depth_first::node &depth_first::add_node(std::uint64_t slots) {
  node n{};
  n.sleep = sleep_;
  n.slots = slots | sleep_;
  n.prints = prints_.size();
  prints_.resize(prints_.size() +
                 static_cast<unsigned>(std::popcount(n.slots)));
  for (std::uint64_t rest = sleep_; rest != 0; rest &= rest - 1) {
    const auto id = static_cast<unsigned>(std::countr_zero(rest));
    print_of(n, id) = sleep_prints_[id];
  }
  nodes_.push_back(n);
  ++depth_;
  return nodes_.back();
}

/// The run leaves the part that it repeats: what sleeps here?
void depth_first::wake_path(const node &n) {
  sleep_ = n.sleep | (bound_ || n.number ? 0 : n.explored & ~bit(n.answer));
  for (std::uint64_t rest = sleep_; rest != 0; rest &= rest - 1) {
    const auto id = static_cast<unsigned>(std::countr_zero(rest));
    sleep_prints_[id] = print_of(n, id);
  }
}

unsigned depth_first::pick(std::uint64_t enabled, unsigned last) {
  const bool could_go_on = (enabled & bit(last)) != 0;
  unsigned answer = 0;
  step_ = no_node;
  if (redundant_ || diverged_)
    return go_on(enabled, last);
  if (depth_ < nodes_.size()) {
    const node &n = nodes_[depth_];
    if (n.number || n.enabled != enabled) {
      diverged_ = true;
      return go_on(enabled, last);
    }
    step_ = depth_++;
    answer = n.answer;
    if (depth_ == nodes_.size())
      wake_path(n);
  } else {
    std::uint64_t options = enabled;
    if (bound_ && could_go_on && preemptions_ == *bound_) {
      options = bit(last);
      cut_ = true;
    }
    const std::uint64_t awake = options & ~sleep_;
    if (awake == 0) {
      redundant_ = true;
      return go_on(enabled, last);
    }
    node &n = add_node(enabled);
    n.enabled = enabled;
    n.options = options;
    n.answer = static_cast<std::uint8_t>(go_on(awake, last));
    answer = n.answer;
    step_ = depth_ - 1;
  }
  if (could_go_on && answer != last)
    ++preemptions_;
  return answer;
}

unsigned depth_first::choose(unsigned n) {
  if (redundant_ || diverged_)
    return 0;
  if (depth_ < nodes_.size()) {
    const node &at = nodes_[depth_];
    if (!at.number || at.enabled != n) {
      diverged_ = true;
      return 0;
    }
    ++depth_;
    if (depth_ == nodes_.size())
      wake_path(at);
    return at.answer;
  }
  node &at = add_node(0);
  at.number = true;
  at.enabled = n;
  return 0;
}

void depth_first::stepped(unsigned actor, const footprint &print) {
  if (bound_ || redundant_)
    return;
  if (step_ != no_node)
    print_of(nodes_[step_], actor).add(print);
  sleep_ &= ~bit(actor);
  for (std::uint64_t rest = sleep_; rest != 0; rest &= rest - 1) {
    const auto id = static_cast<unsigned>(std::countr_zero(rest));
    if (print.conflicts(sleep_prints_[id]))
      sleep_ &= ~bit(id);
  }
}

bool depth_first::advance() {
  while (!nodes_.empty()) {
    node &n = nodes_.back();
    if (n.number) {
      if (n.answer + 1U < n.enabled) {
        ++n.answer;
        return true;
      }
    } else {
      n.explored |= bit(n.answer);
      const std::uint64_t left = n.options & ~n.explored & ~n.sleep;
      if (left != 0) {
        n.answer = static_cast<std::uint8_t>(std::countr_zero(left));
        return true;
      }
    }
    prints_.resize(n.prints);
    nodes_.pop_back();
  }
  return false;
}

} // namespace detail
} // namespace testing
INTERLOCK_NAMESPACE_END
