// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*
// A future of the program's own, whose `then` wraps what it is given into
// another callable and names it in types.
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace own {
struct turn {
  static void later(std::function<void()> f) { jobs().push_back(std::move(f)); }
  static std::deque<std::function<void()>> &jobs() {
    static std::deque<std::function<void()>> queue;
    return queue;
  }
};

template <class T> class eventual {
  struct shared {
    std::optional<T> value;
    std::vector<std::function<void(const T &)>> next;
  };

public:
  void bring(T v) const {
    shared_->value = std::move(v);
    for (auto &f : std::exchange(shared_->next, {}))
      turn::later([s = shared_, f] { f(*s->value); });
  }
  template <class F> auto then(F f) const {
    using result = decltype(f(std::declval<const T &>()));
    static_assert(noexcept(sizeof(f(std::declval<const T &>()))));
    eventual<result> out;
    auto step = [out, f = std::move(f)](const T &v) mutable { out.bring(f(v)); };
    if (shared_->value)
      turn::later([s = shared_, step]() mutable { step(*s->value); });
    else
      shared_->next.push_back(step);
    return out;
  }

private:
  std::shared_ptr<shared> shared_ = std::make_shared<shared>();
};

/// Runs what it is given before it returns, and names it in a type as well.
template <class F> auto at_once(F f) {
  decltype(f(1)) result = f(1);
  return result;
}
} // namespace own

struct origin {
  virtual ~origin() = default;
  virtual own::eventual<int> load(const std::string &key) = 0;
  virtual own::eventual<bool> report(const std::string &line) = 0;
};

class page_cache {
public:
  explicit page_cache(origin &o) : origin_(o) {}

  // Another page was put there while this one was loaded.
  void get_bad(const std::string &key) {
    if (pages_.contains(key))
      return;
    origin_.load(key).then([this, key](int page) {
      pages_[key] = page; // expect: stale-check
      return true;
    });
  }

  // Whoever puts a page there counts its version up.
  void get_ok(const std::string &key) {
    if (pages_.contains(key))
      return;
    const unsigned long seen = versions_[key];
    origin_.load(key).then([this, key, seen](int page) {
      if (versions_[key] == seen)
        pages_[key] = page;
      return true;
    });
  }

  // Nothing has counted up what is compared.
  void get_of_shop_bad(const std::string &key, int shop) {
    if (pages_.contains(key))
      return;
    origin_.load(key).then([this, key, shop](int page) {
      if (shops_[key] == shop)
        pages_[key] = page; // expect: stale-check
      return true;
    });
  }

  void put(const std::string &key, int page) {
    ++versions_[key];
    pages_.insert_or_assign(key, page);
  }
  void drop(const std::string &key) {
    ++versions_[key];
    pages_.erase(key);
  }

  void evict_bad() {
    auto oldest = pages_.begin();
    if (oldest == pages_.end())
      return;
    origin_.report("evict " + oldest->first).then([this, oldest](bool sent) {
      pages_.erase(oldest); // expect: stale-reference
      return sent;
    });
  }

  // Hits that came in during the report are gone.
  void upload_bad() {
    const unsigned long sending = hits_;
    origin_.report(std::to_string(sending)).then([this](bool good) {
      if (good)
        hits_ = 0; // expect: stale-value
      return good;
    });
  }
  void upload_ok() {
    const unsigned long sending = std::exchange(misses_, 0);
    origin_.report(std::to_string(sending)).then([this, sending](bool good) {
      if (!good)
        misses_ += sending;
      return good;
    });
  }
  void limit_ok(int n) {
    if (left_ < n)
      return;
    own::at_once([this, n](int) { return left_ -= n; });
  }
  void count() {
    ++hits_;
    ++misses_;
    ++left_;
  }
  void move_shop(const std::string &key, int shop) { shops_[key] = shop; }

private:
  origin &origin_;
  std::map<std::string, int> pages_;
  std::map<std::string, unsigned long> versions_;
  std::map<std::string, int> shops_;
  unsigned long hits_ = 0, misses_ = 0;
  int left_ = 0;
};
