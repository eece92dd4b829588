/// The shapes of Asio in both its homes, `asio` and `boost::asio`.
#pragma once
#include <coroutine>
#include <variant>

namespace asio {
#include "asio_body.ipp"
} // namespace asio

namespace boost::asio {
#include "asio_body.ipp"
} // namespace boost::asio
