#include "tool/config/CheckIds.h"
#include "tool/output/Reporter.h"

#include "llvm/Support/JSON.h"

namespace interlock {

llvm::StringRef stepName(StepKind Kind) {
  switch (Kind) {
  case StepKind::Checked:
    return "checked";
  case StepKind::Copied:
    return "copied";
  case StepKind::Bound:
    return "bound";
  case StepKind::Suspends:
    return "suspends";
  case StepKind::Interferes:
    return "interferes";
  case StepKind::Acquired:
    return "acquired";
  case StepKind::Released:
    return "released";
  case StepKind::Modified:
    return "modified";
  case StepKind::Explains:
    return "explains";
  }
  return "";
}

namespace {

/// Source text may hold bytes that are no UTF-8; JSON may not.
std::string clean(llvm::StringRef Text) { return llvm::json::fixUTF8(Text); }

class Writer {
public:
  Writer(const Report &R, llvm::raw_ostream &Out) : R(R), J(Out, 2) {}

  void write() {
    J.object([&] {
      J.attribute("version", 1);
      J.attributeArray("findings", [&] {
        for (const ReportedFinding &F : R.Findings)
          if (F.State == Disposition::Reported || F.State == Disposition::Fixed)
            J.object([&] { finding(F); });
      });
      J.attributeArray("failed", [&] {
        for (const FailedUnit &Unit : R.Failed)
          J.object([&] {
            J.attribute("file", shown(Unit.File));
            J.attribute("crashed", Unit.Crashed);
            J.attributeArray("messages", [&] {
              for (const std::string &Message : Unit.Messages)
                J.value(clean(Message));
            });
          });
      });
      J.attributeObject("summary", [&] {
        J.attribute("units", R.Units);
        J.attribute("findings", R.count(Disposition::Reported) +
                                    R.count(Disposition::Fixed));
        J.attribute("fixed", R.count(Disposition::Fixed));
        J.attribute("refused", R.refused());
        J.attribute("baseline", R.count(Disposition::Baseline));
        J.attribute("suppressed", R.count(Disposition::Suppressed));
        J.attribute("failed", static_cast<int64_t>(R.Failed.size()));
      });
    });
    J.flush();
  }

private:
  static std::string shown(llvm::StringRef File) {
    return clean(pathFromHere(File));
  }

  void place(const SourceSpan &At) {
    J.attribute("file", shown(At.File));
    J.attribute("line", At.Line);
    J.attribute("column", At.Column);
  }

  void finding(const ReportedFinding &F) {
    J.attribute("check", F.What.Check);
    J.attribute("level", levelName(F.What.Severity));
    place(F.What.At);
    J.attribute("message", clean(F.What.Message));
    J.attribute("category", clean(F.What.State.Category));
    J.attribute("member", clean(F.What.State.Member));
    J.attribute("function", clean(F.What.Function));
    J.attributeArray("notes", [&] {
      for (const Step &S : F.What.Path)
        J.object([&] {
          J.attribute("kind", stepName(S.Kind));
          place(S.At);
          J.attribute("message", clean(S.Message));
          if (!S.Function.empty())
            J.attribute("function", clean(S.Function));
        });
    });
    if (F.Plan)
      J.attributeObject("fix", [&] { plan(*F.Plan, F.State); });
    else if (F.Refused)
      J.attributeObject("refusal", [&] {
        J.attribute("id", F.Refused->Id);
        J.attribute("reason", clean(F.Refused->Reason));
        J.attribute("byHand", clean(F.Refused->ByHand));
      });
  }

  void plan(const FixPlan &P, Disposition State) {
    J.attribute("strategy", P.Strategy);
    J.attribute("description", clean(P.Description));
    J.attribute("applicability",
                P.Apply == Applicability::Safe ? "safe" : "review");
    J.attribute("applied", State == Disposition::Fixed);
    J.attributeArray("edits", [&] {
      for (const Edit &E : P.Edits)
        J.object([&] {
          J.attribute("file", shown(E.File));
          J.attribute("offset", E.Offset);
          J.attribute("length", E.Length);
          J.attribute("text", clean(E.Text));
        });
    });
  }

  const Report &R;
  llvm::json::OStream J;
};

} // namespace

void writeJson(const Report &R, llvm::raw_ostream &Out) {
  Writer(R, Out).write();
  Out << "\n";
}

} // namespace interlock
