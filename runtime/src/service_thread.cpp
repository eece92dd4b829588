#include "service_thread.hpp"

#include <utility>

INTERLOCK_NAMESPACE_BEGIN
namespace detail {

service_thread &service_thread::instance() {
  // Never destroyed and never joined: a lock with static storage may still be
  // waited for when other statics are gone.
  static auto &service = *new service_thread;
  return service;
}

executor &service_executor() { return service_thread::instance(); }
void start_service() { service_thread::instance().start(); }

void service_thread::start() {
  // acquire: pairs with the release below, so that it is seen once it runs.
  if (started_.load(std::memory_order_acquire))
    return;
  const std::lock_guard lock(lock_);
  if (started_.load(std::memory_order_relaxed)) // written under the lock
    return;
  std::thread([this] { work(); }).detach();
  started_.store(true, std::memory_order_release);
}

void service_thread::place(std::size_t i, shared_wait *wait) noexcept {
  heap_[i] = wait;
  wait->timer_index = i;
}

void service_thread::sift_up(std::size_t i) noexcept {
  shared_wait *const wait = heap_[i];
  while (i != 0 && wait->deadline < heap_[(i - 1) / 2]->deadline) {
    place(i, heap_[(i - 1) / 2]);
    i = (i - 1) / 2;
  }
  place(i, wait);
}

void service_thread::sift_down(std::size_t i) noexcept {
  shared_wait *const wait = heap_[i];
  for (;;) {
    std::size_t child = 2 * i + 1;
    if (child >= heap_.size())
      break;
    if (child + 1 < heap_.size() &&
        heap_[child + 1]->deadline < heap_[child]->deadline)
      ++child;
    if (wait->deadline <= heap_[child]->deadline)
      break;
    place(i, heap_[child]);
    i = child;
  }
  place(i, wait);
}

void service_thread::erase(std::size_t i) noexcept {
  heap_[i]->timer_index = shared_wait::no_timer;
  shared_wait *const last = heap_.back();
  heap_.pop_back();
  if (i == heap_.size())
    return;
  place(i, last);
  sift_up(i);
  sift_down(last->timer_index);
}

void service_thread::add_deadline(shared_wait &wait) {
  start();
  const std::lock_guard lock(lock_);
  heap_.push_back(&wait);
  wait.add_ref();
  sift_up(heap_.size() - 1);
  if (wait.timer_index == 0)
    changed_.notify_one();
}

void service_thread::remove_deadline(shared_wait &wait) noexcept {
  {
    const std::lock_guard lock(lock_);
    if (wait.timer_index == shared_wait::no_timer)
      return;
    erase(wait.timer_index);
  }
  wait.drop_ref();
}

void service_thread::post(work_item &item) noexcept {
  const std::lock_guard lock(lock_);
  item.next = nullptr;
  (last_ != nullptr ? last_->next : first_) = &item;
  last_ = &item;
  changed_.notify_one();
}

bool service_thread::runs_here() const noexcept {
  // Relaxed: equal only if this very thread wrote it.
  return thread_.load(std::memory_order_relaxed) == std::this_thread::get_id();
}

void service_thread::work() {
  thread_.store(std::this_thread::get_id(), std::memory_order_relaxed);
  std::unique_lock lock(lock_);
  for (;;) {
    if (work_item *const item = first_) {
      first_ = item->next;
      if (first_ == nullptr)
        last_ = nullptr;
      lock.unlock();
      item->run(item);
      lock.lock();
    } else if (heap_.empty()) {
      changed_.wait(lock);
    } else if (const auto due = heap_.front()->deadline;
               due > std::chrono::steady_clock::now()) {
      changed_.wait_until(lock, due);
    } else {
      shared_wait &late = *heap_.front();
      erase(0);
      lock.unlock();
      late.cancel(wait_outcome::timed_out);
      late.drop_ref();
      lock.lock();
    }
  }
}

} // namespace detail
INTERLOCK_NAMESPACE_END
