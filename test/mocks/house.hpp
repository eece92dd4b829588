/// A framework of a house of its own: nothing here has a name that a library
/// uses, so all must be understood from its shape.
#pragma once
#include "task.hpp"

namespace house {

template <class T = void> using Co = mock::task<T>;

class Latch;

/// Holds the latch as long as it lives.
class [[nodiscard]] Holder {
public:
  explicit Holder(Latch &latch) : latch_(&latch) {}
  Holder(Holder &&other) noexcept
      : latch_(std::exchange(other.latch_, nullptr)) {}
  Holder(const Holder &) = delete;
  ~Holder();
  void Release();

private:
  Latch *latch_;
};

/// An exclusive lock for coroutines.
class Latch {
public:
  struct Acquisition {
    Latch &latch;
    bool await_ready() const noexcept { return !latch.taken_; }
    void await_suspend(std::coroutine_handle<> waiting);
    Holder await_resume() {
      latch.taken_ = true;
      return Holder(latch);
    }
  };
  Acquisition Acquire() { return {*this}; }
  void Leave();

private:
  bool taken_ = false;
};

inline Holder::~Holder() { Release(); }
inline void Holder::Release() {
  if (latch_)
    std::exchange(latch_, nullptr)->Leave();
}

/// Gives other coroutines a turn.
struct Breathe {
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> waiting);
  void await_resume() const noexcept {}
};

Co<> Send(const char *text);
Co<int> Ask(const char *text);

/// Runs a coroutine without waiting for it.
void Launch(Co<> work);

} // namespace house
