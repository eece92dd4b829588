// Coroutine types and executors as small as they can be, so that the numbers
// are those of the locks.
#pragma once

#include <interlock/executor.hpp>

#include <atomic>
#include <coroutine>
#include <cstddef>
#include <exception>
#include <memory>
#include <vector>

namespace bench {

/// Starts at once, frees its frame at the end.
struct detached {
  struct promise_type {
    detached get_return_object() noexcept { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() noexcept { std::terminate(); }
  };
};

/// A ring of suspended coroutines on one thread.
class ring {
public:
  explicit ring(std::size_t capacity) : slots_(capacity + 1) {}
  auto yield() noexcept {
    struct awaiter {
      ring &r;
      bool await_ready() const noexcept { return false; }
      void await_suspend(std::coroutine_handle<> h) noexcept { r.push(h); }
      void await_resume() const noexcept {}
    };
    return awaiter{*this};
  }
  void run() {
    while (first_ != last_) {
      const auto h = slots_[first_];
      first_ = next(first_);
      h.resume();
    }
  }

private:
  void push(std::coroutine_handle<> h) noexcept {
    slots_[last_] = h;
    last_ = next(last_);
  }
  std::size_t next(std::size_t i) const noexcept {
    return ++i == slots_.size() ? 0 : i;
  }
  std::vector<std::coroutine_handle<>> slots_;
  std::size_t first_ = 0, last_ = 0;
};

/// One thread's loop: other threads push onto a stack that it empties, its own
/// work goes to a list. It spins, so wake-up times are no part of the numbers.
class thread_loop final : public interlock::executor {
public:
  void post(interlock::work_item &item) noexcept override {
    if (runs_here()) {
      append(item);
      return;
    }
    interlock::work_item *head = inbox_.load(std::memory_order_relaxed);
    do
      item.next = head;
    while (!inbox_.compare_exchange_weak(head, &item, std::memory_order_release,
                                         std::memory_order_relaxed));
  }
  bool runs_here() const noexcept override { return current() == this; }

  auto yield() noexcept {
    struct awaiter : interlock::work_item {
      explicit awaiter(thread_loop &loop) noexcept : loop_(loop) {}
      bool await_ready() const noexcept { return false; }
      void await_suspend(std::coroutine_handle<> h) noexcept {
        handle_ = h;
        run = [](interlock::work_item *item) noexcept {
          static_cast<awaiter *>(item)->handle_.resume();
        };
        loop_.post(*this);
      }
      void await_resume() const noexcept {}
      thread_loop &loop_;
      std::coroutine_handle<> handle_;
    };
    return awaiter(*this);
  }

  /// Runs until `left` is zero; returns how many items it ran.
  std::size_t run(const std::atomic<int> &left) {
    current() = this;
    std::size_t ran = 0;
    while (left.load(std::memory_order_acquire) != 0) {
      if (first_ == nullptr)
        fetch();
      while (interlock::work_item *const item = first_) {
        first_ = item->next;
        if (first_ == nullptr)
          last_ = nullptr;
        item->run(item);
        ++ran;
      }
    }
    current() = nullptr;
    return ran;
  }
  void enter() noexcept { current() = this; }

private:
  static thread_loop *&current() noexcept {
    static thread_local thread_loop *loop = nullptr;
    return loop;
  }
  void append(interlock::work_item &item) noexcept {
    item.next = nullptr;
    (last_ != nullptr ? last_->next : first_) = &item;
    last_ = &item;
  }
  void fetch() noexcept {
    if (inbox_.load(std::memory_order_relaxed) == nullptr)
      return;
    interlock::work_item *item =
        inbox_.exchange(nullptr, std::memory_order_acquire);
    interlock::work_item *oldest = nullptr;
    while (item != nullptr) {
      interlock::work_item *const older = item->next;
      item->next = oldest;
      oldest = item;
      item = older;
    }
    while (oldest != nullptr) {
      interlock::work_item *const next = oldest->next;
      append(*oldest);
      oldest = next;
    }
  }

  interlock::work_item *first_ = nullptr, *last_ = nullptr;
  alignas(64) std::atomic<interlock::work_item *> inbox_{nullptr};
};

} // namespace bench
