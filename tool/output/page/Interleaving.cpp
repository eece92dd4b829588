#include "tool/output/page/Interleaving.h"

#include "tool/output/page/Highlight.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Path.h"

#include <fmt/format.h>

namespace interlock {
namespace {

constexpr int Width = 320, RowHeight = 46, Top = 44, Radius = 10;

const char *verb(StepKind Kind) {
  switch (Kind) {
  case StepKind::Checked:
    return "checks";
  case StepKind::Copied:
    return "copies";
  case StepKind::Bound:
    return "refers to it";
  case StepKind::Suspends:
    return "waits";
  case StepKind::Interferes:
    return "changes it";
  case StepKind::Acquired:
    return "takes a lock";
  case StepKind::Released:
    return "gives it back";
  case StepKind::Modified:
    return "modifies";
  case StepKind::Explains:
    return "note";
  }
  return "";
}

class Drawing {
public:
  explicit Drawing(llvm::ArrayRef<Step> Path) : Path(Path) {}

  std::string draw() {
    const int Height = y(Path.size() - 1) + 30;
    Out = fmt::format("<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}"
                      "\">",
                      Width, Height, escapeHtml(inWords()));
    text(0, 16, "small", "this activity");
    if (hasOthers())
      text(x(true) - Radius, 16, "small", "meanwhile");
    for (size_t I = 0; I < Path.size(); ++I)
      connect(I);
    for (size_t I = 0; I < Path.size(); ++I)
      node(I);
    return Out + "</svg>";
  }

private:
  static bool other(const Step &S) { return S.Kind == StepKind::Interferes; }
  bool hasOthers() const { return llvm::any_of(Path, other); }
  static int x(bool Other) { return Other ? 176 : 14; }
  static int y(size_t Index) {
    return Top + RowHeight * static_cast<int>(Index);
  }

  std::string inWords() const {
    std::string Words;
    for (size_t I = 0; I < Path.size(); ++I)
      Words +=
          fmt::format("{}{}. {} {}, line {}", I ? "; " : "", I + 1,
                      other(Path[I]) ? "meanwhile other code" : "this activity",
                      verb(Path[I].Kind), Path[I].At.Line);
    return Words;
  }

  void text(int X, int Y, llvm::StringRef Class, llvm::StringRef Words) {
    Out += fmt::format("<text x=\"{}\" y=\"{}\" class=\"{}\">{}</text>", X, Y,
                       Class.str(), escapeHtml(Words));
  }

  /// The line from the step before on the same side, and the hand-over where
  /// control changes sides.
  void connect(size_t I) {
    const bool Side = other(Path[I]);
    for (size_t Before = I; Before-- > 0;)
      if (other(Path[Before]) == Side) {
        const bool Waits =
            Before + 1 != I || Path[Before].Kind == StepKind::Suspends;
        Out += fmt::format("<line x1=\"{0}\" y1=\"{1}\" x2=\"{0}\" y2=\"{2}\" "
                           "class=\"{3}{4}\"/>",
                           x(Side), y(Before), y(I), Side ? "other" : "mine",
                           Waits ? " waits" : "");
        break;
      }
    if (I == 0 || other(Path[I - 1]) == Side)
      return;
    // Straight down past the label beside the node, then over.
    const int FromX = x(!Side), FromY = y(I - 1), ToX = x(Side), ToY = y(I);
    Out += fmt::format("<path d=\"M{0} {1} V{2} C{0} {3} {4} {5} {4} {6}\" "
                       "class=\"{7}\"/>",
                       FromX, FromY, FromY + 20, FromY + 36, ToX, ToY - 32, ToY,
                       Side ? "other" : "mine");
  }

  void node(size_t I) {
    const Step &S = Path[I];
    const int X = x(other(S)), Y = y(I);
    Out +=
        fmt::format("<circle cx=\"{}\" cy=\"{}\" r=\"{}\" class=\"{}\"/>"
                    "<text x=\"{}\" y=\"{}\" class=\"number\">{}</text>",
                    X, Y, Radius, other(S) ? "other" : "mine", X, Y + 4, I + 1);
    text(X + Radius + 6, Y, "", verb(S.Kind));
    std::string Place = llvm::sys::path::filename(S.At.File).str();
    const std::string Line = fmt::format(":{}", S.At.Line);
    constexpr size_t Fits = 20;
    if (Place.size() + Line.size() > Fits)
      Place = Place.substr(0, Fits - 1 - Line.size()) + "\u2026";
    text(X + Radius + 6, Y + 14, "small", Place + Line);
  }

  llvm::ArrayRef<Step> Path;
  std::string Out;
};

} // namespace

std::string drawInterleaving(const Finding &F) {
  return F.Path.empty() ? "" : Drawing(F.Path).draw();
}

} // namespace interlock
