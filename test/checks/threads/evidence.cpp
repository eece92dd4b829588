// RUN: %check-cases %s -- --executor=multi-threaded --guarded-state=all --checks=-*,stale-*,unguarded-*,mismatched-guard
// Which lock belongs to which state: that shows in who looks at the state, and
// in how many go without.
#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <thread>
#include <vector>

bool encode(const std::string &clip);
void transmit(const std::string &bytes);

/// Nobody else changes `failed_`; everybody else looks at it under the lock.
class transcoder {
public:
  void start_ok(int n) {
    for (int i = 0; i < n; ++i)
      threads_.emplace_back([this] { run_bad(); });
  }
  void submit_ok(std::string clip) {
    std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(clip));
    wake_.notify_one();
  }
  std::vector<std::string> failed_ok() const {
    std::lock_guard lock(mutex_);
    return failed_;
  }
  int done_ok() const {
    std::lock_guard lock(mutex_);
    return done_;
  }

private:
  void run_bad() {
    for (;;) {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return !waiting_.empty(); });
      std::string clip = std::move(waiting_.front());
      waiting_.pop_front();
      lock.unlock();
      if (!encode(clip))
        failed_.push_back(clip); // expect: unguarded-modification
      lock.lock();
      ++done_;
    }
  }

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::string> waiting_;
  std::vector<std::string> failed_;
  int done_ = 0;
  std::vector<std::thread> threads_;
};

struct rule {
  std::string prefix;
  double factor = 1;
  unsigned used = 0;
};

/// The lock of readers lets them in together.
class rules {
public:
  void add_ok(rule r) {
    std::unique_lock lock(mutex_);
    rules_.push_back(std::move(r));
  }
  unsigned used_ok(std::size_t i) const {
    std::shared_lock lock(mutex_);
    return rules_.at(i).used;
  }
  double scaled_bad(const std::string &name, double value) {
    std::shared_lock lock(mutex_);
    for (rule &r : rules_)
      if (name.starts_with(r.prefix)) {
        ++r.used; // expect: unguarded-modification
        return value * r.factor;
      }
    return value;
  }

private:
  mutable std::shared_mutex mutex_;
  std::vector<rule> rules_;
};

/// The lock is there for the buffer, which any thread fills. What else is done
/// meanwhile happens on the thread of the stream.
class stream {
public:
  void send_ok(const std::string &text) {
    std::lock_guard lock(buffer_mutex_);
    buffer_ += text;
  }
  void flush_ok() {
    std::lock_guard lock(buffer_mutex_);
    if (buffer_.empty())
      return;
    status_ = 1;
    transmit(buffer_);
    buffer_.clear();
  }
  void on_packet_ok() { status_ = 2; }
  void on_timer_ok() { status_ = 3; }
  void close_ok() { status_ = 4; }
  bool open_ok() const { return status_ != 4; }
  void drop_bad() {
    buffer_.clear(); // expect: unguarded-modification
  }

private:
  std::mutex buffer_mutex_;
  std::string buffer_;
  int status_ = 0;
};

/// Two take the lock around changes of the level, one does not.
class meter {
public:
  void up_ok() {
    std::lock_guard lock(mutex_);
    ++level_;
  }
  void down_ok() {
    std::lock_guard lock(mutex_);
    --level_;
  }
  void reset_bad() {
    level_ = 0; // expect: unguarded-modification
  }
  int level() const { return level_; }

private:
  std::mutex mutex_;
  int level_ = 0;
};

/// Who is where has a lock of its own, and so have the numbers.
class cache {
public:
  bool known_ok(const std::string &name) {
    std::lock_guard lock(entries_mutex_);
    return names_.count(name) != 0;
  }
  void forget_ok() {
    std::lock_guard lock(entries_mutex_);
    names_.clear();
  }
  void learn_bad(const std::string &name) {
    std::lock_guard lock(numbers_mutex_);
    names_[name] = 1; // expect: unguarded-modification
  }
  void miss_ok() {
    std::lock_guard lock(numbers_mutex_);
    ++misses_;
  }

private:
  std::mutex entries_mutex_, numbers_mutex_;
  std::map<std::string, int> names_;
  int misses_ = 0;
};

