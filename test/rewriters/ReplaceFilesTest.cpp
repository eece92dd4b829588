// Files are replaced all or none, whatever fails and whenever the process dies.
#include "rewriters/base/ReplaceFiles.h"
#include "rewriters/base/Journal.h"
#include "support/Faults.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Errc.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

using namespace interlock;
using namespace interlock::test;
namespace fs = llvm::sys::fs;

namespace {

/// A folder that goes when the test ends.
class ReplaceFiles : public testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(fs::createUniqueDirectory("interlock", Folder));
    llvm::SmallString<128> Real;
    ASSERT_FALSE(fs::real_path(Folder, Real));
    Folder = Real;
  }
  void TearDown() override { (void)fs::remove_directories(Folder); }

  std::string path(llvm::StringRef Name) { return (Folder + "/" + Name).str(); }
  std::string write(llvm::StringRef Name, llvm::StringRef Text) {
    (void)fs::create_directories(llvm::sys::path::parent_path(path(Name)));
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
    for (fs::recursive_directory_iterator I(Folder, Code), E; I != E && !Code;
         I.increment(Code))
      ++Count;
    return Count;
  }
  std::string replace(const FileContents &Files) {
    return llvm::toString(replaceFiles(Files, Digests, Folder));
  }
  std::string recover() {
    auto Found = recoverFiles(Folder);
    return Found ? "" : llvm::toString(Found.takeError());
  }

  llvm::SmallString<128> Folder;
  std::map<std::string, std::uint64_t> Digests;
};

/// Three files in two folders, one of them reached by a link.
class Faults : public ReplaceFiles {
protected:
  void prepare() {
    (void)fs::remove_directories(Folder);
    for (llvm::StringRef Name : {"one.cpp", "sub/two.hpp", "sub/three.hpp"})
      New[write(Name, "old " + Name.str())] = "new " + Name.str();
    ASSERT_EQ(::chmod(path("sub/two.hpp").c_str(), 0640), 0);
    ASSERT_EQ(::symlink("sub/two.hpp", path("link").c_str()), 0);
  }

  bool all(llvm::StringRef State) {
    return read("one.cpp") == State.str() + " one.cpp" &&
           read("sub/two.hpp") == State.str() + " sub/two.hpp" &&
           read("sub/three.hpp") == State.str() + " sub/three.hpp";
  }
  /// No file is anything but old or new.
  void expectWholeFiles(int At) {
    for (const std::string Name : {"one.cpp", "sub/two.hpp", "sub/three.hpp"})
      EXPECT_TRUE(read(Name) == "old " + Name || read(Name) == "new " + Name)
          << Name << " after a fault at call " << At << ": " << read(Name);
  }
  void expectTidy(int At) {
    EXPECT_TRUE(all("old") || all("new")) << "after a fault at call " << At;
    EXPECT_EQ(entries(), 5u) << "litter after a fault at call " << At;
    struct stat Now;
    ASSERT_EQ(::lstat(path("link").c_str(), &Now), 0);
    EXPECT_TRUE(S_ISLNK(Now.st_mode));
    ASSERT_EQ(::stat(path("sub/two.hpp").c_str(), &Now), 0);
    EXPECT_EQ(Now.st_mode & 0777, 0640u);
  }
  Ending replaceWith(Fault Kind, int At, int Error = EIO) {
    return runWithFault(Kind, At, Error, [&] {
      return !llvm::errorToBool(replaceFiles(New, Digests, Folder));
    });
  }
  Ending recoverWith(Fault Kind, int At) {
    return runWithFault(Kind, At, EIO, [&] { return recover().empty(); });
  }

  FileContents New;
};

} // namespace

TEST_F(ReplaceFiles, ReplacesAllAndLeavesNoLitter) {
  const std::string A = write("a", "1"), B = write("b", "2");
  EXPECT_EQ(replace({{A, "one"}, {B, "two"}}), "");
  EXPECT_EQ(read("a") + read("b"), "onetwo");
  EXPECT_EQ(entries(), 2u);
}

TEST_F(ReplaceFiles, WritesNothingWhenOneHasChanged) {
  const std::string A = write("a", "1"), B = write("b", "2");
  std::ofstream(B) << "changed meanwhile";
  EXPECT_NE(replace({{A, "one"}, {B, "two"}}).find("has changed since"),
            std::string::npos);
  EXPECT_EQ(read("a"), "1");
  EXPECT_EQ(read("b"), "changed meanwhile");
  EXPECT_EQ(entries(), 2u);
}

