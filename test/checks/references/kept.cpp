// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*,unspecified-read-order
// What keeps an object alive keeps its members, not what is in their
// containers; and what an activity has made under a key of its own, nobody
// else takes away.
#include "libcoro.hpp"
#include "venue.hpp"
#include <array>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>
using namespace mock;

task<> talk(int id);
void show(long value);

struct channel {
  std::array<long, 24> by_hour{};
  std::vector<long> samples;
  long total = 0;
};

/// What is in a variant goes when another alternative comes.
struct dialled {
  int attempts = 0;
};
struct talking {};
struct call {
  std::variant<dialled, talking> state;
  int id = 0;
};
class exchange_office {
public:
  task<> dial_bad(int id) {
    const auto one = calls_.at(id);
    if (auto *dial = std::get_if<dialled>(&one->state)) {
      co_await talk(id);
      ++dial->attempts; // expect: stale-reference|stale-check
    }
  }
  task<> dial_ok(int id) {
    const auto one = calls_.at(id);
    co_await talk(id);
    if (auto *dial = std::get_if<dialled>(&one->state))
      ++dial->attempts;
  }
  // the object stays while the copy is here
  task<> number_ok(int id) {
    const auto one = calls_.at(id);
    int &number = one->id;
    co_await talk(id);
    ++number;
  }
  void answered(int id) { calls_.at(id)->state = talking{}; }
  void close(int id) { calls_.erase(id); }

private:
  std::map<int, std::shared_ptr<call>> calls_;
};

class mixer {
public:
  void drop(int id) { channels_.erase(id); }
  void sample(int id, long value) { channels_[id]->samples.push_back(value); }
  void replace(int id) { channels_[id] = std::make_shared<channel>(); }

  // A slot of an array of a kept object stays where it is.
  task<> slot_ok(int id, std::size_t hour) {
    const auto one = channels_[id];
    long &slot = one->by_hour[hour];
    co_await talk(id);
    slot += 1;
  }
  // Without the copy it goes with its channel.
  task<> slot_bad(int id, std::size_t hour) {
    long &slot = channels_[id]->by_hour[hour];
    co_await talk(id);
    slot += 1; // expect: stale-reference
  }
  // A vector of a kept object still grows.
  task<> sample_bad(int id) {
    const auto one = channels_[id];
    const long &last = one->samples.back();
    co_await talk(id);
    show(last); // expect: stale-reference
  }
  task<> sample_ok(int id) {
    const auto one = channels_[id];
    const long last = one->samples.back();
    co_await talk(id);
    show(last);
  }
  task<> total_ok(int id) {
    const auto one = channels_[id];
    long &total = one->total;
    co_await talk(id);
    total += 1;
  }

private:
  std::map<int, std::shared_ptr<channel>> channels_;
};

struct visit {
  int id = 0;
  long steps = 0;
};

/// Every run makes its own entry and takes it away.
class register_book {
public:
  task<> numbered_ok() {
    const int id = next_++;
    visit &mine = visits_[id];
    co_await talk(id);
    mine.steps += 1;
    visits_.erase(id);
  }
  task<> queued_ok() {
    const auto mine = queue_.emplace(queue_.end());
    co_await talk(0);
    mine->steps += 1;
    queue_.erase(mine);
  }
  task<> numbered_and_lent_ok() {
    const int id = next_++;
    visits_[id].id = id;
    co_await walk(visits_[id]);
    visits_.erase(id);
  }

private:
  task<> walk(visit &v) {
    co_await talk(v.id);
    v.steps += 1;
  }
  int next_ = 0;
  std::map<int, visit> visits_;
  std::list<visit> queue_;
};

/// The same, but there is somebody who clears up.
class cleared_book {
public:
  void close() { visits_.clear(); }
  task<> numbered_bad() {
    const int id = next_++;
    visit &mine = visits_[id];
    co_await talk(id);
    mine.steps += 1; // expect: stale-reference
    visits_.erase(id);
  }

private:
  int next_ = 0;
  std::map<int, visit> visits_;
};

