#pragma once

#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"

#include <vector>

namespace interlock {

/// Numbers for words, so that they are compared fast.
class WordTable {
public:
  unsigned of(llvm::StringRef Word) {
    return Numbers.try_emplace(Word, Numbers.size()).first->second;
  }
  size_t size() const { return Numbers.size(); }
  const llvm::StringMap<unsigned> &all() const { return Numbers; }

private:
  llvm::StringMap<unsigned> Numbers;
};

/// What the text of a file says of names, without preprocessing: rather too
/// much than too little.
struct SourceNames {
  std::vector<unsigned> Words; ///< all identifiers that are no keywords
  /// Functions, with the classes that they are written for; types, macros with
  /// what may be made by them, and variables of namespaces.
  std::vector<unsigned> Defined;
  std::vector<unsigned> Fields;     ///< data members, variables of namespaces
  std::vector<unsigned> Namespaces; ///< names of them
  bool Unclear = false;   ///< a macro joins names, or braces do not match
  bool Operators = false; ///< some are no members: nobody has to name them
  bool Subtracts = false; ///< something is spent, or may be
};

/// Each list is sorted and has nothing twice. Linear in the text.
SourceNames namesIn(llvm::StringRef Text, WordTable &Words);

} // namespace interlock
