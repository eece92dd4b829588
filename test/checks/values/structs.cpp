// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*,unspecified-read-order
#include "venue.hpp"
#include <map>
#include <string>
#include <utility>
using namespace mock;

struct totals {
  long count = 0;
  money volume;
  money fees;
};

task<> publish(totals snapshot);

class statistics {
public:
  // The whole struct is copied out, changed and put back.
  task<> struct_write_back_bad(money amount) {
    totals copy = totals_;
    co_await publish(copy);
    copy.volume += amount;
    totals_ = copy; // expect: stale-value
  }

  // Only the changed field is touched, and relatively.
  task<> field_update_ok(money amount) {
    totals copy = totals_;
    co_await publish(copy);
    totals_.volume += amount;
  }

  // Reads one field, writes another: nothing in between can invalidate it.
  task<> other_field_ok() {
    if (totals_.count > 0) {
      co_await publish(totals_);
      last_published_ = 1;
    }
  }

  // Reads and writes the same field of the nested struct.
  task<> same_field_bad() {
    const long n = totals_.count;
    co_await publish(totals_);
    totals_.count = n + 1; // expect: stale-value
  }

  // A local struct, filled from the members, is not put back.
  task<> snapshot_ok() {
    totals copy = totals_;
    copy.count = 0;
    co_await publish(copy);
    copy.fees = 0;
    co_await publish(copy);
  }

  // Sent, then reset: what came in during the await is wiped.
  task<> drain_bad() {
    co_await publish(totals_);
    totals_ = totals{}; // expect: stale-value
  }

  // Taken out first, then sent.
  task<> exchange_first_ok() {
    totals batch = std::exchange(totals_, {});
    co_await publish(batch);
  }

  // On failure the batch is added back, relatively.
  task<> exchange_and_restore_ok() {
    totals batch = std::exchange(totals_, {});
    try {
      co_await publish(batch);
    } catch (...) {
      totals_.count += batch.count;
      throw;
    }
  }

private:
  totals totals_;
  long last_published_ = 0;
};

/// A version and a text under each name.
class secrets {
public:
  // Two with one version both succeed.
  task<bool> put_bad(std::string name, std::string value, unsigned seen) {
    auto &[version, text] = all_[name];
    if (version != seen)
      co_return false;
    co_await publish({});
    ++version; // expect: stale-check
    text = value;
    co_return true;
  }
  // Compared and changed in one go.
  task<bool> put_ok(std::string name, std::string value, unsigned seen) {
    co_await publish({});
    auto &[version, text] = all_[name];
    if (version != seen)
      co_return false;
    ++version;
    text = value;
    co_return true;
  }

private:
  std::map<std::string, std::pair<unsigned, std::string>> all_;
};

/// What an operation is given to work on, and gives back.
task<std::string> translate(std::string text);
class notice {
public:
  task<> append_bad(std::string more) {
    const std::string old = text_;
    const std::string joined = co_await translate(old + more);
    text_ = joined; // expect: stale-value
  }
  // The next page is asked for by the mark of the last.
  task<> next_page_ok() {
    const std::string last = mark_;
    const std::string next = co_await translate(last);
    mark_ = next;
  }
  task<> counted_ok() {
    const long last = since_;
    const std::string page = co_await translate("since" + std::to_string(last));
    page_ = page;
  }

private:
  std::string text_, mark_, page_;
  long since_ = 0;
};
