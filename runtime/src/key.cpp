#include <interlock/detail/key.hpp>

#include <cstdio>
#include <limits>

INTERLOCK_NAMESPACE_BEGIN
namespace detail {

key_string::key_string(const void *object, std::string_view text) {
  reserve(sizeof object + text.size());
  std::memcpy(data(), &object, sizeof object);
  std::memcpy(data() + sizeof object, text.data(), text.size());
  size_ = static_cast<std::uint32_t>(sizeof object + text.size());
  of_object_ = true;
}

/// A key does not remember whether it had a sign. What would be a negative
/// `int` is one: of all numbers made by hashing, one in four thousand million
/// is taken for it.
std::string text_of(std::uint64_t key) {
  const auto number = static_cast<std::int64_t>(key);
  return number < 0 && number >= std::numeric_limits<std::int32_t>::min()
             ? std::to_string(number)
             : std::to_string(key);
}

std::string text_of(const key_string &key) {
  const std::string_view bytes = key.view();
  if (!key.of_object())
    return std::string(bytes);
  const void *object = nullptr;
  std::memcpy(&object, bytes.data(), sizeof object);
  char address[32];
  std::snprintf(address, sizeof address, "%p/", object);
  return address + std::string(bytes.substr(sizeof object));
}

} // namespace detail
INTERLOCK_NAMESPACE_END
