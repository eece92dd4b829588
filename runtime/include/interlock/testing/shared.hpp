// Shared variables that the explorer sees.
#pragma once

#include <interlock/testing/schedule.hpp>

#include <utility>

INTERLOCK_NAMESPACE_BEGIN
namespace testing {

/// A variable whose reads and writes are observed, for searches with
/// `options::observed`, and shown in reports.
///
///     shared<int> balance{"balance", 100};
///     if (balance >= 30) { co_await io("venue"); balance -= 30; }
template <class Value> class shared {
public:
  explicit shared(const char *name, Value value = {})
      : name_(name), value_(std::move(value)) {
    if (schedule *const s = schedule::current())
      s->observe(this, true);
  }
  shared(const shared &) = delete;

  operator const Value &() const { return get(); }
  const Value &get() const {
    if (schedule *const s = schedule::current()) {
      s->observe(this, false);
      if (s->tracing())
        s->note(std::string("reads ") + name_ + " = " +
                detail::text_of(value_));
    }
    return value_;
  }
  /// Without being observed: for checks after the run.
  const Value &peek() const noexcept { return value_; }

  shared &operator=(Value value) {
    if (schedule *const s = schedule::current()) {
      s->observe(this, true);
      if (s->tracing())
        s->note(std::string("writes ") + name_ + " = " +
                detail::text_of(value));
    }
    value_ = std::move(value);
    return *this;
  }
  shared &operator+=(const Value &by) { return *this = get() + by; }
  shared &operator-=(const Value &by) { return *this = get() - by; }

private:
  const char *name_;
  Value value_;
};

} // namespace testing
INTERLOCK_NAMESPACE_END
