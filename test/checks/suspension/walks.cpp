// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*
// What goes over a range and waits between two elements.
#include "seastar.hpp"
#include <list>
#include <map>
#include <memory>
#include <utility>
#include <vector>

namespace ss = seastar;

struct peer {
  int id = 0;
  bool told = false;
};

ss::future<> tell(int id);

class peers {
public:
  // A continuation uses the element once that may be gone.
  ss::future<> tell_all_bad() {
    return ss::do_for_each(peers_, [](peer &p) { // expect: stale-reference
      return tell(p.id).then([&p] {
        p.told = true; // expect: stale-reference
      });
    });
  }
  // A list of its own.
  ss::future<> tell_all_ok() {
    std::vector<int> ids;
    for (const peer &p : peers_)
      ids.push_back(p.id);
    return ss::do_with(std::move(ids), [this](std::vector<int> &mine) {
      return ss::do_for_each(mine, [this](int id) {
        return tell(id).then([this, id] { note(id); });
      });
    });
  }
  // What is there is changed on the spot.
  ss::future<> reset_all_ok() {
    for (peer &p : peers_)
      p.told = false;
    return tell(0);
  }
  void forget(int id) {
    peers_.remove_if([id](const peer &p) { return p.id == id; });
  }

private:
  void note(int id) {
    for (peer &p : peers_)
      if (p.id == id)
        p.told = true;
  }
  std::list<peer> peers_;
};

/// The same where a function is lent the element.
class rooms {
public:
  ss::future<> open_bad(int id) {
    return greet(rooms_[id]);
  }
  ss::future<> open_kept_ok(int id) {
    auto kept = kept_[id];
    return greet(*kept).finally([kept] {});
  }
  void close(int id) {
    rooms_.erase(id);
    kept_.erase(id);
  }

private:
  static ss::future<> greet(peer &p) {
    return tell(p.id).then([&p] {
      p.told = true; // expect: stale-reference
    });
  }
  std::map<int, peer> rooms_;
  std::map<int, std::shared_ptr<peer>> kept_;
};

/// Who comes in while the others are gone through is wiped with them.
class readers {
public:
  ss::future<> drop_bad() {
    return ss::do_for_each(open_, [](auto &each) { // expect: stale-reference
             return close(each.first);
           })
        .then([this] { open_.clear(); }); // expect: stale-value
  }
  ss::future<> drop_ok() {
    return ss::do_with(std::exchange(open_, {}), [](std::map<int, int> &mine) {
      return ss::do_for_each(mine,
                             [](auto &each) { return close(each.first); });
    });
  }
  // Another one is cleared.
  ss::future<> told_ok() {
    return ss::do_for_each(known_, [](auto &each) { return close(each.first); })
        .then([this] { told_.clear(); });
  }
  void add(int id) { open_[id] = id; }
  void tell(int id) { told_[id] = known_[id] = id; }

private:
  static ss::future<> close(int id);
  std::map<int, int> open_, told_, known_;
};
