// The library's one thread: deadlines, and waiters without an executor whose
// wait was cancelled. Started when first needed; never ended.
#pragma once

#include <interlock/detail/shared_wait.hpp>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

INTERLOCK_NAMESPACE_BEGIN
namespace detail {

class service_thread final : public executor {
public:
  static service_thread &instance();

  /// Fails if the system has no thread left. Whoever posts has called it.
  void start();

  /// Cancels `wait` as timed out at its deadline; holds a count on it until
  /// then or until it is removed.
  void add_deadline(shared_wait &wait);
  void remove_deadline(shared_wait &wait) noexcept;

  void post(work_item &item) noexcept override;
  bool runs_here() const noexcept override;

private:
  service_thread() = default;
  void work();
  void sift_up(std::size_t i) noexcept;
  void sift_down(std::size_t i) noexcept;
  void place(std::size_t i, shared_wait *wait) noexcept;
  void erase(std::size_t i) noexcept;

  std::mutex lock_;
  std::condition_variable changed_;
  std::vector<shared_wait *> heap_; ///< earliest deadline first
  work_item *first_ = nullptr;
  work_item *last_ = nullptr;
  std::atomic<bool> started_{false};
  std::atomic<std::thread::id> thread_{};
};

} // namespace detail
INTERLOCK_NAMESPACE_END
