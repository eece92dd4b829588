#pragma once

#include "matchers/Analysis.h"
#include "matchers/facts/Facts.h"
#include "tool/cache/InputStore.h"
#include "tool/driver/Compilations.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace interlock {

/// What one parse gave, as a value that can be kept.
struct UnitRecord {
  std::unique_ptr<TUFacts> Facts;
  /// Files that were read, the source first.
  std::vector<std::string> Files;
  /// Everything that the parse depends on: the files, those of a shared
  /// prefix, and paths where something was looked for in vain.
  std::vector<std::string> Inputs;
};

/// Bytes of a record: for the cache and for `interlock summarize`. Sealed,
/// and relative to the project's folder.
std::string pack(const UnitRecord &Record, const Relocation &R);
llvm::Expected<UnitRecord> unpack(llvm::StringRef Bytes, const Relocation &R);

/// Facts of units that were parsed before. Safe to call from several threads.
class ResultCache {
public:
  ResultCache(InputStore &Entries, const Options &Opts);

  std::optional<UnitRecord> find(const Unit &U);
  void keep(const Unit &U, const UnitRecord &Record);

private:
  Digest unitKey(const Unit &U);

  InputStore &Entries;
  Digest Settings; ///< of whatever changes facts but the unit itself
};

/// Digest of what clang's driver reads besides its command, and of the tool.
Digest surroundings();

} // namespace interlock
