/// The annotations of the lock library, without the library.
#pragma once

#define INTERLOCK_ANNOTATE(text) __attribute__((annotate(text)))
#define INTERLOCK_STATE(category)                                              \
  INTERLOCK_ANNOTATE("interlock::state=" #category)
#define INTERLOCK_SUSPENDS INTERLOCK_ANNOTATE("interlock::suspends")
#define INTERLOCK_GUARD INTERLOCK_ANNOTATE("interlock::guard")
#define INTERLOCK_DETAIL_JOIN2(a, b) a##b
#define INTERLOCK_DETAIL_JOIN(a, b) INTERLOCK_DETAIL_JOIN2(a, b)
#define INTERLOCK_INVARIANT(...)                                               \
  using INTERLOCK_DETAIL_JOIN(interlock_invariant_, __LINE__)                  \
      [[maybe_unused]] INTERLOCK_ANNOTATE(                                     \
          "interlock::invariant=" #__VA_ARGS__) = void;