TEST_F(ReplaceFiles, KeepsTheModeAndFollowsLinks) {
  const std::string A = write("a", "1");
  ASSERT_EQ(::chmod(A.c_str(), 0640), 0);
  ASSERT_EQ(::symlink(A.c_str(), path("link").c_str()), 0);
  Digests[path("link")] = contentDigest("1");
  EXPECT_EQ(replace({{path("link"), "one"}}), "");
  struct stat Now;
  ASSERT_EQ(::lstat(A.c_str(), &Now), 0);
  EXPECT_EQ(Now.st_mode & 0777, 0640u);
  ASSERT_EQ(::lstat(path("link").c_str(), &Now), 0);
  EXPECT_TRUE(S_ISLNK(Now.st_mode));
  EXPECT_EQ(read("a"), "one");
}

TEST_F(ReplaceFiles, LeavesReadOnlyAndHardLinkedFilesAlone) {
  const std::string A = write("a", "1"), B = write("b", "2");
  ASSERT_EQ(::chmod(A.c_str(), 0444), 0);
  EXPECT_NE(replace({{A, "one"}, {B, "two"}}).find("cannot be written"),
            std::string::npos);
  ASSERT_EQ(::chmod(A.c_str(), 0644), 0);
  ASSERT_EQ(::link(B.c_str(), path("other").c_str()), 0);
  EXPECT_NE(replace({{A, "one"}, {B, "two"}}).find("more than one name"),
            std::string::npos);
  EXPECT_EQ(read("a") + read("b"), "12");
  EXPECT_EQ(entries(), 3u);
}

TEST_F(ReplaceFiles, OnlyBelowTheFolder) {
  const std::string A = write("a", "1"), B = write("sub/b", "2");
  EXPECT_NE(llvm::toString(
                replaceFiles({{A, "one"}, {B, "two"}}, Digests, path("sub")))
                .find("is not below"),
            std::string::npos);
  EXPECT_EQ(read("a") + read("sub/b"), "12");
  EXPECT_EQ(entries(), 3u);
}

TEST_F(ReplaceFiles, TwoRunsDoNotMeet) {
  const std::string A = write("a", "1");
  auto Other = Journal::open(Folder, /*Create=*/true);
  ASSERT_TRUE(Other && *Other);
  EXPECT_NE(replace({{A, "one"}}).find("another run"), std::string::npos);
  EXPECT_EQ(read("a"), "1");
  auto Found = recoverFiles(Folder);
  ASSERT_TRUE(static_cast<bool>(Found));
  EXPECT_EQ(*Found, Leftover::Running);
  EXPECT_FALSE((*Other)->remove());
}

TEST_F(ReplaceFiles, NoLinkIsFollowedWhereTheJournalGoes) {
  const std::string A = write("a", "1"), Victim = write("victim", "keep");
  ASSERT_EQ(::symlink(Victim.c_str(), Journal::pathIn(Folder).c_str()), 0);
  EXPECT_NE(replace({{A, "one"}}), "");
  EXPECT_EQ(read("victim") + read("a"), "keep1");
}

/// One entry of a journal that says that the file was new already.
static std::string entry(llvm::StringRef File, llvm::StringRef Tag = "ab") {
  return R"({"file":")" + llvm::toHex(File) + R"(","tag":")" + Tag.str() +
         R"(","old":")" + llvm::utohexstr(contentDigest("old")) +
         R"(","new":")" + llvm::utohexstr(contentDigest("new")) + R"("})";
}

TEST_F(ReplaceFiles, UndoesWhatAJournalTells) {
  write("a", "new");
  write("a.interlock-ab.old", "old");
  write("b", "old");
  write("b.interlock-ab.new", "new");
  write(".interlock-journal.json", "[" + entry("a") + "," + entry("b") + "]");
  EXPECT_TRUE(needsRecovery(Folder));
  EXPECT_EQ(recover(), "");
  EXPECT_EQ(read("a") + read("b"), "oldold");
  EXPECT_EQ(entries(), 2u);
  auto Again = recoverFiles(Folder);
  ASSERT_TRUE(static_cast<bool>(Again));
  EXPECT_EQ(*Again, Leftover::None);
}

