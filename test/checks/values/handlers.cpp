// RUN: %check-cases %s -- --executor=single-threaded --guarded-state=all --checks=-*,stale-*
// What an operation is given that has a handler, and what the handler wipes.
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

using handler = std::function<void(int error)>;

struct file {
  void async_append(const std::vector<std::string> &lines, handler done);
  void async_write(const std::string &text, handler done);
};
struct timer {
  void async_wait_for(int milliseconds, handler done);
};

std::string encode(const std::vector<std::string> &lines);

class journal : public std::enable_shared_from_this<journal> {
public:
  void add(std::string line) { lines_.push_back(std::move(line)); }

  void flush_bad() {
    file_.async_append(lines_, [self = shared_from_this()](int error) {
      if (!error)
        self->lines_.clear(); // expect: stale-value
    });
  }
  void flush_taken_ok() {
    auto batch =
        std::make_shared<std::vector<std::string>>(std::exchange(lines_, {}));
    file_.async_append(*batch, [self = shared_from_this(), batch](int error) {
      if (error)
        self->lines_.insert(self->lines_.begin(), batch->begin(), batch->end());
    });
  }
  // By way of a text that is made of them.
  void flush_text_bad() {
    auto text = std::make_shared<std::string>(encode(lines_));
    file_.async_write(*text, [self = shared_from_this(), text](int error) {
      if (!error)
        self->lines_.clear(); // expect: stale-value
    });
  }
  // What is wiped was not handed out.
  void close_ok() {
    file_.async_write("bye",
                      [self = shared_from_this()](int) { self->lines_.clear(); });
  }
  // How long to wait is told nobody.
  void back_off_ok() {
    timer_.async_wait_for(pause_, [self = shared_from_this()](int error) {
      if (!error)
        self->pause_ = 0;
    });
  }
  void slow_down(int by) { pause_ += by; }

private:
  file file_;
  timer timer_;
  std::vector<std::string> lines_;
  int pause_ = 0;
};
