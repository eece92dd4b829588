// RUN: %check-cases %s -- --executor=multi-threaded --guarded-state=all
#include <map>
#include <mutex>
#include <string>
#include <vector>

struct texture {
  int pins = 0;
  unsigned size = 0;
};

// What was picked under a lock is looked at again under the next one.
class cache {
public:
  // The budget as well as the victim.
  void trim_ok() {
    std::vector<std::string> victims;
    {
      std::lock_guard hold(mutex_);
      if (bytes_ <= budget_)
        return;
      for (const auto &[name, each] : resident_)
        if (each.pins == 0)
          victims.push_back(name);
    }
    for (const std::string &name : victims) {
      std::lock_guard hold(mutex_);
      if (bytes_ <= budget_)
        break;
      const auto it = resident_.find(name);
      if (it == resident_.end() || it->second.pins != 0)
        continue;
      bytes_ -= it->second.size;
      resident_.erase(it);
    }
  }

  // The victim alone: somebody else may have trimmed meanwhile.
  void trim_bad() {
    std::vector<std::string> victims;
    {
      std::lock_guard hold(mutex_);
      if (bytes_ <= budget_)
        return;
      for (const auto &[name, each] : resident_)
        if (each.pins == 0)
          victims.push_back(name);
    }
    for (const std::string &name : victims) {
      std::lock_guard hold(mutex_);
      const auto it = resident_.find(name);
      if (it == resident_.end() || it->second.pins != 0)
        continue;
      bytes_ -= it->second.size; // expect: unguarded-check-then-modify
      resident_.erase(it);
    }
  }

  void add(std::string name, unsigned size) {
    std::lock_guard hold(mutex_);
    resident_[name].size = size;
    bytes_ += size;
  }

private:
  std::mutex mutex_;
  std::map<std::string, texture> resident_;
  unsigned bytes_ = 0, budget_ = 9;
};
