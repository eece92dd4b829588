#include "tool/config/CheckIds.h"
#include "tool/output/Interleaving.h"
#include "tool/output/Reporter.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Unicode.h"

#include <fmt/format.h>

namespace interlock {

std::string summaryLine(const Report &R) {
  unsigned Fixed = R.count(Disposition::Fixed);
  unsigned Total = R.count(Disposition::Reported) + Fixed;
  std::string Line =
      fmt::format("{} {}", Total, Total == 1 ? "finding" : "findings");
  const char *Separator = ": ";
  auto Part = [&](unsigned Count, const char *Name) {
    if (!Count)
      return;
    Line += fmt::format("{}{} {}", Separator, Count, Name);
    Separator = ", ";
  };
  Part(Fixed, "fixed");
  Part(R.refused(), "refused");
  Part(R.count(Disposition::Baseline), "baseline");
  Part(R.count(Disposition::Suppressed), "suppressed");
  return Line;
}

namespace {

class Writer {
public:
  Writer(Sources &Text, TextStyle Style, llvm::raw_ostream &Out)
      : Text(Text), Style(Style), Out(Out) {}

  void finding(const ReportedFinding &F) {
    const Finding &What = F.What;
    headline(What.At, levelName(What.Severity), What.Message, What.Check);
    excerpt(What.At);
    for (const Step &S : What.Path) {
      headline(S.At, "note", S.Message, "");
      excerpt(S.At);
    }
    if (F.State == Disposition::Fixed && F.Plan)
      headline(
          What.At, "note",
          fmt::format("fixed ({}): {}", F.Plan->Strategy, F.Plan->Description),
          "");
    else if (F.Plan)
      headline(What.At, "note",
               fmt::format(
                   "{} ({}{}): {}", "can be fixed", F.Plan->Strategy,
                   F.Plan->Apply == Applicability::Safe ? "" : ", wants review",
                   F.Plan->Description),
               "");
    else if (F.Refused)
      refusal(What.At, *F.Refused);
    if (Style.Drawings)
      draw(What);
  }

private:
  void headline(const SourceSpan &At, llvm::StringRef Level,
                llvm::StringRef Message, llvm::StringRef Check) {
    bold();
    if (At.valid())
      Out << shownPath(At.File) << ":" << At.Line << ":" << At.Column << ": ";
    color(Level == "error"     ? llvm::raw_ostream::RED
          : Level == "warning" ? llvm::raw_ostream::MAGENTA
                               : llvm::raw_ostream::CYAN);
    Out << Level << ": ";
    reset();
    if (Level != "note")
      bold();
    printable(Message);
    if (!Check.empty())
      Out << " [interlock-" << Check << "]";
    reset();
    Out << "\n";
  }

  void refusal(const SourceSpan &At, const Refusal &R) {
    headline(At, "note", fmt::format("not fixed ({}): {}", R.Id, R.Reason), "");
    if (R.ByHand.empty())
      return;
    llvm::SmallVector<llvm::StringRef> Lines;
    llvm::StringRef(R.ByHand).rtrim().split(Lines, '\n');
    for (llvm::StringRef Line : Lines) {
      Out << "      | ";
      printable(Line);
      Out << "\n";
    }
  }

  void draw(const Finding &What) {
    const std::string Drawn = drawing::as_text(interleavingOf(What));
    llvm::SmallVector<llvm::StringRef> Lines;
    llvm::StringRef(Drawn).split(Lines, '\n');
    for (llvm::StringRef Line : Lines) {
      printable(Line);
      Out << "\n";
    }
  }

  /// The line and a marker below it, as clang prints them.
  void excerpt(const SourceSpan &At) {
    if (!At.valid())
      return;
    llvm::StringRef Line = Text.line(At.File, At.Line);
    if (Line.empty() || Line.size() > 400)
      return;
    Out << fmt::format("{:5} | ", At.Line);
    printable(Line);
    Out << "\n      | ";
    // Tabs stay tabs, so that the marker stands below what it marks; bytes
    // that continue a UTF-8 character take no column.
    size_t Before = std::min<size_t>(At.Column - 1, Line.size());
    for (char C : Line.take_front(Before)) {
      if (C == '\t')
        Out << '\t';
      else if ((static_cast<unsigned char>(C) & 0xc0) != 0x80)
        Out << ' ';
    }
    color(llvm::raw_ostream::GREEN);
    Out << '^';
    size_t Length = At.End > At.Begin ? At.End - At.Begin : 1;
    Length = std::min(Length, Line.size() - Before);
    for (char C : Line.substr(Before + 1, Length ? Length - 1 : 0))
      if ((static_cast<unsigned char>(C) & 0xc0) != 0x80)
        Out << '~';
    reset();
    Out << "\n";
  }

  /// Control characters of source text and file names must not reach the
  /// terminal.
  void printable(llvm::StringRef Bytes) {
    for (char C : Bytes)
      if (C == '\t' || (static_cast<unsigned char>(C) >= 0x20 && C != 0x7f))
        Out << C;
      else
        Out << fmt::format("\\x{:02x}", static_cast<unsigned char>(C));
  }

  void bold() {
    if (Style.Colors)
      Out.changeColor(llvm::raw_ostream::SAVEDCOLOR, /*Bold=*/true);
  }
  void color(llvm::raw_ostream::Colors C) {
    if (Style.Colors)
      Out.changeColor(C, /*Bold=*/true);
  }
  void reset() {
    if (Style.Colors)
      Out.resetColor();
  }

  Sources &Text;
  TextStyle Style;
  llvm::raw_ostream &Out;
};

} // namespace

void writeText(const Report &R, Sources &Text, TextStyle Style,
               llvm::raw_ostream &Out) {
  Writer W(Text, Style, Out);
  for (const ReportedFinding &F : R.Findings)
    if (F.State == Disposition::Reported || F.State == Disposition::Fixed)
      W.finding(F);
  for (const UnusedSuppression &S : R.Unused)
    Out << fmt::format("{}:{}:{}: warning: '{}' hides nothing "
                       "[interlock-unused-suppression]\n",
                       shownPath(S.File), S.Line, S.Column, S.Text);
}

} // namespace interlock
