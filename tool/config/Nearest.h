#pragma once

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <fmt/format.h>
#include <string>

namespace interlock {

/// The candidate that a misspelled word was meant to be; empty where none is
/// near enough to be helpful.
inline llvm::StringRef nearest(llvm::StringRef Word,
                               llvm::ArrayRef<llvm::StringRef> Candidates) {
  llvm::StringRef Best;
  unsigned BestDistance = std::max<unsigned>(2, Word.size() / 3) + 1;
  for (llvm::StringRef Candidate : Candidates) {
    unsigned Distance = Word.edit_distance(Candidate, true, BestDistance);
    if (Distance < BestDistance) {
      Best = Candidate;
      BestDistance = Distance;
    }
  }
  return Best;
}

/// `, did you mean 'x'?`, or the whole list where nothing is near.
inline std::string suggestion(llvm::StringRef Word,
                              llvm::ArrayRef<llvm::StringRef> Candidates) {
  if (llvm::StringRef Near = nearest(Word, Candidates); !Near.empty())
    return fmt::format(", did you mean '{}'?", Near.str());
  std::string All;
  for (llvm::StringRef Candidate : Candidates)
    All += (All.empty() ? "" : ", ") + Candidate.str();
  return "; known are: " + All;
}

} // namespace interlock
