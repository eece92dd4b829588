// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*,unspecified-read-order
// What handlers and continuations keep, get, and how often they run.
#include "asio.hpp"
#include "seastar.hpp"
#include "task.hpp"
#include "venue.hpp"
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

struct shop {
  long stock = 0;
  mock::task<> sell(long n);
};

class clerk {
public:
  // The object comes from the caller and is kept by each handler.
  static void sell_each_bad(std::shared_ptr<shop> s, asio::steady_timer &timer, long n) {
    if (s->stock < n)
      return;
    timer.async_wait([s, n](asio::error_code) {
      s->stock -= n; // expect: stale-check
    });
  }
  static void sell_each_ok(std::shared_ptr<shop> s, asio::steady_timer &timer, long n) {
    timer.async_wait([s, n](asio::error_code) {
      if (s->stock >= n)
        s->stock -= n;
    });
  }
};

/// Whatever happens, a handler runs that somebody has registered once.
struct button {
  template <class F>
  void connect(F f);
};
class panel {
public:
  explicit panel(button &b) {
    b.connect([this](int id) { (void)press_bad(id); });
    b.connect([this](int id) { (void)press_ok(id); });
  }
  mock::task<> press_bad(int id) {
    const long before = pressed_;
    co_await mock::yield_now();
    pressed_ = before + id; // expect: stale-value
  }
  mock::task<> press_ok(int id) {
    co_await mock::yield_now();
    pressed_ += id;
  }

private:
  long pressed_ = 0;
};

/// A connection is a device, the pointer to it is state.
class archive : public std::enable_shared_from_this<archive> {
public:
  using socket_ptr = std::shared_ptr<asio::tcp_socket>;
  void open_bad(asio::tcp_socket &socket, socket_ptr fresh) {
    if (link_)
      return;
    socket.async_write_some(
        "x", [self = shared_from_this(), fresh](asio::error_code, unsigned long) {
          self->link_ = fresh; // expect: stale-check
        });
  }
  void open_ok(asio::tcp_socket &socket, socket_ptr fresh) {
    socket.async_write_some(
        "x", [self = shared_from_this(), fresh](asio::error_code, unsigned long) {
          if (!self->link_)
            self->link_ = fresh;
        });
  }

private:
  socket_ptr link_;
};

seastar::future<> put(const std::vector<int> &lines);
seastar::future<bool> ask(long n);

/// Continuations get what came before them.
class chain {
public:
  void note(int line) {
    lines_.push_back(line);
    other_.push_back(line);
  }
  // What was noted during the write is cleared unwritten.
  seastar::future<> flush_bad() {
    return put(lines_).then([this] {
      lines_.clear(); // expect: stale-value
    });
  }
  seastar::future<> flush_ok() {
    auto batch = std::exchange(other_, {});
    return put(batch).then([this] { ++flushed_; });
  }
  // The answer travels through two continuations.
  seastar::future<> lend_bad(long n) {
    return seastar::with_semaphore(lock_, 1,
                                   [this, n] { return lent_ + n < 100; })
        .then([n](bool possible) {
          if (!possible)
            return seastar::make_ready_future<bool>(false);
          return ask(n);
        })
        .then([this, n](bool sent) {
          if (sent)
            lent_ += n; // expect: stale-check
        });
  }
  seastar::future<> lend_ok(long n) {
    return ask(n).then([this, n](bool sent) {
      if (sent && given_ + n < 100)
        given_ += n;
    });
  }

private:
  std::vector<int> lines_, other_;
  long lent_ = 0, given_ = 0, flushed_ = 0;
  seastar::semaphore lock_{1};
};

/// What a handler keeps alive is still there when it runs, whatever became of
/// the table that led to it; what it has a reference to is no part of the table.
struct upstream {
  int lost = 0;
};
struct stream {
  int status = 0;
  upstream &up;
  void terminate_ok() { status = 3; }
  void lose_ok() { up.lost += 1; }
};
class streams {
public:
  void end_ok(int id) {
    auto it = streams_.find(id);
    if (it == streams_.end())
      return;
    auto mine = it->second;
    asio::post(io_, [this, mine] {
      mine->terminate_ok();
      mine->status = 4;
      mine->lose_ok();
    });
  }
  void forget_ok(int id) { streams_.erase(id); }
  // looked up before, used after
  void end_bad(int id) {
    if (streams_.count(id) == 0)
      asio::post(io_, [this, id] {
        streams_[id] = nullptr; // expect: stale-check
      });
  }

private:
  asio::io_context &io_;
  std::map<int, std::shared_ptr<stream>> streams_;
};

/// A round that arms the timer again ends the rounds by its flag.
class clock_sync {
public:
  void round_ok(int servers) {
    if (servers == 0)
      running_ = false;
    if (running_)
      timer_.async_wait([this, servers](asio::error_code) { round_ok(servers - 1); });
  }
  void stop_ok() { running_ = false; }
  void start_ok() { running_ = true; }
  // set by who has found it free
  void begin_bad() {
    if (!syncing_)
      timer_.async_wait([this](asio::error_code) {
        syncing_ = true; // expect: stale-check
      });
  }
  void end_ok() { syncing_ = false; }

private:
  asio::steady_timer timer_;
  bool running_ = false, syncing_ = false;
};

/// What has a key is taken out, if anything has.
class table {
public:
  void forget_ok(int id) {
    auto it = rows_.find(id);
    if (it == rows_.end())
      return;
    auto row = it->second;
    asio::post(io_, [this, row] { drop(row); });
  }
  void add_ok(int id) { rows_[id] = std::make_shared<int>(id); }

private:
  void drop(std::shared_ptr<int> row) { rows_.erase(*row); }
  asio::io_context &io_;
  std::map<int, std::shared_ptr<int>> rows_;
};

/// A closure that copies what a reference leads to keeps that itself.
class gate {
public:
  void open_ok(int user) {
    auto &mine = rows_[user];
    if (!mine)
      mine = std::make_shared<int>(0);
    asio::post(io_, [mine] { *mine += 1; });
  }
  void open_bad(int user) {
    auto &mine = rows_[user];
    asio::post(io_, [&mine] { mine = nullptr; }); // expect: stale-reference
  }
  void close_ok(int user) { rows_.erase(user); }

private:
  asio::io_context &io_;
  std::map<int, std::shared_ptr<int>> rows_;
};