TEST_F(ReplaceFiles, DoesNotUndoTheWorkOfOthers) {
  write("a", "edited by hand");
  write("a.interlock-ab.old", "old");
  write(".interlock-journal.json", "[" + entry("a") + "]");
  EXPECT_NE(recover().find("is left as it is"), std::string::npos);
  EXPECT_EQ(read("a"), "edited by hand");
  EXPECT_EQ(read("a.interlock-ab.old"), "old");
  EXPECT_EQ(recover(), "");
  EXPECT_EQ(read("a"), "edited by hand");
}

TEST_F(ReplaceFiles, AJournalOfAStrangerDoesNoHarm) {
  write("tree/x", "");
  write("outside", "new");
  write("outside.interlock-ab.old", "old");
  ASSERT_EQ(::symlink(Folder.c_str(), path("tree/way").c_str()), 0);
  write("tree/.interlock-journal.json",
        "[" + entry("../outside") + "," + entry(path("outside")) + "," +
            entry("way/outside") + "," + entry("x", "/../../outside") +
            ",null,7,{}]");
  auto Found = recoverFiles(path("tree"));
  ASSERT_TRUE(static_cast<bool>(Found));
  EXPECT_EQ(read("outside"), "new");
  EXPECT_EQ(read("outside.interlock-ab.old"), "old");
  for (const char *Text : {"", "[", "[{\"file\":", "\ncommitted\n", "{}"}) {
    write("tree/.interlock-journal.json", Text);
    auto Settled = recoverFiles(path("tree"));
    ASSERT_TRUE(static_cast<bool>(Settled)) << Text;
    EXPECT_EQ(*Settled, Leftover::Settled) << Text;
  }
}

TEST_F(Faults, OneCallFails) {
  for (const int Error : {EIO, ENOSPC, EACCES})
    for (int At = 0;; ++At) {
      prepare();
      const Ending End = replaceWith(Fault::Once, At, Error);
      EXPECT_TRUE(all(End.Good ? "new" : "old")) << "call " << At;
      EXPECT_EQ(recover(), "") << "call " << At;
      EXPECT_TRUE(all(End.Good ? "new" : "old")) << "call " << At;
      expectTidy(At);
      if (!End.Struck) {
        EXPECT_TRUE(End.Good);
        EXPECT_GT(At, 40) << "the faults do not reach the calls";
        break;
      }
    }
}

TEST_F(Faults, FromOneCallOnAllFail) {
  for (int At = 0;; ++At) {
    prepare();
    const Ending End = replaceWith(Fault::OnAndOn, At);
    expectWholeFiles(At);
    EXPECT_EQ(recover(), "") << "call " << At;
    expectTidy(At);
    if (!End.Struck)
      break;
  }
}

TEST_F(Faults, KilledAtEveryStep) {
  bool Undone = false, Done = false;
  for (int At = 0;; ++At) {
    prepare();
    const Ending End = replaceWith(Fault::Kill, At);
    expectWholeFiles(At);
    EXPECT_EQ(recover(), "") << "call " << At;
    expectTidy(At);
    (all("old") ? Undone : Done) = true;
    if (!End.Struck)
      break;
  }
  EXPECT_TRUE(Undone && Done);
}

TEST_F(Faults, KilledAgainWhileRecovering) {
  // Where all files are new and nothing is committed, most is to be undone.
  for (int Killed = 30; Killed < 60; Killed += 3)
    for (int At = 0;; ++At) {
      prepare();
      if (!replaceWith(Fault::Kill, Killed).Struck)
        break;
      const Ending End = recoverWith(Fault::Kill, At);
      expectWholeFiles(At);
      EXPECT_EQ(recover(), "") << "calls " << Killed << ", " << At;
      expectTidy(At);
      if (!End.Struck)
        break;
    }
}

TEST_F(Faults, TheNextReplacementSettlesWhatWasLeft) {
  for (int At = 0;; At += 4) {
    prepare();
    const Ending End = replaceWith(Fault::Kill, At);
    if (!End.Struck)
      break;
    if (all("new")) {
      EXPECT_EQ(recover(), "");
      continue;
    }
    EXPECT_EQ(llvm::toString(replaceFiles(New, Digests, Folder)), "")
        << "call " << At;
    EXPECT_TRUE(all("new"));
    expectTidy(At);
  }
}
