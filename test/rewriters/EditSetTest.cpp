#include "rewriters/base/EditSet.h"
#include "rewriters/base/Includes.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sys/stat.h>

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

namespace {

/// A folder that goes when the test ends.
class ReplaceFiles : public testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("interlock", Folder));
    llvm::SmallString<128> Real;
    ASSERT_FALSE(llvm::sys::fs::real_path(Folder, Real));
    Folder = Real;
  }
  void TearDown() override { llvm::sys::fs::remove_directories(Folder); }

  std::string path(llvm::StringRef Name) { return (Folder + "/" + Name).str(); }
  std::string write(llvm::StringRef Name, llvm::StringRef Text) {
    std::ofstream(path(Name), std::ios::binary) << Text.str();
    Digests[path(Name)] = contentDigest(Text);
    return path(Name);
  }
  std::string read(llvm::StringRef Name) {
    auto Text = llvm::MemoryBuffer::getFile(path(Name));
    return Text ? (*Text)->getBuffer().str() : "";
  }
  unsigned entries() {
    unsigned Count = 0;
    std::error_code Code;
    for (llvm::sys::fs::directory_iterator I(Folder, Code), E; I != E && !Code;
         I.increment(Code))
      ++Count;
    return Count;
  }

  llvm::SmallString<128> Folder;
  std::map<std::string, std::uint64_t> Digests;
};

} // namespace

TEST_F(ReplaceFiles, ReplacesAllAndLeavesNoLitter) {
  const std::string A = write("a", "1"), B = write("b", "2");
  EXPECT_FALSE(replaceFiles({{A, "one"}, {B, "two"}}, Digests));
  EXPECT_EQ(read("a") + read("b"), "onetwo");
  EXPECT_EQ(entries(), 2u);
}

TEST_F(ReplaceFiles, WritesNothingWhenOneHasChanged) {
  const std::string A = write("a", "1"), B = write("b", "2");
  std::ofstream(B) << "changed meanwhile";
  llvm::Error E = replaceFiles({{A, "one"}, {B, "two"}}, Digests);
  EXPECT_TRUE(static_cast<bool>(E));
  llvm::consumeError(std::move(E));
  EXPECT_EQ(read("a"), "1");
  EXPECT_EQ(read("b"), "changed meanwhile");
  EXPECT_EQ(entries(), 2u);
}

TEST_F(ReplaceFiles, KeepsTheModeAndFollowsLinks) {
  const std::string A = write("a", "1");
  ASSERT_EQ(::chmod(A.c_str(), 0640), 0);
  ASSERT_EQ(::symlink(A.c_str(), path("link").c_str()), 0);
  Digests[path("link")] = contentDigest("1");
  EXPECT_FALSE(replaceFiles({{path("link"), "one"}}, Digests));
  struct stat Now;
  ASSERT_EQ(::lstat(A.c_str(), &Now), 0);
  EXPECT_EQ(Now.st_mode & 0777, 0640u);
  ASSERT_EQ(::lstat(path("link").c_str(), &Now), 0);
  EXPECT_TRUE(S_ISLNK(Now.st_mode));
  EXPECT_EQ(read("a"), "one");
}

TEST_F(ReplaceFiles, UndoesARunThatWasKilled) {
  const std::string A = write("a", "new"), B = write("b", "2");
  write("a.old", "1");
  write("b.new", "two");
  write(".interlock-journal.json",
        "[{\"target\":\"" + A + "\",\"staged\":\"" + path("a.new") +
            "\",\"backup\":\"" + path("a.old") + "\"},{\"target\":\"" + B +
            "\",\"staged\":\"" + path("b.new") + "\",\"backup\":\"" +
            path("b.old") + "\"}]");
  llvm::Expected<bool> Found = recoverFiles(Folder);
  ASSERT_TRUE(static_cast<bool>(Found));
  EXPECT_TRUE(*Found);
  EXPECT_EQ(read("a") + read("b"), "12");
  EXPECT_EQ(entries(), 2u);
  llvm::Expected<bool> Again = recoverFiles(Folder);
  ASSERT_TRUE(static_cast<bool>(Again));
  EXPECT_FALSE(*Again);
}
