// The least that a queued hand-over can be: what the library's own is measured
// against where a machine's `std::mutex` is faster than any of them.
//
// One word, a list for the holder, resumption inside the release. No
// cancellation, no executor, no statistics, no destruction of waiting frames,
// a stack that grows with nested releases.
#pragma once

#include <atomic>
#include <coroutine>
#include <cstdint>
#include <utility>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

namespace bench {

/// What a `floor_lock` does besides.
enum class floor_kind : std::uint8_t {
  lock,         ///< nothing
  not_a_lock,   ///< plain memory instead of atomic read-modify-writes: for one
                ///< thread, and so no lock; bounds everything that parks
  reads_counter ///< and reads the time when a waiter queues and is granted
};

template <floor_kind Kind> class floor_lock {
  struct node {
    node *next;
    std::coroutine_handle<> handle;
    std::uint64_t queued_at;
  };

public:
  class guard {
  public:
    explicit guard(floor_lock &lock) noexcept : lock_(&lock) {}
    guard(guard &&other) noexcept
        : lock_(std::exchange(other.lock_, nullptr)) {}
    guard &operator=(guard &&) = delete;
    ~guard() {
      if (lock_ != nullptr)
        lock_->unlock();
    }

  private:
    floor_lock *lock_;
  };

  class awaiter : node {
  public:
    explicit awaiter(floor_lock &lock) noexcept : lock_(lock) {}
    bool await_ready() noexcept {
      return lock_.word_.load(std::memory_order_relaxed) == 0 &&
             lock_.replace(0, locked);
    }
    bool await_suspend(std::coroutine_handle<> handle) noexcept {
      this->handle = handle;
      this->queued_at = now();
      return lock_.queue(*this);
    }
    guard await_resume() noexcept { return guard(lock_); }

  private:
    floor_lock &lock_;
  };

  awaiter acquire() noexcept { return awaiter(*this); }
  /// Ticks that all waiters have waited.
  std::uint64_t waited() const noexcept { return waited_; }

private:
  static constexpr std::uintptr_t locked = 1;

  static std::uint64_t now() noexcept {
#if defined(__x86_64__)
    if constexpr (Kind == floor_kind::reads_counter)
      return __rdtsc();
#endif
    return 0;
  }
  bool replace(std::uintptr_t from, std::uintptr_t to) noexcept {
    if constexpr (Kind != floor_kind::not_a_lock)
      return word_.compare_exchange_strong(from, to, std::memory_order_acq_rel,
                                           std::memory_order_relaxed);
    const bool same = word_.load(std::memory_order_relaxed) == from;
    if (same)
      word_.store(to, std::memory_order_relaxed);
    return same;
  }
  /// False if the lock was free after all, and is held now.
  bool queue(node &n) noexcept {
    for (;;) {
      const std::uintptr_t word = word_.load(std::memory_order_relaxed);
      if (word == 0) {
        if (replace(0, locked))
          return false;
        continue;
      }
      n.next = reinterpret_cast<node *>(word & ~locked);
      if (replace(word, reinterpret_cast<std::uintptr_t>(&n) | locked))
        return true;
    }
  }
  /// Reverses the stack of those that queued since.
  void refill() noexcept {
    std::uintptr_t word = word_.load(std::memory_order_relaxed);
    while (!replace(word, locked))
      word = word_.load(std::memory_order_relaxed);
    auto *newest = reinterpret_cast<node *>(word & ~locked);
    while (newest != nullptr) {
      node *const older = newest->next;
      newest->next = oldest_;
      oldest_ = newest;
      newest = older;
    }
  }
  void unlock() noexcept {
    if (oldest_ == nullptr) {
      if (replace(locked, 0))
        return;
      refill();
    }
    node *const next = oldest_;
    oldest_ = next->next;
    if constexpr (Kind == floor_kind::reads_counter)
      waited_ += now() - next->queued_at;
    next->handle.resume();
  }

  std::atomic<std::uintptr_t> word_{0};
  node *oldest_ = nullptr;
  std::uint64_t waited_ = 0;
};

} // namespace bench
