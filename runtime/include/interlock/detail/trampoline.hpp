// Resumption of waiters that name no executor.
//
// The first release on a thread that finds a waiter runs it, and then runs
// whatever further waiters became ready meanwhile; releases made by those only
// append. So the stack does not grow with the queue.
#pragma once

#include <interlock/detail/waiter.hpp>

INTERLOCK_NAMESPACE_BEGIN
namespace detail {

struct trampoline {
  work_item *head = nullptr;
  work_item *tail = nullptr;
  bool active = false;
  /// In flight around the release that drains.
  unsigned exceptions = 0;

  void append(work_item &item) noexcept {
    item.next = nullptr;
    if (tail != nullptr)
      tail->next = &item;
    else
      head = &item;
    tail = &item;
  }

  void drain() noexcept {
    active = true;
    while (work_item *item = head) {
      head = item->next;
      if (head == nullptr)
        tail = nullptr;
      item->run(item);
    }
    active = false;
  }

  /// Runs `item` now if nothing runs here yet, after what does otherwise.
  void schedule(work_item &item) noexcept {
    if (active)
      return append(item);
    active = true;
    item.run(&item);
    drain();
  }

  /// The same for a waiter that was granted its lock and is `direct`.
  void resume(waiter &w) noexcept {
    if (active) {
      w.now.stage = wait_stage::granted;
      w.run = [](work_item *item) noexcept {
        static_cast<waiter *>(item)->handle.resume();
      };
      return append(w);
    }
    active = true;
    w.handle.resume();
    if (head != nullptr) [[unlikely]]
      return drain();
    active = false;
  }

  /// Takes `item` out again; false if it is not here.
  bool remove(work_item &item) noexcept {
    work_item *before = nullptr;
    for (work_item *at = head; at != nullptr; before = at, at = at->next) {
      if (at != &item)
        continue;
      (before != nullptr ? before->next : head) = at->next;
      if (tail == at)
        tail = before;
      return true;
    }
    return false;
  }
};

/// For functions that cannot suspend; there it costs one instruction.
#if defined(__GNUC__)
__attribute__((tls_model("initial-exec")))
#endif
extern thread_local constinit trampoline local_trampoline;

// Coroutines reach it through a function that is not inlined: they may continue
// on another thread, and compilers are known to reuse a thread-local's address
// across a suspension.
trampoline &this_thread_trampoline() noexcept;

/// Sends `w` to `ex`, or to this thread's trampoline if there is none.
inline void dispatch(executor *ex, waiter &w) noexcept {
  if (ex != nullptr)
    ex->post(w);
  else if (w.now.kind == wait_kind::direct)
    local_trampoline.resume(w);
  else
    local_trampoline.schedule(w);
}

} // namespace detail
INTERLOCK_NAMESPACE_END
