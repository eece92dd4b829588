// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*,unspecified-read-order
// Pointers to what optionals, variants and owners in a container have in them,
// and views of a part of a container.
#include "venue.hpp"
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <variant>
#include <vector>
using namespace mock;

struct seat {
  int row = 0, number = 0;
};
struct standing {
  int zone = 0;
};

class theatre {
public:
  // Others put another alternative into the same place.
  task<> move_bad(std::size_t place) {
    auto *sitting = std::get_if<seat>(&places_[place]);
    if (!sitting)
      co_return;
    co_await venue_.submit(1);
    std::swap(sitting->row, sitting->number); // expect: stale-reference
  }
  task<> move_ok(std::size_t place) {
    co_await venue_.submit(1);
    if (auto *sitting = std::get_if<seat>(&places_[place]))
      std::swap(sitting->row, sitting->number);
  }
  void stand(std::size_t place, int zone) { places_[place] = standing{zone}; }

  // The same with an optional in a map.
  task<> rename_bad(int id) {
    auto &name = *named_[id];
    co_await venue_.submit(id);
    name.row = 1; // expect: stale-reference
  }
  void forget(int id) { named_[id].reset(); }

  // A vector of owners moves the owners, not what they own.
  task<> work_ok(std::size_t number) {
    auto *ring = rings_[number].get();
    co_await venue_.submit(1);
    ring->row = 2;
  }
  void add_ring() { rings_.push_back(std::make_unique<seat>()); }

  // Until one of them goes.
  task<> last_bad() {
    auto *ring = boxes_.back().get();
    co_await venue_.submit(1);
    ring->row = 2; // expect: stale-reference
  }
  void drop_box() { boxes_.pop_back(); }

private:
  venue venue_;
  std::vector<std::variant<standing, seat>> places_;
  std::map<int, std::optional<seat>> named_;
  std::vector<std::unique_ptr<seat>> rings_;
  std::vector<std::unique_ptr<seat>> boxes_;
};

using owned_line = std::shared_ptr<int>;

class programme {
public:
  // A part of the vector by its address and a number.
  task<int> total_bad(std::size_t n) {
    const std::span<const owned_line> first(lines_.data(), n);
    int sum = 0;
    for (std::size_t i = 0; i < first.size(); ++i) {
      co_await venue_.submit(1);
      sum += *first[i]; // expect: stale-reference
    }
    co_return sum;
  }
  task<int> total_ok(std::size_t n) {
    int sum = 0;
    for (std::size_t i = 0; i < n; ++i) {
      co_await venue_.submit(1);
      const std::span<const owned_line> first(lines_.data(), lines_.size());
      if (i < first.size())
        sum += *first[i];
    }
    co_return sum;
  }
  void print(int line) { lines_.push_back(std::make_shared<int>(line)); }

private:
  venue venue_;
  std::vector<owned_line> lines_;
};

task<> fetch(int id);

/// Whether an element at hand has any content is another question than whether
/// there is the element.
class gallery {
public:
  task<> paint_bad(int id) {
    auto &slot = pictures_[id];
    if (!slot) {
      co_await fetch(id);
      slot = std::make_shared<seat>(); // expect: stale-check
    }
  }
  task<> paint_ok(int id) {
    auto &slot = pictures_[id];
    if (!slot) {
      co_await fetch(id);
      if (!slot)
        slot = std::make_shared<seat>();
    }
  }
  task<> title_bad(int id) {
    std::vector<int> &words = titles_[id];
    const bool first = words.empty();
    co_await fetch(id);
    if (first)
      words = {id}; // expect: stale-check
  }
  // the element is there, whatever it holds by then
  task<> retitle_ok(int id) {
    const auto at = titles_.find(id);
    if (at == titles_.end())
      co_return;
    std::vector<int> &words = at->second;
    co_await fetch(id);
    words = {id};
  }
  void say(int id) { titles_[id].push_back(id); }

private:
  std::map<int, std::shared_ptr<seat>> pictures_;
  std::map<int, std::vector<int>> titles_;
};
