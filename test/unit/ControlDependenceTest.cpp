#include "matchers/facts/ControlDependence.h"

#include <gtest/gtest.h>

using Graph = std::vector<std::vector<unsigned>>;

// 0 -> 1 or 2; both -> 3, the exit.
TEST(ControlDependence, BranchesOfADiamondDependOnItsHead) {
  const Graph Result = interlock::controlDependence({{1, 2}, {3}, {3}, {}}, 3);
  EXPECT_EQ(Result[1], std::vector<unsigned>{0});
  EXPECT_EQ(Result[2], std::vector<unsigned>{0});
  EXPECT_TRUE(Result[3].empty());
}

// An early return: what follows hangs on the test.
TEST(ControlDependence, CodeBehindAnEarlyReturnDependsOnTheTest) {
  const Graph Result = interlock::controlDependence({{1, 2}, {3}, {3}, {}}, 1);
  EXPECT_EQ(Result[2], std::vector<unsigned>{0});
}

// 0 -> 1 -> 0: never left, and still every node gets an answer.
TEST(ControlDependence, EndlessLoopsCountAsAbleToLeave) {
  const Graph Result = interlock::controlDependence({{1}, {0}, {}}, 2);
  EXPECT_EQ(Result.size(), 3u);
}

// A loop head decides about its body, and about itself.
TEST(ControlDependence, LoopBodiesDependOnTheHead) {
  const Graph Result = interlock::controlDependence({{1, 2}, {0}, {}}, 2);
  EXPECT_EQ(Result[1], std::vector<unsigned>{0});
}
