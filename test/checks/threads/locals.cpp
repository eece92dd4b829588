// RUN: %check-cases %s -- --executor=multi-threaded --guarded-state=all --checks=-*,unguarded-*
// Locals that threads are given.
#include <map>
#include <mutex>
#include <thread>
#include <vector>

long count_words(int page);

long sum_bad(int pages) {
  long total = 0;
  std::map<int, long> by_page;
  std::vector<std::thread> threads;
  for (int page = 0; page < pages; ++page)
    threads.emplace_back([&, page] {
      const long words = count_words(page);
      by_page[page] = words; // expect: unguarded-modification
      total += words; // expect: unguarded-modification
    });
  for (std::thread &each : threads)
    each.join();
  return total;
}

long sum_ok(int pages) {
  std::vector<long> parts(pages);
  std::vector<std::thread> threads;
  for (int page = 0; page < pages; ++page)
    threads.emplace_back([&parts, page] { parts[page] = count_words(page); });
  for (std::thread &each : threads)
    each.join();
  long total = 0;
  for (const long part : parts)
    total += part;
  return total;
}

long sum_locked_ok(int pages) {
  long total = 0;
  std::mutex mutex;
  std::vector<std::thread> threads;
  for (int page = 0; page < pages; ++page)
    threads.emplace_back([&, page] {
      const long words = count_words(page);
      std::lock_guard hold(mutex);
      total += words;
    });
  for (std::thread &each : threads)
    each.join();
  return total;
}

long watch_bad() {
  bool done = false;
  long rounds = 0;
  std::thread watcher([&] {
    while (!done)
      ++rounds;
  });
  count_words(0);
  done = true; // expect: unguarded-modification
  watcher.join();
  return rounds;
}

long watch_ok() {
  bool done = false;
  long rounds = 0;
  done = count_words(0) == 0;
  std::thread watcher([&] {
    if (!done)
      ++rounds;
  });
  watcher.join();
  done = true;
  return rounds;
}

/// It has locks for its own members.
class tally {
public:
  bool add(long words) {
    std::lock_guard hold(mutex_);
    total_ += words;
    return total_ > 0;
  }
  long total() {
    std::lock_guard hold(mutex_);
    return total_;
  }

private:
  std::mutex mutex_;
  long total_ = 0;
};

int main() {
  tally all;
  std::jthread first([&] {
    if (all.total() < 10 && all.add(1))
      all.add(2);
  });
  std::jthread second([&] { all.add(3); });
  long total = 0;
  std::vector<std::thread> threads;
  for (int page = 0; page < 4; ++page)
    threads.push_back(std::thread([&total, page] {
      total += count_words(page); // expect: unguarded-modification
    }));
  for (std::thread &each : threads)
    each.join();
  total += sum_bad(2) + sum_ok(2) + sum_locked_ok(2) + watch_bad() + watch_ok();
  return total == 0;
}
