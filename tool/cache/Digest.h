#pragma once

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/BLAKE3.h"
#include "llvm/Support/Chrono.h"

#include <array>
#include <mutex>
#include <string>
#include <vector>

/// cache/ remembers what earlier runs found out, under keys made of content:
/// no clock, no machine and no place decides whether an entry fits.
namespace interlock {

/// A name for content: 32 hexadecimal digits.
using Digest = std::string;

/// Makes a digest of several texts; where one ends and the next begins counts.
class Hasher {
public:
  Hasher &add(llvm::StringRef Text);
  Hasher &add(const std::vector<std::string> &Texts);
  Digest finish();

private:
  llvm::BLAKE3 State;
};

Digest digestOf(llvm::StringRef Text);

/// Names the program that runs, down to its bytes: another build of the tool
/// may find other facts.
const Digest &toolIdentity();

/// Digests of files, each read once a run. Safe to call from several threads.
class FileDigests {
public:
  struct Entry {
    Digest Content; ///< "absent" where there is no such file
    llvm::sys::TimePoint<> Changed;
    bool isFile() const { return Content.size() == 32; }
  };
  Entry of(llvm::StringRef File);

private:
  struct Part {
    std::mutex Lock;
    llvm::StringMap<Entry> Known;
  };
  std::array<Part, 16> Parts; ///< by name, so that threads seldom meet
};

} // namespace interlock
