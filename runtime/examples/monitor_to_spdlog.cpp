// The lock monitor as a coroutine of the program, with spdlog as its sink.
#include <interlock/boost_asio.hpp>

#include <boost/asio.hpp>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <cstdio>
#include <memory>
#include <sstream>
#include <string>

namespace net = boost::asio;
using namespace std::chrono_literals;

int main() {
  std::ostringstream log;
  spdlog::logger logger("locks",
                        std::make_shared<spdlog::sinks::ostream_sink_st>(log));

  interlock::SafeTradingState state;
  net::io_context io;
  std::stop_source stop;
  interlock::monitor_options options;
  options.interval = 10ms; // 300 s unless there is a reason
  options.max_wait = 1ms;
  options.sink = [&](std::string_view line) {
    if (line.starts_with("lock "))
      logger.info("{}", line);
    else
      logger.warn("{}", line);
    if (log.str().find("warning: lock balance") != std::string::npos)
      stop.request_stop();
  };
  net::co_spawn(io, interlock::monitor(state, options, stop.get_token()),
                net::detached);

  // Somebody holds the balance, until the monitor has noticed, while another
  // one waits.
  net::co_spawn(
      io,
      [&]() -> net::awaitable<void> {
        auto guard = co_await state.atomic_balance_update();
        net::steady_timer venue(co_await net::this_coro::executor);
        while (!stop.stop_requested()) {
          venue.expires_after(5ms);
          co_await venue.async_wait(net::use_awaitable);
        }
      },
      net::detached);
  net::co_spawn(
      io,
      [&]() -> net::awaitable<void> {
        auto guard = co_await state.atomic_balance_update();
      },
      net::detached);
  io.run();
  std::fputs(log.str().c_str(), stdout);
  return stop.stop_requested() ? 0 : 1;
}
