#include "tool/driver/Progress.h"

#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace interlock {

bool Progress::terminal() {
  const char *Kind = std::getenv("TERM");
  return llvm::sys::Process::StandardErrIsDisplayed() && Kind &&
         llvm::StringRef(Kind) != "dumb";
}

Progress::Progress(bool Enabled, llvm::StringRef Phase, unsigned Total)
    : Enabled(Enabled && Total > 1), Phase(Phase), Total(Total), Start(now()) {}

void Progress::done(llvm::StringRef File) {
  if (!Enabled)
    return;
  std::lock_guard<std::mutex> Held(Lock);
  ++Count;
  // Units out of the cache come by the thousand.
  if (Count != Total && Drawn && now() - *Drawn < std::chrono::milliseconds(50))
    return;
  Drawn = now();
  llvm::errs() << "\r\x1b[K" << line(llvm::sys::path::filename(File));
}

static unsigned columns() {
  winsize Size{};
  ioctl(STDERR_FILENO, TIOCGWINSZ, &Size);
  return Size.ws_col ? std::max<unsigned>(Size.ws_col, 20) : 80;
}

/// As wide as the terminal allows: what is behind its edge would wrap, and a
/// line that wraps cannot be cleared.
std::string Progress::line(llvm::StringRef Name) const {
  const double Spent = std::chrono::duration<double>(now() - Start).count();
  const long Left = std::lround(Spent / Count * (Total - Count));
  std::string Line = fmt::format("{} [{:-<{}}] {}/{}, {}:{:02} left", Phase,
                                 std::string(BarWidth * Count / Total, '#'),
                                 BarWidth, Count, Total, Left / 60, Left % 60);
  const unsigned Columns = columns() - 1;
  if (Line.size() + 2 < Columns)
    Line += ", " + Name.substr(0, Columns - Line.size() - 2).str();
  return Line.substr(0, Columns);
}

Progress::~Progress() {
  if (Drawn)
    llvm::errs() << "\r\x1b[K";
}

} // namespace interlock
