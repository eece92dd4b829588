#include "tool/driver/Compilations.h"
#include "tool/driver/Installation.h"

#include "clang/Driver/Driver.h"
#include "clang/Driver/Options.h"
#include "clang/Tooling/ArgumentsAdjusters.h"
#include "clang/Tooling/Tooling.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Option/ArgList.h"
#include "llvm/Option/OptTable.h"
#include "llvm/Support/Path.h"

namespace interlock {

using namespace clang::driver;

/// Flags that produce files, load foreign code, or make the parse depend on
/// products of another compiler or of another build step.
static bool isUnwanted(unsigned Id) {
  switch (Id) {
  case options::OPT_fplugin_EQ:
  case options::OPT_fpass_plugin_EQ:
  case options::OPT_Xclang:
  case options::OPT_save_temps:
  case options::OPT_save_temps_EQ:
  case options::OPT_MJ:
  case options::OPT_gen_cdb_fragment_path:
  case options::OPT_ftime_trace:
  case options::OPT_ftime_trace_EQ:
  case options::OPT_fcrash_diagnostics_dir:
  case options::OPT_fprofile_use_EQ:
  case options::OPT_fprofile_instr_use_EQ:
  case options::OPT_fprofile_sample_use_EQ:
  case options::OPT__serialize_diags:
  case options::OPT_pedantic_errors:
  case options::OPT_E:
  case options::OPT_S:
  case options::OPT_emit_llvm:
    return true;
  default:
    return false;
  }
}

/// Keeps `-Xclang -include-pch` and the like, which CMake writes for
/// precompiled headers of clang; drops every other pass-through.
static bool isWantedPassThrough(llvm::StringRef Value) {
  return Value == "-include" || Value == "-fmodules" ||
         Value.starts_with("-I") || Value.ends_with(".h") ||
         Value.ends_with(".hxx") || Value.ends_with(".hpp");
}

static std::vector<std::string>
keepUnderstood(const std::vector<std::string> &Command,
               std::vector<std::string> &Dropped) {
  llvm::SmallVector<const char *, 64> Raw;
  for (const std::string &Arg : llvm::drop_begin(Command))
    Raw.push_back(Arg.c_str());
  unsigned MissingIndex = 0, MissingCount = 0;
  bool CLMode = getDriverMode(Command.front(), Raw) == "cl";
  llvm::opt::InputArgList Args = getDriverOptTable().ParseArgs(
      Raw, MissingIndex, MissingCount,
      llvm::opt::Visibility(CLMode ? options::CLOption : options::ClangOption));
  std::vector<bool> Keep(Raw.size(), true);
  for (const llvm::opt::Arg *Arg : Args) {
    unsigned Id = Arg->getOption().getID();
    bool Unknown = Id == options::OPT_UNKNOWN;
    bool Foreign = Arg->getOption().matches(
        options::OPT_clang_ignored_gcc_optimization_f_Group);
    bool PassThrough = Id == options::OPT_Xclang;
    if (PassThrough && isWantedPassThrough(Arg->getValue()))
      continue;
    if (!Unknown && !Foreign && !isUnwanted(Id))
      continue;
    // A precompiled header of gcc is no input for clang; the `-include` of
    // the header itself stays.
    if (Unknown)
      Dropped.push_back(Raw[Arg->getIndex()]);
    unsigned Width = 1 + (Unknown ? 0 : Arg->getNumValues());
    // Joined values stand in the flag's own argument.
    if (!Unknown && Arg->getNumValues() > 0 &&
        llvm::StringRef(Raw[Arg->getIndex()]) != Arg->getSpelling())
      Width = 1;
    for (unsigned I = 0; I < Width && Arg->getIndex() + I < Keep.size(); ++I)
      Keep[Arg->getIndex() + I] = false;
  }
  std::vector<std::string> Kept{Command.front()};
  for (size_t I = 0; I < Raw.size(); ++I)
    if (Keep[I] && !(MissingCount && I == MissingIndex))
      Kept.push_back(Command[I + 1]);
  return Kept;
}

std::vector<std::string> adjustCommand(std::vector<std::string> Command,
                                       const Unit &U, const Invocation &Run,
                                       std::vector<std::string> &Dropped) {
  using namespace clang::tooling;
  // Compiler wrappers stand before the compiler in what some tools write.
  while (Command.size() > 1) {
    llvm::StringRef Stem = llvm::sys::path::stem(Command.front());
    if (Stem != "ccache" && Stem != "sccache" && Stem != "distcc" &&
        Stem != "icecc")
      break;
    Command.erase(Command.begin());
  }
  Command = keepUnderstood(Command, Dropped);
  Command.insert(Command.begin() + 1, Run.ExtraArgsBefore.begin(),
                 Run.ExtraArgsBefore.end());
  addTargetAndModeForProgramName(Command, Command.front());
  Command = getClangStripOutputAdjuster()(Command, U.File);
  Command = getClangStripDependencyFileAdjuster()(Command, U.File);
  Command = getClangSyntaxOnlyAdjuster()(Command, U.File);
  std::vector<std::string> Extra = {"-w", "-Wno-error", "-ferror-limit=20",
                                    "-fno-spell-checking"};
  if (llvm::none_of(Command, [](llvm::StringRef Arg) {
        return Arg.starts_with("-resource-dir");
      }))
    Extra.push_back("-resource-dir=" + resourceDir(Run.Program));
  Extra.insert(Extra.end(), Run.ExtraArgs.begin(), Run.ExtraArgs.end());
  return getInsertArgumentAdjuster(Extra, ArgumentInsertPosition::END)(Command,
                                                                       U.File);
}

} // namespace interlock
