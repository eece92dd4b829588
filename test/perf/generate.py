"""Writes a program to measure on: generate.py KIND FOLDER [--units N] [--seed S].

asio    a Boost.Asio back end: services, HTTP sessions, JSON codecs, books,
        each a header and a source that include what such code includes
huge    one source with very many coroutines
cheap   many small sources without any library
"""

import argparse
import json
import os
import random

TYPES = """#pragma once

#include <cstdint>
#include <string>

namespace back_end {

using money = std::int64_t;

struct order {
  std::uint64_t id = 0;
  std::string symbol;
  std::int64_t quantity = 0;
  money price = 0;
};

} // namespace back_end
"""

LOG = """#pragma once

#include <iostream>
#include <sstream>
#include <string_view>

#define BACK_END_LOG(text)                                                     \\
  do {                                                                         \\
    std::ostringstream line_;                                                  \\
    line_ << text;                                                             \\
    back_end::log_line(line_.str());                                           \\
  } while (false)

namespace back_end {

void log_line(std::string_view line);

} // namespace back_end
"""

LOG_SOURCE = """#include "log.hpp"

#include <iostream>
#include <mutex>

namespace back_end {

void log_line(std::string_view line) {
  static std::mutex guard;
  std::lock_guard<std::mutex> held(guard);
  std::cerr << line << '\\n';
}

} // namespace back_end
"""

SERVICE_HEADER = """#pragma once

#include "types.hpp"

{asio}
#include <map>
#include <string>

namespace back_end {{

class service_{n} {{
public:
  explicit service_{n}(boost::asio::any_io_executor executor);
  boost::asio::awaitable<bool> debit(std::string account, money amount);
  boost::asio::awaitable<void> settle(order one);
  boost::asio::awaitable<void> run();
  money balance() const {{ return balance_; }}

private:
  boost::asio::awaitable<void> venue_round_trip();

  boost::asio::any_io_executor executor_;
  money balance_ = 1000;
  std::map<std::string, money> positions_;
}};

}} // namespace back_end
"""

SERVICE = """#include "service_{n}.hpp"

#include "log.hpp"
{peer_include}
{includes}

namespace back_end {{

namespace asio = boost::asio;

service_{n}::service_{n}(asio::any_io_executor executor)
    : executor_(std::move(executor)) {{}}

asio::awaitable<void> service_{n}::venue_round_trip() {{
  asio::steady_timer timer(executor_);
  timer.expires_after(std::chrono::milliseconds({wait}));
  co_await timer.async_wait(asio::use_awaitable);
}}

asio::awaitable<bool> service_{n}::debit(std::string account, money amount) {{
  {check}
  co_await venue_round_trip();
  {recheck}
  balance_ -= amount;
  positions_[account] += amount;
  BACK_END_LOG("debit of " << account << ": " << amount);
  co_return true;
}}

asio::awaitable<void> service_{n}::settle(order one) {{
  const auto found = positions_.find(one.symbol);
  const money before = found == positions_.end() ? 0 : found->second;
  co_await venue_round_trip();
  positions_[one.symbol] {settle};
}}

asio::awaitable<void> service_{n}::run() {{
  std::vector<std::string> names{{"a", "b", "c"}};
  for (const std::string &name : names)
    if (!co_await debit(name, {wait}))
      BACK_END_LOG("refused " << name);
  asio::co_spawn(executor_, settle(order{{1, "x", 2, 3}}), asio::detached);
}}

{peer_use}
}} // namespace back_end
"""

SESSION_HEADER = """#pragma once

#include "types.hpp"

{asio}
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <string>
#include <vector>

namespace back_end {{

class session_{n} {{
public:
  explicit session_{n}(boost::asio::ip::tcp::socket socket);
  boost::asio::awaitable<void> run();

private:
  boost::beast::http::response<boost::beast::http::string_body>
  answer(const boost::beast::http::request<boost::beast::http::string_body>
             &request);

  boost::beast::tcp_stream stream_;
  std::vector<order> orders_;
  unsigned served_ = 0;
}};

}} // namespace back_end
"""

SESSION = """#include "session_{n}.hpp"

#include "log.hpp"
{peer_include}
{includes}

namespace back_end {{

namespace asio = boost::asio;
namespace http = boost::beast::http;

session_{n}::session_{n}(asio::ip::tcp::socket socket)
    : stream_(std::move(socket)) {{}}

http::response<http::string_body>
session_{n}::answer(const http::request<http::string_body> &request) {{
  http::response<http::string_body> result{{http::status::ok,
                                          request.version()}};
  result.set(http::field::server, "back-end");
  result.body() = std::to_string(orders_.size() + {wait});
  result.prepare_payload();
  return result;
}}

asio::awaitable<void> session_{n}::run() {{
  boost::beast::flat_buffer buffer;
  for (;;) {{
    http::request<http::string_body> request;
    co_await http::async_read(stream_, buffer, request, asio::use_awaitable);
    if (orders_.size() < {wait}) {{
      orders_.push_back(order{{served_, "x", 1, 1}});
      ++served_;
    }}
    co_await http::async_write(stream_, answer(request), asio::use_awaitable);
  }}
}}

{peer_use}
}} // namespace back_end
"""

