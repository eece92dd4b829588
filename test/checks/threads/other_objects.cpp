// RUN: %check-cases %s -- --executor=multi-threaded --guarded-state=all --checks=-*,unguarded-*,mismatched-guard,stale-*
// The lock of one object, and what it refers to.
#include "asio.hpp"
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

class zone : public std::enable_shared_from_this<zone> {
public:
  explicit zone(asio::io_context &io) : strand_(asio::make_strand(io)) {}
  void pair_ok(std::shared_ptr<zone> next) {
    asio::post(strand_,
               [self = shared_from_this(), next] { self->next_ = next; });
  }
  void add_ok(double bar) {
    asio::post(strand_,
               [self = shared_from_this(), bar] { self->pressure_ += bar; });
  }
  void lend_ok(double bar) {
    asio::post(strand_, [self = shared_from_this(), bar] {
      if (!self->next_)
        return;
      self->pressure_ -= bar;
      asio::post(self->next_->strand_,
                 [next = self->next_, bar] { next->pressure_ += bar; });
    });
  }
  void borrow_bad(double bar) {
    asio::post(strand_, [self = shared_from_this(), bar] {
      auto next = self->next_;
      if (!next)
        return;
      next->pressure_ -= bar; // expect: unguarded-modification
      self->pressure_ += bar;
    });
  }

private:
  asio::strand<asio::io_context::executor_type> strand_;
  std::shared_ptr<zone> next_;
  double pressure_ = 0;
};

class branch {
public:
  explicit branch(branch *parent) : parent_(parent) {}
  void count_ok() {
    std::lock_guard hold(mutex_);
    ++leaves_;
  }
  void count_up_bad() {
    std::lock_guard hold(mutex_);
    ++leaves_;
    ++parent_->leaves_; // expect: mismatched-guard
  }
  void count_up_ok() {
    std::scoped_lock hold(mutex_, parent_->mutex_);
    ++leaves_;
    ++parent_->leaves_;
  }

private:
  branch *parent_;
  std::mutex mutex_;
  int leaves_ = 0;
};

/// The lock comes along with what it guards.
class lockers {
public:
  bool reset_ok(const std::string &code) {
    auto [hold, tries] = find_ok(code);
    if (!tries)
      return false;
    *tries = 0;
    return true;
  }
  void put_ok(const std::string &code) {
    std::lock_guard hold(mutex_);
    tries_[code] = 0;
  }
  void drop_ok(const std::string &code) {
    std::lock_guard hold(mutex_);
    tries_.erase(code);
  }

private:
  std::pair<std::unique_lock<std::mutex>, int *>
  find_ok(const std::string &code) {
    std::unique_lock hold(mutex_);
    auto found = tries_.find(code);
    return {std::move(hold),
            found == tries_.end() ? nullptr : &found->second};
  }
  std::mutex mutex_;
  std::map<std::string, int> tries_;
};

/// Two locks, each above what it guards.
class lobby {
public:
  void open_ok(int id) {
    std::lock_guard hold(rooms_mutex_);
    rooms_[id] = 0;
  }
  void close_ok(int id) {
    std::lock_guard hold(rooms_mutex_);
    rooms_.erase(id);
  }
  void say_ok(const std::string &line) {
    std::lock_guard hold(chat_mutex_);
    history_ += line;
  }
  void wipe_bad(int id) {
    std::lock_guard hold(rooms_mutex_);
    rooms_.erase(id);
    history_.clear(); // expect: unguarded-modification
  }

private:
  std::mutex rooms_mutex_;
  std::map<int, int> rooms_;
  std::mutex chat_mutex_;
  std::string history_;
};
