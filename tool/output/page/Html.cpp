#include "rewriters/base/EditSet.h"
#include "tool/config/CheckIds.h"
#include "tool/output/Baseline.h"
#include "tool/output/Interleaving.h"
#include "tool/output/Patch.h"
#include "tool/output/Reporter.h"
#include "tool/output/page/Highlight.h"

#include <fmt/format.h>
#include <map>
#include <set>

extern const char *const InterlockReportStyle;
extern const char *const InterlockReportScript;

namespace interlock {
namespace {

/// Lines around a marked one that are shown with it.
constexpr unsigned Context = 2;

/// Longer lines are cut: nobody reads them, and generated ones are huge.
constexpr size_t LongestLine = 400;

class Writer {
public:
  Writer(const Report &R, Sources &Text, llvm::raw_ostream &Out)
      : R(R), Text(Text), Out(Out) {}

  void write() {
    Out << "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
           "<meta name=\"viewport\" content=\"width=device-width, "
           "initial-scale=1\">\n"
           "<meta http-equiv=\"Content-Security-Policy\" "
           "content=\"default-src 'none'; style-src 'unsafe-inline'; "
           "script-src 'unsafe-inline'\">\n"
           "<title>interlock report</title>\n<style>\n"
        << InterlockReportStyle << drawing::svg_style
        << "</style></head><body>\n<a class=\"skip\" "
           "href=\"#findings\">to the findings</a>\n";
    header();
    controls();
    Out << "<main id=\"findings\">\n";
    for (const ReportedFinding &F : R.Findings)
      if (shown(F))
        finding(F);
    Out << "</main>\n<script>\n"
        << InterlockReportScript << "</script></body></html>\n";
  }

private:
  static bool shown(const ReportedFinding &F) {
    return F.State == Disposition::Reported || F.State == Disposition::Fixed;
  }

  static llvm::StringRef repairState(const ReportedFinding &F) {
    return F.State == Disposition::Fixed ? "fixed"
           : F.Plan                      ? "can be fixed"
           : F.Refused                   ? "refused"
                                         : "none";
  }

  void header() {
    Out << "<header><h1>interlock report</h1>\n<p>"
        << escapeHtml(summaryLine(R))
        << fmt::format("; {} translation unit{}", R.Units,
                       R.Units == 1 ? "" : "s");
    if (!R.Failed.empty())
      Out << fmt::format(
          ", <span class=\"error\">{} of them did not compile</span>",
          R.Failed.size());
    Out << ".</p>\n";
    failed();
    std::map<std::string, unsigned> Counts;
    for (const ReportedFinding &F : R.Findings)
      Counts[F.What.Check] += shown(F);
    Out << "<ul class=\"counts\">";
    for (const CheckInfo &Check : allChecks())
      if (unsigned Count = Counts[Check.Id.str()])
        Out << fmt::format("<li><button type=\"button\" data-check=\"{0}\" "
                           "title=\"{1}\"><b class=\"{2}\">{3}</b> {0}"
                           "</button></li>",
                           Check.Id.str(), escapeHtml(Check.Summary),
                           levelName(Check.Default).str(), Count);
    Out << "</ul></header>\n";
  }

  /// What the report says nothing about, with the first reason of each.
  void failed() {
    if (R.Failed.empty())
      return;
    Out << "<ul class=\"failed dim\" tabindex=\"0\" "
           "aria-label=\"did not compile\">";
    for (const FailedUnit &Unit : R.Failed)
      Out << "<li>"
          << escapeHtml(Unit.Messages.empty()
                            ? relativePath(Unit.File, R.Root)
                            : llvm::StringRef(Unit.Messages[0]).trim())
          << "</li>\n";
    Out << "</ul>\n";
  }

  void choice(llvm::StringRef Label, llvm::StringRef Key,
              llvm::ArrayRef<std::string> Values) {
    Out << "<label>" << Label << " <select data-key=\"" << Key
        << "\"><option value=\"\">all</option>";
    for (const std::string &Value : Values)
      Out << "<option>" << escapeHtml(Value) << "</option>";
    Out << "</select></label>";
  }

