// RUN: %check-cases %s -- --executor=multi-threaded --guarded-state=all --checks=-*,stale-*,unguarded-*,mismatched-guard
// A lock that is held where some state is changed, for the sake of something
// else.
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

long now();
void transmit(const std::string &bytes);

/// It is started under the lock of the directory, and used by one thread.
class session {
public:
  void start_ok() { last_use_ = now(); }
  void send_ok(const std::string &text) {
    last_use_ = now();
    transmit(text);
  }
  void acknowledge_ok() { last_use_ = now(); }
  long last_use() const { return last_use_; }

private:
  long last_use_ = 0;
};

class directory {
public:
  std::shared_ptr<session> obtain_ok(int peer) {
    std::lock_guard lock(sessions_mutex_);
    auto &found = sessions_[peer];
    if (!found) {
      found = std::make_shared<session>();
      found->start_ok();
    }
    return found;
  }
  void sweep_ok() {
    std::lock_guard lock(sessions_mutex_);
    for (auto it = sessions_.begin(); it != sessions_.end();)
      if (it->second->last_use() < now() - 60)
        it = sessions_.erase(it);
      else
        ++it;
  }

private:
  std::mutex sessions_mutex_;
  std::map<int, std::shared_ptr<session>> sessions_;
};

/// Here the lock of who has the entries is there for what is in them.
struct entry {
  long used = 0;
};

class quota {
public:
  void take_ok(int who) {
    std::lock_guard lock(mutex_);
    ++entries_[who]->used;
  }
  void give_ok(int who) {
    std::lock_guard lock(mutex_);
    --entries_[who]->used;
  }
  void reset_bad(entry &each) {
    each.used = 0; // expect: unguarded-modification
  }

private:
  std::mutex mutex_;
  std::map<int, std::shared_ptr<entry>> entries_;
};

/// The lock is for the buffer; the state belongs to the thread of the stream.
class stream {
public:
  void send_ok(const std::string &text) {
    std::lock_guard lock(buffer_mutex_);
    buffer_ += text;
  }
  void flush_ok() {
    std::lock_guard lock(buffer_mutex_);
    if (state_ == 0)
      state_ = 1;
    ++number_;
    transmit(buffer_);
    buffer_.clear();
  }
  void close_ok() {
    if (state_ == 1)
      state_ = 2;
    else
      state_ = 3;
    ++number_;
  }
  void reset_ok() { state_ = 0; }
  bool open_ok() const { return state_ != 3 && number_ > 0; }
  bool fresh_ok() const { return number_ == 0; }

private:
  std::mutex buffer_mutex_;
  std::string buffer_;
  int state_ = 0;
  int number_ = 0;
};

/// Here it is for both.
class numbered_stream {
public:
  void send_ok(const std::string &text) {
    std::lock_guard lock(buffer_mutex_);
    buffer_ += text;
    ++number_;
  }
  void flush_ok() {
    std::lock_guard lock(buffer_mutex_);
    transmit(buffer_ + std::to_string(number_));
    buffer_.clear();
  }
  void close_bad() {
    ++number_; // expect: unguarded-modification
  }
  void renumber_bad() {
    if (number_ > 9)
      number_ = 0; // expect: unguarded-check-then-modify
  }

private:
  std::mutex buffer_mutex_;
  std::string buffer_;
  int number_ = 0;
};

/// The option is set before anything runs. It is looked at by a helper whose
/// caller has the lock for the sake of the list.
class server {
public:
  void set_local_ok(bool local) { local_ = local; }
  void receive_ok(int from) {
    std::lock_guard lock(list_mutex_);
    list_.push_back(address_of(from));
  }
  void expire_ok() {
    std::lock_guard lock(list_mutex_);
    list_.clear();
  }

private:
  int address_of(int from) { return local_ ? 127 : from; }
  std::mutex list_mutex_;
  std::vector<int> list_;
  bool local_ = false;
};

/// This one takes it to look.
class open_server {
public:
  void set_local_bad(bool local) {
    local_ = local; // expect: unguarded-modification
  }
  bool local_ok() {
    std::lock_guard lock(list_mutex_);
    return local_;
  }
  void receive_ok(int from) {
    std::lock_guard lock(list_mutex_);
    list_.push_back(from);
  }
  void expire_ok() {
    std::lock_guard lock(list_mutex_);
    list_.clear();
  }

private:
  std::mutex list_mutex_;
  std::vector<int> list_;
  bool local_ = false;
};

/// The marks are made and read by one thread; which tunnels there are, others
/// want to know.
struct tunnel {
  bool updated = false;
};

class tunnels {
public:
  void add_ok(int port) {
    std::lock_guard lock(mutex_);
    const auto ins = tunnels_.emplace(port, std::make_shared<tunnel>());
    ins.first->second->updated = true;
  }
  std::size_t count_ok() {
    std::lock_guard lock(mutex_);
    return tunnels_.size();
  }
  void clear_ok() {
    std::lock_guard lock(mutex_);
    tunnels_.clear();
  }
  void begin_ok() {
    for (const auto &each : tunnels_)
      each.second->updated = false;
  }
  void sweep_bad() {
    for (auto it = tunnels_.begin(); it != tunnels_.end();)
      if (!it->second->updated)
        it = tunnels_.erase(it); // expect: unguarded-check-then-modify
      else
        ++it;
  }

private:
  std::mutex mutex_;
  std::map<int, std::shared_ptr<tunnel>> tunnels_;
};
