// One value, drawn as text and as a picture.
#include <interlock/drawing.hpp>

#include <gtest/gtest.h>

#include <string>

namespace {

using namespace interlock::drawing;

interleaving overdrawn() {
  return {.lanes = {"first", "nobody", "second"},
          .initially = {"balance = 100"},
          .events = {{0, 1, "checks", "/src/account.cpp", 12},
                     {0, 1, "waits for <bank>", "/src/account.cpp", 13, true},
                     {2, 2, "withdraws", "/src/account.cpp", 20},
                     {0, 3, "withdraws", "/src/account.cpp", 14}},
          .outcome = "FAILS: never overdrawn"};
}

TEST(Drawing, TextHasAColumnForEachLaneInUse) {
  EXPECT_EQ(as_text(overdrawn()),
            "  initially balance = 100\n"
            "  step  first                  second\n"
            "  ----  ---------------------  --------------\n"
            "     1  checks  :12\n"
            "        waits for <bank>  :13\n"
            "     2                         withdraws  :20\n"
            "     3  withdraws  :14\n"
            "  (lines of account.cpp)\n"
            "  FAILS: never overdrawn\n");
}

TEST(Drawing, TextNamesLanesAndFilesWhereThereAreMany) {
  interleaving what{.lanes = {"a", "bb", "c", "d"},
                    .initially = {},
                    .events = {},
                    .outcome = {}};
  for (unsigned lane = 0; lane != 4; ++lane)
    what.events.push_back(
        {lane, lane + 1, "acts", lane == 3 ? "x/two.cpp" : "x/one.cpp", 7});
  EXPECT_EQ(as_text(what), "     1  a   acts  :7 of one.cpp\n"
                           "     2  bb  acts  :7 of one.cpp\n"
                           "     3  c   acts  :7 of one.cpp\n"
                           "     4  d   acts  :7 of two.cpp\n");
}

TEST(Drawing, PictureHasTheSameParts) {
  const std::string svg = as_svg(overdrawn());
  const auto count = [&](const std::string &part) {
    int n = 0;
    for (std::size_t at = svg.find(part); at != std::string::npos;
         at = svg.find(part, at + 1))
      ++n;
    return n;
  };
  EXPECT_EQ(count("<circle "), 3);  // a step each
  EXPECT_EQ(count("<path "), 2);    // to `second` and back
  EXPECT_EQ(count("waits\"/>"), 1); // `first`, meanwhile
  EXPECT_EQ(count(">waits for &lt;bank&gt;</text>"), 1);
  EXPECT_EQ(count(">account.cpp:13</text>"), 1);
  EXPECT_EQ(count(">nobody<"), 0);
  EXPECT_EQ(count(">FAILS: never overdrawn</text>"), 1);
  EXPECT_EQ(count(">initially balance = 100</text>"), 1);
  EXPECT_EQ(count("aria-label=\"1. first checks, line 12; 1. first waits for "
                  "&lt;bank&gt;, line 13; 2. second withdraws, line 20; "
                  "3. first withdraws, line 14; FAILS: never overdrawn\""),
            1);
}

TEST(Drawing, PictureInAPageHasNoColoursOfItsOwn) {
  const std::string alone = as_svg(overdrawn());
  const std::string part = as_svg(overdrawn(), {.stands_alone = false});
  EXPECT_EQ(alone.find("<svg xmlns="), 0U);
  EXPECT_NE(alone.find("#b3261e"), std::string::npos);
  EXPECT_EQ(part.find("<svg viewBox="), 0U);
  EXPECT_EQ(part.find("<style>"), std::string::npos);
}

TEST(Drawing, WhatDoesNotFitIsShortenedBetweenCharacters) {
  interleaving what{
      .lanes = {"lane"}, .initially = {}, .events = {}, .outcome = {}};
  std::string text;
  for (int i = 0; i != 60; ++i)
    text += "\u00e9";
  what.events.push_back({0, 1, text, {}, 0});
  const std::string svg = as_svg(what);
  const std::size_t end = svg.find("...</text>");
  ASSERT_NE(end, std::string::npos);
  EXPECT_EQ(svg.substr(end - 2, 2), "\u00e9");
}

TEST(Drawing, APlaceKeepsItsLine) {
  interleaving what{
      .lanes = {"lane"}, .initially = {}, .events = {}, .outcome = {}};
  what.events.push_back(
      {0, 1, "reads", "a/" + std::string(60, 'b') + ".cpp", 1234});
  EXPECT_NE(as_svg(what).find("bbb...:1234</text>"), std::string::npos);
  std::string letters;
  for (int i = 0; i != 8; ++i)
    letters += "\u00e9";
  what.events[0].file = letters;
  EXPECT_NE(as_svg(what).find(letters + ":1234</text>"), std::string::npos);
}

TEST(Drawing, NothingIsDrawnOfNothing) {
  EXPECT_EQ(as_svg({}), "");
  EXPECT_EQ(
      as_text(
          {.lanes = {}, .initially = {}, .events = {}, .outcome = "it ends"}),
      "  step\n  ----\n  it ends\n");
}

} // namespace
