// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*,unspecified-read-order
#include "venue.hpp"
#include <array>
#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>
using namespace mock;

task<int> connect(int id);
task<> wait_a_turn();

/// Every kind of place that state lives in.
static long total = 0;
long shared_total = 0;
thread_local long per_thread = 0;

// A static of the translation unit.
task<> file_static_bad(long n) {
  if (total + n > 100)
    co_return;
  co_await wait_a_turn();
  total += n; // expect: stale-check
}

// A global with a copy.
task<> global_bad(long n) {
  const long now = shared_total;
  co_await wait_a_turn();
  shared_total = now + n; // expect: stale-value
}

// A global, relatively.
task<> global_relative_ok(long n) {
  co_await wait_a_turn();
  shared_total += n;
}

// A static local lives as long as the program, shared by all calls.
task<bool> static_local_bad() {
  static bool done = false;
  if (done)
    co_return false;
  co_await wait_a_turn();
  done = true; // expect: stale-check
  co_return true;
}

// The same, claimed.
task<bool> static_local_ok() {
  static bool done = false;
  if (done)
    co_return false;
  done = true;
  co_await wait_a_turn();
  co_return true;
}

// An ordinary local in the same shape.
task<bool> plain_local_ok() {
  bool done = false;
  if (done)
    co_return false;
  co_await wait_a_turn();
  done = true;
  co_return done;
}

class device {
public:
  // A static member.
  static task<> static_member_bad() {
    if (open_count_ >= 4)
      co_return;
    co_await wait_a_turn();
    ++open_count_; // expect: stale-check
  }

  // Bit-fields are members.
  task<> bit_field_bad() {
    if (ready_)
      co_return;
    co_await wait_a_turn();
    ready_ = 1; // expect: stale-check
  }

  // Another bit of the same word.
  task<> other_bit_ok() {
    if (ready_)
      co_return;
    co_await wait_a_turn();
    dirty_ = 1;
  }

  // Each access to an atomic is atomic, the sequence is not.
  task<> atomic_bad() {
    if (users_.load() >= 8)
      co_return;
    co_await wait_a_turn();
    users_.fetch_add(1); // expect: stale-check
  }

  // Validated by the exchange itself.
  task<> atomic_exchange_ok() {
    int seen = users_.load();
    co_await wait_a_turn();
    users_.compare_exchange_strong(seen, seen + 1);
  }

  // Wins or leaves in one step.
  task<> atomic_claim_ok() {
    if (starting_.exchange(true))
      co_return;
    co_await wait_a_turn();
    starting_ = false;
  }

  // An element of an array, the same index.
  task<> array_element_bad(int i) {
    if (slots_[i] != 0)
      co_return;
    const int id = co_await connect(i);
    slots_[i] = id; // expect: stale-check
  }

  // Two constant indices are two places.
  task<> array_other_element_ok() {
    if (slots_[0] != 0)
      co_return;
    slots_[1] = co_await connect(1);
  }

  // A nested field.
  task<> nested_field_bad() {
    if (config_.limits.high > 10)
      co_return;
    co_await wait_a_turn();
    config_.limits.high = 11; // expect: stale-check
  }

  // A sibling of the nested field.
  task<> nested_sibling_ok() {
    if (config_.limits.high > 10)
      co_return;
    co_await wait_a_turn();
    config_.limits.low = 1;
  }

  // The whole object is replaced, its field was tested.
  task<> enclosing_object_bad() {
    if (config_.limits.high > 10)
      co_return;
    co_await wait_a_turn();
    config_ = settings{}; // expect: stale-check
  }

private:
  struct range {
    int low = 0, high = 0;
  };
  struct settings {
    range limits;
  };
  static inline int open_count_ = 0;
  unsigned ready_ : 1 = 0;
  unsigned dirty_ : 1 = 0;
  std::atomic<int> users_{0};
  std::atomic<bool> starting_{false};
  std::array<int, 4> slots_{};
  settings config_;
};

class base_connection {
protected:
  int handle_ = -1;
};

class connection : public base_connection {
public:
  // A member of the base class.
  task<> base_member_bad() {
    if (handle_ >= 0)
      co_return;
    handle_ = co_await connect(1); // expect: stale-check
  }

  // Looked at again behind the await.
  task<> base_member_ok() {
    if (handle_ >= 0)
      co_return;
    const int fresh = co_await connect(1);
    if (handle_ < 0)
      handle_ = fresh;
  }
};

