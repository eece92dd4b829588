// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*,unspecified-read-order
// Objects that are made for one call and lent to it.
#include "boost_cobalt.hpp"
#include "seastar.hpp"
#include <utility>
#include <vector>
using namespace seastar;

future<int> read_chunk(int size);

struct progress {
  int chunks = 0;
  bool complete = false;
};

struct crew {
  std::vector<int> workers;
};
boost::cobalt::promise<int> accept();

// Nobody but this call knows the crew.
boost::cobalt::promise<void> run_crew_ok(crew &hands) {
  while (hands.workers.size() < 10) {
    const int next = co_await accept();
    hands.workers.push_back(next);
  }
}
boost::cobalt::promise<void> begin() {
  co_await boost::cobalt::with(crew(), &run_crew_ok);
}

class downloader {
public:
  // The continuations get what do_with keeps for them.
  future<> fetch_ok() {
    return do_with(progress(), [](progress &p) {
      return read_chunk(1).then([&p](int n) -> future<> {
        if (p.chunks > 3)
          co_return;
        const int more = co_await read_chunk(n);
        p.chunks += more;
      });
    });
  }
  future<> fetch_lambda_ok() {
    co_await do_with(progress(), [](auto &p) -> future<> {
      if (p.complete)
        co_return;
      co_await read_chunk(1);
      p.complete = true;
    });
  }

  // Handed on to a function that gets nothing else.
  future<> fetch_through_ok() {
    return do_with(progress(), [this](progress &p) { return step_ok(p); });
  }
  future<> fetch_local_ok() {
    progress p;
    co_await step_ok(p);
  }

  // What it gets may be the member that everybody has.
  future<> fetch_member() { co_await step_bad(last_); }
  future<> fetch_local() {
    progress p;
    co_await step_bad(p);
  }

  // The member itself, whoever lends what.
  future<> note_bad(int size) {
    return do_with(progress(), [this, size](progress &p) -> future<> {
      const int before = total_;
      p.chunks = co_await read_chunk(size);
      total_ = before + p.chunks; // expect: stale-value
    });
  }

private:
  future<> step_ok(progress &p) {
    if (p.complete)
      co_return;
    co_await read_chunk(1);
    p.complete = true;
  }
  future<> step_bad(progress &p) {
    if (p.chunks > 8)
      co_return;
    co_await read_chunk(1);
    ++p.chunks; // expect: stale-check
  }

  progress last_;
  int total_ = 0;
};

/// Elements that are gone over by a function that waits between them.
class broadcaster {
public:
  future<> ping_bad() {
    return do_for_each(peers_, [](int &peer) { // expect: stale-reference
      return read_chunk(peer).then([](int) {});
    });
  }
  // A copy is gone over.
  future<> ping_copy_ok() {
    return do_with(peers_, [](std::vector<int> &copy) {
      return do_for_each(copy, [](int &peer) {
        return read_chunk(peer).then([](int) {});
      });
    });
  }
  void join(int peer) { peers_.push_back(peer); }

private:
  std::vector<int> peers_;
};
