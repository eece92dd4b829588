// Per-thread things: the trampoline, the parker, the test scheduler.
#include <interlock/contract.hpp>
#include <interlock/detail/asio_support.hpp>
#include <interlock/detail/blocking.hpp>
#include <interlock/detail/spin_lock.hpp>
#include <interlock/detail/test_hook.hpp>
#include <interlock/detail/trampoline.hpp>

#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <thread>
#include <vector>

INTERLOCK_NAMESPACE_BEGIN
namespace detail {
namespace {

thread_local constinit trampoline local_trampoline{};

std::atomic<contract_handler> handler{nullptr};

class real_parker final : public thread_parker {
public:
  void post(work_item &item) noexcept override {
    {
      const std::lock_guard lock(lock_);
      item.next = nullptr;
      (last_ != nullptr ? last_->next : first_) = &item;
      last_ = &item;
    }
    arrived_.notify_one();
  }
  bool runs_here() const noexcept override {
    return thread_ == std::this_thread::get_id();
  }
  work_item &take() {
    std::unique_lock lock(lock_);
    arrived_.wait(lock, [this] { return first_ != nullptr; });
    work_item *const item = first_;
    first_ = item->next;
    if (first_ == nullptr)
      last_ = nullptr;
    return *item;
  }
  void adopt() noexcept { thread_ = std::this_thread::get_id(); }

private:
  std::mutex lock_;
  std::condition_variable arrived_;
  work_item *first_ = nullptr;
  work_item *last_ = nullptr;
  std::atomic<std::thread::id> thread_{};
};

/// Parkers of threads that ended, for the next ones.
struct parker_pool {
  std::mutex lock;
  std::vector<real_parker *> idle;
  static parker_pool &instance() {
    static auto &pool = *new parker_pool;
    return pool;
  }
};

struct parker_lease {
  parker_lease() {
    parker_pool &pool = parker_pool::instance();
    const std::lock_guard lock(pool.lock);
    if (pool.idle.empty()) {
      parker = new real_parker;
    } else {
      parker = pool.idle.back();
      pool.idle.pop_back();
    }
    parker->adopt();
  }
  ~parker_lease() {
    parker_pool &pool = parker_pool::instance();
    const std::lock_guard lock(pool.lock);
    pool.idle.push_back(parker);
  }
  real_parker *parker;
};

} // namespace

INTERLOCK_NOINLINE trampoline &this_thread_trampoline() noexcept {
  return local_trampoline;
}

INTERLOCK_NOINLINE int &inline_depth() noexcept {
  thread_local constinit int depth = 0;
  return depth;
}

thread_parker &thread_parker::mine() {
  thread_local parker_lease lease;
  return *lease.parker;
}

void thread_parker::run_one() noexcept {
  work_item &item = static_cast<real_parker *>(this)->take();
  item.run(&item);
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
    // acquire: pairs with the release in unlock().
  } while (held_.exchange(true, std::memory_order_acquire));
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
