#include "tool/driver/NinjaFile.h"

#include "tool/cache/Digest.h"
#include "tool/cache/Shards.h"
#include "tool/config/InputText.h"
#include "tool/output/OutputFile.h"
#include "tool/output/Sources.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/Path.h"

#include <fmt/format.h>

namespace path = llvm::sys::path;

namespace interlock {

static std::string escaped(llvm::StringRef Text, llvm::StringRef Special) {
  std::string Result;
  for (const char C : Text) {
    if (Special.contains(C))
      Result += '$';
    Result += C;
  }
  return Result;
}

/// A word of a command: for the shell, then for Ninja.
static std::string word(llvm::StringRef Text) {
  const bool Plain = !Text.empty() && llvm::all_of(Text, [](char C) {
    return llvm::isAlnum(C) || llvm::StringRef("-_./=+:,@%").contains(C);
  });
  std::string Quoted = Text.str();
  if (!Plain) {
    llvm::SmallString<64> Inner;
    for (const char C : Text)
      if (C == '\'')
        Inner += "'\\''";
      else
        Inner += C;
    Quoted = ("'" + Inner + "'").str();
  }
  return escaped(Quoted, "$");
}

/// A path in a build statement.
static std::string file(llvm::StringRef Path) { return escaped(Path, "$ :"); }

/// A name for the products of a unit that other units do not change.
static std::string nameOf(const Unit &U) {
  const Digest Identity =
      Hasher().add(U.File).add(U.Directory).add(U.Command).finish();
  std::string Stem = path::stem(U.File).str();
  for (char &C : Stem)
    if (llvm::StringRef("|\\\n\r").contains(C))
      C = '_';
  return fmt::format("{}-{}", Stem, Identity.substr(0, 8));
}

/// Ninja has no way to write a line end, nor a bar in the name of a file.
static bool canBeWritten(const Unit &U) {
  return !llvm::StringRef(U.File).contains('|') &&
         !llvm::StringRef(U.File + U.Directory).contains('\n') &&
         llvm::none_of(U.Command, [](llvm::StringRef Argument) {
           return Argument.contains('\n');
         });
}

/// The flags of a unit: its command without compiler and source.
static std::string flagsOf(const Unit &U) {
  std::string Flags;
  for (const std::string &Argument : llvm::drop_begin(U.Command)) {
    llvm::SmallString<256> Full(Argument);
    llvm::sys::fs::make_absolute(U.Directory, Full);
    path::remove_dots(Full, false);
    if (llvm::StringRef(Argument).starts_with("-") || Full != U.File)
      Flags += " " + word(Argument);
  }
  return Flags;
}

/// As many shards as keep them small, so that a change touches little.
static unsigned shardsFor(size_t Units) {
  return std::clamp<size_t>(llvm::PowerOf2Ceil(Units / 4), 16, 4096);
}

static constexpr llvm::StringLiteral Mark =
    "# Written by interlock --emit-ninja.\n";

/// Writes a file that is not there yet or that this has written before: what
/// the build system or somebody wrote must not be lost.
static llvm::Error write(llvm::StringRef Path, llvm::StringRef Text) {
  if (llvm::sys::fs::is_regular_file(Path)) {
    auto Old = readInput(Path);
    if (!Old)
      return llvm::createFileError(Path, Old.takeError());
    if (!(*Old)->getBuffer().empty() && !(*Old)->getBuffer().starts_with(Mark))
      return llvm::createStringError(
          fmt::format("--emit-ninja: '{}' is there already, and was not "
                      "written by this option; choose another name or folder",
                      shownPath(Path)));
  }
  return writeOutput(Path,
                     [&](llvm::raw_ostream &Out) { Out << Mark << Text; });
}

static constexpr llvm::StringLiteral Rules = R"(
rule summarize
  command = cd $directory && $interlock summarize $common --no-cache --output=$here/$out --depfile=$here/$out.d $source -- $flags
  description = summarize $source
  depfile = $out.d
  deps = gcc
rule merge
  command = $interlock merge --output=index --shards=$shards @$stamp.rsp && touch $stamp
  description = merge
  rspfile = $stamp.rsp
  rspfile_content = $in
  restat = 1
rule check
  command = $interlock check $common --exit-zero --index=index --output=$out --depfile=$out.d $in
  description = check $in
  depfile = $out.d
  deps = gcc
rule report
  command = xargs cat < $out.rsp > $out && cat $out && test ! -s $out
  description = report
  rspfile = $out.rsp
  rspfile_content = $in_newline
)";

llvm::Error writeNinjaFile(const Invocation &Run, llvm::ArrayRef<Unit> Units,
                           const Config &Settings) {
  llvm::SmallString<256> Output(Run.EmitNinja);
  if (const std::error_code Problem = llvm::sys::fs::make_absolute(Output))
    return llvm::createFileError(Output, Problem);
  const std::string Here = path::parent_path(Output).str();
  for (llvm::StringRef Folder : {"facts", "findings", "index"})
    if (const std::error_code Problem =
            llvm::sys::fs::create_directories(Here + "/" + Folder))
      return llvm::createFileError(Here, Problem);
  if (llvm::Error E = write(Here + "/interlock.yaml", dumpConfig(Settings)))
    return E;

  static int Anchor = 0;
  const unsigned Shards = shardsFor(Units.size());
  std::string Text = fmt::format(
      "ninja_required_version = 1.8\n"
      "here = {}\ninterlock = {}\nshards = {}\n"
      "common = --quiet --config-file={} --root={}\n{}\n",
      word(Here),
      word(llvm::sys::fs::getMainExecutable(Run.Program.c_str(), &Anchor)),
      Shards, word(Here + "/interlock.yaml"), word(Settings.Root), Rules.str());
  std::string Facts, Findings, Checks;
  for (const Unit &U : Units) {
    if (!canBeWritten(U))
      return llvm::createStringError("--emit-ninja: Ninja cannot have the name "
                                     "or the flags of '" +
                                     shownPath(U.File) + "'");
    const std::string Name = file(nameOf(U));
    Text += fmt::format("build facts/{0}.facts: summarize {1} | $here/"
                        "interlock.yaml\n  directory = {2}\n  source = {3}\n"
                        "  flags ={4}\n",
                        Name, file(U.File), word(U.Directory), word(U.File),
                        flagsOf(U));
    Checks += fmt::format("build findings/{0}.txt: check facts/{0}.facts | "
                          "$here/interlock.yaml || index/merged\n",
                          Name);
    Facts += fmt::format(" facts/{}.facts", Name);
    Findings += fmt::format(" findings/{}.txt", Name);
  }
  // Shards that stay the same keep their time, so that checks which read no
  // others are not run again.
  std::string Index = " " + shardList("index");
  for (unsigned I = 0; I < Shards; ++I)
    Index += " " + shardPath("index", I);
  Text += fmt::format("build index/merged{}: merge{}\n  stamp = index/merged\n",
                      Index, Facts);
  Text += Checks;
  Text +=
      fmt::format("build report.txt: report{}\ndefault report.txt\n", Findings);
  return write(Output, Text);
}

} // namespace interlock
