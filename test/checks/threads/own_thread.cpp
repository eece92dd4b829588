// RUN: %check-cases %s -- --executor=multi-threaded --guarded-state=all --checks=-*,unguarded-*
// What a thread has for itself, and who else changes it meanwhile.
#include <atomic>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>

void serve(int order);

/// One thread does all the work from the constructor on; orders come in over a
/// queue.
class kitchen {
public:
  kitchen() {
    stock_[0] = 8;
    cook_ = std::thread([this] { loop(); });
  }
  ~kitchen() {
    close_ok();
    cook_.join();
    stock_.clear();
  }
  void order_ok(int dish) {
    {
      std::lock_guard hold(mutex_);
      orders_.push_back(dish);
    }
    filled_.notify_one();
  }
  void restock_bad(int what) {
    stock_[what] = 8; // expect: unguarded-modification
  }
  void recount_bad() {
    served_ = 0; // expect: unguarded-modification
  }
  void close_ok() {
    {
      std::lock_guard hold(mutex_);
      closed_ = true;
    }
    filled_.notify_one();
  }

private:
  void loop() {
    for (;;) {
      int dish;
      {
        std::unique_lock hold(mutex_);
        filled_.wait(hold, [this] { return closed_ || !orders_.empty(); });
        if (orders_.empty())
          return;
        dish = orders_.front();
        orders_.pop_front();
      }
      cook_ok(dish);
    }
  }
  void cook_ok(int dish) {
    if (--stock_[dish] == 0)
      stock_.erase(dish);
    ++served_;
    serve(dish);
  }

  std::mutex mutex_;
  std::condition_variable filled_;
  std::deque<int> orders_;
  bool closed_ = false;
  std::map<int, int> stock_;
  long served_ = 0;
  std::thread cook_;
};

/// The thread comes later: what is set up before is its own.
class scale {
public:
  void tare_ok(int grams) { offset_ = grams; }
  void start_ok() {
    rounds_ = 0;
    reader_ = std::thread([this] { read(); });
  }
  void start_early_bad() {
    reader_ = std::thread([this] { read(); });
    rounds_ = 0; // expect: unguarded-modification
  }
  void stop_ok() {
    reader_.join();
    rounds_ = 0;
  }

private:
  void read() {
    for (;;) {
      ++rounds_;
      serve(offset_);
    }
  }
  std::thread reader_;
  int rounds_ = 0, offset_ = 0;
};

/// An atomic that is set behind the change tells the thread that it may look.
class mailbox {
public:
  mailbox() : reader_([this] { read(); }) {}
  void put_ok(int letter) {
    letter_ = letter;
    full_.store(true, std::memory_order_release);
  }

private:
  void read() {
    while (!full_.load(std::memory_order_acquire)) {
    }
    serve(letter_);
  }
  std::atomic<bool> full_{false};
  int letter_ = 0;
  std::thread reader_;
};
