#include "search.hpp"

#include <algorithm>
#include <bit>
#include <charconv>

INTERLOCK_NAMESPACE_BEGIN
namespace testing {
namespace detail {

std::uint64_t random_numbers::next() noexcept { // splitmix64
  std::uint64_t z = state_ += 0x9e3779b97f4a7c15U;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
  return z ^ (z >> 31);
}

unsigned random_walker::pick(std::uint64_t enabled, unsigned) {
  for (unsigned skip =
           numbers_.below(static_cast<unsigned>(std::popcount(enabled)));
       skip != 0; --skip)
    enabled &= enabled - 1;
  return static_cast<unsigned>(std::countr_zero(enabled));
}

prioritised::prioritised(std::uint64_t seed, unsigned depth,
                         std::uint64_t steps)
    : numbers_(seed) {
  for (unsigned i = 1; i < depth; ++i)
    changes_.push_back(1 + numbers_.next() % std::max<std::uint64_t>(steps, 1));
  std::sort(changes_.rbegin(), changes_.rend());
}

unsigned prioritised::highest(std::uint64_t enabled) noexcept {
  unsigned best = 64;
  for (std::uint64_t rest = enabled; rest != 0; rest &= rest - 1) {
    const auto id = static_cast<unsigned>(std::countr_zero(rest));
    if (priority_[id] == 0)
      priority_[id] = (numbers_.next() >> 1) + 1000;
    if (best == 64 || priority_[id] > priority_[best])
      best = id;
  }
  return best;
}

unsigned prioritised::pick(std::uint64_t enabled, unsigned) {
  ++step_;
  unsigned best = highest(enabled);
  while (!changes_.empty() && changes_.back() <= step_) {
    priority_[best] = changes_.size(); // below all others, lower each time
    changes_.pop_back();
    best = highest(enabled);
  }
  return best;
}

const decision *repeater::expect(std::uint64_t options, bool number) {
  if (diverged_ || next_ == decisions_.size())
    return nullptr;
  const decision &d = decisions_[next_++];
  if (d.options == options && d.number == number)
    return &d;
  diverged_ = next_;
  return nullptr;
}

unsigned repeater::pick(std::uint64_t enabled, unsigned last) {
  const decision *const d = expect(enabled, false);
  return d != nullptr ? d->answer : go_on(enabled, last);
}

unsigned repeater::choose(unsigned n) {
  const decision *const d = expect(n, true);
  return d != nullptr ? d->answer : 0;
}

unsigned follower::pick(std::uint64_t enabled, unsigned last) {
  while (at_ != steps_.size() && (enabled & bit(steps_[at_])) == 0)
    ++at_;
  return at_ != steps_.size() ? steps_[at_++] : go_on(enabled, last);
}

void follower::forced(unsigned actor) {
  if (at_ != steps_.size() && steps_[at_] == actor)
    ++at_;
}

unsigned follower::choose(unsigned n) {
  if (number_at_ == numbers_.size())
    return 0;
  const unsigned answer = numbers_[number_at_++];
  return answer < n ? answer : 0;
}

// "1/7" picks actor 1 of the set {0, 1, 2}; "n1/3" chooses 1 of 3 numbers.
std::string to_text(const std::vector<decision> &decisions, std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i != count; ++i) {
    const decision &d = decisions[i];
    char text[40];
    char *end = std::to_chars(text, text + sizeof text, d.answer, 16).ptr;
    *end++ = '/';
    end = std::to_chars(end, text + sizeof text, d.options, 16).ptr;
    if (!out.empty())
      out += '.';
    if (d.number)
      out += 'n';
    out.append(text, end);
  }
  return out;
}

std::optional<std::vector<decision>> parse_schedule(const std::string &text) {
  std::vector<decision> out;
  const char *at = text.data();
  const char *const end = at + text.size();
  while (at != end) {
    decision d;
    d.number = *at == 'n';
    at += d.number ? 1 : 0;
    unsigned answer = 0;
    const auto a = std::from_chars(at, end, answer, 16);
    if (a.ec != std::errc() || a.ptr == end || *a.ptr != '/' || answer > 255)
      return std::nullopt;
    const auto o = std::from_chars(a.ptr + 1, end, d.options, 16);
    if (o.ec != std::errc())
      return std::nullopt;
    d.answer = static_cast<std::uint8_t>(answer);
    const bool valid = d.number ? answer < d.options
                                : answer < 64 && (d.options & bit(answer)) != 0;
    if (!valid || (o.ptr != end && (*o.ptr != '.' || o.ptr + 1 == end)))
      return std::nullopt;
    at = o.ptr == end ? end : o.ptr + 1;
    out.push_back(d);
  }
  return out;
}

} // namespace detail
} // namespace testing
INTERLOCK_NAMESPACE_END
