// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*,unspecified-read-order
// A pointer says which object it leads to; what that holds is another matter.
#include "venue.hpp"
#include <map>
#include <memory>
#include <optional>
using namespace mock;

task<> talk(int id);

struct session {
  int id = 0;
  long sent = 0;
  task<> flush() {
    co_await talk(id);
    ++sent;
  }
};

/// A member that can be replaced.
class link {
public:
  void set(std::shared_ptr<session> s) { current_ = s; }
  void drop() { current_.reset(); }

  // Nobody says that it is still there.
  task<> tested_bad() {
    if (!current_)
      co_return;
    co_await talk(1);
    current_->sent += 1; // expect: stale-check
  }
  task<> tested_again_ok() {
    if (!current_)
      co_return;
    co_await talk(1);
    if (!current_)
      co_return;
    current_->sent += 1;
  }
  // That it is there does not say what it holds.
  task<> content_bad() {
    if (!current_ || current_->sent > 5)
      co_return;
    co_await talk(1);
    if (!current_)
      co_return;
    current_->sent += 1; // expect: stale-check
  }
  task<> kept_ok() {
    auto s = current_;
    if (!s)
      co_return;
    co_await talk(1);
    s->sent += 1;
  }
  task<> kept_and_called_ok() {
    auto s = current_;
    if (!s)
      co_return;
    co_await talk(1);
    co_await s->flush();
  }
  task<> bare_bad() {
    session *s = current_.get();
    if (!s)
      co_return;
    co_await talk(1);
    s->sent += 1; // expect: stale-reference
  }

private:
  std::shared_ptr<session> current_;
};

/// A member that is never replaced leads to the same object all the time.
class facade {
public:
  facade();
  task<> other_field_ok() {
    if (!impl_->ready)
      co_return;
    co_await talk(1);
    impl_->count += 1;
  }
  task<> other_value_ok() {
    const int limit = impl_->limit;
    co_await talk(limit);
    impl_->count = limit;
  }
  task<> same_field_bad() {
    if (impl_->count > 4)
      co_return;
    co_await talk(1);
    impl_->count += 1; // expect: stale-check
  }
  void limit(int n) { impl_->limit = n; }
  void ready(bool b) { impl_->ready = b; }

private:
  struct impl {
    bool ready = false;
    int count = 0, limit = 0;
  };
  std::unique_ptr<impl> impl_;
};

/// Elements that are pointers, looked up by functions of all kinds.
class registry {
public:
  void add(int id, std::shared_ptr<session> s) { all_[id] = s; }
  void drop(int id) { all_.erase(id); }
  void watch(int id, std::weak_ptr<session> s) { weak_[id] = s; }
  void unwatch(int id) { weak_.erase(id); }

  task<> found_ok(int id) {
    auto it = all_.find(id);
    if (it == all_.end())
      co_return;
    auto s = it->second;
    co_await talk(1);
    co_await s->flush();
  }
  task<> not_kept_bad(int id) {
    if (!all_.contains(id))
      co_return;
    co_await talk(1);
    all_[id]->sent = 0; // expect: stale-check
  }
  task<> weak_ok(int id) {
    auto it = weak_.find(id);
    if (it == weak_.end())
      co_return;
    auto s = it->second.lock();
    if (!s)
      co_return;
    co_await talk(id);
    s->sent += 1;
  }
  task<> by_finder_bad(int id) {
    session *s = find(id);
    if (!s)
      co_return;
    co_await talk(1);
    s->sent += 1; // expect: stale-reference
  }
  task<> by_finder_again_ok(int id) {
    if (!find(id))
      co_return;
    co_await talk(1);
    if (session *s = find(id))
      s->sent += 1;
  }
  task<> by_getter_ok(int id) {
    auto s = get(id);
    if (!s)
      co_return;
    co_await talk(1);
    s->sent += 1;
  }
  task<> by_getter_tested_bad(int id) {
    auto s = get(id);
    if (!s || s->sent > 4)
      co_return;
    co_await talk(1);
    s->sent += 1; // expect: stale-check
  }
  task<> by_value_bad(int id) {
    const std::optional<long> n = sent(id);
    if (!n)
      co_return;
    co_await talk(1);
    all_.at(id)->sent = *n + 1; // expect: stale-value
  }
  // What is gone already, to erase by its key does nothing.
  task<> drop_first_ok() {
    if (all_.empty())
      co_return;
    const int id = all_.begin()->first;
    co_await talk(id);
    all_.erase(id);
  }

private:
  session *find(int id) {
    auto it = all_.find(id);
    if (it == all_.end())
      return nullptr;
    return it->second.get();
  }
  std::shared_ptr<session> get(int id) {
    auto it = all_.find(id);
    return it == all_.end() ? nullptr : it->second;
  }
  std::optional<long> sent(int id) {
    auto it = all_.find(id);
    if (it == all_.end())
      return std::nullopt;
    return it->second->sent;
  }

  std::map<int, std::shared_ptr<session>> all_;
  std::map<int, std::weak_ptr<session>> weak_;
};

struct leaf {
  int id = 0, turned = 0;
  bool done = false;
};
/// A pointer that is looked up again changes nothing of what it leads to.
class folder {
public:
  task<> turn_ok(int id) {
    leaf *one = find(id);
    if (!one)
      co_return;
    co_await talk(id);
    if ((one = find(id)))
      one->turned += 90;
  }
  task<> turn_bad(int id) {
    leaf *one = find(id);
    if (!one || one->turned > 0)
      co_return;
    co_await talk(id);
    if ((one = find(id)))
      one->turned = 90; // expect: stale-check
  }
  // only ever from false to true
  task<> finish_ok(int id, bool last) {
    leaf *one = find(id);
    if (!one || one->done)
      co_return;
    co_await talk(id);
    if ((one = find(id)))
      one->done = one->done || last;
  }

private:
  leaf *find(int id) {
    const auto at = leaves_.find(id);
    return at == leaves_.end() ? nullptr : &at->second;
  }
  std::map<int, leaf> leaves_;
};
