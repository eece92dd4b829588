// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*,unspecified-read-order
#include "venue.hpp"
#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>
using namespace mock;

task<> write(const std::vector<std::string> &lines);
task<> write_one(const std::string &line);
task<> write_text(std::string text);

class journal {
public:
  void add(std::string line) { lines_.push_back(std::move(line)); }
  void note(const std::string &text) { text_ += text; }

  // Lines that arrive during the write are cleared unwritten.
  task<> flush_bad() {
    co_await write(lines_);
    lines_.clear(); // expect: stale-value
  }

  // Only if nothing has come in, or gone round again; a test of something
  // else does not say so.
  task<> flush_unchanged_ok() {
    while (!text_.empty()) {
      const std::string before = text_;
      co_await write_text(before);
      if (text_ != before)
        continue;
      text_.clear();
    }
  }
  task<> flush_whole_bad(bool whole) {
    const std::string before = text_;
    co_await write_text(before);
    if (whole)
      text_.clear(); // expect: stale-value
  }

  // A size of nothing is a clearing as well.
  task<> flush_by_size_bad() {
    co_await write(lines_);
    lines_.resize(0); // expect: stale-value
  }
  task<> grow_ok(std::size_t count) {
    co_await write(lines_);
    lines_.resize(count);
  }

  // The copy is made from a pair of iterators, or lives as long as the loop.
  task<> flush_between_bad() {
    const std::vector<std::string> batch(lines_.begin(), lines_.end());
    co_await write(batch);
    lines_.clear(); // expect: stale-value
  }
  task<> flush_range_bad() {
    for (const std::string &each :
         std::vector<std::string>(lines_.begin(), lines_.end()))
      co_await write_one(each);
    lines_.clear(); // expect: stale-value
  }
  task<> flush_added_bad() {
    std::vector<std::string> batch;
    batch.insert(batch.end(), lines_.begin(), lines_.end());
    for (const std::string &each : batch)
      co_await write_one(each);
    lines_.erase(lines_.begin(), lines_.end()); // expect: stale-value
  }
  task<> flush_between_ok() {
    const std::vector<std::string> batch(lines_.begin(), lines_.end());
    lines_.erase(lines_.begin(), lines_.end());
    co_await write(batch);
  }

  // Empty check in front changes nothing about that.
  task<> flush_if_any_bad() {
    if (lines_.empty())
      co_return;
    co_await write(lines_);
    lines_.clear(); // expect: stale-value|stale-check
  }

  // Swapped out first.
  task<> flush_swap_ok() {
    std::vector<std::string> batch;
    batch.swap(lines_);
    co_await write(batch);
  }

  // What could not be written goes back in front of what has come since.
  task<> flush_or_keep_ok() {
    std::vector<std::string> batch;
    batch.swap(lines_);
    std::size_t done = 0;
    try {
      for (; done < batch.size(); ++done)
        co_await write_one(batch[done]);
    } catch (...) {
    }
    lines_.insert(lines_.begin(), batch.begin() + long(done), batch.end());
  }

  // They are there still, and come twice.
  task<> keep_twice_bad() {
    std::vector<std::string> batch = lines_;
    std::size_t done = 0;
    for (; done < batch.size(); ++done)
      co_await write_one(batch[done]);
    if (done < batch.size())
      lines_.insert(lines_.begin(), batch.begin() + long(done), batch.end()); // expect: stale-check
  }

  // Exchanged out first.
  task<> flush_exchange_ok() {
    auto batch = std::exchange(lines_, {});
    co_await write(batch);
  }

  // Moved out and cleared in the slice of the move.
  task<> flush_move_ok() {
    auto batch = std::move(lines_);
    lines_.clear();
    co_await write(batch);
  }

  // A copy is written; the original is cleared afterwards all the same.
  task<> flush_copy_bad() {
    const auto batch = lines_;
    co_await write(batch);
    lines_.clear(); // expect: stale-value
  }

  // A string buffer: the same by assignment.
  task<> flush_text_bad() {
    co_await write_text(text_);
    text_ = ""; // expect: stale-value
  }

  // The buffer is moved into the call's argument and emptied in that slice.
  task<> flush_text_ok() {
    std::string batch = std::move(text_);
    text_.clear();
    co_await write_text(std::move(batch));
  }

  // Clears before the await.
  task<> clear_first_ok() {
    lines_.clear();
    co_await write_text("cleared");
  }

  // Clears what it never read.
  task<> reset_ok() {
    co_await write_text("reset");
    lines_.clear();
  }

private:
  std::vector<std::string> lines_;
  std::string text_;
};

/// One consumer, producers that only push: each pass looks at the front again
/// after it has waited, and removes exactly the element it wrote.
class outbox {
public:
  void push(std::string line) {
    queue_.push_back(std::move(line));
    filled_.set();
  }

