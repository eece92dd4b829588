// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*,unspecified-read-order
#include "awaitables.hpp"
#include "task.hpp"
#include <map>
#include <string>
using namespace mock;

struct job {
  int state = 0;
  int runs = 0;
  std::string name;
};
task<> work();

/// Which parts of an object a copy of it is looked at for.
class jobs {
public:
  task<> run_copy_ok(int id) {
    const job j = jobs_[id];
    if (j.state != 1)
      co_return;
    co_await work();
    ++jobs_[id].runs;
  }
  task<> run_ref_ok(int id) {
    if (jobs_[id].state != 1)
      co_return;
    co_await work();
    ++jobs_[id].runs;
  }
  task<> run_helper_direct_ok(int id) {
    if (!ready(jobs_[id]))
      co_return;
    co_await work();
    ++jobs_[id].runs;
  }
  task<> run_copy_bad(int id) {
    const job j = jobs_[id];
    if (j.state != 1)
      co_return;
    co_await work();
    jobs_[id].state = 2; // expect: stale-check
  }
  task<> write_copy_bad(int id) {
    const job j = jobs_[id];
    co_await work();
    jobs_[id].runs = j.runs + 1; // expect: stale-value
  }
  task<> write_other_ok(int id) {
    const job j = jobs_[id];
    co_await work();
    jobs_[id].runs = j.state + 1;
  }
  // A copy of one of several.
  task<> run_either_bad(int id, bool spare) {
    job j = jobs_[id];
    if (spare)
      j = jobs_[0];
    if (j.runs > 3)
      co_return;
    co_await work();
    ++jobs_[id].runs; // expect: stale-check
  }
  // By the names of its parts.
  task<> run_named_ok(int id) {
    const auto [state, runs, name] = jobs_[id];
    if (state != 1)
      co_return;
    co_await work();
    ++jobs_[id].runs;
  }
  task<> run_named_bad(int id) {
    const auto [state, runs, name] = jobs_[id];
    co_await work();
    jobs_[id].runs = runs + 1; // expect: stale-value
  }
  // The whole is put back.
  task<> put_back_bad(int id) {
    job j = jobs_[id];
    co_await work();
    j.state = 2;
    jobs_[id] = j; // expect: stale-value
  }
  // What is added is another's.
  task<> helper_bad(int id) {
    if (!ready(jobs_[id]))
      co_return;
    co_await work();
    jobs_[id].state = 2; // expect: stale-check
  }
  void set(int id, int s) { jobs_[id].state = s; }
  void reset(int id) { jobs_[id].runs = 0; }

private:
  static bool ready(const job &j) { return j.state == 1; }
  std::map<int, job> jobs_;
};