/// One each: the lock of the bids is meant for the bids.
class quotes {
public:
  void bid_ok(long px, long qty) {
    std::lock_guard lock(bids_mutex_);
    bids_[px] = qty;
  }
  void pull_bid_ok(long px) {
    std::lock_guard lock(bids_mutex_);
    bids_.erase(px);
  }
  void ask_ok(long px, long qty) {
    std::lock_guard lock(asks_mutex_);
    asks_[px] = qty;
  }
  void pull_ask_bad(long px) {
    std::lock_guard lock(bids_mutex_);
    asks_.erase(px); // expect: unguarded-modification
  }

private:
  std::mutex bids_mutex_, asks_mutex_;
  std::map<long, long> bids_, asks_;
};

/// All changes are made by one thread, which looks before without the lock: that
/// is for those who only look.
class peers {
public:
  void connected_ok(int id) {
    if (peers_.count(id) != 0)
      return;
    std::lock_guard lock(mutex_);
    peers_[id] = "up";
  }
  void lost_ok(int id) {
    const auto it = peers_.find(id);
    if (it == peers_.end())
      return;
    std::lock_guard lock(mutex_);
    peers_.erase(it);
  }
  void sweep_ok() {
    for (auto it = peers_.begin(); it != peers_.end();)
      if (it->second.empty()) {
        std::lock_guard lock(mutex_);
        it = peers_.erase(it);
      } else {
        ++it;
      }
  }
  bool has_ok(int id) const {
    std::lock_guard lock(mutex_);
    return peers_.count(id) != 0;
  }

private:
  mutable std::mutex mutex_;
  std::map<int, std::string> peers_;
};

/// Here others look under the lock.
class names {
public:
  void set_ok(int id, std::string name) {
    std::lock_guard lock(mutex_);
    if (names_.count(id) == 0)
      names_[id] = std::move(name);
  }
  void drop_ok(int id) {
    std::lock_guard lock(mutex_);
    names_.erase(id);
  }
  void add_bad(int id, std::string name) {
    if (names_.count(id) != 0)
      return;
    std::lock_guard lock(mutex_);
    names_[id] = std::move(name); // expect: unguarded-check-then-modify
  }

private:
  std::mutex mutex_;
  std::map<int, std::string> names_;
};

/// `create` looks again under its lock.
class identity {
public:
  int size_ok() {
    if (!verifier_)
      create();
    return verifier_ ? *verifier_ : 0;
  }
  void renew_ok() {
    std::lock_guard lock(mutex_);
    verifier_ = std::make_unique<int>(2);
  }

private:
  void create() {
    auto made = std::make_unique<int>(1);
    std::lock_guard lock(mutex_);
    if (!verifier_)
      verifier_ = std::move(made);
  }
  std::mutex mutex_;
  std::unique_ptr<int> verifier_;
};

/// Threads that are made in a loop change one thing without any lock.
class indexer {
public:
  void run_bad(int n) {
    std::vector<std::thread> threads;
    for (int i = 0; i < n; ++i)
      threads.emplace_back([this, i] {
        parts_[i] = i; // ok: one each
        found_ += i;   // expect: unguarded-modification
      });
    for (auto &t : threads)
      t.join();
  }
  void once_ok() {
    std::thread one([this] { single_ += 1; });
    one.join();
  }

private:
  std::vector<int> parts_;
  int found_ = 0, single_ = 0;
};

/// It has a lock of its own, for what is in it.
class acceptor {
public:
  void add_ok(int handler) {
    std::lock_guard lock(mutex_);
    handlers_.push_back(handler);
  }
  void clear_ok() {
    std::lock_guard lock(mutex_);
    handlers_.clear();
  }

private:
  std::mutex mutex_;
  std::vector<int> handlers_;
};

/// That says nothing of who has it: all of this is done on one thread.
class console {
public:
  void start_ok() {
    if (!acceptor_)
      acceptor_ = new acceptor;
  }
  void stop_ok() {
    if (acceptor_) {
      acceptor_->clear_ok();
      delete acceptor_;
      acceptor_ = nullptr;
    }
  }

private:
  acceptor *acceptor_ = nullptr;
};

/// Here it is made and dropped under a lock.
class gateway {
public:
  void start_ok() {
    std::lock_guard lock(mutex_);
    if (!acceptor_)
      acceptor_ = std::make_shared<acceptor>();
  }
  void drop_ok() {
    std::lock_guard lock(mutex_);
    acceptor_ = nullptr;
  }
  void stop_bad() {
    if (acceptor_)
      acceptor_->clear_ok(); // expect: unguarded-check-then-modify
  }

private:
  std::mutex mutex_;
  std::shared_ptr<acceptor> acceptor_;
};
