#include "tool/driver/Compilations.h"

#include "matchers/base/Json.h"
#include "tool/config/InputText.h"
#include "tool/output/Sources.h"

#include "clang/Driver/Types.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Allocator.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/StringSaver.h"

#include <fmt/format.h>

namespace fs = llvm::sys::fs;
namespace path = llvm::sys::path;

namespace interlock {

template <typename... T>
static llvm::Error error(fmt::format_string<T...> Format, T &&...Args) {
  return llvm::createStringError(
      inOneLine(fmt::format(Format, std::forward<T>(Args)...)));
}

static std::string absolute(llvm::StringRef Path, llvm::StringRef Base) {
  llvm::SmallString<256> Full(Path);
  fs::make_absolute(Base, Full);
  path::remove_dots(Full, /*remove_dot_dot=*/false);
  return Full.str().str();
}

static std::string realPath(llvm::StringRef Path) {
  llvm::SmallString<256> Real;
  return fs::real_path(Path, Real) ? Path.str() : Real.str().str();
}

static std::string currentFolder() {
  llvm::SmallString<256> Here;
  return fs::current_path(Here) ? std::string() : Here.str().str();
}

static bool isCxxSource(llvm::StringRef File,
                        const std::vector<std::string> &Command) {
  // An explicit -x wins over the name.
  for (size_t I = 1; I < Command.size(); ++I) {
    llvm::StringRef Arg = Command[I];
    if (Arg == "-x" && I + 1 < Command.size())
      return llvm::StringRef(Command[I + 1]).starts_with("c++");
    if (Arg.starts_with("-xc++"))
      return true;
  }
  llvm::StringRef Extension = path::extension(File);
  Extension.consume_front(".");
  using namespace clang::driver;
  types::ID Type = types::lookupTypeForExtension(Extension);
  if (Type == types::TY_INVALID)
    return true; // the compiler took it, so let clang judge
  if (Type == types::TY_C) {
    llvm::StringRef Driver = path::stem(Command.front());
    return Driver.contains("++"); // g++ compiles .c as C++
  }
  return types::isCXX(Type) && !types::isCuda(Type) && !types::isHIP(Type) &&
         Type != types::TY_ObjCXX && Type != types::TY_PP_ObjCXX;
}

/// Looks for a database as clangd does: in each folder from `Start` upwards,
/// and in its `build`.
static std::string findDatabase(std::string Start) {
  for (std::string Folder = std::move(Start); !Folder.empty();
       Folder = path::parent_path(Folder).str())
    for (llvm::StringRef Below : {"", "build"}) {
      llvm::SmallString<256> Candidate(Folder);
      path::append(Candidate, Below, "compile_commands.json");
      if (fs::exists(Candidate))
        return Candidate.str().str();
    }
  return {};
}

static llvm::Expected<std::string> databasePath(const Invocation &Run) {
  if (!Run.BuildPath.empty()) {
    std::string Given = absolute(Run.BuildPath, currentFolder());
    if (!fs::exists(Given))
      return error("'{}' does not exist", Run.BuildPath);
    if (!fs::is_directory(Given))
      return Given;
    llvm::SmallString<256> Inside(Given);
    path::append(Inside, "compile_commands.json");
    if (!fs::exists(Inside))
      return error("there is no compile_commands.json in '{}'; CMake writes "
                   "one with -DCMAKE_EXPORT_COMPILE_COMMANDS=ON, for other "
                   "build systems 'bear -- <build command>' does",
                   Run.BuildPath);
    return Inside.str().str();
  }
  std::string Start = currentFolder();
  if (!Run.Files.empty())
    Start = path::parent_path(absolute(Run.Files.front(), Start)).str();
  std::string Found = findDatabase(Start);
  if (Found.empty())
    return error("no compile_commands.json in '{}', its parents, or a 'build' "
                 "folder of these; name its folder with -p, or give the "
                 "compiler flags after --",
                 Start);
  return Found;
}

namespace {

/// Reads the entries of one database.
class DatabaseReader {
public:
  DatabaseReader(std::string Path, const Invocation &Run, Compilations &Into)
      : Path(std::move(Path)), Run(Run), Into(Into) {}

