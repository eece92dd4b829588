// The example with GoogleTest.
#include "account.hpp"

#include <gtest/gtest.h>

TEST(Account, IsNeverOverdrawn) {
  const report r = explore(two_withdrawals);
  EXPECT_FALSE(r) << r.text(); // EXPECT_TRUE once the account is repaired
}