CODEC_HEADER = """#pragma once

#include "types.hpp"

#include <boost/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace back_end {{

std::string encode_{n}(const std::vector<order> &orders);
std::optional<std::vector<order>> decode_{n}(const std::string &text);

}} // namespace back_end
"""

CODEC = """#include "codec_{n}.hpp"

#include "log.hpp"
{includes}

namespace back_end {{

namespace json = boost::json;

std::string encode_{n}(const std::vector<order> &orders) {{
  json::array list;
  for (const order &one : orders)
    list.push_back({{{{"id", one.id}}, {{"symbol", one.symbol}},
                    {{"quantity", one.quantity}}, {{"price", one.price}}}});
  return json::serialize(list);
}}

std::optional<std::vector<order>> decode_{n}(const std::string &text) {{
  boost::system::error_code problem;
  const json::value root = json::parse(text, problem);
  if (problem || !root.is_array()) {{
    BACK_END_LOG("not a list: " << text.size());
    return std::nullopt;
  }}
  std::vector<order> result;
  for (const json::value &each : root.as_array()) {{
    order one;
    one.id = json::value_to<std::uint64_t>(each.at("id"));
    one.symbol = json::value_to<std::string>(each.at("symbol"));
    one.quantity = each.at("quantity").as_int64() + {wait};
    result.push_back(one);
  }}
  return result;
}}

}} // namespace back_end
"""

BOOK_HEADER = """#pragma once

#include "types.hpp"

{asio}
#include <boost/container/flat_map.hpp>
#include <boost/container/small_vector.hpp>
#include <deque>
#include <unordered_map>

namespace back_end {{

class book_{n} {{
public:
  bool add(order one);
  boost::asio::awaitable<bool> match(boost::asio::any_io_executor executor);
  std::size_t depth() const {{ return orders_.size(); }}

private:
  boost::container::flat_map<money, std::deque<order>> levels_;
  std::unordered_map<std::uint64_t, order> orders_;
  boost::container::small_vector<money, 8> trades_;
}};

}} // namespace back_end
"""

BOOK = """#include "book_{n}.hpp"

#include "log.hpp"
{peer_include}
{includes}

namespace back_end {{

namespace asio = boost::asio;

bool book_{n}::add(order one) {{
  if (!orders_.emplace(one.id, one).second)
    return false;
  levels_[one.price].push_back(one);
  return true;
}}

asio::awaitable<bool> book_{n}::match(asio::any_io_executor executor) {{
  if (levels_.empty())
    co_return false;
  const auto best = levels_.begin();
  const money price = best->first;
  co_await asio::post(executor, asio::use_awaitable);
  {settle_book}
  trades_.push_back(price + {wait});
  std::sort(trades_.begin(), trades_.end());
  co_return true;
}}

{peer_use}
}} // namespace back_end
"""

# What sources include besides what they must, as people do.
SOMETIMES = ["<algorithm>", "<array>", "<atomic>", "<functional>", "<memory>",
             "<numeric>", "<optional>", "<set>", "<span>", "<thread>",
             "<tuple>", "<variant>", "<boost/asio/signal_set.hpp>",
             "<boost/asio/strand.hpp>", "<boost/asio/experimental/channel.hpp>",
             "<boost/algorithm/string.hpp>", "<boost/lexical_cast.hpp>",
             "<boost/uuid/uuid.hpp>"]
PIECES = ["any_io_executor", "awaitable", "co_spawn", "detached", "ip/tcp",
          "post", "steady_timer", "use_awaitable"]


def include_lines(names):
    return "\n".join(f"#include {name}" for name in sorted(set(names)))


def module(kind, number, peer, rng):
    """A module as (file, text) pairs."""
    whole = rng.random() < 0.7
    asio = ("#include <boost/asio.hpp>" if whole else
            include_lines(f"<boost/asio/{p}.hpp>" for p in PIECES))
    includes = rng.sample(SOMETIMES, rng.randint(2, 6))
    includes += {"service": ["<boost/asio.hpp>", "<chrono>", "<vector>"],
                 "session": ["<boost/asio.hpp>", "<boost/beast.hpp>"],
                 "codec": ["<boost/json.hpp>"],
                 "book": ["<boost/asio.hpp>", "<algorithm>"]}[kind]
    peer_include = peer_use = ""
    if peer is not None:
        peer_include = f'#include "service_{peer}.hpp"'
        peer_use = (f"asio::awaitable<void> through_{kind}_{number}"
                    f"(service_{peer} &other) {{\n"
                    f'  co_await other.debit("peer", {number + 1});\n}}\n')
    fill = dict(
        n=number, asio=asio, includes=include_lines(includes),
        wait=rng.randint(1, 9), peer_include=peer_include, peer_use=peer_use,
        check=rng.choice(["if (balance_ < amount)\n    co_return false;", ""]),
        recheck=rng.choice(["if (balance_ < amount)\n    co_return false;",
                            ""]),
        settle=rng.choice(["= before + one.quantity", "+= one.quantity"]),
        settle_book=rng.choice(["levels_.erase(price);",
                                "levels_.erase(best);"]))
    header, source = {"service": (SERVICE_HEADER, SERVICE),
                      "session": (SESSION_HEADER, SESSION),
                      "codec": (CODEC_HEADER, CODEC),
                      "book": (BOOK_HEADER, BOOK)}[kind]
    name = f"{kind}_{number}"
    return [(name + ".hpp", header.format(**fill)),
            (name + ".cpp", source.format(**fill))]


