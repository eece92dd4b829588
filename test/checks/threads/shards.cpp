// RUN: %check-cases %s -- --executor=multi-threaded --guarded-state=all --checks=-*,stale-*,unguarded-*,mismatched-guard
// A lock for each shard, and a lock for each key: which of them is held.
#include "libcoro.hpp"
#include <array>
#include <coroutine>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

struct shard {
  coro::mutex gate;
  std::map<std::string, long> stock;
};

class warehouse {
public:
  coro::task<bool> take_ok(std::string item, long n) {
    shard &s = shard_of(item);
    auto hold = co_await s.gate.scoped_lock();
    if (s.stock[item] < n)
      co_return false;
    s.stock[item] -= n;
    co_return true;
  }
  // one shard is locked, another one changed
  coro::task<void> turn_into_bad(std::string from, std::string to, long n) {
    shard &source = shard_of(from);
    shard &target = shard_of(to);
    auto hold = co_await source.gate.scoped_lock();
    source.stock[from] -= n;
    target.stock[to] += n; // expect: mismatched-guard
  }
  // the shard is named twice, by the same item
  coro::task<void> put_ok(std::string item, long n) {
    auto hold = co_await shard_of(item).gate.scoped_lock();
    shard_of(item).stock[item] += n;
  }
  // one shard after the other
  coro::task<void> in_turn_ok(std::string from, std::string to, long n) {
    if (!co_await take_ok(from, n))
      co_return;
    shard &target = shard_of(to);
    auto hold = co_await target.gate.scoped_lock();
    target.stock[to] += n;
  }

private:
  shard &shard_of(const std::string &item) {
    return shards_[std::hash<std::string>{}(item) % shards_.size()];
  }
  std::array<shard, 8> shards_;
};

/// One lock is not that of all that a loop goes through.
class warehouses {
public:
  void empty_bad() {
    std::lock_guard hold(rooms_.front().gate);
    for (room &each : rooms_)
      each.stock.clear(); // expect: mismatched-guard
  }
  void empty_ok() {
    for (room &each : rooms_) {
      std::lock_guard hold(each.gate);
      each.stock.clear();
    }
  }
  void refill_bad() {
    std::lock_guard hold(taps_[0]);
    for (std::size_t i = 0; i < levels_.size(); ++i)
      levels_[i] = 500; // expect: mismatched-guard
  }
  void refill_ok() {
    for (std::size_t i = 0; i < levels_.size(); ++i) {
      std::lock_guard hold(taps_[i]);
      levels_[i] = 500;
    }
  }
  void use_ok(std::size_t i, long n) {
    std::lock_guard hold(taps_[i]);
    levels_[i] -= n;
  }

private:
  struct room {
    std::mutex gate;
    std::map<std::string, long> stock;
  };
  std::array<room, 4> rooms_;
  std::array<std::mutex, 4> taps_;
  std::array<long, 4> levels_{};
};

/// The shard is spelled where it is needed: a number may be another spelling
/// of the same.
class counters {
public:
  void add_ok(unsigned id, long n) {
    std::lock_guard lock(locks_[id % 16]);
    sums_[id % 16] += n;
  }
  void add_first_ok(unsigned id, long n) {
    const unsigned at = id % 16;
    std::lock_guard lock(locks_[id % 16]);
    sums_[at] += n;
  }
  void move_bad(unsigned from, unsigned to, long n) {
    std::lock_guard lock(locks_[from % 16]);
    sums_[from % 16] -= n;
    sums_[to % 16] += n; // expect: mismatched-guard
  }

private:
  std::array<std::mutex, 16> locks_;
  std::array<long, 16> sums_{};
};

/// A lock for each title, in a map beside what it guards.
class licences {
public:
  void lend_ok(const std::string &title) {
    std::lock_guard held(lock_of(title));
    --copies_at(title);
  }
  void extend_bad(const std::string &from, const std::string &to) {
    std::lock_guard held(lock_of(from));
    copies_at(to) += 1; // expect: mismatched-guard
  }
  // the lock of the library, over all titles
  void count_ok(const std::string &town, const std::string &title) {
    std::lock_guard held(lock_of(title));
    last_[title] = town;
  }

private:
  std::mutex &lock_of(const std::string &title) {
    const std::lock_guard hold(maps_);
    auto &lock = locks_[title];
    if (!lock)
      lock = std::make_unique<std::mutex>();
    return *lock;
  }
  long &copies_at(const std::string &title) {
    const std::lock_guard hold(maps_);
    return copies_[title];
  }
  std::mutex maps_;
  std::map<std::string, std::unique_ptr<std::mutex>> locks_;
  std::map<std::string, long> copies_;
  std::map<std::string, std::string> last_;
};

