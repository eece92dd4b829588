#include "tool/driver/Manual.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

#include <fmt/format.h>

namespace interlock {

static std::string dashes(const FlagInfo &Flag) {
  return (Flag.Name.size() == 1 ? "-" : "--") + Flag.Name;
}

/// Text for man(7): dashes stay dashes, and no line begins with a request.
static std::string roff(llvm::StringRef Text) {
  std::string Out;
  for (char C : Text) {
    if (C == '\\')
      Out += "\\e";
    else if (C == '-')
      Out += "\\-";
    else if ((C == '.' || C == '\'') && (Out.empty() || Out.back() == '\n'))
      Out += std::string("\\&") + C;
    else
      Out += C;
  }
  return Out;
}

std::string manualPage(const std::vector<FlagInfo> &Flags) {
  std::string Out =
      ".TH INTERLOCK 1 \"\" \"interlock " INTERLOCK_VERSION "\"\n"
      ".SH NAME\n"
      "interlock \\- finds and repairs await races in C++20 coroutine code\n"
      ".SH SYNOPSIS\n"
      ".B interlock\n[\\fIoptions\\fR] [\\fIfile\\fR ...]\n.br\n"
      ".B interlock\n[\\fIoptions\\fR] \\fIfile\\fR ... \\fB\\-\\-\\fR "
      "\\fIcompiler flags\\fR\n"
      ".SH DESCRIPTION\n"
      "Finds code that checks shared state, gives up control, and changes the "
      "state on the strength of the old check.\n"
      "Without files, every translation unit of the compilation database is "
      "analysed, as one program.\n"
      ".SH OPTIONS\n";
  for (const FlagInfo &Flag : Flags) {
    Out += ".TP\n.B " + roff(dashes(Flag));
    if (!Flag.Value.empty())
      Out +=
          fmt::format("\\fR{0}=\\fI{1}\\fR{2}", Flag.ValueOptional ? "[" : "",
                      roff(Flag.Value), Flag.ValueOptional ? "]" : "");
    Out += "\n" + roff(Flag.Help) + ".\n";
    if (!Flag.Values.empty())
      Out += "Values: " + roff(llvm::join(Flag.Values, ", ")) + ".\n";
  }
  return Out +
         ".SH EXIT STATUS\n"
         ".TP\n.B 0\nNothing left to report.\n"
         ".TP\n.B 1\nFindings are left, or \\-\\-diff would change something.\n"
         ".TP\n.B 2\nWrong usage, configuration or compilation database.\n"
         ".TP\n.B 3\nSome translation unit did not compile; the others are "
         "reported.\n"
         ".TP\n.B 4\nRepairs were withheld: a conflict, a file that changed "
         "meanwhile, a repair that would not compile.\n"
         ".TP\n.B 74\nWhoever read the report has gone away.\n"
         ".SH FILES\n"
         ".TP\n.B .interlock.yaml\nThe configuration, looked up from the "
         "analysed sources upwards.\n"
         ".SH ENVIRONMENT\n"
         ".TP\n.B NO_COLOR\nNo colours, whatever the terminal.\n"
         ".SH SEE ALSO\n"
         ".BR clang\\-tidy (1)\n";
}

static std::string bashCompletion(const std::vector<FlagInfo> &Flags) {
  std::string Cases, Words;
  for (const FlagInfo &Flag : Flags) {
    const bool Takes = !Flag.Value.empty() && !Flag.ValueOptional;
    Words += (Words.empty() ? "" : " ") + dashes(Flag) + (Takes ? "=" : "");
    std::string Choices;
    if (!Flag.Values.empty())
      Choices = "COMPREPLY=($(compgen -W '" + llvm::join(Flag.Values, " ") +
                "' -- \"$cur\"))";
    else if (Flag.Value == "file" || Flag.Value == "file:line")
      Choices = "COMPREPLY=($(compgen -f -- \"$cur\"))";
    else if (Flag.Value == "folder")
      Choices = "COMPREPLY=($(compgen -d -- \"$cur\"))";
    else if (Flag.Value == "revision")
      Choices = "COMPREPLY=($(compgen -W \"$(git for-each-ref "
                "--format='%(refname:short)' 2>/dev/null)\" -- \"$cur\"))";
    else if (Takes)
      Choices = "COMPREPLY=()";
    if (!Choices.empty())
      Cases += fmt::format("    {}) {}; return ;;\n", dashes(Flag), Choices);
  }
  // Words are broken at `=`: `--format=js` comes as three.
  return "# bash completion of interlock, written from its option table.\n"
         "_interlock() {\n"
         "  local cur=${COMP_WORDS[COMP_CWORD]}\n"
         "  local flag=${COMP_WORDS[COMP_CWORD-1]}\n"
         "  COMPREPLY=()\n"
         "  if [[ $cur == '=' ]]; then\n"
         "    cur=\n"
         "  elif [[ $flag == '=' ]]; then\n"
         "    flag=${COMP_WORDS[COMP_CWORD-2]}\n"
         "  fi\n"
         "  case $flag in\n" +
         Cases +
         "  esac\n"
         "  if [[ $cur == -* ]]; then\n"
         "    COMPREPLY=($(compgen -W '" +
         Words +
         "' -- \"$cur\"))\n"
         "    [[ ${COMPREPLY[0]-} == *= ]] && compopt -o nospace 2>/dev/null\n"
         "  else\n"
         "    COMPREPLY=($(compgen -f -- \"$cur\"))\n"
         "  fi\n"
         "}\n"
         "complete -o filenames -F _interlock interlock\n";
}

static std::string zshText(llvm::StringRef Text) {
  std::string Out;
  for (char C : Text)
    if (C == '\'')
      Out += "'\\''";
    else if (llvm::StringRef("[]:\\").contains(C))
      Out += std::string("\\") + C;
    else
      Out += C;
  return Out;
}

static std::string zshCompletion(const std::vector<FlagInfo> &Flags) {
  std::string Out = "#compdef interlock\n"
                    "# zsh completion of interlock, written from its option "
                    "table.\n"
                    "_arguments \\\n";
  for (const FlagInfo &Flag : Flags) {
    std::string Action;
    if (!Flag.Values.empty())
      Action = "(" + llvm::join(Flag.Values, " ") + ")";
    else if (Flag.Value == "file" || Flag.Value == "file:line")
      Action = "_files";
    else if (Flag.Value == "folder")
      Action = "_files -/";
    const char *Equals = Flag.Name.size() == 1 ? "" : "=";
    if (Flag.Value.empty())
      Out += fmt::format("  '{}[{}]' \\\n", dashes(Flag), zshText(Flag.Help));
    else
      Out += fmt::format("  '*{}{}[{}]:{}{}:{}' \\\n", dashes(Flag),
                         Flag.ValueOptional ? "=-" : Equals, zshText(Flag.Help),
                         Flag.ValueOptional ? ":" : "", zshText(Flag.Value),
                         Action);
  }
  return Out + "  '*:source:_files'\n";
}

std::string completionScript(llvm::StringRef Shell,
                             const std::vector<FlagInfo> &Flags) {
  return Shell == "bash"  ? bashCompletion(Flags)
         : Shell == "zsh" ? zshCompletion(Flags)
                          : "";
}

} // namespace interlock