/// State behind a pointer to the implementation.
class client {
  struct impl {
    int sequence = 0;
    bool logged_in = false;
  };

public:
  // The implementation object is the state.
  task<> pimpl_bad() {
    if (impl_->logged_in)
      co_return;
    co_await wait_a_turn();
    impl_->logged_in = true; // expect: stale-check
  }

  // The number is taken in one slice.
  task<int> pimpl_ok() {
    const int mine = impl_->sequence++;
    co_await connect(mine);
    co_return mine;
  }

  // The number is read, used and then counted up.
  task<int> pimpl_sequence_bad() {
    const int mine = impl_->sequence;
    co_await connect(mine);
    impl_->sequence = mine + 1; // expect: stale-value
    co_return mine;
  }

private:
  std::unique_ptr<impl> impl_ = std::make_unique<impl>();
};

struct room {
  int guests = 0;
  const int seats = 10;
};

// Shared by whoever holds a pointer.
task<> shared_pointer_bad(std::shared_ptr<room> r) {
  if (r->guests >= r->seats)
    co_return;
  co_await wait_a_turn();
  r->guests++; // expect: stale-check
}

// The pointer itself is a local.
task<> shared_pointer_local_ok(std::shared_ptr<room> r) {
  if (!r)
    co_return;
  co_await wait_a_turn();
  r.reset();
}

// By reference.
task<> reference_parameter_bad(room &r) {
  if (r.guests >= r.seats)
    co_return;
  co_await wait_a_turn();
  r.guests++; // expect: stale-check
}

// Counted in the slice of the check.
task<> reference_parameter_ok(room &r) {
  if (r.guests >= r.seats)
    co_return;
  r.guests++;
  co_await wait_a_turn();
}

// By pointer.
task<> pointer_parameter_bad(room *r) {
  const int n = r->guests;
  co_await wait_a_turn();
  r->guests = n + 1; // expect: stale-value
}

// Made here and not given to anyone.
task<int> owned_object_ok() {
  auto r = std::make_unique<room>();
  if (r->guests > 0)
    co_return 0;
  co_await wait_a_turn();
  r->guests = 1;
  co_return r->guests;
}

// A variant tells the state of a connection.
struct idle {};
struct open_state {
  int handle;
};
class channel {
public:
  // The alternative is tested before, set after.
  task<> variant_bad() {
    if (!std::holds_alternative<idle>(state_))
      co_return;
    const int h = co_await connect(1);
    state_ = open_state{h}; // expect: stale-check
  }

  // Tested after.
  task<> variant_ok() {
    const int h = co_await connect(1);
    if (std::holds_alternative<idle>(state_))
      state_ = open_state{h};
  }

  void close() { state_ = idle{}; }

private:
  std::variant<idle, open_state> state_;
};

/// A smart pointer that is created on first use.
class lazy_service {
public:
  // Two callers create; the first one's object dies under its user.
  task<> create_bad() {
    if (!service_) {
      const int id = co_await connect(1);
      service_ = std::make_unique<room>(); // expect: stale-check
      log_line(id ? "created" : "default");
    }
  }

  // Created at once, connected afterwards.
  task<> create_first_ok() {
    if (!service_)
      service_ = std::make_unique<room>();
    co_await connect(1);
  }

private:
  std::unique_ptr<room> service_;
};

/// The two members of a pair are two members.
class window {
public:
  task<> low_bad() {
    const int low = range_.first;
    co_await wait_a_turn();
    range_.first = low + 1; // expect: stale-value
  }
  task<> high_from_low_ok() {
    const int low = range_.first;
    co_await wait_a_turn();
    range_.second = low + 1;
  }
  task<> both_bad() {
    auto [low, high] = range_;
    co_await wait_a_turn();
    range_ = {low + 1, high + 1}; // expect: stale-value
  }
  // Values that went through a tuple.
  task<> tuple_bad() {
    auto [low, high] = std::make_tuple(range_.first, range_.second);
    co_await wait_a_turn();
    range_.second = low + high; // expect: stale-value
  }
  // A counter that is compared may as well be a part of a pair.
  int moves() const { return moved_.first; }
  task<> moved_bad(int n) {
    if (moved_.first == n)
      co_return;
    co_await wait_a_turn();
    ++moved_.first; // expect: stale-check
  }

private:
  std::pair<int, int> range_;
  std::pair<int, int> moved_;
};
