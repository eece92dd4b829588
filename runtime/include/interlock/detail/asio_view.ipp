// The state's operations as asio::awaitable. See asio_adapter.ipp.

INTERLOCK_NAMESPACE_BEGIN
namespace INTERLOCK_ASIO_ADAPTER {

/// A `SafeTradingState` whose operations are `asio::awaitable<guard>` (or
/// `<std::optional<guard>>`), for Asio versions that accept nothing else. A
/// reference: the state must outlive it.
class state_view {
public:
  explicit state_view(SafeTradingState &state) noexcept : state_(&state) {}

#define INTERLOCK_DETAIL_VIEW(name)                                            \
  template <class... Args> auto name(const Args &...args) const {              \
    return state_->name(args...)(INTERLOCK_ASIO::use_awaitable);               \
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
  INTERLOCK_DETAIL_VIEW(atomic_update)
#undef INTERLOCK_DETAIL_VIEW

private:
  SafeTradingState *state_;
};

inline state_view asio_view(SafeTradingState &state) noexcept {
  return state_view(state);
}

/// The monitor as an awaitable: runs on the coroutine's executor, until it is
/// cancelled or `stop` is requested (seen at the end of an interval).
inline INTERLOCK_ASIO::awaitable<void>
monitor(const SafeTradingState &state, monitor_options options = {},
        std::stop_token stop = {}) {
  lock_monitor watching(state, std::move(options));
  INTERLOCK_ASIO::steady_timer timer(
      co_await INTERLOCK_ASIO::this_coro::executor);
  while (!stop.stop_requested()) {
    timer.expires_after(watching.options().interval);
    co_await timer.async_wait(INTERLOCK_ASIO::use_awaitable);
    if (!stop.stop_requested())
      watching.sample();
  }
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
