// RUN: %check-cases %s -- --executor=multi-threaded --guarded-state=all --checks=-*,stale-*,unguarded-*,mismatched-guard
// Objects with locks of their own, kept in a container with another lock; a
// class that shows its value under its mutex only; what is made once.
#include <interlock/annotations.hpp>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

struct sailing {
  std::mutex mutex;
  int places = 100;
  bool closed = false;
};

class timetable {
public:
  std::shared_ptr<sailing> find_ok(const std::string &name) {
    std::lock_guard lock(mutex_);
    const auto at = sailings_.find(name);
    return at == sailings_.end() ? nullptr : at->second;
  }
  void add_ok(const std::string &name) {
    std::lock_guard lock(mutex_);
    sailings_[name] = std::make_shared<sailing>();
  }
  // the map's lock is not the one of a sailing
  void close_all_bad() {
    std::lock_guard lock(mutex_);
    for (auto &[name, each] : sailings_)
      each->closed = true; // expect: unguarded-modification
  }
  // the handles are copied, then each is changed under its own lock
  void close_in_turn_ok() {
    std::vector<std::shared_ptr<sailing>> all;
    {
      std::lock_guard lock(mutex_);
      for (const auto &[name, each] : sailings_)
        all.push_back(each);
    }
    for (const auto &each : all) {
      std::lock_guard lock(each->mutex);
      each->closed = true;
    }
  }
  void forget_bad(const std::string &name) {
    sailings_.erase(name); // expect: unguarded-modification
  }

private:
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<sailing>> sailings_;
};

inline bool book_ok(sailing &s, int n) {
  std::lock_guard lock(s.mutex);
  if (s.closed || s.places < n)
    return false;
  s.places -= n;
  return true;
}

void main_desk_ok(timetable &all, const std::string &name) {
  if (const auto s = all.find_ok(name))
    book_ok(*s, 2);
}

/// The value for as long as the pointer that is handed out lives.
template <class T>
class monitored {
public:
  class pointer {
  public:
    explicit pointer(monitored &m) : hold_(m.mutex_), value_(m.value_) {}
    T *operator->() { return &value_; }
    T &operator*() { return value_; }

  private:
    std::unique_lock<std::mutex> hold_;
    T &value_;
  };
  pointer access() { return pointer(*this); }

private:
  std::mutex mutex_;
  T value_;
};

class deliveries {
public:
  void ready_ok(int job) { jobs_.access()->push_back(job); }
  // three locks, one after the other
  std::optional<int> next_bad() {
    if (jobs_.access()->empty())
      return std::nullopt;
    const int job = jobs_.access()->front();
    jobs_.access()->pop_front(); // expect: unguarded-check-then-modify
    return job;
  }
  std::optional<int> next_ok() {
    auto jobs = jobs_.access();
    if (jobs->empty())
      return std::nullopt;
    const int job = jobs->front();
    jobs->pop_front();
    return job;
  }

private:
  monitored<std::deque<int>> jobs_;
};

class profiles {
public:
  void rename_bad(const std::string &name) {
    plain_ = // expect: unguarded-modification
        std::make_shared<std::string>(name);
  }
  std::shared_ptr<std::string> plain_ok() {
    std::call_once(once_,
                   [this] { plain_ = std::make_shared<std::string>("plain"); });
    return plain_;
  }

private:
  std::shared_ptr<std::string> plain_;
  std::once_flag once_;
};

/// Lines of credit with locks of their own, in a table that has another one.
class credit_line {
public:
  void draw(long n) {
    std::lock_guard lock(mutex_);
    used_ += n;
  }
  std::mutex &mutex() { return mutex_; }
  void draw_locked(long n) { used_ += n; }

private:
  std::mutex mutex_;
  long used_ = 0;
};
class credit_table {
public:
  void open_ok() {
    std::lock_guard lock(table_mutex_);
    lines_.push_back(std::make_unique<credit_line>());
  }
  void draw_ok(std::size_t n, long amount) { lines_[n]->draw(amount); }
  void book_ok(std::size_t n, long amount) {
    std::lock_guard lock(lines_[n]->mutex());
    lines_[n]->draw_locked(amount);
  }
  void back_ok(std::size_t n, long amount) {
    std::lock_guard lock(lines_[n]->mutex());
    lines_[n]->draw_locked(-amount);
  }
  void drop_bad() {
    lines_.pop_back(); // expect: unguarded-modification|unguarded-check-then-modify
  }

private:
  std::mutex table_mutex_;
  INTERLOCK_STATE(credit) std::vector<std::unique_ptr<credit_line>> lines_;
};

/// The object itself is what is locked.
class purse {
public:
  void lock() { mutex_.lock(); }
  void unlock() { mutex_.unlock(); }
  bool try_lock() { return mutex_.try_lock(); }
  void put_ok(long n) {
    std::lock_guard hold(*this);
    cents_ += n;
  }
  bool take_ok(long n) {
    std::lock_guard hold(*this);
    if (cents_ < n)
      return false;
    cents_ -= n;
    return true;
  }
  static bool move_ok(purse &from, purse &to, long n) {
    std::scoped_lock both(from, to);
    if (from.cents_ < n)
      return false;
    from.cents_ -= n;
    to.cents_ += n;
    return true;
  }
  static void move_half_bad(purse &from, purse &to, long n) {
    std::lock_guard hold(from);
    from.cents_ -= n;
    to.cents_ += n; // expect: mismatched-guard
  }
  void fee_bad() {
    cents_ -= 1; // expect: unguarded-modification
  }

private:
  std::mutex mutex_;
  long cents_ = 0;
};
