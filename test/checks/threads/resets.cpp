// RUN: %check-cases %s -- --executor=multi-threaded --guarded-state=all --checks=-*,unguarded-*
// Atomics that are looked at and set to zero in two steps: what others count in
// between is lost.
#include <atomic>
#include <thread>
#include <vector>

void emit(const char *series, double value);

class rate {
public:
  void hit_ok() {
    events_.fetch_add(1);
    bytes_.fetch_add(512);
    calls_ += 1;
    peak_.fetch_add(1);
    taken_.fetch_add(1);
    shown_.fetch_add(1);
  }
  void at_once_bad(const char *name) {
    emit(name, double(events_.load()));
    events_.store(0); // expect: unguarded-check-then-modify
  }
  void by_copy_bad(const char *name) {
    const long n = bytes_.load();
    emit(name, double(n));
    bytes_.store(0); // expect: unguarded-check-then-modify
  }
  void by_conversion_bad(const char *name) {
    emit(name, double(calls_));
    calls_ = 0; // expect: unguarded-check-then-modify
  }
  void exchanged_ok(const char *name) {
    emit(name, double(taken_.exchange(0)));
  }
  void only_shown_ok(const char *name) { emit(name, double(shown_.load())); }
  void set_anew_ok() { peak_.store(0); }

private:
  std::atomic<long> events_{0}, bytes_{0}, calls_{0}, peak_{0}, taken_{0},
      shown_{0};
};

void drive(rate &r) {
  std::vector<std::thread> all;
  for (int i = 0; i < 3; ++i)
    all.emplace_back([&r] {
      r.hit_ok();
      r.at_once_bad("a");
      r.by_copy_bad("b");
      r.by_conversion_bad("c");
      r.exchanged_ok("d");
      r.only_shown_ok("e");
      r.set_anew_ok();
    });
  for (std::thread &each : all)
    each.join();
}
