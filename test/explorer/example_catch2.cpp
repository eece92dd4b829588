// The example with Catch2.
#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#else
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
#endif

#include "account.hpp"

TEST_CASE("an account is never overdrawn") {
  const report r = explore(two_withdrawals);
  INFO(r.text());
  CHECK_FALSE(r.ok()); // CHECK(r.ok()) once the account is repaired
}
