// Per-thread things: the trampoline, the parker, the test scheduler.
#include <interlock/contract.hpp>
#include <interlock/detail/asio_support.hpp>
#include <interlock/detail/blocking.hpp>
#include <interlock/detail/spin_lock.hpp>
#include <interlock/detail/test_hook.hpp>
#include <interlock/detail/trampoline.hpp>

#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <thread>
#include <utility>

INTERLOCK_NAMESPACE_BEGIN
namespace detail {

thread_local constinit trampoline local_trampoline{};

namespace {

std::atomic<contract_handler> handler{nullptr};

} // namespace

INTERLOCK_NOINLINE trampoline &this_thread_trampoline() noexcept {
  return local_trampoline;
}

INTERLOCK_NOINLINE int &inline_depth() noexcept {
  thread_local constinit int depth = 0;
  return depth;
}

void thread_parker::post(work_item &item) noexcept {
  // Notified under the lock: the parker dies as soon as its thread gets it.
  const std::lock_guard lock(lock_);
  item_ = &item;
  arrived_.notify_one();
}

void thread_parker::run_one() noexcept {
  std::unique_lock lock(lock_);
  arrived_.wait(lock, [this] { return item_ != nullptr; });
  work_item *const item = std::exchange(item_, nullptr);
  lock.unlock();
  item->run(item);
}

void spin_lock::wait() noexcept {
  do {
    for (int spins = 0; held_.load(std::memory_order_relaxed); ++spins)
      if (spins < 64) {
#if defined(__x86_64__)
        __builtin_ia32_pause();
#endif
      } else {
        std::this_thread::yield(); // the holder may have been preempted
      }
  } while (!try_lock());
}

void contract_violation(const char *name, const char *mistake) noexcept {
  char message[256];
  std::snprintf(message, sizeof message, "interlock: lock '%s': %s",
                name != nullptr ? name : "(unnamed)", mistake);
  if (const contract_handler call = handler.load(std::memory_order_acquire))
    call(message);
  else
    std::fprintf(stderr, "%s\n", message);
  std::abort();
}

#if defined(INTERLOCK_CHECKED)
namespace {
thread_local constinit test_scheduler *installed_scheduler = nullptr;
} // namespace
INTERLOCK_NOINLINE test_scheduler *current_test_scheduler() noexcept {
  return installed_scheduler;
}
test_scheduler *set_test_scheduler(test_scheduler *scheduler) noexcept {
  return std::exchange(installed_scheduler, scheduler);
}
#endif

} // namespace detail

contract_handler set_contract_handler(contract_handler replacement) noexcept {
  // acq_rel: pairs with the load in contract_violation().
  return detail::handler.exchange(replacement, std::memory_order_acq_rel);
}

INTERLOCK_NAMESPACE_END
