#include "matchers/state/AccessPath.h"

#include <gtest/gtest.h>

using interlock::AccessPath;

static AccessPath root(AccessPath::Root Base) {
  AccessPath Path;
  Path.Base = Base;
  return Path;
}

TEST(AccessPath, APartOverlapsTheWhole) {
  const AccessPath Map = root(AccessPath::Root::This).field("positions_");
  EXPECT_TRUE(interlock::overlaps(Map, Map.element("$0").field("size")));
}

TEST(AccessPath, FieldsOfOneObjectAreApart) {
  const AccessPath This = root(AccessPath::Root::This);
  EXPECT_FALSE(interlock::overlaps(This.field("id"), This.field("status")));
}

TEST(AccessPath, ElementsMeetOnlyUnderKeysThatCanBeEqual) {
  const AccessPath Map = root(AccessPath::Root::This).field("orders_");
  EXPECT_FALSE(interlock::overlaps(Map.element("#1"), Map.element("#2")));
  EXPECT_TRUE(interlock::overlaps(Map.element("#1"), Map.element("?")));
}

TEST(AccessPath, OtherFunctionsReachOneMemberOverOtherRoutes) {
  const AccessPath Mine = root(AccessPath::Root::This).field("balance_");
  AccessPath Theirs = root(AccessPath::Root::Parameter);
  Theirs = Theirs.field("account_").field("balance_");
  EXPECT_FALSE(interlock::overlaps(Mine, Theirs));
  EXPECT_TRUE(interlock::overlapsAnyObject(Mine, Theirs));
}
