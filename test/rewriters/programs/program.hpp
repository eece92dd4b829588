// What a program that proves a repair is made of: a lazy task, a scheduler that
// tries every order in which ready coroutines can go on, and an invariant.
//
//     PROGRAM(two_debits) {
//       Account a;
//       w.spawn(a.buy(60));
//       w.spawn(a.buy(60));
//       w.run();
//       return a.balance() >= 0;
//     }
//
// The body runs once for every schedule. The program holds if the invariant
// does under all of them and every coroutine comes to its end.
#pragma once

#include <coroutine>
#include <cstdio>
#include <exception>
#include <optional>
#include <utility>
#include <vector>

namespace proof {

template <class T = void> class task;

struct promise_base {
  std::coroutine_handle<> continuation;
  std::exception_ptr error;
  struct final_awaiter {
    bool await_ready() const noexcept { return false; }
    template <class P>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<P> h) noexcept {
      const auto next = h.promise().continuation;
      return next ? next : std::noop_coroutine();
    }
    void await_resume() const noexcept {}
  };
  std::suspend_always initial_suspend() noexcept { return {}; }
  final_awaiter final_suspend() noexcept { return {}; }
  void unhandled_exception() noexcept { error = std::current_exception(); }
};

template <class T> struct promise : promise_base {
  std::optional<T> value;
  task<T> get_return_object() noexcept;
  void return_value(T result) { value = std::move(result); }
  T take() {
    if (error)
      std::rethrow_exception(error);
    return std::move(*value);
  }
};

template <> struct promise<void> : promise_base {
  task<void> get_return_object() noexcept;
  void return_void() noexcept {}
  void take() {
    if (error)
      std::rethrow_exception(error);
  }
};

/// Starts when it is awaited, resumes the one who awaits it at its end.
template <class T> class [[nodiscard]] task {
public:
  using promise_type = promise<T>;
  explicit task(std::coroutine_handle<promise<T>> self) noexcept
      : self_(self) {}
  task(task &&other) noexcept : self_(std::exchange(other.self_, {})) {}
  task &operator=(task &&) = delete;
  ~task() {
    if (self_)
      self_.destroy();
  }
  bool await_ready() const noexcept { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> next) noexcept {
    self_.promise().continuation = next;
    return self_;
  }
  T await_resume() { return self_.promise().take(); }
  std::coroutine_handle<promise<T>> handle() const noexcept { return self_; }

private:
  std::coroutine_handle<promise<T>> self_;
};

template <class T> task<T> promise<T>::get_return_object() noexcept {
  return task<T>(std::coroutine_handle<promise<T>>::from_promise(*this));
}
inline task<void> promise<void>::get_return_object() noexcept {
  return task<void>(std::coroutine_handle<promise<void>>::from_promise(*this));
}

/// One run of the program under one schedule.
class world {
public:
  explicit world(std::vector<unsigned> &choices) : choices_(choices) {
    current() = this;
  }
  world(const world &) = delete;
  ~world() { current() = nullptr; }

  void spawn(task<void> work) {
    ready_.push_back(work.handle());
    roots_.push_back(std::move(work));
  }
  void ready(std::coroutine_handle<> h) { ready_.push_back(h); }

  /// Goes on until nothing is ready.
  void run() {
    while (!ready_.empty()) {
      const unsigned at = choose(static_cast<unsigned>(ready_.size()));
      const std::coroutine_handle<> next = ready_[at];
      ready_.erase(ready_.begin() + at);
      next.resume();
    }
  }
  /// Whether every coroutine that was spawned is done.
  bool finished() const {
    for (const task<void> &root : roots_)
      if (!root.handle().done())
        return false;
    return true;
  }
  static world *&current() {
    static world *now = nullptr;
    return now;
  }

private:
  unsigned choose(unsigned of) {
    if (of == 1)
      return 0;
    if (next_ == choices_.size())
      choices_.push_back(0), widths_.push_back(of);
    else if (next_ >= widths_.size())
      widths_.push_back(of);
    return choices_[next_++];
  }
  std::vector<unsigned> &choices_;
  std::vector<unsigned> widths_;
  std::size_t next_ = 0;
  std::vector<std::coroutine_handle<>> ready_;
  std::vector<task<void>> roots_;

  friend struct program;
};

/// Gives control to whoever the schedule says.
struct step {
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> h) { world::current()->ready(h); }
  void await_resume() const noexcept {}
};

struct program {
  using body = bool (*)(world &);
  program(const char *name, body run) : name(name), run(run) {
    all().push_back(this);
  }
  static std::vector<program *> &all() {
    static std::vector<program *> list;
    return list;
  }
  /// Whether the invariant holds under every schedule, depth first.
  bool holds() const {
    std::vector<unsigned> choices;
    for (unsigned tries = 0; tries < 5000; ++tries) {
      world w(choices);
      if (!run(w) || !w.finished())
        return false;
      choices.resize(w.next_);
      while (!choices.empty() &&
             choices.back() + 1 >= w.widths_[choices.size() - 1])
        choices.pop_back();
      if (choices.empty())
        return true;
      ++choices.back();
    }
    return true;
  }
  const char *name;
  body run;
};

} // namespace proof

#define PROGRAM(Name)                                                          \
  static bool Name(proof::world &w);                                           \
  static const proof::program program_##Name{#Name, Name};                     \
  static bool Name([[maybe_unused]] proof::world &w)

using proof::step;
using proof::task;
