// RUN: %check-cases %s -- --executor=multi-threaded --guarded-state=all --checks=-*,unguarded-*
// Copies that functions hand out, resets that they offer, and versions that
// they compare.
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

void print(const std::string &name, int count);

class counts {
public:
  void add_ok(const std::string &name) {
    std::lock_guard hold(mutex_);
    ++all_[name];
  }
  std::map<std::string, int> snapshot() const {
    std::lock_guard hold(mutex_);
    return all_;
  }
  void reset_ok() {
    std::lock_guard hold(mutex_);
    all_.clear();
  }
  void report_bad() {
    for (const auto &[name, count] : snapshot())
      print(name, count);
    reset_ok(); // expect: unguarded-check-then-modify
  }
  void report_here_bad() {
    for (const auto &[name, count] : snapshot())
      print(name, count);
    std::lock_guard hold(mutex_);
    all_.clear(); // expect: unguarded-check-then-modify
  }
  void report_ok() {
    std::map<std::string, int> taken;
    {
      std::lock_guard hold(mutex_);
      taken.swap(all_);
    }
    for (const auto &[name, count] : taken)
      print(name, count);
  }

private:
  mutable std::mutex mutex_;
  std::map<std::string, int> all_;
};

class texts {
public:
  bool set_if_unchanged_ok(unsigned seen, int key, const std::string &text) {
    std::lock_guard hold(mutex_);
    if (version_ != seen)
      return false;
    all_[key] = text;
    ++version_;
    return true;
  }
  bool expand_ok(int key, const std::function<std::string(std::string)> &by) {
    std::string raw;
    unsigned seen;
    {
      std::lock_guard hold(mutex_);
      auto found = all_.find(key);
      if (found == all_.end())
        return false;
      raw = found->second;
      seen = version_;
    }
    return set_if_unchanged_ok(seen, key, by(raw));
  }
  void set_ok(int key, const std::string &text) {
    std::lock_guard hold(mutex_);
    all_[key] = text;
    ++version_;
  }
  void expand_bad(int key, const std::function<std::string(std::string)> &by) {
    std::string raw;
    {
      std::lock_guard hold(mutex_);
      raw = all_[key];
    }
    set_ok(key, by(raw)); // expect: unguarded-check-then-modify
  }

private:
  std::mutex mutex_;
  std::map<int, std::string> all_;
  unsigned version_ = 0;
};

/// An atomic pointer to what is made on demand.
class tables {
public:
  std::vector<int> &once_ok() {
    if (!ready_.load()) {
      std::lock_guard hold(mutex_);
      if (!ready_.load()) {
        made_ = std::make_unique<std::vector<int>>();
        ready_.store(made_.get());
      }
    }
    return *ready_.load();
  }
  std::vector<int> &twice_bad() {
    if (!other_.load()) {
      std::lock_guard hold(mutex_);
      kept_ = std::make_unique<std::vector<int>>(); // expect: unguarded-check-then-modify
      other_.store(kept_.get()); // expect: unguarded-check-then-modify
    }
    return *other_.load();
  }

private:
  std::mutex mutex_;
  std::unique_ptr<std::vector<int>> made_, kept_;
  std::atomic<std::vector<int> *> ready_{nullptr}, other_{nullptr};
};
