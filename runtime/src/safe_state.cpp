#include <interlock/safe_state.hpp>

#include <array>

INTERLOCK_NAMESPACE_BEGIN
namespace detail {

category::~category() {
  // acquire: pairs with the release in make_table().
  delete numbers_.load(std::memory_order_acquire);
  delete strings_.load(std::memory_order_acquire);
}

template <class Key>
keyed_table<Key> &category::make_table(table_pointer<Key> &pointer) {
  auto *const made = new keyed_table<Key>(options_);
  keyed_table<Key> *other = nullptr;
  // release: publishes the table. acquire: reads one another thread published.
  if (pointer.compare_exchange_strong(other, made, std::memory_order_release,
                                      std::memory_order_acquire))
    return *made;
  delete made;
  return *other;
}

template keyed_table<std::uint64_t> &
category::make_table(table_pointer<std::uint64_t> &);
template keyed_table<key_string> &
category::make_table(table_pointer<key_string> &);

lock_statistics category::read_statistics() const {
  lock_statistics out = whole_.get_lock_statistics();
  if (const auto *table = numbers_.load(std::memory_order_acquire))
    table->read_statistics(out);
  if (const auto *table = strings_.load(std::memory_order_acquire))
    table->read_statistics(out);
  return out;
}

void category::reset_statistics() {
  whole_.reset_statistics();
  if (auto *table = numbers_.load(std::memory_order_acquire))
    table->reset_statistics();
  if (auto *table = strings_.load(std::memory_order_acquire))
    table->reset_statistics();
}

std::size_t category::live_keys() const noexcept {
  std::size_t live = 0;
  if (const auto *table = numbers_.load(std::memory_order_acquire))
    live += table->live_keys();
  if (const auto *table = strings_.load(std::memory_order_acquire))
    live += table->live_keys();
  return live;
}

bool any_target::operator<(const any_target &other) const noexcept {
  if (kind.index() != other.kind.index())
    return kind.index() < other.kind.index();
  if (const auto *number = std::get_if<keyed_target<std::uint64_t>>(&kind))
    return number->key < std::get<keyed_target<std::uint64_t>>(other.kind).key;
  if (const auto *text = std::get_if<keyed_target<key_string>>(&kind))
    return text->key < std::get<keyed_target<key_string>>(other.kind).key;
  return false; // the one lock of the whole category
}

static lock_options named(lock_options options, const char *name) {
  options.name = name;
  return options;
}

} // namespace detail

SafeTradingState::SafeTradingState(const lock_options &options)
    : balance_(detail::named(options, "balance")),
      position_(detail::named(options, "position")),
      order_(detail::named(options, "order")),
      trade_(detail::named(options, "trade")) {}

detail::any_target SafeTradingState::target(detail::lock_name name) {
  const std::array<detail::category *, 4> by_rank{&balance_, &position_,
                                                  &order_, &trade_};
  detail::category &c = *by_rank[static_cast<std::size_t>(name.category)];
  if (const auto *number = std::get_if<std::uint64_t>(&name.key))
    return {c.make_target(*number)};
  if (auto *text = std::get_if<detail::key_string>(&name.key))
    return {c.make_target(std::move(*text))};
  return {c.target()};
}

lock_statistics_map SafeTradingState::get_lock_statistics() const {
  lock_statistics_map all;
  for (const detail::category *c : {&balance_, &position_, &order_, &trade_}) {
    lock_statistics one = c->read_statistics();
    all.emplace(one.name, std::move(one));
  }
  return all;
}

void SafeTradingState::log_statistics(const log_sink &sink) const {
  interlock::log_statistics(get_lock_statistics(), sink);
}

std::string SafeTradingState::prometheus_text() const {
  return interlock::prometheus_text(get_lock_statistics());
}

void SafeTradingState::reset_statistics() {
  for (detail::category *c : {&balance_, &position_, &order_, &trade_})
    c->reset_statistics();
}

std::size_t SafeTradingState::live_keys(std::string_view name) const {
  for (const detail::category *c : {&balance_, &position_, &order_, &trade_})
    if (c->read_statistics().name == name)
      return c->live_keys();
  return 0;
}

SafeTradingState &get_global_safe_state() {
  // Never destroyed: coroutines may still release guards when statics are gone.
  static auto &state = *new SafeTradingState;
  return state;
}

INTERLOCK_NAMESPACE_END
