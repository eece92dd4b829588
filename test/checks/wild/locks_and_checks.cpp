// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*,unspecified-read-order
// Servers with one thread per shard, as they are written with Seastar.
#include "seastar.hpp"
#include <map>
#include <optional>
#include <string>
using namespace seastar;

future<> write_to_disk(std::string data);
future<long> allocate_extent(long size);
future<> sync_directory();

/// Pattern: a lock exists, but one path goes without it.
class segment_log {
public:
  // The lock is held from the read of the offset to its update.
  future<> append_ok(std::string data) {
    auto units = co_await get_units(append_sem_, 1);
    const long at = tail_;
    co_await write_to_disk(data);
    tail_ = at + static_cast<long>(data.size());
  }

  // The path without the lock: what append() wrote meanwhile is forgotten.
  future<> truncate_bad(long size) {
    const long at = tail_;
    co_await sync_directory();
    tail_ = at - size; // expect: stale-value
  }

  // As the maintainers fixed it: the same lock.
  future<> truncate_fixed_ok(long size) {
    auto units = co_await get_units(append_sem_, 1);
    const long at = tail_;
    co_await sync_directory();
    tail_ = at - size;
  }

  // The units are given back too early.
  future<> append_short_bad(std::string data) {
    auto units = co_await get_units(append_sem_, 1);
    const long at = tail_;
    units.return_all();
    co_await write_to_disk(data);
    tail_ = at + static_cast<long>(data.size()); // expect: stale-value
  }

private:
  semaphore append_sem_{1};
  long tail_ = 0;
};

/// Pattern: a precondition is checked, awaiting the lock, not checked again.
class leader {
public:
  // Deposed while it waited for the lock, it still takes the vote.
  future<bool> vote_bad(long term) {
    if (term <= term_)
      co_return false;
    auto units = co_await get_units(op_sem_, 1);
    term_ = term; // expect: stale-check
    co_return true;
  }

  // Checked again behind the lock.
  future<bool> vote_fixed_ok(long term) {
    if (term <= term_)
      co_return false;
    auto units = co_await get_units(op_sem_, 1);
    if (term <= term_)
      co_return false;
    term_ = term;
    co_return true;
  }

  // Takes the larger one whatever came in between.
  future<> observe_ok(long term) {
    co_await sync_directory();
    if (term > term_)
      term_ = term;
  }

private:
  semaphore op_sem_{1};
  long term_ = 0;
};

/// Pattern: reader and writer sides of one lock.
class schema {
public:
  // Updates under the write side.
  future<> update_ok(long version) {
    auto holder = co_await lock_.hold_write_lock();
    if (version <= version_)
      co_return;
    co_await sync_directory();
    version_ = version;
  }

  // Updates under the read side: readers share it.
  future<> update_bad(long version) {
    auto holder = co_await lock_.hold_read_lock();
    if (version <= version_)
      co_return;
    co_await sync_directory();
    version_ = version; // expect: stale-check
  }

private:
  rwlock lock_;
  long version_ = 0;
};

/// Pattern: the gate is no lock.
class uploader {
public:
  // Keeps the object alive; excludes nobody.
  future<> upload_bad(long size) {
    auto holder = gate_.hold();
    if (in_flight_ + size > limit_)
      co_return;
    co_await write_to_disk("upload");
    in_flight_ += size; // expect: stale-check
  }

  // Counted before the await.
  future<> upload_fixed_ok(long size) {
    auto holder = gate_.hold();
    if (in_flight_ + size > limit_)
      co_return;
    in_flight_ += size;
    co_await write_to_disk("upload");
    in_flight_ -= size;
  }

private:
  gate gate_;
  long in_flight_ = 0;
  const long limit_ = 100;
};

/// Pattern: an in-progress flag set after the await.
class compactor {
public:
  // Two compactions start.
  future<> compact_bad() {
    if (running_)
      co_return;
    co_await sync_directory();
    running_ = true; // expect: stale-check
  }
  void finished() { running_ = false; }

  // Set before the await.
  future<> compact_fixed_ok() {
    if (compacting_)
      co_return;
    compacting_ = true;
    co_await sync_directory();
    co_await write_to_disk("compact");
    compacting_ = false;
  }

private:
  bool running_ = false;
  bool compacting_ = false;
};

/// Pattern: lazy initialisation that fills twice.
class extent_cache {
public:
  // Both callers allocate; the first extent leaks.
  future<long> get_bad() {
    if (!extent_) {
      extent_ = co_await allocate_extent(64); // expect: stale-check
    }
    co_return *extent_;
  }

  // Looks again before it stores.
  future<long> get_fixed_ok() {
    if (!checked_) {
      const long fresh = co_await allocate_extent(64);
      if (!checked_)
        checked_ = fresh;
    }
    co_return *checked_;
  }

private:
  std::optional<long> extent_;
  std::optional<long> checked_;
};

/// Pattern: wait with a predicate against a bare wait.
class quota {
public:
  // The predicate is tested after the last wake-up.
  future<> take_ok(long n) {
    co_await freed_.wait([this, n] { return free_ >= n; });
    free_ -= n;
  }

  // A bare wait tests nothing on waking: whoever came first took it all.
  future<bool> take_bad(long n, bool patient) {
    if (free_ < n)
      co_return false;
    if (patient)
      co_await freed_.wait();
    free_ -= n; // expect: stale-check
    co_return true;
  }

  // The classical loop.
  future<> take_loop_ok(long n) {
    while (free_ < n)
      co_await freed_.wait();
    free_ -= n;
  }

  void give(long n) {
    free_ += n;
    freed_.broadcast();
  }

private:
  condition_variable freed_;
  long free_ = 0;
};

/// Pattern: stale snapshot of an offset.
class committer {
public:
  // A concurrent commit may have gone further; this moves it back.
  future<> commit_bad(long written) {
    const long upto = committed_ + written;
    co_await sync_directory();
    committed_ = upto; // expect: stale-value
  }

  // By the difference.
  future<> commit_delta_ok(long written) {
    co_await sync_directory();
    committed_ += written;
  }

  // Never backwards.
  future<> commit_max_ok(long upto) {
    co_await sync_directory();
    if (upto > committed_)
      committed_ = upto;
  }

private:
  long committed_ = 0;
};
