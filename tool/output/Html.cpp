#include "tool/config/CheckIds.h"
#include "tool/output/Reporter.h"

#include <fmt/format.h>

namespace interlock {
namespace {

std::string escape(llvm::StringRef Text) {
  std::string Out;
  for (unsigned char C : Text)
    switch (C) {
    case '&':
      Out += "&amp;";
      break;
    case '<':
      Out += "&lt;";
      break;
    case '>':
      Out += "&gt;";
      break;
    case '"':
      Out += "&quot;";
      break;
    case '\'':
      Out += "&#39;";
      break;
    default:
      if (C >= 0x20 || C == '\t' || C == '\n')
        Out += C;
    }
  return Out;
}

constexpr llvm::StringLiteral Head = R"html(<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>interlock report</title>
<style>
:root{color-scheme:light dark;--fg:#1c2024;--bg:#fff;--dim:#5b6470;--line:#d8dde3;--soft:#f4f6f8;--error:#b3261e;--warning:#8a5a00;--note:#2b5fa8;--mine:#2b5fa8;--other:#b3261e}
@media(prefers-color-scheme:dark){:root{--fg:#e3e6ea;--bg:#16181b;--dim:#9aa4b0;--line:#343a41;--soft:#1f2327;--error:#ff8a80;--warning:#f0c070;--note:#8ab4f8;--mine:#8ab4f8;--other:#ff8a80}}
*{box-sizing:border-box}
body{font:16px/1.5 system-ui,sans-serif;color:var(--fg);background:var(--bg);margin:0 auto;max-width:70rem;padding:1rem}
code,pre{font:.85rem/1.45 ui-monospace,monospace}
pre{margin:.3rem 0;padding:.5rem;background:var(--soft);overflow-x:auto;border-radius:4px}
pre b{text-decoration:underline wavy;text-decoration-thickness:1px;text-underline-offset:3px}
form{display:flex;flex-wrap:wrap;gap:.6rem;margin:1rem 0}
input,select{font:inherit;color:inherit;background:var(--bg);border:1px solid var(--line);border-radius:4px;padding:.3rem .5rem;max-width:100%}
details{border:1px solid var(--line);border-radius:6px;margin:.6rem 0}
summary{padding:.6rem .8rem;cursor:pointer;overflow-wrap:anywhere}
summary:focus-visible,input:focus-visible,select:focus-visible{outline:2px solid var(--note);outline-offset:1px}
details>div{padding:0 .8rem .8rem}
.error{color:var(--error)}.warning{color:var(--warning)}.note{color:var(--note)}
.dim{color:var(--dim);font-size:.9rem}
.lanes{display:grid;grid-template-columns:1fr 1fr;gap:0 .8rem;margin:.6rem 0}
.lanes h4{margin:0 0 .2rem;font-size:.85rem;color:var(--dim)}
.step{grid-column:1;border-left:3px solid var(--mine);padding:.2rem 0 .6rem .7rem;min-width:0;overflow-wrap:anywhere}
.other{grid-column:2;border-color:var(--other)}
.wait{border-left-style:dotted}
@media(max-width:40rem){.lanes{gap:0 .3rem}.step{padding-left:.4rem;font-size:.9rem}}
</style></head><body>
)html";

constexpr llvm::StringLiteral Script = R"html(<script>
const all=[...document.querySelectorAll("details")],text=document.querySelector("#text"),check=document.querySelector("#check"),shown=document.querySelector("#shown");
function filter(){let n=0;for(const d of all){const hit=(!check.value||d.dataset.check===check.value)&&d.textContent.toLowerCase().includes(text.value.toLowerCase());d.hidden=!hit;n+=hit}shown.textContent=n+" of "+all.length+" shown"}
text.addEventListener("input",filter);check.addEventListener("input",filter);
document.addEventListener("keydown",e=>{if(/INPUT|SELECT/.test(e.target.tagName))return;const v=all.filter(d=>!d.hidden),at=v.findIndex(d=>d.contains(document.activeElement));let to;if(e.key==="j")to=v[Math.min(at+1,v.length-1)];else if(e.key==="k")to=v[Math.max(at-1,0)];else if(e.key==="/"){e.preventDefault();text.focus()}if(to)to.firstElementChild.focus()});
filter();
</script></body></html>
)html";

class Writer {
public:
  Writer(const Report &R, Sources &Text, llvm::raw_ostream &Out)
      : R(R), Text(Text), Out(Out) {}

  void write() {
    Out << Head << "<h1>interlock report</h1>\n<p>" << escape(summaryLine(R))
        << fmt::format("; {} translation units", R.Units);
    if (!R.Failed.empty())
      Out << fmt::format(", <span class=\"error\">{} of them did not "
                         "compile</span>",
                         R.Failed.size());
    Out << ".</p>\n<form onsubmit=\"return false\"><label>Text <input "
           "id=\"text\" "
           "type=\"search\" placeholder=\"file, member, function\"></label>"
           "<label>Check <select id=\"check\"><option value=\"\">all</option>";
    for (const CheckInfo &Check : allChecks())
      Out << "<option>" << Check.Id << "</option>";
    Out << "</select></label> <span id=\"shown\" class=\"dim\" "
           "role=\"status\"></span></form>\n"
           "<p class=\"dim\">Keys: j and k move, Enter opens, / "
           "searches.</p>\n";
    for (const ReportedFinding &F : R.Findings)
      if (F.State == Disposition::Reported || F.State == Disposition::Fixed)
        finding(F);
    Out << Script;
  }

private:
  void finding(const ReportedFinding &F) {
    const Finding &What = F.What;
    std::string Level = levelName(What.Severity).str();
    Out << fmt::format(
        "<details data-check=\"{}\"><summary><b class=\"{}\">{}</b> {} "
        "<span class=\"dim\">{}:{} {}</span></summary><div>\n",
        escape(What.Check), Level, Level, escape(What.Message),
        escape(relativePath(What.At.File, R.Root)), What.At.Line,
        escape(What.Check));
    excerpt(What.At);
    if (!What.Path.empty()) {
      Out << "<div class=\"lanes\"><h4>this activity</h4><h4>meanwhile</h4>\n";
      for (const Step &S : What.Path)
        step(S);
      Out << "</div>\n";
    }
    if (F.State == Disposition::Fixed && F.Plan)
      Out << "<p>Fixed: " << escape(F.Plan->Description) << ".</p>\n";
    else if (F.Plan)
      Out << "<p>Can be fixed: " << escape(F.Plan->Description) << ".</p>\n";
    else if (F.Refused) {
      Out << "<p>Not fixed automatically: " << escape(F.Refused->Reason)
          << " <code>" << escape(F.Refused->Id) << "</code></p>\n";
      if (!F.Refused->ByHand.empty())
        Out << "<pre>" << escape(F.Refused->ByHand) << "</pre>\n";
    }
    Out << "</div></details>\n";
  }

  void step(const Step &S) {
    const char *Lane = S.Kind == StepKind::Interferes ? " other"
                       : S.Kind == StepKind::Suspends ? " wait"
                                                      : "";
    Out << fmt::format("<div class=\"step{}\">{} <span class=\"dim\">{}:{}"
                       "</span>",
                       Lane, escape(S.Message),
                       escape(relativePath(S.At.File, R.Root)), S.At.Line);
    excerpt(S.At);
    Out << "</div>\n";
  }

  void excerpt(const SourceSpan &At) {
    llvm::StringRef Line = Text.line(At.File, At.Line);
    if (!At.valid() || Line.empty() || Line.size() > 1000)
      return;
    size_t Begin = std::min<size_t>(At.Column - 1, Line.size());
    size_t Length = At.End > At.Begin ? At.End - At.Begin : 1;
    llvm::StringRef Marked = Line.substr(Begin, Length);
    Out << "<pre>" << escape(Line.take_front(Begin).ltrim()) << "<b>"
        << escape(Marked) << "</b>"
        << escape(Line.drop_front(Begin + Marked.size())) << "</pre>";
  }

  const Report &R;
  Sources &Text;
  llvm::raw_ostream &Out;
};

} // namespace

void writeHtml(const Report &R, Sources &Text, llvm::raw_ostream &Out) {
  Writer(R, Text, Out).write();
}

} // namespace interlock
