#include "test/fuzz/Fuzz.h"

#include "tool/output/Reporter.h"

#include "llvm/Support/JSON.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/YAMLParser.h"

#include <fuzzer/FuzzedDataProvider.h>

using namespace interlock;

namespace {

/// A report whose names, paths and messages come from outside.
class AnyReport {
public:
  explicit AnyReport(FuzzedDataProvider &Bytes) : Bytes(Bytes) {}

  Report make() {
    Report R;
    R.Root = string();
    for (unsigned I = Bytes.ConsumeIntegralInRange(0, 3); I; --I)
      R.Findings.push_back(finding());
    return R;
  }

private:
  std::string string() { return Bytes.ConsumeRandomLengthString(40); }

  SourceSpan span() {
    SourceSpan At;
    At.File = string();
    At.Line = Bytes.ConsumeIntegralInRange(1u, 5u);
    At.Column = Bytes.ConsumeIntegralInRange(1u, 90u);
    At.Begin = Bytes.ConsumeIntegralInRange(0u, 200u);
    At.End = At.Begin + Bytes.ConsumeIntegralInRange(0u, 90u);
    return At;
  }

  ReportedFinding finding() {
    ReportedFinding F;
    F.What.Check = Bytes.PickValueInArray({"stale-check", "nested-guard"});
    F.What.At = span();
    F.What.Message = string();
    F.What.Function = string();
    F.What.State.Member = string();
    F.State = Bytes.PickValueInArray({Disposition::Reported, Disposition::Fixed,
                                      Disposition::Suppressed,
                                      Disposition::Baseline});
    for (unsigned I = Bytes.ConsumeIntegralInRange(0, 3); I; --I)
      F.What.Path.push_back(
          {static_cast<StepKind>(Bytes.ConsumeIntegralInRange(0, 8)), span(),
           string(), string()});
    if (Bytes.ConsumeBool()) {
      F.Plan.emplace();
      F.Plan->Strategy = "hold";
      F.Plan->Description = string();
      F.Plan->Edits.push_back({string(), 0, 0, string()});
    }
    return F;
  }

  FuzzedDataProvider &Bytes;
};

template <typename WriterT> std::string written(WriterT Write) {
  std::string Text;
  llvm::raw_string_ostream Out(Text);
  Write(Out);
  return Text;
}

void requireJson(const std::string &Text, llvm::StringRef Format) {
  llvm::Expected<llvm::json::Value> Root = llvm::json::parse(Text);
  fuzz::require(bool(Root), Format);
}

/// No element of the page may come from a text of the report.
void requireInert(llvm::StringRef Html) {
  fuzz::require(!Html.contains("<hostile"), "HTML is escaped");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *Data,
                                      std::size_t Size) {
  FuzzedDataProvider Bytes(Data, Size);
  const Report R = AnyReport(Bytes).make();
  Sources Text;
  requireJson(written([&](auto &Out) { writeJson(R, Out); }), "JSON is valid");
  requireJson(written([&](auto &Out) { writeSarif(R, Text, Out); }),
              "SARIF is JSON");
  requireJson(written([&](auto &Out) { writeGitLab(R, Text, Out); }),
              "GitLab's report is JSON");
  requireInert(written([&](auto &Out) { writeHtml(R, Text, Out); }));

  const std::string Yaml = written([&](auto &Out) { writeFixesYaml(R, Out); });
  llvm::SourceMgr Messages;
  Messages.setDiagHandler([](const llvm::SMDiagnostic &, void *) {});
  llvm::yaml::Stream Documents(Yaml, Messages);
  fuzz::require(Documents.validate(), "the export is YAML");

  const std::string Workflow = written([&](auto &Out) { writeGitHub(R, Out); });
  llvm::SmallVector<llvm::StringRef> Lines;
  llvm::StringRef(Workflow).split(Lines, '\n', -1, /*KeepEmpty=*/false);
  for (llvm::StringRef Line : Lines)
    fuzz::require(Line.starts_with("::"), "a line is a command of ours");
  return 0;
}
