// What the analyser cannot see by itself. All of these cost nothing, and
// vanish on compilers other than clang.
//
//     struct account {
//       INTERLOCK_STATE(balance) money cash_;
//       INTERLOCK_STATE(balance) money reserved_;
//       INTERLOCK_INVARIANT(cash_, reserved_)
//     };
//     INTERLOCK_SUSPENDS void wait_for_fill();   // a stackful wait
//     class INTERLOCK_GUARD my_lock { ... };     // a guard of your own
#pragma once

#if defined(__clang__)
#define INTERLOCK_ANNOTATE(text) __attribute__((annotate(text)))
#else
#define INTERLOCK_ANNOTATE(text)
#endif

/// On a member, static or global: it belongs to this category of guarded state
/// (`balance`, `position`, `order`, `trade`, or one of your own).
#define INTERLOCK_STATE(category)                                              \
  INTERLOCK_ANNOTATE("interlock::state=" #category)

/// On a function: calling it can give up control, though it is no coroutine.
#define INTERLOCK_SUSPENDS INTERLOCK_ANNOTATE("interlock::suspends")

/// On a class: an object of it holds a lock as long as it lives. On a function:
/// what it returns does.
#define INTERLOCK_GUARD INTERLOCK_ANNOTATE("interlock::guard")

#define INTERLOCK_DETAIL_JOIN2(a, b) a##b
#define INTERLOCK_DETAIL_JOIN(a, b) INTERLOCK_DETAIL_JOIN2(a, b)

/// Inside a class, after the members it names: they change together, so a check
/// of one that decides a change of another counts as a check of both.
#if defined(__clang__)
#define INTERLOCK_INVARIANT(...)                                               \
  using INTERLOCK_DETAIL_JOIN(interlock_invariant_, __LINE__)                  \
      [[maybe_unused]] INTERLOCK_ANNOTATE(                                     \
          "interlock::invariant=" #__VA_ARGS__) = void;
#else
#define INTERLOCK_INVARIANT(...)                                               \
  static_assert(true, "interlock::invariant=" #__VA_ARGS__);
#endif
