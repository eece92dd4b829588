// Several locks at once.
#pragma once

#include <interlock/detail/category.hpp>
#include <interlock/guard.hpp>

#include <algorithm>
#include <array>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <source_location>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

INTERLOCK_NAMESPACE_BEGIN

namespace detail {

enum class rank : std::uint8_t { balance, position, order, trade };

/// One argument of `atomic_update`: a category, and perhaps a key of it.
struct lock_name {
  rank category;
  std::variant<std::monostate, std::uint64_t, key_string> key;
};

template <rank Category> struct category_name {
  operator lock_name() const { return {Category, {}}; }
  template <lock_key K> lock_name operator()(const K &key) const {
    return {Category, stored_key(key)};
  }
  /// The key within one object: accounts do not wait for each other.
  template <lock_key K>
  lock_name operator()(const void *object, const K &key) const {
    return {Category, composite_key(object, key)};
  }
};

} // namespace detail

/// Names for `SafeTradingState::atomic_update`: alone, or with a key.
inline constexpr detail::category_name<detail::rank::balance> balance{};
inline constexpr detail::category_name<detail::rank::position> position{};
inline constexpr detail::category_name<detail::rank::order> order{};
inline constexpr detail::category_name<detail::rank::trade> trade_record{};

/// Holds up to `N` locks; releases them, the last one first, at the end of its
/// life. Otherwise like `guard`.
template <std::size_t N>
class [[nodiscard("the locks are released when it dies: name it")]] guard_set {
public:
  guard_set() noexcept = default;
  guard_set(guard_set &&) noexcept = default;
  guard_set &operator=(guard_set &&other) noexcept {
    if (this != &other) {
      unlock();
      guards_ = std::move(other.guards_);
    }
    return *this;
  }
  ~guard_set() = default; // an array dies from its end

  void unlock() noexcept {
    for (std::size_t i = N; i-- != 0;)
      guards_[i].unlock();
  }
  bool owns_lock() const noexcept {
    return std::any_of(guards_.begin(), guards_.end(),
                       [](const guard &g) { return g.owns_lock(); });
  }
  explicit operator bool() const noexcept { return owns_lock(); }
  /// How many locks are held: equal names are locked once.
  std::size_t size() const noexcept {
    return static_cast<std::size_t>(
        std::count_if(guards_.begin(), guards_.end(),
                      [](const guard &g) { return g.owns_lock(); }));
  }
  /// The guards in the order of acquisition.
  const guard &operator[](std::size_t i) const noexcept { return guards_[i]; }

  /// For the library: where the `i`th lock goes.
  guard &slot(std::size_t i) noexcept { return guards_[i]; }

private:
  std::array<guard, N> guards_;
};

namespace detail {

/// Any of the three kinds of lock as a target.
struct any_target {
  std::variant<mutex_target, keyed_target<std::uint64_t>,
               keyed_target<key_string>>
      kind;

