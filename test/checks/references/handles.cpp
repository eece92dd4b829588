// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*,unspecified-read-order
#include "venue.hpp"
#include <algorithm>
#include <array>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>
using namespace mock;

task<> talk(int id);
task<> send(std::string_view text);

struct order {
  int id = 0;
  long quantity = 0;
  long filled = 0;
};

/// A vector that grows: any reference into it may dangle.
class blotter {
public:
  void add(order o) { orders_.push_back(o); }

  // push_back elsewhere moves the elements.
  task<> vector_reference_bad(int i) {
    order &o = orders_[i];
    co_await talk(o.id);
    o.filled = 1; // expect: stale-reference
  }

  // An iterator likewise.
  task<> vector_iterator_bad(int id) {
    auto it = std::find_if(orders_.begin(), orders_.end(),
                           [id](const order &o) { return o.id == id; });
    co_await talk(id);
    it->filled = 2; // expect: stale-reference|stale-check|stale-value
  }

  // A range-for with an await in its body.
  task<> vector_range_for_bad() {
    for (order &o : orders_) // expect: stale-reference
      co_await talk(o.id);
  }

  // By index, with the bound tested in each pass.
  task<> vector_by_index_ok() {
    for (unsigned long i = 0; i < orders_.size(); ++i)
      co_await talk(orders_[i].id);
  }

  // The address of an element.
  task<> vector_pointer_bad() {
    order *last = &orders_.back();
    co_await talk(last->id);
    last->filled = 3; // expect: stale-reference
  }

  // A span over the elements.
  task<> vector_span_bad() {
    std::span<order> view = orders_;
    co_await talk(1);
    view[0].filled = 4; // expect: stale-reference
  }

  // The element is copied out.
  task<> vector_copy_ok(int i) {
    order o = orders_[i];
    co_await talk(o.id);
    o.filled = 5;
    co_await talk(static_cast<int>(o.filled));
  }

  // Reference taken after the await.
  task<> vector_reference_late_ok(int i) {
    co_await talk(i);
    order &o = orders_.at(i);
    o.filled = 6;
  }

  // Used before the await only.
  task<> vector_reference_before_ok(int i) {
    order &o = orders_.at(i);
    o.filled = 7;
    co_await talk(i);
  }

private:
  std::vector<order> orders_;
};

/// std::map and std::list: references survive insertion, not erasure. Nothing
/// erases here.
class growing_book {
public:
  void add(int id) { by_id_.emplace(id, order{id}); }
  void append(order o) { list_.push_back(o); }

  // Nobody erases, inserting leaves the reference alone.
  task<> map_reference_ok(int id) {
    order &o = by_id_.at(id);
    co_await talk(id);
    o.filled = 1;
  }

  // A list, likewise.
  task<> list_reference_ok() {
    order &o = list_.back();
    co_await talk(o.id);
    o.filled = 1;
  }

private:
  std::map<int, order> by_id_;
  std::list<order> list_;
};

/// Unordered map: inserting keeps references, rehashing kills iterators.
class hashed_book {
public:
  void add(int id) { by_id_.emplace(id, order{id}); }

  // References survive a rehash.
  task<> hashed_reference_ok(int id) {
    order &o = by_id_.at(id);
    co_await talk(id);
    o.filled = 1;
  }

  // Iterators do not.
  task<> hashed_iteration_bad() {
    for (auto &entry : by_id_) // expect: stale-reference
      co_await talk(entry.first);
  }

private:
  std::unordered_map<int, order> by_id_;
};

/// A container of fixed size that is never replaced.
class fixed_book {
public:
  // Nothing can move or remove the elements of an array.
  task<> array_reference_ok(int i) {
    order &o = slots_[i];
    co_await talk(i);
    o.filled = 1;
  }

  // The element itself is checked and then changed, through the reference.
  task<> array_element_check_bad(int i) {
    order &o = slots_[i];
    if (o.filled >= o.quantity)
      co_return;
    co_await talk(i);
    o.filled += 1; // expect: stale-check
  }

private:
  std::array<order, 8> slots_;
};

/// Views into a string that changes.
class profile {
public:
  void rename(std::string name) { name_ = std::move(name); }

  // The view points into the old buffer.
  task<> string_view_bad() {
    std::string_view name = name_;
    co_await talk(1);
    co_await send(name); // expect: stale-reference
  }

  // A copy of its own.
  task<> string_copy_ok() {
    std::string name = name_;
    co_await talk(1);
    co_await send(name);
  }

private:
  std::string name_;
};

/// The value of an optional that is reset.
class current_order {
public:
  void cancel() { order_.reset(); }
  void open(order o) { order_ = o; }