  // The only consumer; producers push at the other end.
  task<> consumer_loop_ok() {
    while (!stopped_) {
      if (queue_.empty()) {
        co_await filled_;
      } else {
        const std::string line = queue_.front();
        queue_.pop_front();
        co_await write_one(line);
      }
    }
  }

  void stop() { stopped_ = true; }

private:
  std::deque<std::string> queue_;
  event filled_;
  bool stopped_ = false;
};

/// The same with the element left in the queue while it is written; nobody else
/// removes, so the front is still the same one.
class writer {
public:
  void push(std::string line) {
    queue_.push_back(std::move(line));
    if (filled_)
      filled_->set();
  }

  // A single consumer loop that owns the front of the queue.
  task<> write_then_pop_ok() {
    for (;;) {
      if (queue_.empty()) {
        co_await *filled_;
      } else {
        co_await write_one(queue_.front());
        queue_.pop_front();
      }
    }
  }

private:
  std::deque<std::string> queue_;
  event *filled_ = nullptr;
};

struct tally {
  int hits = 0;
  int misses = 0;
};

/// Round after round.
class meter {
public:
  // Taken out before it is handed out.
  task<> report_ok() {
    for (;;) {
      const int seen = ticks_;
      ticks_ = 0;
      co_await send(seen);
    }
  }
  // What ticked during the report is forgotten.
  task<> report_bad() {
    for (;;) {
      const int seen = beats_;
      co_await send(seen);
      beats_ = 0; // expect: stale-value
    }
  }
  // A whole record is set back to how it began.
  task<> report_all_bad() {
    for (;;) {
      const tally seen = tally_;
      co_await send(seen.hits);
      tally_ = tally{}; // expect: stale-value
    }
  }
  void hit() { ++tally_.hits; }
  void tick() { ++ticks_, ++beats_; }

private:
  task<> send(int n);
  int ticks_ = 0, beats_ = 0;
  tally tally_;
};

/// A function of its own takes whatever there is.
class collector {
public:
  void add(std::string line) { lines_.push_back(std::move(line)); }
  task<> run_ok() {
    if (lines_.empty() && urgent_.empty())
      co_return;
    co_await write(urgent_);
    co_await send_all();
  }
  task<> run_bad() {
    if (lines_.empty())
      co_return;
    co_await write(urgent_);
    drop_last(); // expect: stale-check
  }

private:
  task<> send_all() {
    auto batch = std::exchange(lines_, {});
    if (!batch.empty())
      co_await write(batch);
  }
  void drop_last() { lines_.pop_back(); }
  std::vector<std::string> lines_, urgent_;
};

/// What an old copy has given elsewhere, and is set to nothing then.
class pool {
public:
  task<bool> pool_bad() {
    const int all = from_;
    co_await write_one("pooled");
    into_ += all;
    from_ = 0; // expect: stale-value
    co_return true;
  }
  task<bool> taken_first_ok() {
    const int all = std::exchange(from_, 0);
    co_await write_one("pooled");
    into_ += all;
    co_return true;
  }
  task<bool> anew_ok() {
    co_await write_one("pooled");
    const int all = from_;
    into_ += all;
    from_ = 0;
    co_return true;
  }
  // What another one is set to has nothing to do with the copy.
  task<bool> another_ok() {
    const int all = from_;
    co_await write_one("pooled");
    into_ += all;
    pools_ = 0;
    co_return true;
  }
  void earn(int n) {
    from_ += n;
    ++pools_;
  }

private:
  int from_ = 0, into_ = 0, pools_ = 0;
};

/// An element goes with what others have added to it meanwhile.
class campaigns {
public:
  task<> close_bad(int id) {
    const long rest = campaigns_[id].funds;
    co_await write_one(campaigns_[id].owner + std::to_string(rest));
    campaigns_.erase(id); // expect: stale-value
  }
  task<> taken_first_ok(int id) {
    auto node = campaigns_.extract(id);
    if (node)
      co_await write_one(std::to_string(node.mapped().funds));
  }
  // What nobody adds to is the same as before.
  task<> told_ok(int id) {
    const int number = campaigns_[id].number;
    co_await write_one(std::to_string(number));
    campaigns_.erase(id);
  }
  task<> until_empty_ok(int id) {
    while (campaigns_[id].funds > 0) {
      const long part = std::exchange(campaigns_[id].funds, 0);
      co_await write_one(std::to_string(part));
    }
    campaigns_.erase(id);
  }
  void top_up(int id, long n) { campaigns_[id].funds += n; }
  void number(int id, int n) { campaigns_[id].number = n; }

private:
  struct campaign {
    std::string owner;
    long funds = 0;
    int number = 0;
  };
  std::map<int, campaign> campaigns_;
};
