// `std::atomic` on a `model::machine`.
#pragma once

#include "machine.hpp"

#include <atomic>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace model {

template <class T> class atomic {
public:
  constexpr atomic(T value = T{}) noexcept : value_(value) {
    if (!std::is_constant_evaluated())
      if (machine *const m = machine::running())
        m->forget(this);
  }
  atomic(const atomic &) = delete;
  atomic &operator=(const atomic &) = delete;

  T load(std::memory_order order = std::memory_order_seq_cst) const noexcept {
    if (machine *const m = machine::running()) {
      m->step(this);
      m->looked(static_cast<std::uint64_t>(value_),
                [this, seen = value_] { return value_ != seen; });
    }
    acquire(order);
    return value_;
  }
  void store(T value,
             std::memory_order order = std::memory_order_seq_cst) noexcept {
    step();
    if (machine *const m = machine::running()) {
      if (releases(order))
        m->released(this) = m->now();
      else
        m->forget(this);
    }
    value_ = value;
  }
  T exchange(T value,
             std::memory_order order = std::memory_order_seq_cst) noexcept {
    return modify(order, [&](T) { return value; });
  }
  T fetch_add(T n,
              std::memory_order order = std::memory_order_seq_cst) noexcept {
    return modify(order, [&](T old) { return static_cast<T>(old + n); });
  }
  T fetch_sub(T n,
              std::memory_order order = std::memory_order_seq_cst) noexcept {
    return modify(order, [&](T old) { return static_cast<T>(old - n); });
  }
  T fetch_or(T n,
             std::memory_order order = std::memory_order_seq_cst) noexcept {
    return modify(order, [&](T old) { return static_cast<T>(old | n); });
  }
  T fetch_and(T n,
              std::memory_order order = std::memory_order_seq_cst) noexcept {
    return modify(order, [&](T old) { return static_cast<T>(old & n); });
  }
  bool compare_exchange_strong(T &expected, T desired,
                               std::memory_order success,
                               std::memory_order failure) noexcept {
    step();
    if (value_ != expected) {
      acquire(failure);
      expected = value_;
      return false;
    }
    synchronize(success);
    value_ = desired;
    return true;
  }
  bool compare_exchange_weak(T &expected, T desired, std::memory_order success,
                             std::memory_order failure) noexcept {
    return compare_exchange_strong(expected, desired, success, failure);
  }

private:
  static bool acquires(std::memory_order order) noexcept {
    return order != std::memory_order_relaxed &&
           order != std::memory_order_release;
  }
  static bool releases(std::memory_order order) noexcept {
    return order == std::memory_order_release ||
           order == std::memory_order_acq_rel ||
           order == std::memory_order_seq_cst;
  }
  static void step() noexcept {
    if (machine *const m = machine::running())
      m->step();
  }
  void acquire(std::memory_order order) const noexcept {
    machine *const m = machine::running();
    if (m != nullptr && acquires(order))
      m->now().join(m->released(this));
  }
  /// What was released before stays so: the release sequence goes on.
  void synchronize(std::memory_order order) noexcept {
    acquire(order);
    machine *const m = machine::running();
    if (m != nullptr && releases(order))
      m->released(this).join(m->now());
  }
  template <class Change>
  T modify(std::memory_order order, Change change) noexcept {
    step();
    synchronize(order);
    return std::exchange(value_, change(value_));
  }

  T value_;
};

} // namespace model
