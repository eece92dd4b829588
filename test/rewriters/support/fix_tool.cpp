// A pipeline for tests: analyses some files as one program, plans and settles
// repairs, and writes the files in place.
//
//   fix_tool [--executor=X] [--strategy=X] [--access=X] [--state=EXPRESSION]
//            [--category=NAME|MEMBERS|LOCK]... [--review] [--list]
//            files... -- compiler arguments
//
// Prints findings, plans and refusals; exit status 0: nothing is left.
#include "matchers/Analysis.h"
#include "matchers/facts/Facts.h"
#include "rewriters/Rewriters.h"
#include "rewriters/base/FunctionView.h"

#include "clang/Frontend/ASTUnit.h"
#include "clang/Frontend/TextDiagnosticPrinter.h"
#include "clang/Tooling/Tooling.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/VirtualFileSystem.h"

#include <fmt/format.h>

using namespace interlock;

namespace {

struct Request {
  std::vector<std::string> Files;
  std::vector<std::string> Arguments;
  Options Analysis;
  FixOptions Fix;
  bool List = false;
  bool Verbose = false;
};

/// Collects what the compiler says, as the driver's own collector does.
class Listener : public clang::DiagnosticConsumer {
public:
  explicit Listener(std::vector<CompilerMessage> &Messages)
      : Messages(Messages) {}
  void HandleDiagnostic(clang::DiagnosticsEngine::Level Level,
                        const clang::Diagnostic &Info) override {
    DiagnosticConsumer::HandleDiagnostic(Level, Info);
    if (Level < clang::DiagnosticsEngine::Warning)
      return;
    llvm::SmallString<128> Text;
    Info.FormatDiagnostic(Text);
    CompilerMessage M;
    M.Error = Level >= clang::DiagnosticsEngine::Error;
    M.Text = Text.str().str();
    if (Info.hasSourceManager() && Info.getLocation().isValid()) {
      const clang::SourceManager &SM = Info.getSourceManager();
      const auto Place = SM.getExpansionLoc(Info.getLocation());
      M.File = realPath(SM, SM.getFileID(Place));
      M.Line = SM.getSpellingLineNumber(Place);
    }
    Messages.push_back(M);
  }

private:
  std::vector<CompilerMessage> &Messages;
};

struct Parsed {
  ProgramView View;
  std::vector<std::unique_ptr<Listener>> Listeners; ///< the units refer to them
  std::vector<std::unique_ptr<clang::ASTUnit>> Units;
};

} // namespace

static Parsed parseAll(const Request &R, const FileContents &Overlay) {
  Parsed Out;
  std::vector<CompilerMessage> &Messages = Out.View.Messages;
  std::vector<std::unique_ptr<TUFacts>> Facts;
  std::vector<const TUFacts *> Pointers;
  for (const std::string &File : R.Files) {
    auto Memory = llvm::makeIntrusiveRefCnt<llvm::vfs::InMemoryFileSystem>();
    for (const auto &[Name, Text] : Overlay)
      Memory->addFile(Name, 0, llvm::MemoryBuffer::getMemBufferCopy(Text));
    auto Files = llvm::makeIntrusiveRefCnt<llvm::vfs::OverlayFileSystem>(
        llvm::vfs::getRealFileSystem());
    Files->pushOverlay(Memory);
    auto Manager = llvm::makeIntrusiveRefCnt<clang::FileManager>(
        clang::FileSystemOptions(), Files);
    std::vector<std::string> Command = {
        "clang++", "-fsyntax-only", "-resource-dir", INTERLOCK_RESOURCE_DIR};
    Command.insert(Command.end(), R.Arguments.begin(), R.Arguments.end());
    Command.push_back(File);
    std::vector<std::unique_ptr<clang::ASTUnit>> One;
    Out.Listeners.push_back(std::make_unique<Listener>(Messages));
    class Build : public clang::tooling::ToolAction {
    public:
      std::unique_ptr<clang::ASTUnit> Unit;
      bool
      runInvocation(std::shared_ptr<clang::CompilerInvocation> Invocation,
                    clang::FileManager *Files,
                    std::shared_ptr<clang::PCHContainerOperations> Containers,
                    clang::DiagnosticConsumer *Consumer) override {
        Unit = clang::ASTUnit::LoadFromCompilerInvocation(
            Invocation, std::move(Containers),
            clang::CompilerInstance::createDiagnostics(
                &Invocation->getDiagnosticOpts(), Consumer, false),
            Files);
        return Unit != nullptr;
      }
    } Action;
    clang::tooling::ToolInvocation Run(
        Command, &Action, Manager.get(),
        std::make_shared<clang::PCHContainerOperations>());
    Run.setDiagnosticConsumer(Out.Listeners.back().get());
    Run.run();
    // A tree with holes is not worth judging: the messages decide.
    if (!Action.Unit ||
        Action.Unit->getDiagnostics().hasUncompilableErrorOccurred())
      continue;
    Facts.push_back(collectFacts(Action.Unit->getASTContext(), R.Analysis));
    Pointers.push_back(Facts.back().get());
    Out.Units.push_back(std::move(Action.Unit));
  }
  Out.View.Findings = analyse(Pointers, R.Analysis);
  return Out;
}

/// `NAME|MEMBERS|LOCK`, keyed where the lock names a `{key}`.
static CategoryOption category(llvm::StringRef Text) {
  llvm::SmallVector<llvm::StringRef> Parts;
  Text.split(Parts, '|');
  Parts.resize(3);
  CategoryOption Own;
  Own.Name = Parts[0].str();
  Own.Members = {Parts[1].str()};
  Own.Lock = Parts[2].str();
  Own.Keyed = Parts[2].contains("{key}");
  return Own;
}

