// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*,unguarded-*
// A lock and a future of the program's own: what the lock runs has it until
// the future that it gives is done.
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <type_traits>

namespace own {
template <class T>
class promise_of {
public:
  template <class F>
  auto then(F next) -> promise_of<std::invoke_result_t<F, T>>;
  template <class F>
  promise_of finally(F next);
};
template <class T>
promise_of<T> ready(T value);

class async_mutex {
public:
  promise_of<bool> with(std::function<promise_of<bool>()> critical);
  promise_of<bool> run_exclusive(std::function<promise_of<bool>()> critical);
};
/// Lets anybody in.
class tracer {
public:
  promise_of<bool> with(std::function<promise_of<bool>()> traced);
};
} // namespace own

own::promise_of<bool> store(const std::string &key, long value);

class start_offsets {
public:
  own::promise_of<bool> raise_ok(long to) {
    return lock_.with([this, to] {
      if (to <= start_)
        return own::ready(false);
      return store("start", to).then([this, to](bool stored) {
        if (stored)
          start_ = to;
        return stored;
      });
    });
  }
  own::promise_of<bool> lower_ok(long to) {
    return lock_.run_exclusive([this, to] {
      if (to >= start_)
        return own::ready(false);
      return store("start", to).then([this, to](bool stored) {
        if (stored)
          start_ = to;
        return stored;
      });
    });
  }

private:
  own::async_mutex lock_;
  long start_ = 0;
};

class end_offsets {
public:
  // Tested before the lock is asked for.
  own::promise_of<bool> raise_bad(long to) {
    if (to <= end_)
      return own::ready(false);
    return lock_.with([this, to] {
      return store("end", to).then([this, to](bool stored) {
        if (stored)
          end_ = to; // expect: stale-check
        return stored;
      });
    });
  }

private:
  own::async_mutex lock_;
  long end_ = 0;
};

class traced_offsets {
public:
  // What runs a callable is no lock for that.
  own::promise_of<bool> raise_bad(long to) {
    return tracer_.with([this, to] {
      if (to <= start_)
        return own::ready(false);
      return store("start", to).then([this, to](bool stored) {
        if (stored)
          start_ = to; // expect: stale-check
        return stored;
      });
    });
  }

private:
  own::tracer tracer_;
  long start_ = 0;
};