  llvm::Error read() {
    auto Buffer = readInput(Path);
    if (!Buffer)
      return error("{}: cannot be read: {}", Path,
                   llvm::toString(Buffer.takeError()));
    llvm::StringRef Text = (*Buffer)->getBuffer();
    if (Text.trim().empty())
      return error("{}: is empty", Path);
    llvm::Expected<llvm::json::Value> Root = parseJson(Text);
    if (!Root)
      return error("{}:{}", Path, llvm::toString(Root.takeError()));
    const llvm::json::Array *Entries = Root->getAsArray();
    if (!Entries)
      return error("{}: expected a list of entries", Path);
    if (Entries->empty())
      return error("{}: has no entries", Path);
    for (size_t I = 0; I < Entries->size(); ++I)
      if (llvm::Error E = readEntry((*Entries)[I], I))
        return E;
    return llvm::Error::success();
  }

private:
  llvm::Error readEntry(const llvm::json::Value &Value, size_t Index) {
    const llvm::json::Object *Entry = Value.getAsObject();
    if (!Entry)
      return error("{}: entry {} is no object", Path, Index);
    auto File = Entry->getString("file");
    if (!File || File->empty())
      return error("{}: entry {} has no 'file'", Path, Index);
    auto Directory = Entry->getString("directory");
    if (!Directory)
      return error("{}: entry {} ('{}') has no 'directory'", Path, Index,
                   File->str());
    std::vector<std::string> Command;
    if (const llvm::json::Array *List = Entry->getArray("arguments")) {
      for (const llvm::json::Value &Argument : *List) {
        if (!Argument.getAsString())
          return error("{}: entry {} ('{}'): 'arguments' holds something that "
                       "is no text",
                       Path, Index, File->str());
        Command.push_back(Argument.getAsString()->str());
      }
    } else if (auto Line = Entry->getString("command")) {
      Command = tokenize(*Line);
    } else {
      return error("{}: entry {} ('{}') has neither 'arguments' nor 'command'",
                   Path, Index, File->str());
    }
    if (Command.empty())
      return error("{}: entry {} ('{}'): the command is empty", Path, Index,
                   File->str());
    Unit U;
    U.Directory = absolute(*Directory, path::parent_path(Path));
    U.File = absolute(*File, U.Directory);
    if (llvm::Error E = expandResponseFiles(Command, U.Directory))
      return error("{}: entry {} ('{}'): {}", Path, Index, File->str(),
                   llvm::toString(std::move(E)));
    return add(std::move(U), withoutLaunchers(std::move(Command)));
  }

  llvm::Error add(Unit U, std::vector<std::string> Command) {
    // The build step of a precompiled header is no translation unit.
    if (llvm::is_contained(Command, "c++-header") ||
        llvm::is_contained(Command, "-emit-pch"))
      return llvm::Error::success();
    if (!isCxxSource(U.File, Command)) {
      ++Into.OtherLanguages;
      return llvm::Error::success();
    }
    // Neither does a pipe hold a source: reading it could wait for ever.
    if (!fs::is_regular_file(U.File)) {
      Into.Missing.push_back(U.File);
      return llvm::Error::success();
    }
    U.RealFile = realPath(U.File);
    (void)fs::file_size(U.File, U.Size); // the parse tells why not
    U.Command = adjustCommand(std::move(Command), U, Run, Into.DroppedFlags);
    Into.Units.push_back(std::move(U));
    return llvm::Error::success();
  }

  static std::vector<std::string> tokenize(llvm::StringRef Line) {
    llvm::BumpPtrAllocator Memory;
    llvm::StringSaver Saver(Memory);
    llvm::SmallVector<const char *, 64> Parts;
    llvm::cl::TokenizeGNUCommandLine(Line, Saver, Parts);
    return {Parts.begin(), Parts.end()};
  }

  static llvm::Error expandResponseFiles(std::vector<std::string> &Command,
                                         llvm::StringRef Directory) {
    if (llvm::none_of(Command,
                      [](llvm::StringRef Arg) { return Arg.starts_with("@"); }))
      return llvm::Error::success();
    llvm::BumpPtrAllocator Memory;
    llvm::SmallVector<const char *, 64> Parts;
    for (const std::string &Arg : Command)
      Parts.push_back(Arg.c_str());
    llvm::cl::ExpansionContext Expansion(Memory,
                                         llvm::cl::TokenizeGNUCommandLine);
    if (llvm::Error E = Expansion.setCurrentDir(Directory)
                            .setRelativeNames(false)
                            .expandResponseFiles(Parts))
      return E;
    std::vector<std::string> Expanded(Parts.begin(), Parts.end());
    Command = std::move(Expanded);
    for (llvm::StringRef Arg : llvm::drop_begin(Command))
      if (Arg.starts_with("@") && Arg.ends_with(".rsp"))
        return error("response file '{}' cannot be read",
                     Arg.drop_front().str());
    return llvm::Error::success();
  }

