// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*,unspecified-read-order
// Chains of futures: each continuation runs when the one before it is done.
#include "seastar.hpp"
#include <map>
#include <string>
#include <utility>
#include <vector>
using namespace seastar;

future<> flush(std::string what);
future<int> load(std::string key);
future<std::vector<int>> scan();

class index_cache {
public:
  // Looked up first, filled when it was loaded.
  future<int> get_bad(std::string key) {
    auto it = values_.find(key);
    if (it != values_.end())
      return make_ready_future<int>(it->second);
    return load(key).then([this, key](int value) {
      values_[key] = value; // expect: stale-check
      return value;
    });
  }
  // The first one wins.
  future<int> get_ok(std::string key) {
    auto it = values_.find(key);
    if (it != values_.end())
      return make_ready_future<int>(it->second);
    return load(key).then([this, key](int value) {
      return values_.try_emplace(key, value).first->second;
    });
  }

  // Three stages, the count of the first is written in the last.
  future<> stages_bad() {
    return scan().then([this](std::vector<int> found) {
      const int before = total_;
      return flush("scan").then([this, before, found = std::move(found)] {
        total_ = before + int(found.size()); // expect: stale-value
      });
    });
  }
  future<> stages_ok() {
    return scan().then([this](std::vector<int> found) {
      return flush("scan").then([this, found = std::move(found)] {
        total_ += int(found.size());
      });
    });
  }

  // Set before the chain, reset whatever happens. The flag keeps others out.
  future<> compact_ok() {
    if (compacting_)
      return make_ready_future();
    compacting_ = true;
    const int seen = segments_;
    return flush("segments")
        .then([this, seen] {
          segments_ = seen - 1;
        })
        .finally([this] { compacting_ = false; });
  }
  // Set in the chain.
  future<> rotate_bad() {
    if (rotating_)
      return make_ready_future();
    return flush("rotate").then([this] {
      rotating_ = true; // expect: stale-check
    });
  }
  void stop_rotating() { rotating_ = false; }

  // What is taken goes back if the write fails.
  future<> write_ok(int n) {
    if (budget_ < n)
      return make_ready_future();
    budget_ -= n;
    return flush("write").handle_exception(
        [this, n](std::exception_ptr) { budget_ += n; });
  }
  // The old budget goes back.
  future<> write_bad(int n) {
    const int before = budget_;
    budget_ -= n;
    return flush("write").handle_exception([this, before](std::exception_ptr) {
      budget_ = before; // expect: stale-value
    });
  }

  // A gate is no lock.
  future<> gated_bad() {
    return with_gate(gate_, [this] {
      const int before = passes_;
      return flush("gate").then([this, before] {
        passes_ = before + 1; // expect: stale-value
      });
    });
  }

  // Under the only permit, also in the continuation that the callable returns.
  future<> locked_ok() {
    return with_semaphore(one_, 1, [this] {
      const int before = guarded_;
      return flush("lock").then([this, before] { guarded_ = before + 1; });
    });
  }
  future<> locked_too_ok() {
    return with_semaphore(one_, 1, [this] {
      guarded_ = 0;
      return flush("lock");
    });
  }

  // A stackful thread waits in get().
  future<> threaded_bad() {
    return async([this] {
      const int before = threads_;
      flush("thread").get();
      threads_ = before + 1; // expect: stale-value
    });
  }

  // Round after round: each looks for itself.
  future<> rounds_ok() {
    return repeat([this] {
      if (left_ == 0)
        return make_ready_future<stop_iteration>(stop_iteration::yes);
      --left_;
      return flush("round").then([] { return stop_iteration::no; });
    });
  }
  future<> rounds_each_ok() {
    return do_until([this] { return done_ >= 8; }, [this] {
      return flush("round").then([this] { ++done_; });
    });
  }

private:
  std::map<std::string, int> values_;
  int total_ = 0, segments_ = 0, budget_ = 0, passes_ = 0, guarded_ = 0,
      threads_ = 0, left_ = 0, done_ = 0;
  bool compacting_ = false, rotating_ = false;
  gate gate_;
  semaphore one_{1};
};

/// What a plain function hands on may wait as long as a coroutine does.
class relays {
public:
  future<> spend_bad(int n) {
    if (credit_ < n)
      co_return;
    co_await note();
    credit_ -= n; // expect: stale-check
  }
  future<> spend_chained_bad(int n) {
    if (credit_ < n)
      co_return;
    co_await noted();
    credit_ -= n; // expect: stale-check
  }
  future<> spend_either_bad(int n) {
    if (credit_ < n)
      co_return;
    co_await note_if(n > 5);
    credit_ -= n; // expect: stale-check
  }
  // What is handed on is there already.
  future<> spend_at_once_ok(int n) {
    if (credit_ < n)
      co_return;
    co_await checked();
    credit_ -= n;
  }

private:
  future<> note() { return seastar::sleep(1); }
  future<> noted() {
    return seastar::sleep(1).then([this] { ++notes_; });
  }
  future<> note_if(bool wanted) {
    return wanted ? seastar::sleep(1) : make_ready_future();
  }
  future<> checked() { return make_ready_future(); }

  int credit_ = 0, notes_ = 0;
};
