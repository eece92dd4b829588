#include "tool/output/Sources.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

namespace interlock {

Sources::Sources(const std::map<std::string, std::string> &Instead) {
  for (const auto &[File, Text] : Instead)
    Files[File].Buffer = llvm::MemoryBuffer::getMemBufferCopy(Text, File);
}

Sources::Loaded &Sources::load(llvm::StringRef File) {
  Loaded &Entry = Files[File];
  if (!Entry.LineStarts.empty())
    return Entry;
  Entry.LineStarts.push_back(0);
  if (!Entry.Buffer)
    if (auto Buffer =
            llvm::MemoryBuffer::getFile(File, /*IsText=*/false,
                                        /*RequiresNullTerminator=*/false,
                                        /*IsVolatile=*/true))
      Entry.Buffer = std::move(*Buffer);
  if (!Entry.Buffer)
    return Entry;
  llvm::StringRef Text = Entry.Buffer->getBuffer();
  for (size_t At = Text.find('\n'); At != llvm::StringRef::npos;
       At = Text.find('\n', At + 1))
    Entry.LineStarts.push_back(At + 1);
  return Entry;
}

llvm::StringRef Sources::text(llvm::StringRef File) {
  Loaded &Entry = load(File);
  return Entry.Buffer ? Entry.Buffer->getBuffer() : llvm::StringRef();
}

llvm::StringRef Sources::line(llvm::StringRef File, unsigned Number) {
  Loaded &Entry = load(File);
  if (!Number || Number > Entry.LineStarts.size() || !Entry.Buffer)
    return {};
  llvm::StringRef Rest =
      Entry.Buffer->getBuffer().drop_front(Entry.LineStarts[Number - 1]);
  return Rest.take_until([](char C) { return C == '\n'; }).rtrim('\r');
}

std::pair<unsigned, unsigned> Sources::place(llvm::StringRef File,
                                             unsigned Offset) {
  const std::vector<unsigned> &Starts = load(File).LineStarts;
  const auto After = llvm::upper_bound(Starts, Offset);
  return {After - Starts.begin(), Offset - *std::prev(After) + 1};
}

static bool below(llvm::StringRef File, llvm::StringRef Folder,
                  llvm::StringRef &Rest) {
  Rest = File;
  if (Folder.empty() || !Rest.consume_front(Folder))
    return false;
  return Folder.ends_with("/") || Rest.consume_front("/");
}

std::string relativePath(llvm::StringRef File, llvm::StringRef Root) {
  llvm::StringRef Rest;
  return (below(File, Root, Rest) ? Rest : File).str();
}

std::string inOneLine(std::string Text) {
  llvm::transform(Text, Text.begin(), printable);
  return Text;
}

std::string shownPath(llvm::StringRef File) {
  return inOneLine(pathFromHere(File));
}

std::string pathFromHere(llvm::StringRef File) {
  static const std::string Here = [] {
    llvm::SmallString<256> Folder, Real;
    return llvm::sys::fs::current_path(Folder) ||
                   llvm::sys::fs::real_path(Folder, Real)
               ? std::string()
               : Real.str().str();
  }();
  return Here.empty() ? File.str() : relativePath(File, Here);
}

} // namespace interlock
