// RUN: %check-cases %s -- --executor=multi-threaded --guarded-state=all --checks=-*,unguarded-*
// What main calls beside the threads that it has started is called by one of
// many; what it calls before the first start or behind the join, by nobody else.
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

class printer {
public:
  printer() {
    workers_.emplace_back([this] { work_ok(); });
  }
  void submit_ok(int page) {
    std::lock_guard held(mutex_);
    pages_.push_back(page);
  }
  void jam_bad() {
    ++jams_; // expect: unguarded-modification
  }
  int jams_ok() {
    std::lock_guard held(mutex_);
    return std::exchange(jams_, 0);
  }

private:
  void work_ok() {
    std::lock_guard held(mutex_);
    pages_.clear();
  }
  std::mutex mutex_;
  std::vector<int> pages_;
  int jams_ = 0;
  std::vector<std::jthread> workers_;
};

class tariff {
public:
  void load_ok(int rate) { rates_.push_back(rate); }
  void raise_ok(int by) {
    std::lock_guard held(mutex_);
    for (int &rate : rates_)
      rate += by;
    changed_ = true;
  }
  void reset_ok() { changed_ = false; }

private:
  std::mutex mutex_;
  std::vector<int> rates_;
  bool changed_ = false;
};

int main() {
  tariff all;
  all.load_ok(3);
  std::thread raiser([&all] { all.raise_ok(1); });
  raiser.join();
  all.reset_ok();

  printer office;
  office.submit_ok(1);
  office.jam_bad();
  return office.jams_ok();
}
