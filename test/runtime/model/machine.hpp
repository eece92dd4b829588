// Threads whose every interleaving can be run: each operation on an atomic is a
// place at which another thread may go on.
//
// Explored is what happens one operation after the other; an operation that is
// not ordered is not delayed or seen late. What the memory orders promise is
// checked in another way: each thread keeps a vector clock, release and acquire
// carry it on, and `plain` memory that two threads touch without being ordered
// by it is a failure. Threads are fibers, so a schedule costs microseconds.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace model {

constexpr std::size_t maximum_threads = 4;

/// What has happened before a moment: so many steps of each thread.
struct vector_clock {
  std::array<std::uint32_t, maximum_threads> steps{};
  void join(const vector_clock &other) noexcept;
};

struct report {
  std::uint64_t schedules = 0;
  bool exhausted = false;
  std::string failure;  ///< empty if nothing failed
  std::string schedule; ///< the threads in the order in which they ran
};

/// One run of a program. Its functions are called by the program's threads.
class machine {
public:
  /// Runs what `program` sets up in every interleaving with at most
  /// `preemptions` switches away from a thread that could go on.
  static report explore(unsigned preemptions,
                        const std::function<void(machine &)> &program);

  /// While a program sets itself up.
  void thread(std::function<void()> body);
  void at_end(std::function<void()> check);

  /// The machine that runs the calling code, or null.
  static machine *running() noexcept;
  /// Another thread may go on here. The caller is about to look at what is at
  /// `address`, or to write.
  void step(const void *looks_at = nullptr) noexcept;
  /// It has looked. Whoever looks again and again, sees the same and does
  /// nothing else waits for a change.
  void looked(std::uint64_t value, std::function<bool()> changed) noexcept;
  /// Nothing to do until `ready` says so.
  void wait_until(std::function<bool()> ready) noexcept;
  /// Ends the exploration.
  void check(bool holds, const char *what) noexcept;
  std::size_t self() const noexcept;

  vector_clock &now() noexcept;
  /// What was released with the atomic at `address`.
  vector_clock &released(const void *address);
  void forget(const void *address) noexcept;

  struct state;
  explicit machine(state &s) noexcept : state_(s) {}

private:
  state &state_;
};

/// Memory that must not be touched by two threads at once.
class plain {
public:
  explicit plain(const char *name) noexcept : name_(name) {}
  int read() noexcept;
  void write(int value) noexcept;

private:
  void check_ordered(const vector_clock &before) noexcept;
  const char *name_;
  int value_ = 0;
  vector_clock written_, read_;
};

} // namespace model
