#include "rewriters/base/EditSet.h"
#include "rewriters/base/Includes.h"

#include <gtest/gtest.h>

using namespace interlock;

TEST(EditSet, EqualEditsAreOne) {
  EditSet Set;
  EXPECT_TRUE(Set.add({{"f", 1, 0, "x"}}));
  EXPECT_TRUE(Set.add({{"f", 1, 0, "x"}, {"f", 2, 1, "y"}}));
  EXPECT_EQ(Set.apply("f", "abc"), "axby");
}

TEST(EditSet, DifferentEditsOfOnePlaceConflict) {
  EditSet Set;
  EXPECT_TRUE(Set.add({{"f", 1, 0, "x"}}));
  EXPECT_FALSE(Set.add({{"f", 1, 0, "y"}}));
  EXPECT_FALSE(Set.add({{"f", 0, 2, "y"}}));
  EXPECT_TRUE(Set.add({{"g", 1, 0, "y"}}));
  EXPECT_EQ(Set.apply("f", "abc"), "axbc");
}

TEST(EditSet, AConflictingPlanLeavesNothingBehind) {
  EditSet Set;
  EXPECT_TRUE(Set.add({{"f", 1, 1, "x"}}));
  EXPECT_FALSE(Set.add({{"f", 3, 0, "y"}, {"f", 1, 1, "z"}}));
  EXPECT_EQ(Set.apply("f", "abc"), "axc");
}

TEST(EditSet, DifferentIncludesGoToOnePlace) {
  EditSet Set;
  EXPECT_TRUE(Set.add({{"f", 0, 0, "#include <b>\n"}}));
  EXPECT_TRUE(Set.add({{"f", 0, 0, "#include <a>\n"}}));
  EXPECT_EQ(Set.apply("f", "int x;"), "#include <a>\n#include <b>\nint x;");
}

static std::string included(llvm::StringRef Content) {
  EditSet Set;
  const auto E =
      includeEdit("/virtual/a.cpp", Content, "<interlock/safe_state.hpp>");
  if (E)
    Set.add({*E});
  return Set.apply("/virtual/a.cpp", Content);
}

TEST(Includes, KeepsLineEnds) {
  EXPECT_EQ(included("#include <map>\r\n#include <vector>\r\nint x;\r\n"),
            "#include <interlock/safe_state.hpp>\r\n#include <map>\r\n"
            "#include <vector>\r\nint x;\r\n");
}

TEST(Includes, StaysBehindTheByteOrderMark) {
  EXPECT_EQ(included("\xEF\xBB\xBF#include <map>\nint x;\n"),
            "\xEF\xBB\xBF#include <interlock/safe_state.hpp>\n"
            "#include <map>\nint x;\n");
}

TEST(Includes, RecognisesItsOwn) {
  for (const char *Text : {"#include <interlock/safe_state.hpp>\n",
                           "#include \"interlock/safe_state.hpp\"\n",
                           "  #  include <interlock/safe_state.hpp> // lock\n"})
    EXPECT_EQ(included(Text), Text);
}

TEST(Includes, RespectsIncludeGuards) {
  EXPECT_EQ(included("#pragma once\n\nint x;\n"),
            "#pragma once\n\n#include <interlock/safe_state.hpp>\nint x;\n");
  EXPECT_EQ(included("#ifndef A_H\n#define A_H\nint x;\n#endif\n"),
            "#ifndef A_H\n#define A_H\n#include <interlock/safe_state.hpp>\n"
            "int x;\n#endif\n");
}
