#include "tool/driver/Compilations.h"
#include "tool/driver/Installation.h"

#include "clang/Basic/Sanitizers.h"
#include "clang/Driver/Driver.h"
#include "clang/Driver/Options.h"
#include "clang/Driver/ToolChain.h"
#include "clang/Driver/Types.h"
#include "clang/Tooling/ArgumentsAdjusters.h"
#include "clang/Tooling/Tooling.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Option/ArgList.h"
#include "llvm/Option/OptTable.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

namespace interlock {

using namespace clang::driver;

/// Whether a word of a command names a compiler, as `x86_64-linux-gnu-g++-12`
/// does. Launchers whose names end like a compiler's do not.
static bool namesCompiler(llvm::StringRef Word) {
  if (Word.starts_with("-"))
    return false;
  const llvm::StringRef Name = llvm::sys::path::filename(Word);
  for (llvm::StringRef Launcher : {"distcc", "icecc", "gomacc"})
    if (llvm::sys::path::stem(Name) == Launcher)
      return false;
  const llvm::StringRef Extension = llvm::sys::path::extension(Name);
  if (!Extension.empty() && types::lookupTypeForExtension(
                                Extension.drop_front()) != types::TY_INVALID)
    return false; // a source
  return !ToolChain::getTargetAndModeFromProgramName(Name).ModeSuffix.empty();
}

std::vector<std::string> withoutLaunchers(std::vector<std::string> Command) {
  for (size_t I = 0; I < Command.size(); ++I) {
    if (namesCompiler(Command[I])) {
      Command.erase(Command.begin(), Command.begin() + ptrdiff_t(I));
      break;
    }
    if (Command[I] == "-c" || Command[I] == "-o")
      break; // a compiler whose name says nothing
  }
  return Command;
}

/// Flags that produce files, load foreign code, or make the parse depend on
/// products of another compiler or of another build step. Without Clang's own
/// modules headers are read as text.
static bool hasUnwantedEffect(unsigned Id) {
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
  case options::OPT_fprofile_instr_use:
  case options::OPT_fprofile_use_EQ:
  case options::OPT_fprofile_instr_use_EQ:
  case options::OPT_fprofile_sample_use_EQ:
  case options::OPT_fprofile_filter_files_EQ:
  case options::OPT_fprofile_exclude_files_EQ:
  case options::OPT__serialize_diags:
  case options::OPT_fmodules:
  case options::OPT_fmodules_cache_path:
  case options::OPT_fmodules_decluse:
  case options::OPT_fmodules_strict_decluse:
  case options::OPT_fimplicit_module_maps:
  case options::OPT_fmodule_map_file:
  case options::OPT_fmodule_name_EQ:
  case options::OPT_fmodule_output:
  case options::OPT_fmodule_output_EQ:
  case options::OPT_pedantic_errors:
  case options::OPT_E:
  case options::OPT_C:
  case options::OPT_CC:
  case options::OPT_S:
  case options::OPT_emit_llvm:
    return true;
  default:
    return false;
  }
}

/// Flags that make the driver print something, and perhaps nothing else.
static bool asksQuestion(const llvm::opt::Option &Option) {
  switch (Option.getID()) {
  case options::OPT__HASH_HASH_HASH:
  case options::OPT_H:
  case options::OPT_v:
  case options::OPT_help:
  case options::OPT__help_hidden:
  case options::OPT__version:
  case options::OPT_fproc_stat_report:
  case options::OPT_fproc_stat_report_EQ:
  case options::OPT_ftime_report:
  case options::OPT_ftime_report_EQ:
    return true;
  default:
    return Option.getName().starts_with("print-") ||
           Option.getName().starts_with("ccc-print-") ||
           Option.getName().starts_with("dump");
  }
}