  bool try_acquire(lock_ref &lock) {
    return std::visit([&](auto &t) { return t.try_acquire(lock); }, kind);
  }
  bool acquire_or_enqueue(waiter &w) {
    return std::visit([&](auto &t) { return t.acquire_or_enqueue(w); }, kind);
  }
  lock_ref counting_ref() const noexcept {
    return std::visit([](auto &t) { return t.counting_ref(); }, kind);
  }
  executor *default_executor() const noexcept {
    return std::visit([](auto &t) { return t.default_executor(); }, kind);
  }
  const char *name() const noexcept {
    return std::visit([](auto &t) { return t.name(); }, kind);
  }
  const void *owner() const noexcept {
    return std::visit([](auto &t) { return t.owner(); }, kind);
  }
  std::uint64_t key_hash() const noexcept {
    return std::visit([](auto &t) { return t.key_hash(); }, kind);
  }
  /// The order of locks within a category.
  bool operator<(const any_target &other) const noexcept;
};

/// The locks of one `atomic_update`, in the order in which everybody takes
/// them: by category, then whole before numbers before strings, then by key.
template <std::size_t N> struct target_list {
  std::array<any_target, N> items;
  std::array<rank, N> ranks{};
  std::size_t count = 0;

  void add(rank category, any_target target) {
    std::size_t at = 0;
    while (at != count && less(ranks[at], items[at], category, target))
      ++at;
    if (at != count && !less(category, target, ranks[at], items[at]))
      return; // the same lock twice
    for (std::size_t i = count; i != at; --i) {
      items[i].kind.swap(items[i - 1].kind);
      ranks[i] = ranks[i - 1];
    }
    items[at] = std::move(target);
    ranks[at] = category;
    ++count;
  }

private:
  static bool less(rank ra, const any_target &a, rank rb,
                   const any_target &b) noexcept {
    return ra != rb ? ra < rb : a < b;
  }
};

/// Tells the misuse checks that all of `targets` are held now.
template <std::size_t N>
void check_all_acquired(const target_list<N> &targets, const guard_set<N> &held,
                        const known_caller &who, std::source_location where) {
  for (std::size_t i = 0; i != targets.count; ++i) {
    const acquisition one = describe(targets.items[i], who, where);
    check_acquired(one, guard_access::lock(held[i]));
    if (i != 0)
      check_together(describe(targets.items[i - 1], who, where), one);
  }
}

/// Takes the locks of a list one after the other; whoever derives from it says
/// what happens at the end.
template <std::size_t N> class multi_wait : public waiter {
public:
  explicit multi_wait(target_list<N> targets) noexcept
      : targets_(std::move(targets)) {}

  /// Takes what is free without waiting; true if that was all.
  bool try_all() {
    for (; done_ != targets_.count; ++done_) {
      lock_ref taken;
      test_try(targets_.items[done_]);
      if (!targets_.items[done_].try_acquire(taken))
        return false;
      hold(taken);
    }
    return true;
  }
  /// Goes on, waiting where necessary; true if all is held now. After false
  /// this object may be gone.
  bool advance() {
    while (done_ != targets_.count) {
      prepare(wait_kind::posted);
      INTERLOCK_TRY {
        if (!targets_.items[done_].acquire_or_enqueue(*this)) {
          test_event(sync_event::wait, lock);
          return false;
        }
      }
      INTERLOCK_CATCH_ALL {
        now.parked = false;
        INTERLOCK_RETHROW;
      }
      hold(lock);
      ++done_;
    }
    return true;
  }
  /// After a wake-up: true if all is held now.
  bool woken() {
    if (now.stage == wait_stage::woken &&
        lock.compete(*this) != competition::won)
      return false;
    hold(lock);
    ++done_;
    return advance();
  }
  executor *default_executor() const noexcept {
    return targets_.items[0].default_executor();
  }
  const target_list<N> &targets() const noexcept { return targets_; }
  any_target &current() noexcept { return targets_.items[done_]; }
  guard_set<N> take() noexcept { return std::move(held_); }

private:
  void hold(lock_ref taken) noexcept {
    test_event(sync_event::acquired, taken);
    held_.slot(done_) = guard_access::make(taken);
  }

  target_list<N> targets_;
  guard_set<N> held_;
  std::size_t done_ = 0;
};

template <std::size_t N> class multi_awaiter : multi_wait<N> {
  using base = multi_wait<N>;

public:
  multi_awaiter(target_list<N> targets, executor *via) noexcept
      : base(std::move(targets)), via_(via) {}
  multi_awaiter(multi_awaiter &&) = delete;
  ~multi_awaiter() {
    check_wait_over(this);
    if (this->now.parked) [[unlikely]]
      abandon_waiter(*this);
  }

  bool
  await_ready(std::source_location where = std::source_location::current()) {
    if constexpr (checks_enabled) {
      where_ = where;
      return false; // only await_suspend learns whose frame it is
    }
    return this->try_all();
  }
  INTERLOCK_ANY_PROMISE
  bool
  await_suspend(INTERLOCK_HANDLE handle,
                std::source_location where = std::source_location::current()) {
    handle_ = handle;
    if constexpr (checks_enabled) {
      who_.is(handle);
      check_before(describe(this->current(), who_, where_), this);
    }
    this->ex = via_ != nullptr ? via_ : this->default_executor();
    this->run = [](work_item *item) noexcept {
      auto *const self = static_cast<multi_awaiter *>(item);
      if (self->proceed([self] { return self->woken(); }))
        self->handle_.resume();
    };
    if (test_scheduler *scheduler = current_test_scheduler()) {
      this->prepare(wait_kind::posted);
      this->now.stage = wait_stage::untried;
      this->ex = scheduler;
      const auto attempt = [](work_item *item) noexcept {
        auto *const self = static_cast<multi_awaiter *>(item);
        self->run = self->resume_run_;
        if (self->proceed([self] { return self->advance(); }))
          self->handle_.resume();
      };
      resume_run_ = std::exchange(this->run, +attempt);
      scheduler->before_acquire(this->current().owner(),
                                this->current().key_hash(), *this, where);
      return true;
    }
    return !this->advance(); // if so, it is possibly resumed already
  }
  guard_set<N> await_resume() {
    this->now.parked = false;
#if INTERLOCK_HAS_EXCEPTIONS
    if (error_ != nullptr)
      std::rethrow_exception(error_);
#endif
    check_wait_over(this);
    guard_set<N> held = this->take();
    if constexpr (checks_enabled)
      check_all_acquired(this->targets(), held, who_, where_);
    return held;
  }

private:
  /// True if the coroutine goes on: all is held, or no memory for a key.
  template <class Step> bool proceed(Step step) noexcept {
    INTERLOCK_TRY { return step(); }
    INTERLOCK_CATCH_ALL {
#if INTERLOCK_HAS_EXCEPTIONS
      error_ = std::current_exception();
#endif
    }
    return true;
  }

  executor *via_;
  std::coroutine_handle<> handle_;
#if INTERLOCK_HAS_EXCEPTIONS
  std::exception_ptr error_;
#endif
  [[no_unique_address]] checked_location where_;
  [[no_unique_address]] caller who_;
  void (*resume_run_)(work_item *) noexcept = nullptr;
};

} // namespace detail

