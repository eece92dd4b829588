#include "rewriters/base/EditSet.h"
#include "rewriters/base/Includes.h"

#include "llvm/Support/xxhash.h"

#include <algorithm>

namespace interlock {

std::uint64_t contentDigest(llvm::StringRef Content) {
  return llvm::xxh3_64bits(Content);
}

/// Whether two different edits of one file stand in each other's way.
static bool conflict(const Edit &A, const Edit &B) {
  if (A.Length == 0 && B.Length == 0)
    return A.Offset == B.Offset && !(isIncludeLine(A) && isIncludeLine(B));
  const unsigned AEnd = A.Offset + A.Length, BEnd = B.Offset + B.Length;
  if (A.Length == 0)
    return B.Offset < A.Offset && A.Offset < BEnd;
  if (B.Length == 0)
    return A.Offset < B.Offset && B.Offset < AEnd;
  return A.Offset < BEnd && B.Offset < AEnd;
}

bool EditSet::add(llvm::ArrayRef<Edit> Plan) {
  for (const Edit &E : Plan) {
    const auto File = ByFile.find(E.File);
    if (File == ByFile.end())
      continue;
    for (const Edit &Old : File->second)
      if (!(Old == E) && conflict(Old, E))
        return false;
  }
  for (const Edit &E : Plan) {
    auto &Edits = ByFile[E.File];
    const auto At = std::lower_bound(Edits.begin(), Edits.end(), E);
    if (At == Edits.end() || !(*At == E))
      Edits.insert(At, E);
  }
  return true;
}

std::vector<std::string> EditSet::files() const {
  std::vector<std::string> Names;
  Names.reserve(ByFile.size());
  for (const auto &[Name, Edits] : ByFile)
    Names.push_back(Name);
  return Names;
}

std::string EditSet::apply(llvm::StringRef File,
                           llvm::StringRef Content) const {
  const auto Found = ByFile.find(File.str());
  if (Found == ByFile.end())
    return Content.str();
  std::string Result;
  std::size_t Done = 0;
  // Sorted by offset, then length: an insertion precedes a replacement that
  // begins at the same byte.
  for (const Edit &E : Found->second) {
    Result += Content.substr(Done, E.Offset - Done);
    Result += E.Text;
    Done = E.Offset + E.Length;
  }
  Result += Content.substr(Done);
  return Result;
}

} // namespace interlock
