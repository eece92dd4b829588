// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*,unspecified-read-order
#include "venue.hpp"
#include <map>
#include <set>
#include <string>
#include <utility>
using namespace mock;

// Conditions that make temporaries come to one value before they branch; what
// a part of them has decided counts all the same.
task<long> ask(const std::string &name);

class loader {
public:
  // Whoever comes to the claim has been found the first; nobody else goes on.
  task<> claimed_in_the_last_part_ok(std::string name) {
    if (sizes_.contains(name) || !loading_.insert(name).second)
      co_return;
    const long size = co_await ask(name);
    sizes_[name] = size;
    loading_.erase(name);
  }

  // The same the other way round.
  task<> claimed_in_the_last_part_of_both_ok(std::string name) {
    if (!kinds_.contains(name) && naming_.insert(name).second) {
      kinds_[name] = co_await ask(name);
      naming_.erase(name);
    }
  }

  // A negation of the whole.
  task<> claimed_in_a_negated_whole_ok() {
    if (!(count_ < 9 && !std::exchange(counting_, true)))
      co_return;
    co_await ask("count");
    ++count_;
    counting_ = false;
  }

  // Three parts, the claim in the middle.
  task<> claimed_in_the_middle_ok(long n) {
    if (total_ > n || std::exchange(adding_, true) || n < int(3))
      co_return;
    co_await ask("total");
    total_ = n;
    adding_ = false;
  }

  // The claim may not have been asked for at all.
  task<> perhaps_claimed_bad(long n) {
    if (n < 3 || !std::exchange(filling_, true)) {
      if (level_ > 9)
        co_return;
      co_await ask("level");
      ++level_; // expect: stale-check
    }
  }

  // A lookup by a temporary key, asked again behind the wait.
  task<> asked_again_ok(std::string name) {
    if (name.empty() || !prices_.contains(name + "/eu"))
      co_return;
    co_await ask(name);
    if (name.empty() || !prices_.contains(name + "/eu"))
      co_return;
    prices_[name + "/eu"] = 1;
  }

  // Not asked again.
  task<> asked_once_bad(std::string name) {
    if (name.empty() || !costs_.contains(name + "/eu"))
      co_return;
    co_await ask(name);
    costs_[name + "/eu"] = 1; // expect: stale-check
  }

private:
  std::map<std::string, long> sizes_, kinds_, prices_, costs_;
  std::set<std::string> loading_, naming_;
  long count_ = 0, total_ = 0, level_ = 0;
  bool counting_ = false, adding_ = false, filling_ = false;
};
