// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*
// Containers in containers: which of them a change means.
#include "task.hpp"
#include <algorithm>
#include <deque>
#include <map>
#include <ranges>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>
using mock::task;

task<> breathe();

struct reader {
  int seen = 0;
  bool done = false;
};

class rooms {
public:
  // Others join and leave while one is told.
  task<> tell_bad(std::string room) {
    for (reader &r : members_[room]) {
      co_await breathe();
      ++r.seen; // expect: stale-reference
    }
  }

  // The inner list by another name.
  task<> leave_bad(std::string room, int which) {
    auto &list = members_[room];
    auto it = std::find_if(list.begin(), list.end(),
                           [=](const reader &r) { return r.seen == which; });
    if (it == list.end())
      co_return;
    co_await breathe();
    list.erase(it); // expect: stale-reference|stale-check
  }

  // An inner list keeps its place when other rooms come.
  task<> open_ok(std::string room) {
    auto &list = names_[room];
    co_await breathe();
    list.push_back(room);
  }
  void add_room(const std::string &room) { names_.try_emplace(room); }

  // A room that goes takes its readers along.
  task<> close_bad(std::string room) {
    auto &list = closing_[room];
    co_await breathe();
    list.push_back(reader{}); // expect: stale-reference
  }
  void drop_room(const std::string &room) { closing_.erase(room); }

  void join(const std::string &room) { members_[room].push_back(reader{}); }

private:
  std::map<std::string, std::vector<reader>> members_, closing_;
  std::map<std::string, std::vector<std::string>> names_;
};

class views {
public:
  // A view keeps an iterator into what it shows.
  task<> filtered_bad() {
    for (reader &r : readers_ | std::views::filter([](const reader &x) {
                       return !x.done;
                     })) {
      co_await breathe();
      r.done = true; // expect: stale-reference
    }
  }
  task<> through_two_bad() {
    const auto done = [](const reader &x) { return x.done; };
    auto found = readers_ | std::views::filter(done);
    for (int n : found | std::views::transform(&reader::seen)) // expect: stale-reference
      co_await look(n);
  }

  // Used up before the wait.
  task<> counted_ok() {
    int sum = 0;
    for (int n : readers_ | std::views::transform(&reader::seen))
      sum += n;
    co_await look(sum);
  }

  // Elements of a span are elements of what it is made of.
  task<> span_bad() {
    std::span<reader> all{readers_};
    co_await breathe();
    all.front().done = true; // expect: stale-reference
  }
  task<> fresh_span_ok() {
    co_await breathe();
    std::span<reader> all{readers_};
    if (!all.empty())
      all.front().done = true;
  }

  void add() { readers_.push_back(reader{}); }

private:
  task<> look(int n);
  std::vector<reader> readers_;
};

class by_key {
public:
  // The old name is taken out on its own behalf; the new one was looked for
  // before the wait.
  task<> rename_bad(std::string from, std::string to) {
    if (sessions_.contains(to))
      co_return;
    co_await breathe();
    auto node = sessions_.extract(from);
    if (node.empty())
      co_return;
    sessions_.insert_or_assign(to, node.mapped()); // expect: stale-check
  }
  task<> forget_ok(std::string token) {
    co_await breathe();
    sessions_.erase(token);
  }

private:
  std::unordered_map<std::string, int> sessions_;
};
