// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*,unspecified-read-order
#include "venue.hpp"
using namespace mock;

enum class phase { idle,
                   connecting,
                   open,
                   closing };

/// A connection whose state machine is stepped by several coroutines.
class session {
public:
  // Two callers find it idle and both connect.
  task<> switch_start_bad() {
    switch (phase_) {
    case phase::idle:
      co_await venue_.submit(1);
      phase_ = phase::open; // expect: stale-check
      break;
    case phase::connecting:
    case phase::open:
    case phase::closing:
      break;
    }
  }

  // The transition is claimed before the await.
  task<> switch_claims_ok() {
    switch (phase_) {
    case phase::idle:
      phase_ = phase::connecting;
      co_await venue_.submit(1);
      phase_ = phase::open;
      break;
    default:
      break;
    }
  }

  // The default label leaves; the rest runs on the old answer.
  task<> switch_default_returns_bad() {
    switch (phase_) {
    case phase::open:
      break;
    default:
      co_return;
    }
    co_await venue_.submit(2);
    phase_ = phase::closing; // expect: stale-check
  }

  // Each case writes without waiting.
  task<> switch_in_one_slice_ok() {
    co_await venue_.submit(3);
    switch (phase_) {
    case phase::open:
      phase_ = phase::closing;
      break;
    case phase::closing:
      phase_ = phase::idle;
      break;
    default:
      break;
    }
  }

  // Falls through from a case that waited.
  task<> switch_fall_through_bad(int what) {
    if (phase_ != phase::open)
      co_return;
    switch (what) {
    case 1:
      co_await venue_.submit(1);
      [[fallthrough]];
    case 2:
      phase_ = phase::closing; // expect: stale-check
      break;
    default:
      break;
    }
  }

  // Waits in one case, writes in another: no path has both.
  task<> switch_other_case_ok(int what) {
    if (phase_ != phase::open)
      co_return;
    switch (what) {
    case 1:
      co_await venue_.submit(1);
      break;
    case 2:
      phase_ = phase::closing;
      break;
    default:
      break;
    }
  }

  // Tests the state again after the await.
  task<> switch_rechecked_ok() {
    if (phase_ != phase::idle)
      co_return;
    co_await venue_.submit(1);
    if (phase_ == phase::idle)
      phase_ = phase::open;
  }

  // The old state in a copy decides the transition.
  task<> switch_on_copy_bad() {
    const phase before = phase_;
    co_await venue_.submit(1);
    switch (before) {
    case phase::open:
      phase_ = phase::closing; // expect: stale-check
      break;
    default:
      break;
    }
  }

  // Sets a final state whatever the old one was.
  task<> unconditional_transition_ok() {
    co_await venue_.submit(1);
    phase_ = phase::closing;
  }

private:
  phase phase_ = phase::idle;
  venue venue_;
};