static Request read(int Count, char **Words) {
  Request R;
  bool Compiler = false;
  for (int I = 1; I < Count; ++I) {
    llvm::StringRef Word = Words[I];
    if (Compiler)
      R.Arguments.push_back(Word.str());
    else if (Word == "--")
      Compiler = true;
    else if (Word.consume_front("--executor="))
      R.Fix.ExecutorModel = R.Analysis.ExecutorModel =
          llvm::StringSwitch<Executor>(Word)
              .Case("single-threaded", Executor::SingleThreaded)
              .Case("multi-threaded", Executor::MultiThreaded)
              .Default(Executor::Unknown);
    else if (Word.consume_front("--strategy="))
      R.Fix.Strategy = llvm::StringSwitch<FixStrategy>(Word)
                           .Case("reserve", FixStrategy::Reserve)
                           .Case("recheck", FixStrategy::Recheck)
                           .Case("auto", FixStrategy::Auto)
                           .Default(FixStrategy::Hold);
    else if (Word.consume_front("--access="))
      R.Fix.Access = llvm::StringSwitch<StateAccess>(Word)
                         .Case("object", StateAccess::Object)
                         .Case("member-reference", StateAccess::MemberReference)
                         .Case("member", StateAccess::Member)
                         .Default(StateAccess::Global);
    else if (Word.consume_front("--state="))
      R.Fix.StateExpression = Word.str();
    else if (Word.consume_front("--category="))
      R.Fix.Categories.push_back(category(Word));
    else if (Word == "--review")
      R.Fix.Review = true;
    else if (Word == "--verbose")
      R.Verbose = true;
    else if (Word == "--list")
      R.List = true;
    else if (Word == "--all-state")
      R.Analysis.Guarded = GuardedState::All;
    else {
      llvm::SmallString<256> Real;
      (void)llvm::sys::fs::real_path(Word, Real);
      R.Files.push_back(Real.str().str());
    }
  }
  R.Analysis.Categories = R.Fix.Categories;
  return R;
}

static void print(const Finding &F, bool Verbose) {
  fmt::print("{}:{}: {} [{}] in {}\n", F.At.File.str(), F.At.Line, F.Message,
             F.Check, F.Function);
  if (Verbose) {
    fmt::print("    function {}-{}\n", F.Extent.Function.Begin,
               F.Extent.Function.End);
    for (const auto &[Name, Group] :
         {std::pair("read", F.Extent.Reads),
          std::pair("suspends", F.Extent.Suspensions),
          std::pair("modify", F.Extent.Modifies)})
      for (const SourceSpan &S : Group)
        fmt::print("    {} {}:{} {}-{}\n", Name, S.Line, S.Column, S.Begin,
                   S.End);
    fmt::print("    {} of {} key {} member {}\n", F.State.Category,
               F.State.Owner, F.State.Key, F.State.Member);
  }
  for (const Obstacle &O : F.Extent.Obstacles)
    fmt::print("    obstacle {} {}:{}\n", O.Name, O.At.File.str(), O.At.Line);
}

int main(int Count, char **Words) {
  const Request R = read(Count, Words);
  Parsed Before = parseAll(R, {});
  for (const Finding &F : Before.View.Findings)
    print(F, R.Verbose);
  for (const CompilerMessage &M : Before.View.Messages)
    if (M.Error)
      fmt::print("error: {}\n", M.Text);
  if (R.List)
    return Before.View.Findings.empty() ? 0 : 1;
  std::vector<FixResult> PerTU;
  const auto PlanAll = [&](const FixOptions &Opts) {
    PerTU.clear();
    for (const auto &Unit : Before.Units)
      PerTU.push_back(
          planFixes(Unit->getASTContext(), Before.View.Findings, Opts));
  };
  PlanAll(R.Fix);
  FixOptions Again = R.Fix;
  for (FixResult &One : PerTU)
    Again.Whole.merge(One.Nameless);
  if (!Again.Whole.empty())
    PlanAll(Again);
  for (const FixResult &One : PerTU)
    for (const FixPlan &Plan : One.Plans)
      for (const Edit &E : Plan.Edits)
        if (R.Verbose)
          fmt::print("edit {}+{}: {}\n", E.Offset, E.Length, E.Text);
  const FixResult Planned = mergeFixes(std::move(PerTU), Before.View.Findings);
  const FixOutcome Outcome = settleFixes(
      Planned, Before.View, R.Fix,
      [&](const FileContents &Overlay) { return parseAll(R, Overlay).View; });
  for (const unsigned P : Outcome.Applied)
    fmt::print("applied {}: {}\n", Planned.Plans[P].Strategy,
               Planned.Plans[P].Description);
  for (const unsigned P : Outcome.Offered)
    fmt::print("offered {}: {}\n", Planned.Plans[P].Strategy,
               Planned.Plans[P].Description);
  for (const auto *Group : {&Planned.Refusals, &Outcome.Withdrawn})
    for (const Refusal &No : *Group)
      fmt::print("refused {} (line {}): {}\n", No.Id,
                 Before.View.Findings[No.Finding].At.Line, No.Reason);
  if (llvm::Error E = writeFiles(Outcome, Planned, R.Fix.Root)) {
    fmt::print("error: {}\n", llvm::toString(std::move(E)));
    return 4;
  }
  return Outcome.Applied.size() == Planned.Plans.size() &&
                 Planned.Refusals.empty() && !Outcome.withheld()
             ? 0
             : 1;
}