  void controls() {
    std::set<std::string> Checks, Categories;
    for (const ReportedFinding &F : R.Findings)
      if (shown(F)) {
        Checks.insert(F.What.Check);
        if (!F.What.State.Category.empty())
          Categories.insert(F.What.State.Category);
      }
    Out << "<form role=\"search\"><label>Text <input id=\"text\" "
           "type=\"search\" placeholder=\"file, member, function\"></label>";
    choice("Check", "check", std::vector(Checks.begin(), Checks.end()));
    choice("Level", "level", {"error", "warning", "note"});
    choice("State", "category",
           std::vector(Categories.begin(), Categories.end()));
    choice("Repair", "repair", {"can be fixed", "refused", "fixed", "none"});
    Out << "<button type=\"button\" id=\"all\">open or close all</button> "
           "<span id=\"shown\" class=\"dim\" role=\"status\"></span></form>\n"
           "<p class=\"dim\"><kbd>j</kbd> <kbd>k</kbd> move, "
           "<kbd>Enter</kbd> opens, <kbd>/</kbd> searches.</p>\n";
  }

  void finding(const ReportedFinding &F) {
    const Finding &What = F.What;
    const std::string Level = levelName(What.Severity).str();
    const std::string Id = fingerprint(What, R.Root, Text);
    Out << fmt::format(
        "<details id=\"f{}-{}\" data-check=\"{}\" data-level=\"{}\" "
        "data-category=\"{}\" data-repair=\"{}\">"
        "<summary><b class=\"{}\">{}</b> {} <span class=\"dim\">{}:{}, {}"
        "</span></summary><div class=\"body\">\n",
        Id, ++Seen[Id], escapeHtml(What.Check), Level,
        escapeHtml(What.State.Category), repairState(F).str(), Level, Level,
        escapeHtml(What.Message),
        escapeHtml(relativePath(What.At.File, R.Root)), What.At.Line,
        escapeHtml(What.Check));
    Out << "<div class=\"side\">\n";
    if (!What.Function.empty())
      Out << "<p class=\"dim\">in <code>" << escapeHtml(What.Function)
          << "</code></p>\n";
    listings(What);
    Out << "</div>\n";
    if (std::string Picture = drawing::as_svg(
            interleavingOf(What), {.lane_width = 160, .stands_alone = false});
        !Picture.empty())
      Out << "<figure>" << Picture
          << "<figcaption>Time runs down; dashed: waiting.</figcaption>"
             "</figure>\n";
    Out << "<div class=\"side\">\n";
    repair(F);
    Out << "</div></div></details>\n";
  }

  /// What a listing says about a line.
  struct Remark {
    SourceSpan At;
    std::string Number; ///< of the step; empty for the finding itself
    std::string Message;
    bool Other = false;
  };

  /// The path as source text, a listing a file and side; lines far from every
  /// step are left out.
  void listings(const Finding &F) {
    std::vector<std::vector<Remark>> Groups;
    const auto Above = [](const Remark &A, const Remark &B) {
      return A.At.Line < B.At.Line;
    };
    const auto Add = [&](Remark Said) {
      for (std::vector<Remark> &Group : Groups)
        if (Group.front().At.File == Said.At.File &&
            Group.front().Other == Said.Other) {
          Group.insert(llvm::upper_bound(Group, Said, Above), std::move(Said));
          return;
        }
      Groups.push_back({std::move(Said)});
    };
    bool Covered = false;
    for (size_t I = 0; I < F.Path.size(); ++I) {
      const Step &S = F.Path[I];
      Covered |= S.At.File == F.At.File && S.At.Line == F.At.Line &&
                 S.Kind != StepKind::Interferes;
      Add({S.At, std::to_string(I + 1), S.Message,
           S.Kind == StepKind::Interferes});
    }
    if (!Covered)
      Add({F.At, "", F.Message, false});
    for (const std::vector<Remark> &Group : Groups)
      listing(Group);
  }

