/// The shapes of folly::Synchronized and boost::synchronized_value: a value
/// that can be reached only under its lock.
#pragma once

namespace folly {
template <class S> class LockedPtr {
public:
  LockedPtr(LockedPtr &&) noexcept;
  LockedPtr &operator=(LockedPtr &&) noexcept;
  ~LockedPtr();
  S *operator->() const;
  S &operator*() const;
  void unlock();
  explicit operator bool() const;
};

struct default_mutex;
template <class T, class M = default_mutex> class Synchronized {
public:
  Synchronized();
  [[nodiscard]] LockedPtr<T> wlock();
  [[nodiscard]] LockedPtr<const T> rlock() const;
  T &unsafeGetUnlocked();
  T copy() const;
  template <class F> auto withWLock(F &&f) { return f(*wlock()); }
  template <class F> auto withRLock(F &&f) const { return f(*rlock()); }
};
} // namespace folly

namespace boost {
template <class T> class strict_lock_ptr {
public:
  strict_lock_ptr(strict_lock_ptr &&) noexcept;
  ~strict_lock_ptr();
  T *operator->() const;
  T &operator*() const;
};
template <class T> class synchronized_value {
public:
  strict_lock_ptr<T> synchronize();
  strict_lock_ptr<T> operator->();
};
} // namespace boost
