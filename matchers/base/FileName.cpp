#include "matchers/base/FileName.h"

#include <mutex>
#include <set>

namespace interlock {

const std::string FileName::None;

FileName::FileName(llvm::StringRef Name) {
  // Never destroyed: names may be used up to the very end of the process.
  static auto &All = *new std::set<std::string, std::less<>>;
  static auto &Lock = *new std::mutex;
  if (Name.empty())
    return;
  const std::lock_guard Guard(Lock);
  auto At = All.lower_bound(std::string_view(Name));
  if (At == All.end() || *At != Name)
    At = All.emplace_hint(At, Name.str());
  Kept = &*At;
}

} // namespace interlock
