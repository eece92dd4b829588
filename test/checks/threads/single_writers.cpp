// RUN: %check-cases %s -- --executor=multi-threaded --guarded-state=all --checks=-*,unguarded-*
// Atomics that one thread alone writes, and those that several do.
#include <atomic>
#include <cstddef>
#include <thread>
#include <vector>

double sample();

/// A slot for each thread, by the number that it was made with.
class sharded {
public:
  explicit sharded(std::size_t threads) : slots_(threads), mixed_(threads) {}
  void add_ok(std::size_t self, long n) {
    auto &slot = slots_[self].value;
    slot.store(slot.load() + n);
  }
  void add_bad(std::size_t self, long n) {
    auto &slot = mixed_[self].value;
    slot.store(slot.load() + n); // expect: unguarded-check-then-modify
  }
  long total_ok() const {
    long all = 0;
    for (const auto &each : slots_)
      all += each.value.load();
    return all;
  }

private:
  struct cell {
    std::atomic<long> value{0};
  };
  std::vector<cell> slots_, mixed_;
};

/// A thread that its object starts once.
class exporter {
public:
  void start_ok() {
    if (started_.exchange(true))
      return;
    thread_ = std::jthread([this](std::stop_token stop) { run_ok(stop); });
  }
  double load_ok() const { return load_.load(); }

private:
  void run_ok(std::stop_token stop) {
    while (!stop.stop_requested()) {
      const double before = load_.load();
      load_.store(before * 0.9 + sample() * 0.1);
    }
  }
  std::atomic<bool> started_{false};
  std::atomic<double> load_{0.0};
  std::jthread thread_;
};

/// Two threads of one object.
class pair {
public:
  void start_ok() {
    first_ = std::jthread([this] { run_bad(); });
    second_ = std::jthread([this] { run_bad(); });
  }

private:
  void run_bad() {
    const double before = load_.load();
    load_.store(before + sample()); // expect: unguarded-check-then-modify
  }
  std::atomic<double> load_{0.0};
  std::jthread first_, second_;
};

int main() {
  sharded counters(4);
  exporter out;
  out.start_ok();
  pair two;
  two.start_ok();
  std::vector<std::thread> all;
  for (std::size_t id = 0; id < 4; ++id)
    all.emplace_back([&, id] {
      counters.add_ok(id, 2);
      counters.add_bad(0, 2);
      out.load_ok();
    });
  for (std::thread &each : all)
    each.join();
  return counters.total_ok() > 0 ? 0 : 1;
}