/// Flags that only shape the object file or the messages, and whose values are
/// not the same for every compiler.
static bool isForBackEnd(const llvm::opt::Option &Option) {
  switch (Option.getID()) {
  case options::OPT_fcf_protection_EQ:
  case options::OPT_fdiagnostics_format_EQ:
  case options::OPT_fexec_charset_EQ:
  case options::OPT_finput_charset_EQ:
  case options::OPT_flto_EQ:
  case options::OPT_fpatchable_function_entry_EQ:
  case options::OPT_fpcc_struct_return:
  case options::OPT_freg_struct_return:
  case options::OPT_fsanitize_coverage:
  case options::OPT_fsanitize_recover_EQ:
  case options::OPT_fzero_call_used_regs_EQ:
  case options::OPT_masm_EQ:
  case options::OPT_mcmodel_EQ:
  case options::OPT_mfunction_return_EQ:
  case options::OPT_mharden_sls_EQ:
  case options::OPT_mnop_mcount:
  case options::OPT_mprefer_vector_width_EQ:
  case options::OPT_mrecip_EQ:
  case options::OPT_mrecord_mcount:
  case options::OPT_mstack_protector_guard_EQ:
  case options::OPT_mstack_protector_guard_offset_EQ:
  case options::OPT_mstack_protector_guard_reg_EQ:
  case options::OPT_mtls_dialect_EQ:
  case options::OPT_mtune_EQ:
  case options::OPT_p:
    return true;
  default:
    return Option.hasFlag(options::Unsupported) ||
           Option.matches(options::OPT_DebugInfo_Group) ||
           Option.matches(options::OPT_clang_ignored_gcc_optimization_f_Group);
  }
}

/// gcc has sanitizers that clang does not know.
static bool isForeignSanitizer(const llvm::opt::Arg &Arg) {
  return Arg.getOption().matches(options::OPT_fsanitize_EQ) &&
         llvm::any_of(Arg.getValues(), [](llvm::StringRef Value) {
           return !clang::parseSanitizerValue(Value, /*AllowGroups=*/true);
         });
}

/// Keeps `-Xclang -include-pch` and the like, which CMake writes for
/// precompiled headers of clang; drops every other pass-through.
static bool isWantedPassThrough(llvm::StringRef Value) {
  return Value == "-include" || Value.starts_with("-I") ||
         Value.ends_with(".h") || Value.ends_with(".hxx") ||
         Value.ends_with(".hpp");
}

static bool isWanted(const llvm::opt::Arg &Arg) {
  const llvm::opt::Option &Option = Arg.getOption();
  if (Option.getID() == options::OPT_Xclang &&
      isWantedPassThrough(Arg.getValue()))
    return true;
  return Option.getID() != options::OPT_UNKNOWN &&
         !hasUnwantedEffect(Option.getID()) && !asksQuestion(Option) &&
         !isForBackEnd(Option) && !isForeignSanitizer(Arg);
}

/// Whether an input on the command line is the unit's source.
static bool isSource(llvm::StringRef Input, const Unit &U) {
  llvm::SmallString<256> Path(Input), Real;
  llvm::sys::fs::make_absolute(U.Directory, Path);
  return !llvm::sys::fs::real_path(Path, Real) && Real == U.RealFile;
}

/// The command without flags that are not wanted, and without inputs beside
/// the source: values of flags that clang does not know look like inputs.
static std::vector<std::string>
keepUnderstood(const std::vector<std::string> &Command, const Unit &U,
               std::vector<std::string> &Dropped) {
  llvm::SmallVector<const char *, 64> Raw;
  for (const std::string &Arg : llvm::drop_begin(Command))
    Raw.push_back(Arg.c_str());
  unsigned MissingIndex = 0, MissingCount = 0;
  bool CLMode = getDriverMode(Command.front(), Raw) == "cl";
  llvm::opt::InputArgList Args = getDriverOptTable().ParseArgs(
      Raw, MissingIndex, MissingCount,
      llvm::opt::Visibility(CLMode ? options::CLOption : options::ClangOption));
  const bool HasSource =
      llvm::any_of(Args.filtered(options::OPT_INPUT), [&](const auto *Input) {
        return isSource(Input->getValue(), U);
      });
  std::vector<bool> Keep(Raw.size(), true);
  for (const llvm::opt::Arg *Arg : Args) {
    const bool Input = Arg->getOption().matches(options::OPT_INPUT);
    const bool Unknown = Arg->getOption().matches(options::OPT_UNKNOWN);
    if (Input ? !HasSource || isSource(Arg->getValue(), U) : isWanted(*Arg))
      continue;
    if (Unknown)
      Dropped.push_back(Raw[Arg->getIndex()]);
    // A joined value stands in the flag's own argument.
    const bool Alone = Input || Unknown || Arg->getNumValues() == 0 ||
                       Raw[Arg->getIndex()] != Arg->getSpelling();
    const unsigned Width = Alone ? 1 : 1 + Arg->getNumValues();
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
  Command = keepUnderstood(Command, U, Dropped);
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
