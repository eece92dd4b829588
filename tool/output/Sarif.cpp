#include "tool/config/CheckIds.h"
#include "tool/output/Baseline.h"
#include "tool/output/Reporter.h"

#include "llvm/Support/JSON.h"

#include <fmt/format.h>
#include <map>

namespace interlock {
namespace {

std::string clean(llvm::StringRef Text) { return llvm::json::fixUTF8(Text); }

/// A path as a URI reference: nothing in it can be mistaken for a scheme, a
/// query or an escape.
std::string uri(llvm::StringRef Path) {
  std::string Out;
  for (const char C : Path)
    if (llvm::isAlnum(C) || llvm::StringRef("-._~/").contains(C))
      Out += C;
    else
      Out += fmt::format("%{:02X}", static_cast<unsigned char>(C));
  return Out;
}

/// Columns count UTF-16 units, as the format's default has it.
unsigned utf16Column(llvm::StringRef Line, unsigned Column) {
  unsigned Units = 1;
  for (unsigned char C : Line.take_front(Column ? Column - 1 : 0)) {
    if ((C & 0xc0) == 0x80)
      continue;
    Units += C >= 0xf0 && C < 0xf8 ? 2 : 1; // beyond: no UTF-8, shown as one
  }
  return Units;
}

class Writer {
public:
  Writer(const Report &R, Sources &Text, llvm::raw_ostream &Out)
      : R(R), Text(Text), J(Out, 1), Compared(R.count(Disposition::Baseline)) {}

  void write() {
    J.object([&] {
      J.attribute("$schema",
                  "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/"
                  "schemas/sarif-schema-2.1.0.json");
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
        J.attribute("semanticVersion", INTERLOCK_VERSION);
        J.attributeArray("rules", [&] {
          for (const CheckInfo &Check : allChecks())
            J.object([&] { rule(Check); });
        });
      });
    });
    J.attribute("columnKind", "utf16CodeUnits");
    J.attributeObject("originalUriBaseIds", [&] {
      J.attributeObject(BaseId,
                        [&] { message("the project's root", "description"); });
    });
    J.attributeArray("invocations", [&] {
      J.object([&] {
        J.attribute("executionSuccessful", R.Failed.empty());
        J.attributeArray("toolExecutionNotifications", [&] {
          for (const FailedUnit &Unit : R.Failed)
            J.object([&] { notification(Unit); });
        });
      });
    });
    J.attributeArray("results", [&] {
      // What is repaired is no longer in the files.
      for (const ReportedFinding &F : R.Findings)
        if (F.State != Disposition::Fixed)
          J.object([&] { result(F); });
    });
  }

  void notification(const FailedUnit &Unit) {
    J.attribute("level", "error");
    message(Unit.Crashed            ? "the front end crashed"
            : Unit.Messages.empty() ? "does not compile"
                                    : Unit.Messages.front());
    J.attributeArray("locations", [&] {
      J.object([&] {
        J.attributeObject("physicalLocation", [&] { artifact(Unit.File); });
      });
    });
  }

  void rule(const CheckInfo &Check) {
    J.attribute("id", "interlock-" + Check.Id.str());
    J.attribute("name", Check.Class);
    message(Check.Summary, "shortDescription");
    const llvm::StringRef Page =
        Text.text(R.Pages + "/" + Check.Id.str() + ".md");
    J.attributeObject("help", [&] {
      J.attribute("text", "`interlock --explain " + Check.Id.str() +
                              "` prints the page of this check.");
      if (!Page.empty())
        J.attribute("markdown", clean(Page));
    });
    J.attributeObject("defaultConfiguration",
                      [&] { J.attribute("level", levelName(Check.Default)); });
    J.attributeObject("properties", [&] {
      J.attributeArray("tags", [&] { J.value("concurrency"); });
    });
  }

  void artifact(llvm::StringRef File) {
    std::string Relative = relativePath(File, R.Root);
    J.attributeObject("artifactLocation", [&] {
      if (Relative != File) {
        J.attribute("uri", uri(Relative));
        J.attribute("uriBaseId", BaseId);
      } else {
        J.attribute("uri", "file://" + uri(File));
      }
    });
  }

