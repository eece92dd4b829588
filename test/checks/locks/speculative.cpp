// RUN: %check-cases %s -- --executor=multi-threaded --guarded-state=all --checks=-*,nested-guard
// A lock that a call takes only if several things come together: somebody
// overrides a function in that way, and is given messages of one kind.
#include <memory>
#include <mutex>
#include <vector>

enum class route { here, peer };
enum class kind { ping, bundle };

struct message {
  kind what = kind::ping;
  int size = 0;
};

struct parcel {
  route to = route::here;
  std::shared_ptr<message> content;
};

void transmit(const parcel &p);
std::shared_ptr<message> make_ping();

/// Takes its lock for some messages, and sends others under it.
class router {
public:
  void handle(const std::shared_ptr<message> &m);
  void unpack(const message &m);
  void reply_ok();

private:
  std::mutex bundles_;
  int seen_ = 0;
};
router &the_router();

class tunnel {
public:
  virtual ~tunnel() = default;
  void send_to(const char *peer, std::shared_ptr<message> m) {
    parcel p;
    if (peer)
      p.to = route::peer;
    p.content = std::move(m);
    send({p});
  }
  virtual void send(const std::vector<parcel> &all) {
    for (const parcel &p : all)
      transmit(p);
  }
};

class short_tunnel : public tunnel {
public:
  void send(const std::vector<parcel> &all) override {
    for (const parcel &p : all)
      switch (p.to) {
      case route::here:
        the_router().handle(p.content);
        break;
      case route::peer:
        transmit(p);
        break;
      }
  }
};

class pool {
public:
  void test_ok() {
    std::lock_guard lock(tunnels_mutex_);
    for (const auto &t : tunnels_)
      t->send_to("far", make_ping());
  }
  std::shared_ptr<tunnel> next_ok() {
    std::lock_guard lock(tunnels_mutex_);
    return tunnels_.empty() ? nullptr : tunnels_.front();
  }

private:
  std::mutex tunnels_mutex_;
  std::vector<std::shared_ptr<tunnel>> tunnels_;
};
pool &the_pool();

void router::handle(const std::shared_ptr<message> &m) {
  switch (m->what) {
  case kind::ping:
    transmit({route::peer, m});
    break;
  case kind::bundle:
    unpack(*m);
    break;
  }
}

void router::unpack(const message &m) {
  std::lock_guard lock(bundles_);
  seen_ += m.size;
}

void router::reply_ok() {
  std::lock_guard lock(bundles_);
  if (const auto t = the_pool().next_ok())
    t->send_to("near", make_ping());
}

/// Whoever overrides it, takes the lock.
class listener {
public:
  virtual ~listener() = default;
  virtual void changed(kind what) = 0;
};

class counter : public listener {
public:
  void changed(kind what) override {
    if (what == kind::ping) {
      std::lock_guard lock(counts_);
      ++pings_;
    }
  }
  void refresh_bad();

private:
  std::mutex counts_;
  int pings_ = 0;
};

class board {
public:
  void post_bad(kind what) {
    std::lock_guard lock(listeners_mutex_);
    for (const auto &l : listeners_)
      l->changed(what); // expect: nested-guard
  }
  void add_ok(std::shared_ptr<listener> l) {
    std::lock_guard lock(listeners_mutex_);
    listeners_.push_back(std::move(l));
  }

private:
  std::mutex listeners_mutex_;
  std::vector<std::shared_ptr<listener>> listeners_;
};
board &the_board();

void counter::refresh_bad() {
  std::lock_guard lock(counts_);
  the_board().add_ok(nullptr); // expect: nested-guard
}
