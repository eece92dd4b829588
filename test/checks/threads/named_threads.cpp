// RUN: %check-cases %s -- --executor=multi-threaded --guarded-state=all --checks=-*,unguarded-*
// Threads that run a function by its name, and variables beside their lock.
#include <functional>
#include <future>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

static std::mutex mutex;
static int total = 0;
static std::vector<int> rows;
bool paused = false;

void add_ok(int n) {
  std::lock_guard hold(mutex);
  total += n;
  rows.push_back(n);
}
void add_bad(int n) {
  total += n; // expect: unguarded-modification
}
void pause_bad() {
  paused = true; // expect: unguarded-modification
}
void go_on_ok() {
  std::lock_guard hold(mutex);
  paused = false;
}
bool waits() {
  std::lock_guard hold(mutex);
  return paused;
}
void write_out(const std::vector<int> &all) noexcept;
void flush_bad() {
  std::vector<int> all;
  {
    std::lock_guard hold(mutex);
    all = rows;
  }
  write_out(all);
  std::lock_guard hold(mutex);
  rows.clear(); // expect: unguarded-check-then-modify
}
void flush_ok() {
  std::vector<int> all;
  {
    std::lock_guard hold(mutex);
    all.swap(rows);
  }
  write_out(all);
}

class press {
public:
  void start_ok() {
    threads_.emplace_back(&press::print_bad, this, 3);
    threads_.emplace_back(&press::print_ok, this);
    extra_ = std::thread(std::bind(&press::print_ok, this));
  }
  void print_ok() {
    std::lock_guard hold(mutex_);
    ++sheets_;
  }
  void print_bad(int n) {
    sheets_ += n; // expect: unguarded-modification
  }
  int take_ok() {
    std::lock_guard hold(mutex_);
    return std::exchange(sheets_, 0);
  }

private:
  std::mutex mutex_;
  int sheets_ = 0;
  std::vector<std::thread> threads_;
  std::thread extra_;
};

void work() {
  while (!waits())
    add_ok(1);
}

int main() {
  std::thread one(work), two(add_bad, 2);
  press printing;
  printing.start_ok();
  printing.take_ok();
  auto later = std::async(std::launch::async, work);
  add_ok(3);
  pause_bad();
  go_on_ok();
  flush_bad();
  flush_ok();
  one.join();
  two.join();
}
