// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*,unspecified-read-order
// Programs on a framework whose names mean nothing to the analyser.
#include "house.hpp"
#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>
using namespace house;

/// Seats of a theatre.
class Hall {
public:
  // The free seat is found, paid for, and sold twice.
  Co<int> Sell_bad() {
    int seat = -1;
    for (unsigned i = 0; i < sold_.size(); ++i) {
      if (!sold_[i]) {
        seat = static_cast<int>(i);
        break;
      }
    }
    if (seat < 0)
      co_return -1;
    co_await Send("pay");
    sold_[seat] = 1; // expect: stale-check|stale-value
    co_return seat;
  }

  // Held back first, freed again if the payment fails.
  Co<int> Sell_ok() {
    auto it = std::find(sold_.begin(), sold_.end(), 0);
    if (it == sold_.end())
      co_return -1;
    const int seat = static_cast<int>(it - sold_.begin());
    sold_[seat] = 1;
    const int paid = co_await Ask("pay");
    if (!paid)
      sold_[seat] = 0;
    co_return paid ? seat : -1;
  }

private:
  std::vector<int> sold_;
};

/// All writers under the latch.
class Ledger {
public:
  // Held from the read to the write.
  Co<> Post_ok(long amount) {
    auto held = co_await latch_.Acquire();
    const long before = sum_;
    co_await Send("post");
    sum_ = before + amount;
  }

  // A check and a write, both under it.
  Co<bool> Draw_ok(long amount) {
    auto held = co_await latch_.Acquire();
    if (sum_ < amount)
      co_return false;
    co_await Send("draw");
    sum_ -= amount;
    co_return true;
  }

private:
  Latch latch_;
  long sum_ = 0;
};

/// The latch is used, and used wrongly.
class LeakyLedger {
public:
  // Released by name before the wait.
  Co<> Released_bad(long amount) {
    auto held = co_await latch_.Acquire();
    const long before = sum_;
    held.Release();
    co_await Send("post");
    sum_ = before + amount; // expect: stale-value
  }

  // Out of its scope before the wait.
  Co<> Scoped_bad(long amount) {
    long before = 0;
    {
      auto held = co_await latch_.Acquire();
      before = sum_;
    }
    co_await Send("post");
    sum_ = before + amount; // expect: stale-value
  }

  // Checked before the latch was awaited.
  Co<> Late_bad(long amount) {
    if (sum_ < amount)
      co_return;
    auto held = co_await latch_.Acquire();
    sum_ -= amount; // expect: stale-check
  }

private:
  Latch latch_;
  long sum_ = 0;
};

struct Job {
  int id = 0;
  int attempts = 0;
  bool done = false;
};

/// A queue of jobs with workers.
class JobServer {
public:
  void Submit(Job job) {
    jobs_.push_back(std::make_shared<Job>(job));
  }
  void Forget(int id) {
    std::erase_if(jobs_, [id](const auto &j) { return j->id == id; });
  }

  // Two workers take the same undone job.
  Co<> Work_bad() {
    for (auto job : std::vector(jobs_)) {
      if (job->done)
        continue;
      co_await Send("run");
      job->done = true; // expect: stale-check
    }
  }

  // The shared pointer in the copy keeps the job alive; only a count is kept.
  Co<> Count_ok() {
    for (auto job : std::vector(jobs_)) {
      co_await Send("look");
      ++job->attempts;
    }
  }

  // Straight over the member.
  Co<> Sweep_bad() {
    for (auto &job : jobs_) // expect: stale-reference
      co_await Send(job->done ? "done" : "open");
  }

  // Takes the work out, waits without holding on to anything.
  Co<> Drain_ok() {
    auto mine = std::exchange(jobs_, {});
    for (auto &job : mine)
      co_await Send("run");
  }

private:
  std::vector<std::shared_ptr<Job>> jobs_;
};

/// Settings that are loaded once.
class Settings {
public:
  // Loaded on first use; the second caller waits for nobody and loads again.
  Co<std::string> Get_bad(std::string name) {
    if (!loaded_) {
      co_await Send("load");
      values_[name] = "value";
      loaded_ = true; // expect: stale-check
    }
    co_return values_[name];
  }

  // Marked before the wait.
  Co<> Load_ok() {
    if (loading_)
      co_return;
    loading_ = true;
    co_await Send("load");
    values_["a"] = "b";
  }

private:
  bool loaded_ = false;
  bool loading_ = false;
  std::map<std::string, std::string> values_;
};

/// Values that belong to one activity only.
class Request {
public:
  explicit Request(int id) : id_(id) {}
  int id() const { return id_; }
  void Answer(int code) { code_ = code; }
  int code() const { return code_; }

private:
  int id_;
  int code_ = 0;
};

// A request made in this coroutine is this coroutine's.
Co<int> Handle_ok(int id) {
  Request request(id);
  if (request.code() != 0)
    co_return 0;
  const int answer = co_await Ask("backend");
  request.Answer(answer);
  co_return request.code();
}

// A request that is passed by value.
Co<int> Forward_ok(Request request) {
  if (request.code() == 0) {
    co_await Breathe{};
    request.Answer(7);
  }
  co_return request.code();
}

// Retries with a counter of its own.
Co<bool> Retry_ok(int limit) {
  int attempt = 0;
  while (attempt < limit) {
    if (co_await Ask("try"))
      co_return true;
    ++attempt;
  }
  co_return false;
}

// A local vector that grows between awaits.
Co<std::vector<int>> Collect_ok(int n) {
  std::vector<int> answers;
  for (int i = 0; i < n; ++i) {
    if (answers.size() > 3)
      break;
    answers.push_back(co_await Ask("part"));
  }
  co_return answers;
}

/// The largest value seen.
class Watermark {
public:
  // Compared and set in one slice.
  Co<> Raise_ok(long value) {
    co_await Send("raise");
    high_ = std::max(high_, value);
  }

  // Compared before.
  Co<> Raise_bad(long value) {
    const long next = std::max(high_, value);
    co_await Send("raise");
    high_ = next; // expect: stale-value
  }

private:
  long high_ = 0;
};
