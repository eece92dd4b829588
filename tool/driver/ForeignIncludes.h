#pragma once

#include "tool/driver/Compilations.h"
#include "tool/driver/SourceShape.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/StringSet.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace interlock {

/// Finds out which headers of libraries the units of one set of flags include,
/// without preprocessing them.
///
/// A header is foreign if it is a system header or lies outside the project.
/// A unit's includes that are listed can stand ahead of its first line
/// without a change of meaning: they stand under no condition, inside nothing,
/// and behind no macro whose name occurs anywhere in foreign headers.
class ForeignIncludes {
public:
  /// `Flags` is a command without its source.
  ForeignIncludes(SourceShapes &Shapes, const std::vector<std::string> &Flags,
                  llvm::StringRef Directory, llvm::StringRef Root);

  /// The files inside the project that a source may include, whatever the
  /// preprocessor says, those of `-include` among them; nothing if an include
  /// is named by a macro, or a quoted one cannot be found. System headers
  /// inside the project count.
  std::optional<std::vector<std::string>>
  own(llvm::StringRef Source, llvm::ArrayRef<std::string> Forced);
  /// Spellings between the angles, in the order of the text.
  std::vector<std::string> of(llvm::StringRef Source);
  /// Whether it is a system header, whose functions nobody lowers.
  bool system(const std::string &Spelling);
  /// Bytes in all headers that a set of headers comes to.
  std::uint64_t weight(const std::vector<std::string> &Spellings);

private:
  struct Folder {
    std::string Path;
    bool Quoted = false, System = false;
  };
  struct Header {
    std::string Path; ///< empty: not found
    bool System = false, Inside = false;
    bool foreign() const { return System || !Inside; }
  };
  struct Walk {
    std::vector<std::string> Result;
    llvm::StringSet<> Files, Listed;
    std::vector<std::string> Macros; ///< of the project, met so far
    bool Blocked = false;
  };

  Header resolve(const std::string &Name, bool Angled, llvm::StringRef From);
  void walk(llvm::StringRef File, bool Certain, Walk &W);
  const llvm::BitVector &closure(const std::string &Spelling);
  bool disturbed(const std::string &Spelling, Walk &W);
  void readWords();

  SourceShapes &Shapes;
  std::string Directory, Root;
  std::vector<Folder> Folders;
  llvm::StringMap<Header> Resolved;
  llvm::StringMap<unsigned> FileIndex;
  std::vector<std::string> FilePaths;
  std::vector<std::uint64_t> FileSizes;
  std::map<std::string, llvm::BitVector> Closures;
  llvm::StringSet<> Words; ///< of the first `WordsOf` foreign files
  size_t WordsOf = 0;
};

} // namespace interlock
