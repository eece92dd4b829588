// Keys of keyed locks: integers, or strings with short ones stored in place.
#pragma once

#include <interlock/detail/config.hpp>

#include <concepts>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

INTERLOCK_NAMESPACE_BEGIN
namespace detail {

/// A string that allocates only beyond 39 characters, and keeps what it
/// allocated when it is assigned again.
class key_string {
public:
  key_string() noexcept = default;
  explicit key_string(std::string_view text) { assign(text); }
  /// A key of two parts: an object's address and a name.
  key_string(const void *object, std::string_view text);
  key_string(const key_string &other) { *this = other; }
  key_string(key_string &&other) noexcept
      : size_(other.size_), capacity_(other.capacity_),
        of_object_(other.of_object_), big_(std::move(other.big_)) {
    if (big_ == nullptr)
      std::memcpy(small_, other.small_, size_);
    other.size_ = 0;
    other.capacity_ = in_place;
  }
  key_string &operator=(const key_string &other) {
    if (this != &other) {
      assign(other.view());
      of_object_ = other.of_object_;
    }
    return *this;
  }
  key_string &operator=(key_string &&other) noexcept {
    if (this != &other) {
      this->~key_string();
      new (this) key_string(std::move(other));
    }
    return *this;
  }

  void assign(std::string_view text) {
    reserve(text.size());
    std::memcpy(data(), text.data(), text.size());
    size_ = static_cast<std::uint32_t>(text.size());
  }
  /// Assigns if there is memory for it.
  bool try_assign(const key_string &other) noexcept {
    if (other.size_ > capacity_) {
      char *const big = new (std::nothrow) char[other.size_];
      if (big == nullptr)
        return false;
      big_.reset(big);
      capacity_ = other.size_;
    }
    *this = other; // within the capacity
    return true;
  }
  std::string_view view() const noexcept {
    return {big_ != nullptr ? big_.get() : small_, size_};
  }
  /// Made of an address and a name.
  bool of_object() const noexcept { return of_object_; }
  bool operator<(const key_string &other) const noexcept {
    return of_object_ != other.of_object_ ? other.of_object_
                                          : view() < other.view();
  }
  bool operator==(const key_string &other) const noexcept {
    return of_object_ == other.of_object_ && view() == other.view();
  }

private:
  static constexpr std::uint32_t in_place = 39;
  char *data() noexcept { return big_ != nullptr ? big_.get() : small_; }
  void reserve(std::size_t size) {
    if (size <= capacity_)
      return;
    big_ = std::make_unique<char[]>(size);
    capacity_ = static_cast<std::uint32_t>(size);
  }

  std::uint32_t size_ = 0;
  std::uint32_t capacity_ = in_place;
  bool of_object_ = false;
  char small_[in_place];
  std::unique_ptr<char[]> big_;
};

inline bool try_copy(std::uint64_t &to, std::uint64_t from) noexcept {
  to = from;
  return true;
}
inline bool try_copy(key_string &to, const key_string &from) noexcept {
  return to.try_assign(from);
}

/// Its uppermost bits depend on the whole key, and the lowest on those.
inline std::uint64_t hash_of(std::uint64_t key) noexcept {
  key *= 0xd6e8feb86659fd93U;
  return key ^ (key >> 32);
}
inline std::uint64_t hash_of(const key_string &key) noexcept {
  return std::hash<std::string_view>{}(key.view());
}
std::string text_of(std::uint64_t key);
std::string text_of(const key_string &key);

template <class T>
concept string_key = std::convertible_to<const T &, std::string_view>;
template <class T>
concept integer_key =
    !string_key<T> &&
    (std::integral<T> || std::is_enum_v<T> || std::is_pointer_v<T>);

} // namespace detail

/// What can name a locked thing: strings and string views, integers,
/// enumerations, and addresses of objects. Two keys are the same lock if they
/// are equal; a string never equals a number.
template <class T>
concept lock_key =
    std::same_as<T, detail::key_string> ||
    detail::string_key<std::decay_t<T>> || detail::integer_key<std::decay_t<T>>;

namespace detail {

template <lock_key T> auto stored_key(const T &key) {
  if constexpr (std::is_same_v<T, key_string>)
    return key;
  else if constexpr (string_key<std::decay_t<const T &>>)
    return key_string(std::string_view(key));
  else if constexpr (std::is_pointer_v<T>)
    return static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(key));
  else if constexpr (std::is_enum_v<T>)
    return static_cast<std::uint64_t>(
        static_cast<std::underlying_type_t<T>>(key));
  else
    return static_cast<std::uint64_t>(key);
}

/// `key` within `object`.
template <lock_key T>
key_string composite_key(const void *object, const T &key) {
  if constexpr (string_key<std::decay_t<const T &>>)
    return key_string(object, std::string_view(key));
  else
    return key_string(object, text_of(stored_key(key)));
}

template <class T>
using stored_key_t = decltype(stored_key(std::declval<const T &>()));

} // namespace detail
INTERLOCK_NAMESPACE_END
