#include "tool/cache/PathList.h"
#include "tool/cache/ResultCache.h"
#include "tool/cache/Shards.h"
#include "tool/cache/Store.h"
#include "tool/driver/PrefixPlan.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"

#include <gtest/gtest.h>

using namespace interlock;

TEST(PathList, ComesBackInAnotherCheckout) {
  const std::vector<std::string> Paths = {
      "/home/a/project", "/home/a/project/include/x.hpp",
      "/home/a/project/include/xy.hpp", "/home/a/project-2/z.hpp", "/usr/z"};
  const std::string Packed = packPaths(Paths, Relocation("/home/a/project/"));
  const auto Moved = unpackPaths(Packed, Relocation("/ci/b"));
  ASSERT_TRUE(Moved.has_value());
  EXPECT_EQ(*Moved, (std::vector<std::string>{
                        "/ci/b", "/ci/b/include/x.hpp", "/ci/b/include/xy.hpp",
                        "/home/a/project-2/z.hpp", "/usr/z"}));
}

TEST(PathList, MovesFoldersInsideFlags) {
  const Relocation R("/p");
  EXPECT_EQ(R.outward("-I/p/include"), "-I\1/include");
  EXPECT_EQ(R.outward("-DX=\"/p\""), "-DX=\"\1\"");
  EXPECT_EQ(R.outward("-I/pp/include"), "-I/pp/include");
  EXPECT_EQ(Relocation("/").outward("/a/b"), "/a/b");
}

TEST(Store, SealsShowDamage) {
  const std::string Sealed = seal("content");
  EXPECT_EQ(unseal(Sealed), "content");
  for (size_t At = 0; At < Sealed.size(); ++At) {
    std::string Damaged = Sealed;
    Damaged[At] ^= 1;
    EXPECT_FALSE(unseal(Damaged).has_value()) << At;
    EXPECT_FALSE(unseal(llvm::StringRef(Sealed).take_front(At))) << At;
  }
}

/// What has a seal that holds, and ends too early.
TEST(ResultCache, RecordsThatAreCutShortAreRefused) {
  const Relocation R("/p");
  UnitRecord Record{std::make_unique<TUFacts>(), {"/p/a.cpp", "/p/b.hpp"}, {}};
  Record.Facts->File = "/p/a.cpp";
  const std::string Packed = pack(Record, R);
  const llvm::StringRef Content = unseal(Packed).value();
  for (size_t Length = 0; Length < Content.size(); ++Length) {
    auto Read = unpack(seal(Content.take_front(Length)), R);
    EXPECT_FALSE(static_cast<bool>(Read)) << Length;
    llvm::consumeError(Read.takeError());
  }
  auto Broken = unpack(Packed + "x", R);
  EXPECT_FALSE(static_cast<bool>(Broken));
  llvm::consumeError(Broken.takeError());
  auto Whole = unpack(Packed, R);
  ASSERT_TRUE(static_cast<bool>(Whole));
  EXPECT_EQ(Whole->Files, Record.Files);
}

/// A table that does not fit into memory goes to its files in pieces.
TEST(Shards, MoreThanIsKeptInMemory) {
  llvm::SmallString<128> Folder;
  ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("interlock", Folder));
  const std::string Large(1 << 20, 'x');
  ShardWriter Table(Folder.str().str(), 3);
  for (int I = 0; I < 40; ++I) {
    Table.add("least", std::to_string(50 - I), /*Only=*/true);
    Table.add(std::to_string(I), Large);
  }
  ASSERT_FALSE(llvm::errorToBool(Table.finish()));
  auto Read = ShardReader::open(Folder);
  ASSERT_TRUE(static_cast<bool>(Read));
  for (int I = 0; I < 40; ++I)
    EXPECT_EQ(Read->find(std::to_string(I)).get(),
              std::vector<llvm::StringRef>{Large});
  EXPECT_EQ(Read->find("least").get(), std::vector<llvm::StringRef>{"11"});
  (void)llvm::sys::fs::remove_directories(Folder);
}

TEST(Shards, WhereNoFolderCanBe) {
  ShardWriter Table("/dev/null/index", 2);
  Table.add("key", "value");
  EXPECT_TRUE(llvm::errorToBool(Table.finish()));
}

static std::uint64_t weight(const std::vector<std::string> &Headers) {
  std::uint64_t Sum = 0;
  for (const std::string &Header : Headers)
    Sum += Header == "asio" ? 9'000'000 : Header == "json" ? 4'000'000 : 90'000;
  return Sum;
}

TEST(PrefixPlan, SharesWhatIsHeavyWhateverStandsBesideIt) {
  const auto Groups = planPrefixes(
      {{"asio", "map"}, {"set", "asio"}, {"json"}, {"json", "map"}, {"list"}},
      weight);
  ASSERT_EQ(Groups.size(), 2u);
  EXPECT_EQ(Groups[0].Headers, std::vector<std::string>{"asio"});
  EXPECT_EQ(Groups[0].Units, (std::vector<size_t>{0, 1}));
  EXPECT_EQ(Groups[1].Headers, std::vector<std::string>{"json"});
  EXPECT_EQ(Groups[1].Units, (std::vector<size_t>{2, 3}));
}

TEST(PrefixPlan, EveryUnitIncludesAllHeadersOfItsGroup) {
  const std::vector<std::vector<std::string>> Includes = {
      {"asio", "json", "a"}, {"asio", "b"},    {"json", "asio"},
      {"asio", "json", "b"}, {"json", "asio"}, {}};
  for (const PrefixGroup &Group : planPrefixes(Includes, weight))
    for (const size_t Unit : Group.Units)
      for (const std::string &Header : Group.Headers)
        EXPECT_EQ(
            std::count(Includes[Unit].begin(), Includes[Unit].end(), Header), 1)
            << Unit << " " << Header;
}

TEST(PrefixPlan, LeavesLightHeadersAlone) {
  EXPECT_TRUE(planPrefixes({{"map"}, {"map"}, {"map"}}, weight).empty());
  EXPECT_TRUE(planPrefixes({{"asio"}}, weight).empty());
}
