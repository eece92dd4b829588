// RUN: %check-cases %s -- --executor=multi-threaded --guarded-state=all --checks=-*,stale-check,stale-value,unguarded-*
// Coroutines that run on a strand while whoever wants their result waits.
#include "asio.hpp"
#include <map>
#include <string>

using asio::awaitable;
using asio::use_awaitable;

awaitable<void> transmit(int id);

/// Its public face goes over to the strand.
class twin {
public:
  awaitable<bool> set(std::string key, long value) {
    return asio::co_spawn(strand_, set_ok(key, value), use_awaitable);
  }
  awaitable<void> patch(std::string key, long value) {
    return asio::co_spawn(strand_, patch_bad(key, value), use_awaitable);
  }
  awaitable<void> reset() {
    co_await transmit(1);
    co_await asio::co_spawn(strand_, reset_ok(), use_awaitable);
  }
  void drop(std::string key) {
    asio::post(strand_, [this, key] { wanted_.erase(key); });
  }
  // From any thread.
  awaitable<void> set_off_strand_bad(std::string key, long value) {
    co_await transmit(2);
    wanted_[key] = value; // expect: unguarded-modification
  }
  // Others run on the strand before and after.
  awaitable<void> raise_bad(long limit) {
    if (limit_ >= limit)
      co_return;
    co_await asio::co_spawn(strand_, reset_ok(), use_awaitable);
    limit_ = limit; // expect: stale-check
  }

private:
  awaitable<bool> set_ok(std::string key, long value) {
    auto found = wanted_.find(key);
    if (found != wanted_.end() && found->second == value)
      co_return false;
    wanted_[key] = value;
    ++version_;
    co_return true;
  }
  awaitable<void> patch_bad(std::string key, long value) {
    const long next = version_ + 1;
    co_await transmit(3);
    wanted_[key] = value;
    version_ = next; // expect: stale-value
  }
  awaitable<void> reset_ok() {
    co_await transmit(4);
    wanted_.clear();
    version_ = 0;
  }
  asio::strand<asio::any_io_executor> strand_;
  std::map<std::string, long> wanted_;
  long version_ = 0, limit_ = 0;
};

/// One goes to the strand, the other one to that of somebody else.
class relay {
public:
  awaitable<void> add(int id) {
    co_await asio::co_spawn(strand_, add_ok(id), use_awaitable);
  }
  void clear_ok() {
    asio::post(strand_, [this] { routes_.clear(); });
  }
  awaitable<void> drop(int id) {
    co_await asio::co_spawn(other_, drop_bad(id), use_awaitable);
  }

private:
  awaitable<void> add_ok(int id) {
    co_await transmit(id);
    routes_[id] = 1;
  }
  awaitable<void> drop_bad(int id) {
    co_await transmit(id);
    routes_.erase(id); // expect: unguarded-modification
  }
  asio::strand<asio::any_io_executor> strand_, other_;
  std::map<int, int> routes_;
};

/// Called as it is as well, from wherever.
class meter {
public:
  awaitable<void> count() {
    co_await asio::co_spawn(strand_, count_bad(), use_awaitable);
  }
  awaitable<void> count_twice() {
    co_await count_bad();
    co_await count_bad();
  }
  void clear_ok() {
    asio::post(strand_, [this] { seen_ = 0; });
  }

private:
  awaitable<void> count_bad() {
    co_await transmit(1);
    if (seen_ < 100)
      ++seen_; // expect: unguarded-check-then-modify
  }
  asio::strand<asio::any_io_executor> strand_;
  long seen_ = 0;
};

/// Helpers take over to the strand what they are given.
class clerk {
public:
  awaitable<void> note(int id) {
    co_await on_strand([this, id] { return note_ok(id); });
  }
  awaitable<void> file(int id) { co_await taken_over(file_ok(id)); }
  awaitable<void> sort(int id) { co_await timed(sort_bad(id)); }
  void drop(int id) {
    asio::post(strand_, [this, id] {
      notes_.erase(id);
      files_.erase(id);
      sorted_.erase(id);
    });
  }

private:
  template <class F> awaitable<void> on_strand(F work) {
    return asio::co_spawn(strand_, work(), use_awaitable);
  }
  awaitable<void> taken_over(awaitable<void> work) {
    return asio::co_spawn(strand_, std::move(work), use_awaitable);
  }
  awaitable<void> timed(awaitable<void> work) {
    co_await std::move(work);
  }
  awaitable<void> note_ok(int id) {
    co_await transmit(id);
    if (!notes_.count(id))
      notes_[id] = 1;
  }
  awaitable<void> file_ok(int id) {
    co_await transmit(id);
    if (!files_.count(id))
      files_[id] = 1;
  }
  awaitable<void> sort_bad(int id) {
    co_await transmit(id);
    if (!sorted_.count(id))
      sorted_[id] = 1; // expect: unguarded-check-then-modify
  }
  asio::strand<asio::any_io_executor> strand_;
  std::map<int, int> notes_, files_, sorted_;
};
