// RUN: %check-cases %s -- --executor=multi-threaded --guarded-state=all --checks=-*,unguarded-*
// What runs on several threads without a lock anywhere.
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace asio = boost::asio;
long size_of(const std::string &name);

long in_pool_bad(const std::vector<std::string> &names) {
  long sum = 0;
  asio::thread_pool pool(4);
  for (const auto &name : names)
    asio::post(pool, [&sum, name] {
      sum += size_of(name); // expect: unguarded-modification
    });
  pool.join();
  return sum;
}
// One thread does one thing after the other.
long in_pool_of_one_ok(const std::vector<std::string> &names) {
  long sum = 0;
  asio::thread_pool pool(1);
  for (const auto &name : names)
    asio::post(pool, [&sum, name] { sum += size_of(name); });
  pool.join();
  return sum;
}
long async_bad(const std::vector<std::string> &names) {
  long sum = 0;
  std::vector<std::future<void>> parts;
  for (const auto &name : names)
    parts.push_back(std::async(std::launch::async, [&sum, name] {
      sum += size_of(name); // expect: unguarded-modification
    }));
  for (auto &part : parts)
    part.get();
  return sum;
}
long async_ok(const std::vector<std::string> &names) {
  std::vector<std::future<long>> parts;
  for (const auto &name : names)
    parts.push_back(std::async([name] { return size_of(name); }));
  long sum = 0;
  for (auto &part : parts)
    sum += part.get();
  return sum;
}
// The closure keeps a copy of the name.
std::vector<long> threads_bad(const std::vector<std::string> &names) {
  std::vector<long> sizes;
  std::vector<std::thread> threads;
  for (const auto &name : names)
    threads.emplace_back([&sizes, name] {
      sizes.push_back(size_of(name)); // expect: unguarded-modification
    });
  for (auto &thread : threads)
    thread.join();
  return sizes;
}
std::vector<long> threads_ok(const std::vector<std::string> &names) {
  std::vector<long> sizes(names.size());
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < names.size(); ++i)
    threads.emplace_back([&sizes, &names, i] { sizes[i] = size_of(names[i]); });
  for (auto &thread : threads)
    thread.join();
  return sizes;
}
std::vector<long> locked_ok(const std::vector<std::string> &names) {
  std::vector<long> sizes;
  std::mutex mutex;
  std::vector<std::thread> threads;
  for (const auto &name : names)
    threads.emplace_back([&sizes, &mutex, name] {
      const long size = size_of(name);
      std::lock_guard hold(mutex);
      sizes.push_back(size);
    });
  for (auto &thread : threads)
    thread.join();
  return sizes;
}

/// A pool of the program's own.
class workers {
public:
  explicit workers(unsigned count) {
    while (count-- > 0)
      threads_.emplace_back([this] { loop(); });
  }
  void post(std::function<void()> work) {
    std::lock_guard hold(mutex_);
    work_.push_back(std::move(work));
    filled_.notify_one();
  }

private:
  void loop() {
    for (;;) {
      std::unique_lock hold(mutex_);
      filled_.wait(hold, [this] { return !work_.empty(); });
      auto next = std::move(work_.front());
      work_.pop_front();
      hold.unlock();
      next();
    }
  }
  std::mutex mutex_;
  std::condition_variable filled_;
  std::deque<std::function<void()>> work_;
  std::vector<std::thread> threads_;
};

class scanner {
public:
  explicit scanner(workers &pool) : pool_(pool) {}
  void scan_bad(const std::vector<std::string> &names) {
    long failed = 0;
    for (const auto &name : names)
      pool_.post([&failed, name] {
        if (size_of(name) < 0)
          ++failed; // expect: unguarded-modification
      });
  }

private:
  workers &pool_;
};
