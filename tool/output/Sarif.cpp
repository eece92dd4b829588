#include "tool/config/CheckIds.h"
#include "tool/output/Baseline.h"
#include "tool/output/Reporter.h"

#include "llvm/Support/JSON.h"

#include <fmt/format.h>

namespace interlock {
namespace {

std::string clean(llvm::StringRef Text) { return llvm::json::fixUTF8(Text); }

/// A path as a URI reference: nothing in it can be mistaken for a scheme, a
/// query or an escape.
std::string uri(llvm::StringRef Path) {
  std::string Out;
  for (unsigned char C : Path)
    if (llvm::isAlnum(C) || llvm::StringRef("-._~/").contains(C))
      Out += C;
    else
      Out += fmt::format("%{:02X}", C);
  return Out;
}

/// Columns count UTF-16 units, as the format's default has it.
unsigned utf16Column(llvm::StringRef Line, unsigned Column) {
  unsigned Units = 1;
  for (unsigned char C : Line.take_front(Column ? Column - 1 : 0)) {
    if ((C & 0xc0) == 0x80)
      continue;
    Units += C >= 0xf0 ? 2 : 1;
  }
  return Units;
}

class Writer {
public:
  Writer(const Report &R, Sources &Text, llvm::raw_ostream &Out)
      : R(R), Text(Text), J(Out, 1) {}

  void write() {
    J.object([&] {
      J.attribute("$schema", "https://json.schemastore.org/sarif-2.1.0.json");
      J.attribute("version", "2.1.0");
      J.attributeArray("runs", [&] { J.object([&] { run(); }); });
    });
    J.flush();
  }

private:
  void message(llvm::StringRef Words, llvm::StringRef Key = "message") {
    J.attributeObject(Key, [&] { J.attribute("text", clean(Words)); });
  }

  void run() {
    J.attributeObject("tool", [&] {
      J.attributeObject("driver", [&] {
        J.attribute("name", "interlock");
        J.attributeArray("rules", [&] {
          for (const CheckInfo &Check : allChecks())
            J.object([&] { rule(Check); });
        });
      });
    });
    J.attributeObject("originalUriBaseIds", [&] {
      J.attributeObject("ROOT", [&] {
        J.attributeObject("description",
                          [&] { J.attribute("text", "the project's root"); });
      });
    });
    J.attributeArray("invocations", [&] {
      J.object([&] {
        J.attribute("executionSuccessful", R.Failed.empty());
        J.attributeArray("toolExecutionNotifications", [&] {
          for (const FailedUnit &Unit : R.Failed)
            J.object([&] {
              J.attribute("level", "error");
              message(Unit.Crashed ? "the front end crashed"
                      : Unit.Messages.empty()
                          ? llvm::StringRef("does not compile")
                          : llvm::StringRef(Unit.Messages.front()));
              J.attributeArray("locations", [&] {
                J.object([&] {
                  J.attributeObject("physicalLocation",
                                    [&] { artifact(Unit.File); });
                });
              });
            });
        });
      });
    });
    J.attributeArray("results", [&] {
      for (const ReportedFinding &F : R.Findings)
        J.object([&] { result(F); });
    });
  }

  void rule(const CheckInfo &Check) {
    J.attribute("id", "interlock-" + Check.Id.str());
    message(Check.Summary, "shortDescription");
    message("interlock --explain " + Check.Id.str() + " prints the page",
            "help");
    J.attributeObject("defaultConfiguration",
                      [&] { J.attribute("level", levelName(Check.Default)); });
  }

  void artifact(llvm::StringRef File) {
    std::string Relative = relativePath(File, R.Root);
    J.attributeObject("artifactLocation", [&] {
      if (Relative != File) {
        J.attribute("uri", uri(Relative));
        J.attribute("uriBaseId", "ROOT");
      } else {
        J.attribute("uri", "file://" + uri(File));
      }
    });
  }

  void location(const SourceSpan &At, llvm::StringRef Words = "") {
    J.attributeObject("physicalLocation", [&] {
      artifact(At.File);
      if (At.valid())
        J.attributeObject("region", [&] {
          J.attribute("startLine", At.Line);
          J.attribute("startColumn",
                      utf16Column(Text.line(At.File, At.Line), At.Column));
        });
    });
    if (!Words.empty())
      message(Words);
  }

  void threadFlow(const ReportedFinding &F, bool Others) {
    J.attribute("id", Others ? "meanwhile" : "activity");
    J.attributeArray("locations", [&] {
      unsigned Order = 0;
      for (const Step &S : F.What.Path) {
        ++Order;
        if ((S.Kind == StepKind::Interferes) != Others)
          continue;
        J.object([&] {
          J.attribute("executionOrder", Order);
          J.attributeObject("location", [&] { location(S.At, S.Message); });
        });
      }
    });
  }

  void result(const ReportedFinding &F) {
    J.attribute("ruleId", "interlock-" + F.What.Check);
    J.attribute("level", levelName(F.What.Severity));
    message(F.What.Message);
    J.attributeArray("locations",
                     [&] { J.object([&] { location(F.What.At); }); });
    J.attributeObject("partialFingerprints", [&] {
      J.attribute("interlock/v1", fingerprint(F.What, R.Root, Text));
    });
    bool Interferes = false, Walks = false;
    for (const Step &S : F.What.Path)
      (S.Kind == StepKind::Interferes ? Interferes : Walks) = true;
    if (Walks)
      J.attributeArray("codeFlows", [&] {
        J.object([&] {
          J.attributeArray("threadFlows", [&] {
            J.object([&] { threadFlow(F, false); });
            if (Interferes)
              J.object([&] { threadFlow(F, true); });
          });
        });
      });
    if (F.State == Disposition::Suppressed)
      J.attributeArray("suppressions", [&] {
        J.object([&] { J.attribute("kind", "inSource"); });
      });
    if (F.State == Disposition::Baseline)
      J.attribute("baselineState", "unchanged");
    if (F.Plan && F.State == Disposition::Reported)
      J.attributeArray("fixes", [&] { J.object([&] { fix(*F.Plan); }); });
  }

  void fix(const FixPlan &Plan) {
    message(Plan.Description, "description");
    J.attributeArray("artifactChanges", [&] {
      for (size_t I = 0; I < Plan.Edits.size();) {
        size_t First = I;
        J.object([&] {
          artifact(Plan.Edits[First].File);
          J.attributeArray("replacements", [&] {
            for (; I < Plan.Edits.size() &&
                   Plan.Edits[I].File == Plan.Edits[First].File;
                 ++I)
              J.object([&] { replacement(Plan.Edits[I]); });
          });
        });
      }
    });
  }

  void replacement(const Edit &E) {
    J.attributeObject("deletedRegion", [&] {
      J.attribute("byteOffset", E.Offset);
      J.attribute("byteLength", E.Length);
    });
    if (!E.Text.empty())
      message(E.Text, "insertedContent");
  }

  const Report &R;
  Sources &Text;
  llvm::json::OStream J;
};

} // namespace

void writeSarif(const Report &R, Sources &Text, llvm::raw_ostream &Out) {
  Writer(R, Text, Out).write();
  Out << "\n";
}

} // namespace interlock