  // The reference into the optional outlives its value.
  task<> optional_reference_bad() {
    if (!order_)
      co_return;
    order &o = *order_;
    co_await talk(o.id);
    o.filled = 1; // expect: stale-reference|stale-check
  }

  // Checked, awaited, dereferenced without another look.
  task<> optional_write_bad() {
    if (!order_)
      co_return;
    co_await talk(1);
    order_->filled = 2; // expect: stale-check|stale-reference
  }

  // Looked at again.
  task<> optional_again_ok() {
    co_await talk(1);
    if (order_)
      order_->filled = 3;
  }

private:
  std::optional<order> order_;
};

/// Structured bindings.
class pairs {
public:
  void forget(int id) { table_.erase(id); }

  // Bound by reference to the node.
  task<> binding_reference_bad() {
    auto &[id, value] = *table_.begin();
    co_await talk(1);
    value = 9; // expect: stale-reference
  }

  // Bound to a copy.
  task<> binding_copy_ok() {
    auto [id, value] = *table_.begin();
    co_await talk(id);
    value = 9;
    co_await talk(value);
  }

private:
  std::map<int, int> table_;
};

/// Searches of all kinds, and what a plain function finds.
class finders {
public:
  void add(order o) { orders_.push_back(o); }

  task<> ranges_find_bad(int id) {
    auto it = std::ranges::find(orders_, id, &order::id);
    if (it == orders_.end())
      co_return;
    co_await talk(id);
    it->filled = 1; // expect: stale-reference
  }
  task<> found_or_null_bad(int id) {
    order *o = find(id);
    if (!o)
      co_return;
    co_await talk(id);
    o->filled = 1; // expect: stale-reference
  }
  task<> found_after_ok(int id) {
    co_await talk(id);
    if (order *o = find(id))
      o->filled = 1;
  }
  // A pointer that is assigned later than it is declared.
  task<> best_bad() {
    order *best = nullptr;
    for (order &o : orders_)
      if (!best || o.quantity > best->quantity)
        best = &o;
    if (!best)
      co_return;
    co_await talk(best->id);
    best->filled += 1; // expect: stale-reference
  }
  task<> best_in_one_slice_ok() {
    co_await talk(0);
    order *best = nullptr;
    for (order &o : orders_)
      if (!best || o.quantity > best->quantity)
        best = &o;
    if (best)
      best->filled += 1;
  }
  task<> assigned_again_ok() {
    order *first = orders_.data();
    co_await talk(0);
    first = orders_.data();
    first->filled += 1;
  }
  task<> iterator_assigned_bad() {
    std::vector<order>::iterator it;
    it = orders_.begin();
    co_await talk(0);
    it->filled = 1; // expect: stale-reference
  }
  // Kept in a container of this activity.
  task<> wrapped_bad() {
    std::vector<std::reference_wrapper<order>> open;
    for (order &o : orders_)
      if (o.filled < o.quantity)
        open.push_back(o);
    co_await talk(0);
    for (order &o : open)
      o.filled = o.quantity; // expect: stale-reference
  }
  task<> pointers_bad() {
    std::vector<order *> open;
    for (order &o : orders_)
      if (o.filled < o.quantity)
        open.push_back(&o);
    co_await talk(0);
    for (order *o : open)
      o->filled = o->quantity; // expect: stale-reference
  }
  task<> by_number_bad() {
    std::map<int, order *> open;
    for (order &o : orders_)
      open[o.id] = &o;
    co_await talk(0);
    open[1]->filled = 2; // expect: stale-reference
  }
  task<> numbers_ok() {
    std::vector<int> open;
    for (order &o : orders_)
      open.push_back(o.id);
    for (int id : open)
      co_await talk(id);
  }
  task<> reference_wrapper_bad() {
    std::reference_wrapper<order> first = orders_.front();
    co_await talk(0);
    first.get().filled = 1; // expect: stale-reference
  }

private:
  order *find(int id) {
    for (order &o : orders_)
      if (o.id == id)
        return &o;
    return nullptr;
  }
  std::vector<order> orders_;
};

/// How much a view shows is known to the view itself.
class windows {
public:
  void add(order o) { orders_.push_back(o); }
  task<> how_many_ok() {
    std::span<order> all(orders_);
    co_await talk(1);
    co_await talk(int(all.empty() ? 0 : all.size()));
  }
  task<> what_bad() {
    std::span<order> all(orders_);
    co_await talk(1);
    if (all.empty())
      co_return;
    all[0].quantity = 1; // expect: stale-reference
  }
  task<> part_bad() {
    auto part = std::span(orders_).first(1);
    co_await talk(1);
    part[0].quantity = 2; // expect: stale-reference
  }

private:
  std::vector<order> orders_;
};
