// RUN: %check-cases %s -- --executor=multi-threaded --checks=-*,stale-*,unguarded-*,mismatched-guard
// Objects that live in one activity, and what they have in themselves: nobody
// else gets at that, whatever their members are called.
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace text {

/// Nothing but a part of readers that are locals.
template <class Source> class lexer {
public:
  explicit lexer(Source from) : from_(from) {}
  int scan_ok() {
    if (position == 0 && !skip_mark_ok())
      return -1;
    return get_ok();
  }

private:
  int get_ok() {
    ++position;
    return *from_++;
  }
  bool skip_mark_ok() {
    if (get_ok() == 0xEF)
      return get_ok() == 0xBB;
    --position;
    return true;
  }
  Source from_;
  long position = 0;
};

template <class Source> class reader {
public:
  explicit reader(Source from) : lexer_(from) { next_ok(); }
  int depth_ok() { // and itself again
    if (last_ <= 0)
      return 0;
    next_ok();
    return 1 + depth_ok();
  }

private:
  void next_ok() { last_ = lexer_.scan_ok(); }
  lexer<Source> lexer_;
  int last_ = 0;
};

int once_ok(const char *text) { return reader<const char *>(text).depth_ok(); }
int twice_ok(const char *text) {
  reader<const char *> own(text);
  return own.depth_ok() + own.depth_ok();
}

} // namespace text

namespace desk {

/// The same shape, but the book is a part of what all threads work on.
class book {
public:
  void add(long n) {
    if (position + n < 100)
      position += n; // expect: unguarded-check-then-modify
  }

private:
  long position = 0;
};
class service {
public:
  void trade(long n) { book_.add(n); }

private:
  book book_;
};

/// A local one holds what all share by a pointer.
class pool {
public:
  void add(long n) {
    if (position + n < 100)
      position += n; // expect: unguarded-check-then-modify
  }

private:
  long position = 0;
};
class visitor {
public:
  explicit visitor(std::shared_ptr<pool> shared) : shared_(shared) {}
  void visit(long n) { shared_->add(n); }

private:
  std::shared_ptr<pool> shared_;
};

void work(service &all, std::shared_ptr<pool> shared, const char *text) {
  visitor(shared).visit(text::once_ok(text));
  all.trade(text::twice_ok(text));
}

} // namespace desk

int main(int count, char **texts) {
  desk::service all;
  auto shared = std::make_shared<desk::pool>();
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i)
    threads.emplace_back(
        [&all, shared, text = texts[i]] { desk::work(all, shared, text); });
  for (auto &thread : threads)
    thread.join();
}

// Each thread has a balance of its own, and adds it up under a lock at the end.
namespace kept_per_thread {
struct figures {
  long balance = 0;
};
thread_local figures mine;
class totals {
public:
  void earn_ok() { mine.balance += 1; }
  void merge(const figures &some) {
    std::lock_guard<std::mutex> held(mutex_);
    all_.balance += some.balance;
  }
  void reset() {
    std::lock_guard<std::mutex> held(mutex_);
    all_.balance = 0;
  }
  void correct_bad(long by) {
    all_.balance += by; // expect: unguarded-modification
  }

private:
  std::mutex mutex_;
  figures all_;
};
} // namespace kept_per_thread
