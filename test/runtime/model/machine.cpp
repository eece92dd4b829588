#include "machine.hpp"

#include <interlock/detail/trampoline.hpp>

#include <algorithm>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include <ucontext.h>

namespace model {
namespace {

constexpr std::size_t stack_size = 64 * 1024;
/// Looks at one atomic in a row after which a thread is taken to spin.
constexpr unsigned spinning = 10;
constexpr std::size_t nobody = maximum_threads;

struct fiber {
  ucontext_t context{};
  std::unique_ptr<char[]> stack = std::make_unique<char[]>(stack_size);
  std::function<void()> body;
  std::function<bool()> ready; ///< empty: it can go on
  bool finished = false;
  const void *looks_at = nullptr;
  std::uint64_t seen = 0;
  unsigned looks = 0;
  vector_clock clock;
  // Each thread has its own.
  interlock::detail::trampoline trampoline;

  bool can_run() const { return !finished && (!ready || ready()); }
};

/// One choice of the search: who goes on.
struct choice {
  std::vector<std::size_t> candidates;
  std::size_t taken = 0;
};

machine *current = nullptr;

} // namespace

void vector_clock::join(const vector_clock &other) noexcept {
  for (std::size_t i = 0; i != steps.size(); ++i)
    steps[i] = std::max(steps[i], other.steps[i]);
}

struct machine::state {
  std::vector<fiber> threads;
  std::vector<std::function<void()>> checks;
  std::unordered_map<const void *, vector_clock> releases;
  std::size_t self = nobody;
  ucontext_t outside{};
  std::string failure;

  // The search: it outlives the runs.
  std::vector<choice> path;
  std::size_t depth = 0;
  unsigned preemptions = 0, left = 0;

  void begin();
  bool next_path();
  std::size_t choose();
  void run();
  void go_on() noexcept;
  void switch_to(std::size_t next) noexcept;
  void leave() noexcept;
};

namespace {
machine::state *running_state = nullptr;

void fiber_main() {
  machine::state &s = *running_state;
  fiber &me = s.threads[s.self];
  me.body();
  me.finished = true;
  s.go_on();
}
} // namespace

void machine::state::begin() {
  threads.clear();
  checks.clear();
  releases.clear();
  self = nobody;
  depth = 0;
  left = preemptions;
}

/// Depth first: the deepest choice that has another candidate takes it.
bool machine::state::next_path() {
  while (!path.empty()) {
    if (++path.back().taken != path.back().candidates.size())
      return true;
    path.pop_back();
  }
  return false;
}

std::size_t machine::state::choose() {
  if (depth == path.size()) {
    choice c;
    const bool can_stay = self != nobody && threads[self].can_run();
    if (can_stay)
      c.candidates.push_back(self);
    for (std::size_t i = 0; i != threads.size(); ++i)
      if (i != self && (!can_stay || left != 0) && threads[i].can_run())
        c.candidates.push_back(i);
    if (c.candidates.empty())
      return nobody;
    path.push_back(std::move(c));
  }
  const choice &c = path[depth++];
  const std::size_t next = c.candidates[c.taken];
  if (next != self && c.candidates.front() == self)
    --left;
  return next;
}

void machine::state::switch_to(std::size_t next) noexcept {
  ucontext_t &from = self == nobody ? outside : threads[self].context;
  if (self != nobody)
    threads[self].trampoline = interlock::detail::local_trampoline;
  interlock::detail::local_trampoline = threads[next].trampoline;
  self = next;
  threads[next].ready = nullptr;
  swapcontext(&from, &threads[next].context);
}

void machine::state::leave() noexcept {
  ucontext_t &from = threads[self].context;
  self = nobody;
  interlock::detail::local_trampoline = {};
  swapcontext(&from, &outside);
}

/// Lets somebody run; the caller may be the one.
void machine::state::go_on() noexcept {
  const std::size_t next = choose();
  if (next == nobody) {
    const bool all = std::all_of(threads.begin(), threads.end(),
                                 [](const fiber &f) { return f.finished; });
    if (!all)
      failure = "nobody can go on, and somebody waits";
    return leave();
  }
  if (next != self)
    switch_to(next);
  else
    threads[self].ready = nullptr;
}

void machine::state::run() {
  for (fiber &f : threads) {
    getcontext(&f.context);
    f.context.uc_stack.ss_sp = f.stack.get();
    f.context.uc_stack.ss_size = stack_size;
    f.context.uc_link = nullptr;
    makecontext(&f.context, fiber_main, 0);
  }
  switch_to(choose());
  if (failure.empty())
    for (const auto &check : checks)
      check();
}

report machine::explore(unsigned preemptions,
                        const std::function<void(machine &)> &program) {
  report out;
  // After a failure its threads are left where they are.
  auto *const s = new state;
  s->preemptions = preemptions;
  running_state = s;
  machine m(*s);
  do {
    s->begin();
    program(m);
    current = &m;
    s->run();
    current = nullptr;
    ++out.schedules;
    if (!s->failure.empty()) {
      out.failure = s->failure;
      for (std::size_t i = 0; i != s->depth; ++i)
        out.schedule +=
            static_cast<char>('A' + s->path[i].candidates[s->path[i].taken]);
      return out;
    }
  } while (s->next_path());
  s->begin();
  delete s;
  out.exhausted = true;
  return out;
}

void machine::thread(std::function<void()> body) {
  state_.threads.emplace_back().body = std::move(body);
}
void machine::at_end(std::function<void()> check) {
  state_.checks.push_back(std::move(check));
}
machine *machine::running() noexcept {
  return current != nullptr && current->state_.self != nobody ? current
                                                              : nullptr;
}
std::size_t machine::self() const noexcept { return state_.self; }

void machine::step(const void *looks_at) noexcept {
  fiber &me = state_.threads[state_.self];
  if (looks_at == nullptr || std::exchange(me.looks_at, looks_at) != looks_at)
    me.looks = 0;
  ++me.clock.steps[state_.self];
  state_.go_on();
}
void machine::looked(std::uint64_t value,
                     std::function<bool()> changed) noexcept {
  fiber &me = state_.threads[state_.self];
  if (std::exchange(me.seen, value) != value)
    me.looks = 0;
  if (++me.looks < spinning)
    return;
  me.looks = 0;
  wait_until(std::move(changed));
}
void machine::wait_until(std::function<bool()> ready) noexcept {
  state_.threads[state_.self].ready = std::move(ready);
  state_.go_on();
}
void machine::check(bool holds, const char *what) noexcept {
  if (holds)
    return;
  state_.failure = what;
  if (state_.self != nobody)
    state_.leave();
}

vector_clock &machine::now() noexcept {
  return state_.threads[state_.self].clock;
}
vector_clock &machine::released(const void *address) {
  return state_.releases[address];
}
void machine::forget(const void *address) noexcept {
  state_.releases.erase(address);
}

void plain::check_ordered(const vector_clock &before) noexcept {
  machine &m = *machine::running();
  vector_clock mine = m.now();
  mine.join(before);
  m.check(mine.steps == m.now().steps, name_);
}
int plain::read() noexcept {
  check_ordered(written_);
  machine &m = *machine::running();
  read_.steps[m.self()] = ++m.now().steps[m.self()];
  return value_;
}
void plain::write(int value) noexcept {
  check_ordered(written_);
  check_ordered(read_);
  machine &m = *machine::running();
  written_.steps[m.self()] = ++m.now().steps[m.self()];
  value_ = value;
}

} // namespace model
