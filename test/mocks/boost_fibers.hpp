/// The shapes of Boost.Fiber: stackful, so plain calls give up control.
#pragma once

namespace boost {
namespace fibers {

class mutex {
public:
  void lock();
  bool try_lock();
  void unlock();
};

enum class cv_status { no_timeout, timeout };

class condition_variable {
public:
  template <class Lock> void wait(Lock &lock);
  template <class Lock, class Predicate>
  void wait(Lock &lock, Predicate predicate) {
    while (!predicate())
      wait(lock);
  }
  void notify_one() noexcept;
  void notify_all() noexcept;
};

template <class T> class future {
public:
  T get();
  void wait() const;
};

class fiber {
public:
  template <class F> explicit fiber(F) {}
  void join();
  void detach();
};

} // namespace fibers

namespace this_fiber {
void yield() noexcept;
template <class Duration> void sleep_for(const Duration &duration);
} // namespace this_fiber
} // namespace boost
