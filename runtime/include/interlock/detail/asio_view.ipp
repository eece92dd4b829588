// The state's operations as asio::awaitable. See asio_adapter.ipp.

INTERLOCK_NAMESPACE_BEGIN
namespace INTERLOCK_ASIO_ADAPTER {

/// A `SafeTradingState` whose operations are `asio::awaitable<guard>` (or
/// `<std::optional<guard>>`), for Asio versions that accept nothing else. A
/// reference: the state must outlive it. The misuse checks learn no places.
class state_view {
public:
  explicit state_view(SafeTradingState &state) noexcept : state_(&state) {}

#define INTERLOCK_DETAIL_VIEW(name)                                            \
  template <class... Args> auto name(const Args &...args) const {              \
    return state_->name(args..., interlock::detail::caller())(                 \
        INTERLOCK_ASIO::use_awaitable);                                        \
  }
  INTERLOCK_DETAIL_VIEW(atomic_balance_update)
  INTERLOCK_DETAIL_VIEW(atomic_balance_update_for)
  INTERLOCK_DETAIL_VIEW(atomic_balance_update_until)
  INTERLOCK_DETAIL_VIEW(atomic_position_update)
  INTERLOCK_DETAIL_VIEW(atomic_position_update_for)
  INTERLOCK_DETAIL_VIEW(atomic_position_update_until)
  INTERLOCK_DETAIL_VIEW(atomic_order_update)
  INTERLOCK_DETAIL_VIEW(atomic_order_update_for)
  INTERLOCK_DETAIL_VIEW(atomic_order_update_until)
  INTERLOCK_DETAIL_VIEW(atomic_trade_record)
  INTERLOCK_DETAIL_VIEW(atomic_trade_record_for)
  INTERLOCK_DETAIL_VIEW(atomic_trade_record_until)
#undef INTERLOCK_DETAIL_VIEW
  template <class... Names> auto atomic_update(const Names &...names) const {
    return state_->atomic_update(names...)(INTERLOCK_ASIO::use_awaitable);
  }

private:
  SafeTradingState *state_;
};

inline state_view asio_view(SafeTradingState &state) noexcept {
  return state_view(state);
}

namespace view_detail {

/// The monitor's loop. It and the end of a pause run on one strand, so that
/// they do not meet.
inline INTERLOCK_ASIO::awaitable<void> watch(const SafeTradingState &state,
                                             monitor_options options,
                                             std::stop_token stop) {
  lock_monitor watching(state, std::move(options));
  const auto strand = co_await INTERLOCK_ASIO::this_coro::executor;
  // Shared: what was posted may run after the loop has ended.
  const auto timer = std::make_shared<INTERLOCK_ASIO::steady_timer>(strand);
  const std::stop_callback on_stop(stop, [strand, timer] {
    INTERLOCK_ASIO::post(strand, [timer] { timer->cancel(); });
  });
  INTERLOCK_ASIO_ERROR_CODE cancelled;
  while (!stop.stop_requested() && !cancelled) {
    timer->expires_after(watching.options().interval);
    co_await timer->async_wait(INTERLOCK_ASIO::redirect_error(
        INTERLOCK_ASIO::use_awaitable, cancelled));
    if (!stop.stop_requested() && !cancelled)
      watching.sample();
  }
}

} // namespace view_detail

/// The monitor as an awaitable: samples `state` on the coroutine's executor
/// every `options.interval`, until `stop` is requested (from any thread) or
/// Asio cancels it; either ends the pause at once. The state must outlive it.
/// `options.sink` is called on that executor, never twice at a time.
inline INTERLOCK_ASIO::awaitable<void> monitor(const SafeTradingState &state,
                                               monitor_options options = {},
                                               std::stop_token stop = {}) {
  const auto strand =
      INTERLOCK_ASIO::make_strand(co_await INTERLOCK_ASIO::this_coro::executor);
  co_await INTERLOCK_ASIO::co_spawn(
      strand, view_detail::watch(state, std::move(options), std::move(stop)),
      INTERLOCK_ASIO::use_awaitable);
}

} // namespace INTERLOCK_ASIO_ADAPTER

#if !defined(INTERLOCK_DETAIL_HAS_ASIO_VIEW)
#define INTERLOCK_DETAIL_HAS_ASIO_VIEW
/// The view of the Asio whose header came first; the other one has to be named:
/// `interlock::standalone_asio::asio_view`, `interlock::boost_asio::asio_view`.
using INTERLOCK_ASIO_ADAPTER::asio_view;
using INTERLOCK_ASIO_ADAPTER::monitor;
#endif

INTERLOCK_NAMESPACE_END
