#include "tool/driver/Progress.h"

#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdlib>
#include <fmt/format.h>

namespace interlock {

bool Progress::terminal() {
  const char *Kind = std::getenv("TERM");
  return llvm::sys::Process::StandardErrIsDisplayed() && Kind &&
         llvm::StringRef(Kind) != "dumb";
}

Progress::Progress(bool Enabled, llvm::StringRef Phase, unsigned Total)
    : Enabled(Enabled && Total > 1), Phase(Phase), Total(Total),
      Start(std::chrono::steady_clock::now()) {}

void Progress::done(llvm::StringRef File) {
  if (!Enabled)
    return;
  std::lock_guard<std::mutex> Held(Lock);
  ++Count;
  double Spent =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - Start)
          .count();
  int Left = static_cast<int>(Spent / Count * (Total - Count) + 0.5);
  std::string Name = llvm::sys::path::filename(File).str();
  llvm::errs() << "\r\x1b[K"
               << fmt::format("{} {}/{}, {}:{:02} left, {}", Phase, Count,
                              Total, Left / 60, Left % 60, Name.substr(0, 40));
}

Progress::~Progress() {
  if (Enabled && Count)
    llvm::errs() << "\r\x1b[K";
}

} // namespace interlock