  std::string Path;
  const Invocation &Run;
  Compilations &Into;
};

} // namespace

/// Leaves the units of the files, and below the folders, that are named on the
/// command line.
static llvm::Error select(Compilations &All, const Invocation &Run) {
  if (Run.Files.empty())
    return llvm::Error::success();
  llvm::StringMap<bool> Wanted; // whether a unit has been found for it
  for (const std::string &File : Run.Files) {
    std::string Full = absolute(File, currentFolder());
    if (!fs::exists(Full))
      return error("'{}' does not exist", File);
    Wanted[realPath(Full)] = false;
  }
  llvm::erase_if(All.Units, [&](const Unit &U) {
    bool Found = false;
    for (llvm::StringRef At = U.RealFile; !At.empty();
         At = path::parent_path(At))
      if (const auto Named = Wanted.find(At); Named != Wanted.end())
        Found = Named->second = true;
    return !Found;
  });
  for (const std::string &File : Run.Files)
    if (!Wanted[realPath(absolute(File, currentFolder()))])
      All.NotInDatabase.push_back(File);
  return llvm::Error::success();
}

static llvm::Error fixedUnits(Compilations &Into, const Invocation &Run) {
  if (Run.Files.empty())
    return error("flags after -- want files before it");
  for (const std::string &File : Run.Files) {
    Unit U;
    U.Directory = currentFolder();
    U.File = absolute(File, U.Directory);
    if (!fs::exists(U.File))
      return error("'{}' does not exist", File);
    if (fs::is_directory(U.File))
      return error("'{}' is a folder", File);
    if (!fs::is_regular_file(U.File))
      return error("'{}' is no regular file", File);
    U.RealFile = realPath(U.File);
    (void)fs::file_size(U.File, U.Size); // the parse tells why not
    std::vector<std::string> Command{"clang++"};
    Command.insert(Command.end(), Run.FixedFlags->begin(),
                   Run.FixedFlags->end());
    Command.push_back(U.File);
    U.Command = adjustCommand(std::move(Command), U, Run, Into.DroppedFlags);
    Into.Units.push_back(std::move(U));
  }
  return llvm::Error::success();
}

llvm::Expected<Compilations> loadCompilations(const Invocation &Run) {
  Compilations All;
  if (currentFolder().empty())
    return error("the working folder is gone");
  if (Run.FixedFlags) {
    if (llvm::Error E = fixedUnits(All, Run))
      return E;
  } else {
    llvm::Expected<std::string> Path = databasePath(Run);
    if (!Path)
      return Path.takeError();
    All.Database = *Path;
    if (llvm::Error E = DatabaseReader(*Path, Run, All).read())
      return E;
    if (All.Units.empty() && !All.Missing.empty())
      return error("{}: none of its files exists; is it from another machine "
                   "or folder? The first one is '{}'",
                   All.Database, All.Missing.front());
    if (llvm::Error E = select(All, Run))
      return E;
  }
  llvm::sort(All.Units, [](const Unit &A, const Unit &B) {
    return std::tie(A.RealFile, A.Directory, A.Command) <
           std::tie(B.RealFile, B.Directory, B.Command);
  });
  All.Units.erase(std::unique(All.Units.begin(), All.Units.end(),
                              [](const Unit &A, const Unit &B) {
                                return A.RealFile == B.RealFile &&
                                       A.Directory == B.Directory &&
                                       A.Command == B.Command;
                              }),
                  All.Units.end());
  for (std::vector<std::string> *List :
       {&All.Missing, &All.NotInDatabase, &All.DroppedFlags}) {
    llvm::sort(*List);
    List->erase(std::unique(List->begin(), List->end()), List->end());
  }
  return All;
}

} // namespace interlock
