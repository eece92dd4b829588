// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*,unspecified-read-order
// A storage service on Seastar: coroutines, continuations and threads mixed.
#include "seastar.hpp"
#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>
using namespace seastar;

struct segment {
  long base = 0;
  long size = 0;
  bool sealed = false;
};
future<> write_block(long at, std::string data);
future<long> read_size(std::string name);
future<> remove_file(std::string name);
future<> fsync_all();

class partition {
public:
  // The offset is advanced by the length of the data, in the slice that took it.
  future<long> append_ok(std::string data) {
    const long at = std::exchange(next_offset_, next_offset_ + long(data.size()));
    co_await write_block(at, data);
    co_return at;
  }

  // Advanced after the write: two appends at one offset.
  future<long> append_bad(std::string data) {
    const long at = next_offset_;
    co_await write_block(at, data);
    next_offset_ = at + long(data.size()); // expect: stale-value
    co_return at;
  }

  // Advanced relatively after the write: two writes at one offset, but the
  // counter itself loses nothing.
  future<> account_ok(std::string data) {
    co_await fsync_all();
    bytes_ += long(data.size());
  }

  // Sealed twice.
  future<> seal_bad() {
    if (segments_.empty() || segments_.back().sealed)
      co_return;
    co_await fsync_all();
    segments_.back().sealed = true; // expect: stale-check
  }

  // Sealed before the sync.
  future<> seal_ok() {
    if (segments_.empty() || segments_.back().sealed)
      co_return;
    segments_.back().sealed = true;
    co_await fsync_all();
  }

  // A reference to the last segment; roll() appends another one.
  future<> grow_bad(long n) {
    auto &last = segments_.back();
    co_await fsync_all();
    last.size += n; // expect: stale-reference
  }

  // The last one at the time of the write.
  future<> grow_ok(long n) {
    co_await fsync_all();
    segments_.back().size += n;
  }

  void roll() { segments_.push_back({next_offset_, 0, false}); }

private:
  long next_offset_ = 0;
  long bytes_ = 0;
  std::vector<segment> segments_;
};

class cleaner {
public:
  void mark(std::string name) { doomed_.insert(std::move(name)); }

  // Names marked during the removal are forgotten.
  future<> clean_bad() {
    const auto batch = doomed_;
    for (const auto &name : batch)
      co_await remove_file(name);
    doomed_.clear(); // expect: stale-value
  }

  // Taken out first.
  future<> clean_ok() {
    const auto batch = std::exchange(doomed_, {});
    for (const auto &name : batch)
      co_await remove_file(name);
  }

  // The first one, over and over; it is taken out before it is removed.
  future<> clean_first_ok() {
    while (!doomed_.empty()) {
      std::string name = *doomed_.begin();
      doomed_.erase(doomed_.begin());
      co_await remove_file(name);
    }
  }

private:
  std::set<std::string> doomed_;
};

class sizes {
public:
  // A continuation stores what it was told, under the key it was asked for.
  future<> load_ok(std::string name) {
    return read_size(name).then([this, name](long n) { sizes_[name] = n; });
  }

  // The total of before is written in the continuation.
  future<> total_bad(std::string name) {
    return read_size(name).then([this, old = total_](long n) {
      total_ = old + n; // expect: stale-value
    });
  }

  // The total of the moment.
  future<> total_ok(std::string name) {
    return read_size(name).then([this](long n) { total_ += n; });
  }

  // In parallel, each adds to the sum.
  future<> all_ok(std::vector<std::string> names) {
    co_await coroutine::parallel_for_each(names, [this](std::string name) -> future<> {
      const long n = co_await read_size(name);
      total_ += n;
    });
  }

  // In parallel, each reads before and writes after.
  future<> all_bad(std::vector<std::string> names) {
    co_await coroutine::parallel_for_each(names, [this](std::string name) -> future<> {
      const long old = total_;
      const long n = co_await read_size(name);
      total_ = old + n; // expect: stale-value
    });
  }

  // On another shard's thread: a strand of its own, no lock.
  future<> remote_bad() {
    if (total_ > 100)
      co_return;
    co_await submit_to(1, [] { return fsync_all(); });
    total_ = 0; // expect: stale-check
  }

private:
  std::map<std::string, long> sizes_;
  long total_ = 0;
};

class threaded {
public:
  // In a Seastar thread: the wait is a plain call.
  future<> rebuild_bad() {
    return async([this] {
      if (ready_)
        return;
      fsync_all().get();
      ready_ = true; // expect: stale-check
    });
  }

  // Claimed.
  future<> rebuild_ok() {
    return async([this] {
      if (building_)
        return;
      building_ = true;
      fsync_all().get();
      building_ = false;
    });
  }

  void reset() { ready_ = false; }

private:
  bool ready_ = false;
  bool building_ = false;
};
