#include "tool/driver/ForeignIncludes.h"

#include "clang/Basic/CharInfo.h"
#include "clang/Frontend/CompilerInstance.h"
#include "clang/Frontend/Utils.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

namespace path = llvm::sys::path;

namespace interlock {

ForeignIncludes::ForeignIncludes(SourceShapes &Shapes,
                                 const std::vector<std::string> &Flags,
                                 llvm::StringRef Directory,
                                 llvm::StringRef Root)
    : Shapes(Shapes), Directory(Directory), Root(Root) {
  std::vector<const char *> Arguments;
  Arguments.reserve(Flags.size() + 3);
  for (const std::string &Flag : Flags)
    Arguments.push_back(Flag.c_str());
  Arguments.insert(Arguments.end(), {"-x", "c++", "none.cpp"});
  clang::CreateInvocationOptions Options;
  Options.Diags = clang::CompilerInstance::createDiagnostics(
      new clang::DiagnosticOptions, new clang::IgnoringDiagConsumer);
  Options.RecoverOnError = true;
  const auto Invocation = clang::createInvocation(Arguments, Options);
  if (!Invocation)
    return;
  using namespace clang::frontend;
  // clang searches user folders ahead of system folders.
  const auto Ahead = [](const Folder &A, const Folder &B) {
    return std::pair(A.System, !A.Quoted) < std::pair(B.System, !B.Quoted);
  };
  for (const auto &Entry : Invocation->getHeaderSearchOpts().UserEntries) {
    llvm::SmallString<256> Full(Entry.Path);
    llvm::sys::fs::make_absolute(Directory, Full);
    Folder Next{Full.str().str(), Entry.Group == Quoted,
                Entry.Group != Quoted && Entry.Group != Angled};
    Folders.insert(llvm::upper_bound(Folders, Next, Ahead), std::move(Next));
  }
}

ForeignIncludes::Header ForeignIncludes::resolve(const std::string &Name,
                                                 bool Angled,
                                                 llvm::StringRef From) {
  const auto Inside = [&](llvm::StringRef Path) {
    return Path.starts_with(Root) && Path.size() > Root.size() &&
           path::is_separator(Path[Root.size()]);
  };
  const auto Try = [&](llvm::StringRef Folder, bool System) {
    llvm::SmallString<256> Full(Folder), Real;
    path::append(Full, Name);
    if (!llvm::sys::fs::is_regular_file(Full) ||
        llvm::sys::fs::real_path(Full, Real))
      return Header();
    return Header{Real.str().str(), System, Inside(Real)};
  };
  if (!Angled)
    if (Header H = Try(From, false); !H.Path.empty())
      return H;
  const auto [Entry, New] = Resolved.try_emplace((Angled ? "<" : "\"") + Name);
  if (!New)
    return Entry->second;
  for (const Folder &F : Folders)
    if (!Angled || !F.Quoted)
      if (Header H = Try(F.Path, F.System); !H.Path.empty())
        return Entry->second = H;
  return {};
}

std::optional<std::vector<std::string>>
ForeignIncludes::own(llvm::StringRef Source,
                     llvm::ArrayRef<std::string> Forced) {
  std::vector<std::string> Result, Work{Source.str()};
  llvm::StringSet<> Seen;
  for (const std::string &Name : Forced) {
    const Header H = resolve(Name, /*Angled=*/false, Directory);
    if (H.Path.empty())
      return std::nullopt;
    if (H.Inside && Seen.insert(H.Path).second) {
      Result.push_back(H.Path);
      Work.push_back(H.Path);
    }
  }
  while (!Work.empty()) {
    const std::string File = std::move(Work.back());
    Work.pop_back();
    for (const ShapeEvent &E : Shapes.of(File).Events) {
      if (E.What == ShapeEvent::Kind::Macro)
        continue;
      const Header H = E.What == ShapeEvent::Kind::Unclear
                           ? Header()
                           : resolve(E.Name, E.Angled, path::parent_path(File));
      if (H.Path.empty() && !E.Angled)
        return std::nullopt;
      if (!H.Path.empty() && H.Inside && Seen.insert(H.Path).second) {
        Result.push_back(H.Path);
        Work.push_back(H.Path);
      }
    }
  }
  return Result;
}

std::vector<std::string> ForeignIncludes::of(llvm::StringRef Source) {
  Walk W;
  walk(Source, /*Certain=*/true, W);
  return std::move(W.Result);
}

void ForeignIncludes::walk(llvm::StringRef File, bool Certain, Walk &W) {
  if (!W.Files.insert(File).second)
    return;
  for (const ShapeEvent &E : Shapes.of(File).Events) {
    if (W.Blocked)
      return;
    if (E.What == ShapeEvent::Kind::Unclear) {
      W.Blocked = true;
      return;
    }
    if (E.What == ShapeEvent::Kind::Macro) {
      W.Macros.push_back(E.Name);
      continue;
    }
    const Header H = resolve(E.Name, E.Angled, path::parent_path(File));
    if (H.Path.empty())
      continue;
    if (!H.foreign())
      walk(H.Path, Certain && E.Certain, W);
    else if (E.Angled && Certain && E.Certain && !disturbed(E.Name, W) &&
             W.Listed.insert(E.Name).second)
      W.Result.push_back(E.Name);
  }
}

/// Whether a macro that stands ahead of an include has a name that occurs in
/// foreign headers, so that it could change what they mean.
bool ForeignIncludes::disturbed(const std::string &Spelling, Walk &W) {
  if (W.Macros.empty())
    return false;
  closure(Spelling);
  readWords();
  W.Blocked = llvm::any_of(W.Macros, [&](const std::string &Macro) {
    return Macro.empty() || Words.contains(Macro);
  });
  return W.Blocked;
}

bool ForeignIncludes::system(const std::string &Spelling) {
  return resolve(Spelling, /*Angled=*/true, {}).System;
}

const llvm::BitVector &ForeignIncludes::closure(const std::string &Spelling) {
  const auto [Entry, New] = Closures.try_emplace(Spelling);
  llvm::BitVector &Set = Entry->second;
  if (!New)
    return Set;
  std::vector<std::string> Work{resolve(Spelling, true, {}).Path};
  while (!Work.empty()) {
    const std::string File = std::move(Work.back());
    Work.pop_back();
    if (File.empty())
      continue;
    const auto [Index, Fresh] = FileIndex.try_emplace(File, FilePaths.size());
    const SourceShapes::Shape &Shape = Shapes.of(File);
    if (Fresh) {
      FilePaths.push_back(File);
      FileSizes.push_back(Shape.Text ? Shape.Text->getBufferSize() : 0);
    }
    const unsigned I = Index->second;
    if (Set.size() <= I)
      Set.resize(FilePaths.size());
    if (Set.test(I))
      continue;
    Set.set(I);
    for (const ShapeEvent &E : Shape.Events)
      if (E.What == ShapeEvent::Kind::Include)
        Work.push_back(resolve(E.Name, E.Angled, path::parent_path(File)).Path);
  }
  return Set;
}

std::uint64_t
ForeignIncludes::weight(const std::vector<std::string> &Spellings) {
  llvm::BitVector All;
  for (const std::string &Spelling : Spellings)
    All |= closure(Spelling);
  std::uint64_t Sum = 0;
  for (const unsigned I : All.set_bits())
    Sum += FileSizes[I];
  return Sum;
}

/// Reads the words of all foreign headers met so far.
void ForeignIncludes::readWords() {
  for (; WordsOf < FilePaths.size(); ++WordsOf) {
    const SourceShapes::Shape &Shape = Shapes.of(FilePaths[WordsOf]);
    llvm::StringRef Text = Shape.Text ? Shape.Text->getBuffer() : "";
    while (!Text.empty()) {
      const llvm::StringRef Next = Text.take_while(
          [](char C) { return clang::isAsciiIdentifierContinue(C); });
      if (!Next.empty())
        Words.insert(Next);
      Text = Text.drop_front(std::max<size_t>(Next.size(), 1));
    }
  }
}

} // namespace interlock
