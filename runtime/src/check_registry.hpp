// What the misuse checks know: who holds what, who waits for what, and which
// locks were ever taken while which were held.
#pragma once

#include <interlock/checks.hpp>
#include <interlock/detail/check_hooks.hpp>

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

INTERLOCK_NAMESPACE_BEGIN
namespace detail {

/// A lock that is held.
struct hold {
  acquisition by; ///< without identity once the guard has changed hands
  std::uint64_t since = 0;
  const void *acquired_by = nullptr; ///< its identity then
};

/// An acquisition that has not ended.
struct wait {
  acquisition by;
  std::uint64_t since = 0;
  std::uint64_t number = 0; ///< rises from wait to wait
  bool reported = false;
};

struct place {
  explicit place(const std::source_location &at)
      : file(at.file_name()), line(at.line()), column(at.column()) {}
  auto operator<=>(const place &) const = default;
  std::string file;
  std::uint32_t line, column;
};

/// The program's waits, and which is which.
struct numbered_graph {
  wait_graph graph;
  std::vector<const void *> waits; ///< the registry's key of each
};

/// Never destroyed: guards may die late. Everything is guarded by `lock`.
class check_registry {
public:
  static check_registry &instance();

  std::mutex lock;
  std::set<std::pair<place, place>> reported;
  check_handler handler;
  std::atomic<std::int64_t> hold_limit_ns{1'000'000'000};

  /// The `task_scope`s of this moment, by identity.
  std::map<const void *, std::string> tasks;
  /// The name of who acquires, or nothing.
  std::string task_of(const acquisition &a) const;

  /// By the address that whoever waits has chosen.
  std::map<const void *, wait> waits;
  void begin_wait(const void *key, const acquisition &a, std::uint64_t now);
  void end_wait(const void *key) noexcept;

  /// By the lock's owner and entry.
  std::map<std::pair<const void *, const void *>, hold> held;
  void begin_hold(const lock_ref &lock, const acquisition &a,
                  std::uint64_t now);
  /// Takes the hold out; false if it is not known.
  bool end_hold(const lock_ref &lock, hold &ended) noexcept;

  /// From a lock's name to those acquired while it was held, with the places.
  std::map<std::string, std::map<std::string, std::pair<std::source_location,
                                                        std::source_location>>>
      order;
  /// True if `to` was ever acquired, directly or not, while `from` was held.
  bool reaches(const std::string &from, const std::string &to) const;

  /// The wait in which the holder of what `key` waits for is stuck, or null.
  const void *next_wait(const void *key) const;
  /// Who waits for what at `now`, the longest wait first.
  numbered_graph graph(std::uint64_t now) const;

private:
  const hold *holder_of(const wait &w) const;

  std::uint64_t waits_begun_ = 0;
  std::map<const void *, const void *> wait_of_; ///< by identity
  /// By the lock's owner and key.
  std::map<std::pair<const void *, std::uint64_t>,
           std::pair<const void *, const void *>>
      hold_of_;
};

std::string name_of(const acquisition &a);
/// " by 'task'", or nothing.
std::string by(const std::string &task);
/// "file:line", or "a place not told".
std::string text(const std::source_location &at);
void tell(const check_handler &handler, const check_report &report);

} // namespace detail
INTERLOCK_NAMESPACE_END
