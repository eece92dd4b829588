// RUN: %check-cases %s -- --executor=multi-threaded --guarded-state=all --checks=-*,stale-*,unguarded-*
// A future of the program's own: a callable runs at once if the value is there,
// and is kept for whoever brings it if not.
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

template <class T> class eventual {
  struct shared {
    std::mutex mutex;
    std::optional<T> value;
    std::function<void(T)> next;
  };

public:
  eventual() : shared_(std::make_shared<shared>()) {}
  template <class F> void then(F f) const {
    std::optional<T> ready;
    {
      std::lock_guard held(shared_->mutex);
      if (!shared_->value) {
        shared_->next = std::move(f);
        return;
      }
      ready = std::move(shared_->value);
    }
    f(std::move(*ready));
  }

private:
  std::shared_ptr<shared> shared_;
};

/// Runs what it is given before it returns.
template <class F> void at_once(F f) { f(1); }

struct venue {
  virtual ~venue() = default;
  virtual eventual<int> amend(long id, long n) noexcept = 0;
};

class gateway {
public:
  explicit gateway(venue &v) : venue_(v) {}
  void resize_bad(long id, long delta) {
    long before = 0;
    {
      std::lock_guard held(mutex_);
      before = working_[id];
    }
    venue_.amend(id, before + delta).then([this, id, before, delta](int good) {
      std::lock_guard held(mutex_);
      if (good)
        working_[id] = before + delta; // expect: stale-value
    });
  }
  void resize_ok(long id, long delta) {
    venue_.amend(id, delta).then([this, id, delta](int good) {
      std::lock_guard held(mutex_);
      if (good)
        working_[id] += delta;
    });
  }
  void place_bad(long n) {
    {
      std::lock_guard held(mutex_);
      if (exposure_ + n > 100)
        return;
    }
    venue_.amend(0, n).then([this, n](int good) {
      std::lock_guard held(mutex_);
      if (good)
        exposure_ += n; // expect: stale-check
    });
  }
  void place_ok(long n) {
    std::lock_guard held(mutex_);
    if (exposure_ + n > 100)
      return;
    at_once([this, n](int) { exposure_ += n; });
  }
  void fill_ok(long id, long n) {
    std::lock_guard held(mutex_);
    working_[id] -= n;
    exposure_ -= n;
  }

private:
  venue &venue_;
  std::mutex mutex_;
  std::map<long, long> working_;
  long exposure_ = 0;
};

void drive(gateway &g) {
  std::vector<std::thread> desk;
  for (int i = 0; i < 4; ++i)
    desk.emplace_back([&g, i] {
      g.resize_bad(i, 1);
      g.resize_ok(i, 1);
      g.place_bad(3);
      g.place_ok(3);
      g.fill_ok(i, 1);
    });
  for (std::thread &each : desk)
    each.join();
}