/// Two keys of different kinds: the lock is that of the account, whatever the
/// symbol is.
class portfolio {
public:
  void buy_ok(unsigned account, const std::string &symbol, long n) {
    std::lock_guard lock(locks_[account]);
    lots_[symbol] += n;
  }
  void sell_ok(unsigned account, const std::string &symbol, long n) {
    std::lock_guard lock(locks_[account]);
    lots_[symbol] -= n;
  }

private:
  std::array<std::mutex, 64> locks_;
  std::map<std::string, long> lots_;
};

/// A lock of the program's own for each card, made by whoever asks first.
class latch {
public:
  class [[nodiscard]] hold {
  public:
    explicit hold(latch &l) : latch_(&l) {}
    hold(hold &&other) noexcept : latch_(std::exchange(other.latch_, nullptr)) {}
    ~hold() {
      if (latch_)
        latch_->leave();
    }

  private:
    latch *latch_;
  };
  struct entry {
    latch &of;
    bool await_ready() const { return !std::exchange(of.taken_, true); }
    void await_suspend(std::coroutine_handle<> h) const { of.waiting_.push_back(h); }
    hold await_resume() const { return hold(of); }
  };
  entry enter() { return {*this}; }
  void leave();

private:
  bool taken_ = false;
  std::deque<std::coroutine_handle<>> waiting_;
};

class cards {
public:
  coro::task<bool> spend_ok(std::string card, long n) {
    auto inside = co_await of(card).enter();
    if (cents_[card] < n)
      co_return false;
    cents_[card] -= n;
    co_return true;
  }
  coro::task<void> load_ok(std::string card, long n) {
    auto inside = co_await of(card).enter();
    cents_[card] += n;
  }
  coro::task<void> gift_bad(std::string giver, std::string taker, long n) {
    auto inside = co_await of(giver).enter();
    cents_[taker] += n; // expect: mismatched-guard
  }
  coro::task<void> gift_ok(std::string giver, std::string taker, long n) {
    if (!co_await spend_ok(giver, n))
      co_return;
    auto inside = co_await of(taker).enter();
    cents_[taker] += n;
  }

private:
  latch &of(const std::string &card) {
    std::lock_guard hold(mutex_);
    auto &slot = latches_[card];
    if (!slot)
      slot = std::make_unique<latch>();
    return *slot;
  }
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<latch>> latches_;
  std::map<std::string, long> cents_;
};

/// The class of the locks is asked for a key.
class row_locks {
public:
  coro::task<coro::scoped_lock> acquire(int row);
  void release(int row);
};

class rows {
public:
  coro::task<void> set_ok(int row, long n) {
    auto held = co_await locks_.acquire(row);
    if (values_[row] < n)
      values_[row] = n;
  }
  coro::task<void> add_ok(int row, long n) {
    auto held = co_await locks_.acquire(row);
    values_[row] += n;
  }
  coro::task<void> set_bad(int row, int other, long n) {
    auto held = co_await locks_.acquire(row);
    values_[other] += n; // expect: mismatched-guard
  }

private:
  row_locks locks_;
  std::map<int, long> values_;
};

/// Two names of one shard need its lock once only.
class stores {
public:
  void move_ok(int from, int to, long n) {
    shard &a = shard_of(from);
    shard &b = shard_of(to);
    if (&a == &b) {
      std::unique_lock hold(a.gate);
      a.stock[from] -= n;
      b.stock[to] += n;
      return;
    }
    std::scoped_lock both(a.gate, b.gate);
    a.stock[from] -= n;
    b.stock[to] += n;
  }
  void move_by_way_out_ok(int from, int to, long n) {
    shard &a = shard_of(from);
    shard &b = shard_of(to);
    if (&a != &b) {
      std::scoped_lock both(a.gate, b.gate);
      a.stock[from] -= n;
      b.stock[to] += n;
      return;
    }
    std::unique_lock hold(b.gate);
    a.stock[from] -= n;
    b.stock[to] += n;
  }
  void move_bad(int from, int to, long n) {
    shard &a = shard_of(from);
    shard &b = shard_of(to);
    if (&a == &b)
      return;
    std::unique_lock hold(a.gate);
    a.stock[from] -= n;
    b.stock[to] += n; // expect: mismatched-guard
  }
  void add_ok(int to, long n) {
    shard &b = shard_of(to);
    std::unique_lock hold(b.gate);
    b.stock[to] += n;
  }

private:
  struct shard {
    std::mutex gate;
    std::map<int, long> stock;
  };
  shard &shard_of(int id) { return shards_[id % 16]; }
  std::array<shard, 16> shards_;
};