/// The key comes from outside: two runs may have the same.
class shared_book {
public:
  task<> given_bad(int id) {
    const auto mine = visits_.find(id);
    if (mine == visits_.end())
      co_return;
    co_await talk(id);
    mine->second.steps += 1; // expect: stale-reference
    visits_.erase(id);
  }

private:
  std::map<int, visit> visits_;
};

/// An entry that only the one who made it removes.
class single_flight {
public:
  task<> run_ok(std::string name) {
    const auto [entry, mine] = running_.try_emplace(name);
    if (!mine)
      co_return;
    co_await talk(1);
    entry->second.steps += 1;
    running_.erase(entry);
  }

private:
  std::map<std::string, visit> running_;
};

/// A function of what a handle leads to is a use as good as any.
class day_book {
public:
  struct page {
    void post(long amount) { sum += amount; }
    void close();
    long total() const { return sum; }
    long sum = 0;
  };

  task<> call_bad(int day) {
    page &today = pages_.at(day);
    co_await talk(day);
    today.post(1); // expect: stale-reference
  }
  task<> call_out_of_view_bad(int day) {
    page *today = &pages_.at(day);
    co_await talk(day);
    today->close(); // expect: stale-reference
  }
  task<long> look_bad(int day) {
    page &today = pages_.at(day);
    co_await talk(day);
    co_return today.total(); // expect: stale-reference
  }
  task<> owner_bad(int day) {
    page &first = *front_;
    co_await talk(day);
    first.post(1); // expect: stale-reference
  }
  task<> kept_ok(int day) {
    const auto kept = front_;
    page &first = *kept;
    co_await talk(day);
    first.post(1);
  }
  task<> before_ok(int day) {
    page &today = pages_.at(day);
    today.post(1);
    co_await talk(day);
  }
  void forget(int day) {
    pages_.erase(day);
    front_ = std::make_shared<page>();
  }

private:
  std::map<int, page> pages_;
  std::shared_ptr<page> front_;
};

/// A range of what a copy of the pointer keeps: others put another object in
/// its place, and leave this one alone.
struct settings {
  std::map<int, int> values;
};
class published {
public:
  task<> send_ok() {
    const std::shared_ptr<const settings> now = settings_;
    for (const auto &[key, value] : now->values)
      co_await talk(key + value);
  }
  task<> send_bad() {
    for (const auto &[key, value] : // expect: stale-reference
         settings_->values)
      co_await talk(key + value);
  }
  void change(int key, int value) {
    auto next = std::make_shared<settings>(*settings_);
    next->values[key] = value;
    settings_ = std::move(next);
  }

private:
  std::shared_ptr<const settings> settings_;
};

/// An object that a copy of the pointer keeps has its lock with it.
struct album {
  coro::mutex gate;
  std::map<std::string, int> sizes;
};
class shelf {
public:
  coro::task<> add_ok(std::shared_ptr<album> to, std::string path, int size) {
    auto lock = co_await to->gate.scoped_lock();
    to->sizes.insert_or_assign(path, size);
  }
  coro::task<> send_ok(std::shared_ptr<album> from) {
    auto lock = co_await from->gate.scoped_lock();
    for (const auto &[path, size] : from->sizes)
      co_await talk(size);
  }
  coro::task<> send_one_ok(int id) {
    auto from = albums_[id];
    auto lock = co_await from->gate.scoped_lock();
    auto found = from->sizes.find("cover");
    co_await talk(id);
    found->second = 0;
  }
  coro::task<> given_back_bad(int id) {
    auto from = albums_[id];
    {
      auto lock = co_await from->gate.scoped_lock();
    }
    for (const auto &[path, size] : from->sizes) // expect: stale-reference
      co_await talk(size);
  }
  coro::task<> other_lock_bad(std::shared_ptr<album> from,
                              std::shared_ptr<album> other) {
    auto lock = co_await other->gate.scoped_lock();
    for (const auto &[path, size] : from->sizes) // expect: stale-reference
      co_await talk(size);
  }

private:
  std::map<int, std::shared_ptr<album>> albums_;
};