/// The acquisition of several locks: see `lock_op`. Locks are taken in one
/// global order, so such acquisitions never deadlock with each other, and with
/// single ones only if those are made while a guard is held. Locks already
/// taken are held while it waits for the next one.
template <std::size_t N>
class [[nodiscard(
    "co_await it or call blocking(): nothing is held yet")]] multi_lock_op {
public:
  explicit multi_lock_op(detail::target_list<N> targets,
                         executor *via = nullptr) noexcept
      : targets_(std::move(targets)), via_(via) {}

  multi_lock_op via(executor &ex) && noexcept {
    return multi_lock_op(std::move(targets_), &ex);
  }
  detail::multi_awaiter<N> operator co_await() && noexcept {
    return detail::multi_awaiter<N>(std::move(targets_), via_);
  }
  /// Blocks the thread until all are held. Not in a coroutine.
  guard_set<N> blocking([[maybe_unused]] std::source_location where =
                            std::source_location::current()) && {
    detail::caller who;
    who.is_this_thread();
    guard_set<N> held; // returned as it is, not moved
    for (std::size_t i = 0; i != targets_.count; ++i) {
      const auto one = detail::describe(targets_.items[i], who, where);
      detail::check_before(one, &held);
      held.slot(i) =
          detail::thread_wait<detail::any_target>::acquire(targets_.items[i]);
      detail::check_wait_over(&held);
    }
    if constexpr (detail::checks_enabled)
      detail::check_all_acquired(targets_, held, who, where);
    return held;
  }
  /// Takes all if all are free now, else none.
  [[nodiscard]] std::optional<guard_set<N>> try_now() && {
    detail::multi_wait<N> wait(std::move(targets_));
    if (!wait.try_all())
      return std::nullopt;
    return wait.take();
  }

  template <class Token>
    requires(!std::is_pointer_v<std::remove_cvref_t<Token>>)
  auto operator()(Token &&token) && -> decltype(asio_initiate(
      detail::asio_tag{}, std::declval<multi_lock_op>(),
      std::forward<Token>(token))) {
    return asio_initiate(detail::asio_tag{}, std::move(*this),
                         std::forward<Token>(token));
  }

private:
  friend struct detail::asio_access;
  detail::target_list<N> targets_;
  executor *via_;
};

INTERLOCK_NAMESPACE_END