  void listing(llvm::ArrayRef<Remark> Remarks) {
    const std::string &File = Remarks.front().At.File;
    Out << "<div class=\"code\" tabindex=\"0\" role=\"group\" aria-label=\""
        << escapeHtml(relativePath(File, R.Root)) << "\"><h3>"
        << (Remarks.front().Other ? "meanwhile: " : "")
        << escapeHtml(relativePath(File, R.Root)) << "</h3>\n";
    unsigned Next = 1;
    for (const Remark *At = Remarks.begin(); At != Remarks.end();) {
      const unsigned Line = At->At.Line;
      const unsigned First =
          std::max(Next, Line > Context ? Line - Context : 1);
      if (Next > 1 && First > Next)
        Out << "<div class=\"gap\">\u22ee</div>\n";
      for (unsigned Number = First; Number < Line; ++Number)
        row(File, Number, nullptr);
      row(File, Line, &At->At);
      for (; At != Remarks.end() && At->At.Line == Line; ++At)
        remark(*At);
      Next = Line + 1;
      const unsigned Stop = At == Remarks.end()
                                ? Next + Context
                                : std::min(Next + Context, At->At.Line);
      for (; Next < Stop; ++Next)
        row(File, Next, nullptr);
    }
    Out << "</div>\n";
  }

  void row(llvm::StringRef File, unsigned Number, const SourceSpan *Mark) {
    const llvm::StringRef Whole = Text.text(File);
    const llvm::StringRef Line = Text.line(File, Number);
    if (!Line.data() ||
        (Line.empty() && !Mark && Number > 1 && Line.data() == Whole.end()))
      return;
    const size_t Begin = Line.data() - Whole.data();
    Out << fmt::format("<div class=\"row{}\"><i>{}</i><span>",
                       Mark ? " hit" : "", Number)
        << Colours.html(File, Whole, Begin,
                        Begin + std::min(Line.size(), LongestLine),
                        Mark ? Mark->Begin : 0, Mark ? Mark->End : 0)
        << "</span></div>\n";
  }

  void remark(const Remark &Said) {
    Out << "<div class=\"say" << (Said.Other ? " other" : "") << "\">";
    if (!Said.Number.empty())
      Out << "<span class=\"n\">" << Said.Number << "</span>";
    Out << escapeHtml(Said.Message) << "</div>\n";
  }

  void repair(const ReportedFinding &F) {
    if (F.Plan) {
      Out << "<p>"
          << (F.State == Disposition::Fixed          ? "Fixed: "
              : F.Plan->Apply == Applicability::Safe ? "Can be fixed: "
                                                     : "Can be fixed, wants "
                                                       "review: ")
          << escapeHtml(F.Plan->Description) << ".</p>\n";
      patch(*F.Plan);
    } else if (F.Refused) {
      Out << "<p>Not fixed automatically: " << escapeHtml(F.Refused->Reason)
          << " <code>" << escapeHtml(F.Refused->Id) << "</code></p>\n";
      if (!F.Refused->ByHand.empty())
        Out << "<pre tabindex=\"0\">" << escapeHtml(F.Refused->ByHand)
            << "</pre>\n";
    }
  }

  void patch(const FixPlan &Plan) {
    EditSet Edits;
    if (!Edits.add(Plan.Edits))
      return;
    Out << "<pre class=\"diff\" tabindex=\"0\">";
    for (const std::string &File : Edits.files()) {
      const llvm::StringRef Before = Text.text(File);
      const std::string Diff = unifiedDiff(relativePath(File, R.Root), Before,
                                           Edits.apply(File, Before));
      llvm::SmallVector<llvm::StringRef> Lines;
      llvm::StringRef(Diff).rtrim('\n').split(Lines, '\n');
      for (llvm::StringRef Line : Lines) {
        const bool Names = Line.starts_with("--- ") || Line.starts_with("+++ ");
        const char *Class = Names                   ? "file"
                            : Line.starts_with("+") ? "add"
                            : Line.starts_with("-") ? "del"
                                                    : nullptr;
        if (Class)
          Out << "<span class=\"" << Class << "\">" << escapeHtml(Line)
              << "</span>\n";
        else
          Out << escapeHtml(Line) << "\n";
      }
    }
    Out << "</pre>\n";
  }

  const Report &R;
  Sources &Text;
  llvm::raw_ostream &Out;
  Highlighter Colours;
  std::map<std::string, unsigned> Seen;
};

} // namespace

void writeHtml(const Report &R, Sources &Text, llvm::raw_ostream &Out) {
  Writer(R, Text, Out).write();
}

} // namespace interlock
