// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*
// Futures of the program's own: what an operation is given, and what one
// continuation hands on to the next.
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

struct loop {
  static loop &current();
  void post(std::function<void()> job);
};

template <class T>
class deferred {
  struct state {
    std::optional<T> value;
    std::function<void(T)> next;
  };

public:
  void set(T value) const {
    state_->value = std::move(value);
    if (state_->next)
      loop::current().post([s = state_] { s->next(*s->value); });
  }
  template <class F>
  auto on_ready(F f) const {
    using R = std::invoke_result_t<F, T>;
    if constexpr (std::is_void_v<R>) {
      state_->next = std::move(f);
    } else {
      deferred<R> out;
      state_->next = [out, f](T value) { out.set(f(std::move(value))); };
      return out;
    }
  }

private:
  std::shared_ptr<state> state_ = std::make_shared<state>();
};

deferred<bool> upload(const std::vector<int> &lines);
deferred<long> price(const std::string &symbol);
deferred<bool> delay_for(long milliseconds);

class store {
public:
  void add(int line) { lines_.push_back(line); }
  void deposit(long amount) { balance_ += amount; }
  void slow_down(long by) { pause_ += by; }

  // What was added meanwhile is wiped.
  void publish_bad() {
    upload(lines_).on_ready([this](bool stored) {
      if (stored)
        lines_.clear(); // expect: stale-value
    });
  }
  // The future has a name first.
  void publish_named_bad() {
    auto sent = upload(lines_);
    sent.on_ready([this](bool stored) {
      if (stored)
        lines_.clear(); // expect: stale-value
    });
  }
  void publish_moved_bad() {
    auto sent = upload(lines_);
    std::move(sent).on_ready([this](bool) {
      lines_ = {}; // expect: stale-value
    });
  }
  // The content was taken out.
  void publish_taken_ok() {
    const auto mine = std::exchange(lines_, {});
    upload(mine).on_ready([this, mine](bool stored) {
      if (!stored)
        lines_.insert(lines_.end(), mine.begin(), mine.end());
    });
  }
  // What is reset was handed to nobody.
  void publish_nothing_ok() {
    upload({}).on_ready([this](bool) { lines_.clear(); });
  }
  // How long to wait is told nobody.
  void back_off_ok() {
    delay_for(pause_).on_ready([this](bool) { pause_ = 0; });
  }

  // Read in one link of the chain, written in the next.
  void settle_bad(const std::string &symbol) {
    price(symbol)
        .on_ready([this](long due) { return std::pair(balance_, due); })
        .on_ready([this](std::pair<long, long> both) {
          balance_ = both.first - both.second; // expect: stale-value
        });
  }
  // By way of a link that only computes.
  void settle_in_steps_bad(const std::string &symbol) {
    price(symbol)
        .on_ready([this](long due) { return std::pair(balance_, due); })
        .on_ready([](std::pair<long, long> both) {
          return both.first - both.second;
        })
        .on_ready([this](long left) {
          balance_ = left; // expect: stale-value
        });
  }
  void settle_named_bad(const std::string &symbol) {
    auto left =
        price(symbol).on_ready([this](long due) { return balance_ - due; });
    left.on_ready([this](long rest) {
      balance_ = rest; // expect: stale-value
    });
  }
  // The outcome of a test is handed on.
  void pay_bad(const std::string &symbol) {
    price(symbol)
        .on_ready([this](long due) { return due <= balance_; })
        .on_ready([this](bool covered) {
          if (covered)
            balance_ -= 1; // expect: stale-check
        });
  }
  // Only the amount travels.
  void charge_ok(const std::string &symbol) {
    price(symbol)
        .on_ready([](long due) { return due + due / 10; })
        .on_ready([this](long due) { balance_ -= due; });
  }
  // Read and written in one link.
  void charge_at_once_ok(const std::string &symbol) {
    price(symbol)
        .on_ready([](long due) { return due * 2; })
        .on_ready([this](long due) {
          if (balance_ >= due)
            balance_ = balance_ - due;
        });
  }

private:
  std::vector<int> lines_;
  long balance_ = 0;
  long pause_ = 1;
};
