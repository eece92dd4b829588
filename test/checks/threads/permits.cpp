// RUN: %check-cases %s -- --executor=multi-threaded --guarded-state=all --checks=-*,unguarded-*,nested-guard
// Semaphores: one permit excludes like a mutex, several do not.
#include <map>
#include <mutex>
#include <semaphore>
#include <shared_mutex>
#include <string>

void link_all(int object);

class stage {
public:
  void link_bad(int object) {
    slots_.acquire();
    link_all(object);
    ++linked_; // expect: unguarded-modification
    slots_.release();
  }
  void publish_ok(const std::string &name) {
    gate_.acquire();
    table_[name] = 1;
    gate_.release();
  }
  bool publish_once_ok(const std::string &name) {
    gate_.acquire();
    const bool fresh = !table_.contains(name);
    if (fresh)
      table_[name] = 2;
    gate_.release();
    return fresh;
  }
  bool publish_late_bad(const std::string &name) {
    gate_.acquire();
    const bool fresh = !table_.contains(name);
    gate_.release();
    if (!fresh)
      return false;
    gate_.acquire();
    table_[name] = 2; // expect: unguarded-check-then-modify
    gate_.release();
    return true;
  }
  bool try_publish_ok(const std::string &name) {
    if (!gate_.try_acquire())
      return false;
    table_[name] = 3;
    gate_.release();
    return true;
  }
  void forget_bad(const std::string &name) {
    table_.erase(name); // expect: unguarded-modification
  }

private:
  std::counting_semaphore<4> slots_{4};
  std::binary_semaphore gate_{1};
  std::map<std::string, int> table_;
  long linked_ = 0;
};

/// Readers are several at once as well.
class catalogue {
public:
  int price_bad(int item) const {
    std::shared_lock hold(mutex_);
    ++asked_[item]; // expect: unguarded-modification
    return prices_.at(item);
  }
  int price_ok(int item) const {
    std::shared_lock hold(mutex_);
    return prices_.at(item);
  }
  void set_ok(int item, int price) {
    std::unique_lock hold(mutex_);
    prices_[item] = price;
  }

private:
  mutable std::shared_mutex mutex_;
  std::map<int, int> prices_;
  mutable std::map<int, int> asked_;
};
