#include "tool/driver/Cli.h"
#include "tool/driver/Containment.h"
#include "tool/driver/Pipeline.h"

#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/PrettyStackTrace.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/raw_ostream.h"

#include <csignal>
#include <cstdlib>

int main(int Argc, char **Argv) {
  llvm::setBugReportMsg("interlock crashed; what follows says where\n");
  llvm::InitLLVM Init(Argc, Argv);
  // Where a standard stream is closed, the next file that is opened would take
  // its place, and the report would go there.
  if (llvm::sys::Process::FixupStandardFileDescriptors())
    return EXIT_FAILURE;
  // A file that may not grow is an error like any other of a write.
  std::signal(SIGXFSZ, SIG_IGN);
  const interlock::ParsedCommandLine Parsed =
      interlock::parseCommandLine(Argc, const_cast<const char **>(Argv));
  if (Parsed.Exit)
    return *Parsed.Exit;
  const int Status = interlock::run(Parsed.Run);
  if (!interlock::survivedCrash())
    return Status;
  llvm::outs().flush();
  std::_Exit(Status);
}