  /// Where a byte is, as the attributes that start or end a region.
  void edge(llvm::StringRef File, unsigned Offset, llvm::StringRef LineKey,
            llvm::StringRef ColumnKey) {
    const auto [Line, Column] = Text.place(File, Offset);
    J.attribute(LineKey, Line);
    J.attribute(ColumnKey, utf16Column(Text.line(File, Line), Column));
  }

  void range(llvm::StringRef File, unsigned Begin, unsigned End) {
    edge(File, Begin, "startLine", "startColumn");
    edge(File, End, "endLine", "endColumn");
  }

  void location(const SourceSpan &At, llvm::StringRef Function,
                llvm::StringRef Words = "") {
    J.attributeObject("physicalLocation", [&] {
      artifact(At.File);
      if (At.valid())
        J.attributeObject("region", [&] {
          range(At.File, At.Begin, std::max(At.Begin, At.End));
          J.attributeObject("snippet", [&] {
            J.attribute("text", clean(Text.line(At.File, At.Line)));
          });
        });
    });
    if (!Function.empty())
      J.attributeArray("logicalLocations", [&] {
        J.object([&] {
          J.attribute("fullyQualifiedName", clean(Function));
          J.attribute("kind", "function");
        });
      });
    if (!Words.empty())
      message(Words);
  }

  void threadFlow(const ReportedFinding &F, bool Others) {
    J.attribute("id", Others ? "meanwhile" : "activity");
    message(Others ? "what can run while the activity is suspended"
                   : "the activity that the result is about");
    J.attributeArray("locations", [&] {
      unsigned Order = 0;
      for (const Step &S : F.What.Path) {
        ++Order;
        if ((S.Kind == StepKind::Interferes) != Others)
          continue;
        J.object([&] {
          J.attribute("executionOrder", Order);
          J.attribute("importance",
                      S.Kind == StepKind::Explains ? "important" : "essential");
          J.attributeArray("kinds", [&] { J.value(stepName(S.Kind)); });
          J.attributeObject("location", [&] {
            location(S.At, S.Function.empty() ? F.What.Function : S.Function,
                     S.Message);
          });
        });
      }
    });
  }

  void codeFlows(const ReportedFinding &F) {
    const auto Interferes = [](const Step &S) {
      return S.Kind == StepKind::Interferes;
    };
    if (llvm::all_of(F.What.Path, Interferes))
      return;
    J.attributeArray("codeFlows", [&] {
      J.object([&] {
        J.attributeArray("threadFlows", [&] {
          J.object([&] { threadFlow(F, false); });
          if (llvm::any_of(F.What.Path, Interferes))
            J.object([&] { threadFlow(F, true); });
        });
      });
    });
  }

  void result(const ReportedFinding &F) {
    J.attribute("ruleId", "interlock-" + F.What.Check);
    J.attribute("ruleIndex", findCheck(F.What.Check) - allChecks().data());
    J.attribute("level", levelName(F.What.Severity));
    message(F.What.Message);
    J.attributeArray("locations", [&] {
      J.object([&] { location(F.What.At, F.What.Function); });
    });
    // Equal defects are told apart by their order: sites show results that
    // share a fingerprint once.
    const std::string Id = fingerprint(F.What, R.Root, Text);
    J.attributeObject("partialFingerprints", [&] {
      J.attribute("interlock/v1", fmt::format("{}:{}", Id, ++Seen[Id]));
    });
    codeFlows(F);
    // An empty list says that the result is not suppressed; the standard wants
    // it in all results or in none.
    J.attributeArray("suppressions", [&] {
      if (F.State == Disposition::Suppressed)
        J.object([&] { J.attribute("kind", "inSource"); });
    });
    if (Compared)
      J.attribute("baselineState",
                  F.State == Disposition::Baseline ? "unchanged" : "new");
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
    J.attributeObject("deletedRegion",
                      [&] { range(E.File, E.Offset, E.Offset + E.Length); });
    if (!E.Text.empty())
      message(E.Text, "insertedContent");
  }

  static constexpr llvm::StringLiteral BaseId = "%SRCROOT%";

  const Report &R;
  Sources &Text;
  llvm::json::OStream J;
  bool Compared; ///< with a baseline or an earlier revision
  std::map<std::string, unsigned> Seen;
};

} // namespace

void writeSarif(const Report &R, Sources &Text, llvm::raw_ostream &Out) {
  Writer(R, Text, Out).write();
  Out << "\n";
}

} // namespace interlock