def asio_program(units, rng):
    files = [("types.hpp", TYPES), ("log.hpp", LOG), ("log.cpp", LOG_SOURCE)]
    services = []
    for number in range(units - 1):
        kind = rng.choices(["service", "session", "codec", "book"],
                           [4, 2, 2, 2])[0]
        peer = rng.choice(services) if services and rng.random() < 0.5 else None
        if kind == "service":
            services.append(number)
        files += module(kind, number, peer, rng)
    return files


def huge_program(units, rng):
    text = ["#include <boost/asio.hpp>", "#include <map>", "#include <string>",
            "namespace asio = boost::asio;",
            "asio::awaitable<void> tick();"]
    for n in range(units * 20):
        text.append(f"""
struct account_{n} {{
  long balance_ = 0;
  std::map<std::string, long> positions_;
  asio::awaitable<bool> debit(std::string name, long amount) {{
    if (balance_ < amount)
      co_return false;
    for (auto &[key, value] : positions_)
      if (key == name && value > amount)
        co_await tick();
    balance_ -= amount;
    positions_[name] += {rng.randint(1, 9)};
    co_return true;
  }}
}};""")
    return [("huge.cpp", "\n".join(text) + "\n")]


CHEAP_TASK = """#pragma once
#include <coroutine>
struct task {
  struct promise_type {
    task get_return_object() { return {}; }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_value(bool) {}
    void unhandled_exception() {}
  };
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<>) noexcept {}
  bool await_resume() const noexcept { return true; }
};
"""

# As many units as share a header with state; programs consist of such modules.
MODULE = 25

CHEAP_MODULE = """#pragma once
#include "task.hpp"
struct ledger_{m} {{
  long balance_ = 0;
  long cash_ = 0;
}};
"""


def cheap_program(units, rng):
    files = [("task.hpp", CHEAP_TASK)]
    for m in range((units + MODULE - 1) // MODULE):
        files.append((f"module_{m}.hpp", CHEAP_MODULE.format(m=m)))
    for n in range(units):
        m = n // MODULE
        callee = rng.randrange(m * MODULE, min(units, (m + 1) * MODULE))
        files.append((f"unit_{n}.cpp", f"""#include "module_{m}.hpp"
task work_{callee}(ledger_{m} &shared, long amount);
struct account_{n} {{
  long balance_ = 0;
  ledger_{m} own_;
  task debit(long amount);
}};
task account_{n}::debit(long amount) {{
  if (balance_ < amount)
    co_return false;
  co_await work_{callee}(own_, amount);
  balance_ -= amount;
  co_return true;
}}
task work_{n}(ledger_{m} &shared, long amount) {{
  if (shared.cash_ < amount)
    co_return false;
  shared.cash_ -= amount;
  co_await account_{n}().debit(amount);
  co_return true;
}}
"""))
    return files


def write(folder, files):
    os.makedirs(folder, exist_ok=True)
    folder = os.path.realpath(folder)
    database = []
    for name, text in files:
        path = os.path.join(folder, name)
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
        if name.endswith(".cpp"):
            database.append({"directory": folder, "file": path, "arguments": [
                "clang++-19", "-std=c++20", "-I.", "-DBOOST_ALL_NO_LIB", "-c",
                path]})
    with open(os.path.join(folder, "compile_commands.json"), "w",
              encoding="utf-8") as out:
        json.dump(database, out, indent=1)
    # The folder is a project of its own, wherever it lies.
    with open(os.path.join(folder, ".interlock.yaml"), "w",
              encoding="utf-8") as out:
        out.write("root: .\n")


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("kind", choices=["asio", "huge", "cheap"])
    arguments.add_argument("folder")
    arguments.add_argument("--units", type=int, default=100)
    arguments.add_argument("--seed", type=int, default=1)
    given = arguments.parse_args()
    make = {"asio": asio_program, "huge": huge_program,
            "cheap": cheap_program}[given.kind]
    write(given.folder, make(given.units, random.Random(given.seed)))


main()
