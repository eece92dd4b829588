#pragma once

#include "rewriters/base/EditSet.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace interlock {

/// Replaces files below `Folder`, all or none. Each new content is staged
/// beside its target under a name that cannot be foreseen, and synced; the
/// digests are verified once more; then all are renamed into place. A failure
/// puts everything back, and signals that end the process wait until it is
/// over. A locked journal in `Folder` keeps other runs out,
/// and lets `recoverFiles` put everything back if this one is killed. Modes
/// are kept, symbolic links are followed.
llvm::Error replaceFiles(const FileContents &Files,
                         const std::map<std::string, std::uint64_t> &Digests,
                         llvm::StringRef Folder);

/// Why a file that is there cannot be replaced, as the end of a sentence that
/// begins with its name; null if it can be.
const char *irreplaceable(llvm::StringRef File);

/// What a run of `replaceFiles` that was killed has left behind.
enum class Leftover {
  None,
  Running, ///< it was not killed: the journal is locked
  Settled  ///< every file is wholly old, or wholly new where all were in place
};

/// Settles what was left behind in `Folder`. Fails if a file was changed by
/// someone else meanwhile: that file is left alone, its old content stays
/// beside it, and the error says where.
llvm::Expected<Leftover> recoverFiles(llvm::StringRef Folder);

/// Whether there is anything to recover; changes nothing.
bool needsRecovery(llvm::StringRef Folder);

} // namespace interlock
