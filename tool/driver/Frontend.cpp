#include "tool/driver/Frontend.h"

#include "tool/driver/AbsentFiles.h"
#include "tool/driver/Containment.h"
#include "tool/driver/FiniteFiles.h"

#include "clang/AST/ASTConsumer.h"
#include "clang/AST/ASTContext.h"
#include "clang/AST/DeclCXX.h"
#include "clang/Frontend/CompilerInstance.h"
#include "clang/Frontend/FrontendActions.h"
#include "clang/Frontend/MultiplexConsumer.h"
#include "clang/Lex/PreprocessorOptions.h"
#include "clang/Tooling/Tooling.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/VirtualFileSystem.h"

#include <algorithm>
#include <ctime>

using namespace clang;

namespace interlock {
namespace {

std::string realPath(llvm::StringRef Path) {
  llvm::SmallString<256> Real;
  return llvm::sys::fs::real_path(Path, Real) ? Path.str() : Real.str().str();
}

/// Keeps messages as values: source locations die with the parse.
class MessageCollector : public DiagnosticConsumer {
public:
  explicit MessageCollector(std::vector<ParseMessage> &Into) : Into(Into) {}

  void HandleDiagnostic(DiagnosticsEngine::Level Level,
                        const Diagnostic &Info) override {
    DiagnosticConsumer::HandleDiagnostic(Level, Info);
    if (Level < DiagnosticsEngine::Warning)
      return;
    ParseMessage Message;
    Message.Error = Level >= DiagnosticsEngine::Error;
    llvm::SmallString<128> Text;
    Info.FormatDiagnostic(Text);
    Message.Text = Text.str().str();
    if (Info.hasSourceManager() && Info.getLocation().isValid()) {
      const SourceManager &Sources = Info.getSourceManager();
      SourceLocation Loc = Sources.getFileLoc(Info.getLocation());
      if (OptionalFileEntryRef File =
              Sources.getFileEntryRefForID(Sources.getFileID(Loc))) {
        llvm::StringRef Real = File->getFileEntry().tryGetRealPathName();
        Message.File = realPath(Real.empty() ? File->getName() : Real);
        Message.Line = Sources.getSpellingLineNumber(Loc);
        Message.Column = Sources.getSpellingColumnNumber(Loc);
      }
    }
    Into.push_back(std::move(Message));
  }

private:
  std::vector<ParseMessage> &Into;
};

/// Names of functions whose bodies say whether and how an await suspends.
bool isCoroutineProtocol(const FunctionDecl &Function) {
  if (Function.getOverloadedOperator() == OO_Coawait)
    return true;
  if (!Function.getIdentifier())
    return false;
  return llvm::StringSwitch<bool>(Function.getName())
      .Cases("await_ready", "await_suspend", "await_resume", "await_transform",
             true)
      .Cases("initial_suspend", "final_suspend", "get_return_object",
             "yield_value", true)
      .Default(false);
}

class Consumer : public ASTConsumer {
public:
  Consumer(CompilerInstance &Compiler, bool AllBodies, bool OnlyOwn,
           llvm::function_ref<void(ASTContext &)> Use)
      : Compiler(Compiler), AllBodies(AllBodies), OnlyOwn(OnlyOwn), Use(Use) {}

  /// Bodies in system headers are most of what a parse costs, and facts need
  /// few of them. Sema still parses constexpr functions and those with
  /// deduced types, whatever is said here.
  bool shouldSkipFunctionBody(Decl *D) override {
    if (AllBodies)
      return false;
    const FunctionDecl *Function = D->getAsFunction();
    if (!Function)
      return false;
    const SourceManager &Sources = Compiler.getSourceManager();
    SourceLocation Loc = Sources.getExpansionLoc(Function->getLocation());
    return Sources.isInSystemHeader(Loc) && !isCoroutineProtocol(*Function);
  }

  bool HandleTopLevelDecl(DeclGroupRef Group) override {
    for (Decl *D : Group)
      if (OnlyOwn && D->getLexicalDeclContext()->isTranslationUnit())
        Own.push_back(D);
    return true;
  }

  void HandleTranslationUnit(ASTContext &Ctx) override {
    if (Compiler.getDiagnostics().hasErrorOccurred())
      return;
    // Walking over everything would read all of the prefix from its file.
    if (OnlyOwn)
      Ctx.setTraversalScope(Own);
    Use(Ctx);
  }

private:
  CompilerInstance &Compiler;
  bool AllBodies;
  bool OnlyOwn; ///< what a shared prefix declares is of no interest
  std::vector<Decl *> Own;
  llvm::function_ref<void(ASTContext &)> Use;
};

class Action : public ASTFrontendAction {
public:
  Action(bool AllBodies, bool OnlyOwn,
         llvm::function_ref<void(ASTContext &)> Use)
      : AllBodies(AllBodies), OnlyOwn(OnlyOwn), Use(Use) {}

  std::unique_ptr<ASTConsumer> CreateASTConsumer(CompilerInstance &Compiler,
                                                 llvm::StringRef) override {
    return std::make_unique<Consumer>(Compiler, AllBodies, OnlyOwn, Use);
  }

private:
  bool AllBodies;
  bool OnlyOwn;
  llvm::function_ref<void(ASTContext &)> Use;
};

/// Writes a precompiled header, without the bodies that a parse would skip.
class Precompile : public GeneratePCHAction {
public:
  std::unique_ptr<ASTConsumer>
  CreateASTConsumer(CompilerInstance &Compiler, llvm::StringRef File) override {
    std::vector<std::unique_ptr<ASTConsumer>> Both;
    Both.push_back(GeneratePCHAction::CreateASTConsumer(Compiler, File));
    if (!Both.back())
      return nullptr;
    Both.push_back(std::make_unique<Consumer>(Compiler, /*AllBodies=*/false,
                                              /*OnlyOwn=*/false,
                                              [](ASTContext &) {}));
    return std::make_unique<MultiplexConsumer>(std::move(Both));
  }
};

/// Whatever a command asks for beside the parse, nothing is written or printed:
/// there are many ways to ask, `-Wp,-MD,file` and `-save-stats` among them.
void silence(CompilerInvocation &Invocation) {
  Invocation.getDependencyOutputOpts() = DependencyOutputOptions();
  DiagnosticOptions &Messages = Invocation.getDiagnosticOpts();
  Messages.DiagnosticLogFile.clear();
  Messages.DiagnosticSerializationFile.clear();
  Messages.VerifyDiagnostics = false;
  FrontendOptions &Frontend = Invocation.getFrontendOpts();
  Frontend.StatsFile.clear();
  Frontend.ShowStats = false;
  Frontend.CodeCompletionAt = ParsedSourceLocation();
}

/// Runs one front end invocation.
class Parse : public tooling::ToolAction {
public:
  Parse(const Unit &U, const ParseRequest &Request, ParseResult &Result,
        llvm::function_ref<void(ASTContext &)> Use)
      : U(U), Request(Request), Result(Result), Use(Use) {}

  bool runInvocation(std::shared_ptr<CompilerInvocation> Invocation,
                     FileManager *Files,
                     std::shared_ptr<PCHContainerOperations> Containers,
                     DiagnosticConsumer *Messages) override {
    silence(*Invocation);
    CompilerInstance Compiler(std::move(Containers));
    Compiler.setInvocation(std::move(Invocation));
    Compiler.setFileManager(Files);
    Compiler.getFrontendOpts().SkipFunctionBodies = !Request.AllBodies;
    Compiler.getFrontendOpts().DisableFree = false;
    Compiler.getDiagnosticOpts().ShowCarets = false;
    if (Request.Warnings)
      Compiler.getDiagnosticOpts().IgnoreWarnings = false;
    // By file identity, so that a link to an edited file sees the edit too.
    if (Request.Overlay)
      for (const auto &[File, Text] : *Request.Overlay)
        Compiler.getPreprocessorOpts().addRemappedFile(
            File, llvm::MemoryBuffer::getMemBufferCopy(Text, File).release());
    // Comments are not attached and unused macros not kept: nobody asks.
    Compiler.getPreprocessorOpts().DetailedRecord = false;
    Compiler.createDiagnostics(Messages, /*ShouldOwnClient=*/false);
    if (!Compiler.hasDiagnostics())
      return false;
    Compiler.createSourceManager(*Files);
    Action Analyse(Request.AllBodies, U.SystemPrefix, Use);
    Precompile Write;
    const bool Writes = !Request.PrecompileTo.empty();
    if (Writes)
      Compiler.getFrontendOpts().OutputFile = Request.PrecompileTo;
    bool Ran = Compiler.ExecuteAction(
        Writes ? static_cast<FrontendAction &>(Write) : Analyse);
    if (Compiler.hasSourceManager())
      collectFiles(Compiler.getSourceManager());
    Files->clearStatCache();
    return Ran && !Compiler.getDiagnostics().hasErrorOccurred();
  }

private:
  void collectFiles(const SourceManager &Sources) {
    for (auto It = Sources.fileinfo_begin(); It != Sources.fileinfo_end();
         ++It) {
      llvm::StringRef Real = It->first.getFileEntry().tryGetRealPathName();
      std::string File = realPath(Real.empty() ? It->first.getName() : Real);
      if (File != U.RealFile && File != U.PrefixHeader)
        Result.Files.push_back(std::move(File));
    }
    if (U.PrefixFiles)
      llvm::append_range(Result.Files, *U.PrefixFiles);
    llvm::sort(Result.Files);
    Result.Files.erase(std::unique(Result.Files.begin(), Result.Files.end()),
                       Result.Files.end());
    Result.Files.insert(Result.Files.begin(), U.RealFile);
  }

  const Unit &U;
  const ParseRequest &Request;
  ParseResult &Result;
  llvm::function_ref<void(ASTContext &)> Use;
};

void parseHere(const Unit &U, const ParseRequest &Request, ParseResult &Result,
               llvm::function_ref<void(ASTContext &)> Use) {
  // A file system of its own: the working folder of the process is shared.
  auto Files = llvm::makeIntrusiveRefCnt<AbsentFiles>(
      llvm::makeIntrusiveRefCnt<FiniteFiles>(
          llvm::vfs::createPhysicalFileSystem()));
  ParseMessage NoFolder;
  if (Files->setCurrentWorkingDirectory(U.Directory)) {
    NoFolder.Error = true;
    NoFolder.Text = "folder '" + U.Directory + "' of the command is gone";
    Result.Messages.push_back(std::move(NoFolder));
    return;
  }
  auto Manager =
      llvm::makeIntrusiveRefCnt<FileManager>(FileSystemOptions(), Files);
  std::vector<std::string> Command = U.Command;
  if (Request.Warnings)
    llvm::erase(Command, "-w");
  MessageCollector Messages(Result.Messages);
  Parse Run(U, Request, Result, Use);
  tooling::ToolInvocation Invocation(
      std::move(Command), &Run, Manager.get(),
      std::make_shared<PCHContainerOperations>());
  Invocation.setDiagnosticConsumer(&Messages);
  Result.Compiled = Invocation.run();
  Result.Absent = Files->outermost();
  Result.Seconds = threadSeconds();
}

} // namespace

double threadSeconds() {
  timespec Time = {};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &Time);
  return double(Time.tv_sec) + 1e-9 * double(Time.tv_nsec);
}

std::vector<std::string> inputsOf(const ParseResult &Result,
                                  llvm::StringRef But) {
  std::vector<std::string> Inputs = Result.Files;
  llvm::append_range(Inputs, Result.Absent);
  llvm::erase(Inputs, But);
  llvm::sort(Inputs);
  Inputs.erase(std::unique(Inputs.begin(), Inputs.end()), Inputs.end());
  return Inputs;
}

/// The unit without its shared prefix.
static Unit unshared(const Unit &U) {
  Unit Plain = U;
  Plain.Command = std::exchange(Plain.Unshared, {});
  Plain.PrefixFiles = nullptr;
  Plain.SystemPrefix = false;
  return Plain;
}

/// Whether a prefix holds a file that is to be seen with other content.
static bool outdated(const Unit &U, const ParseRequest &Request) {
  return U.PrefixFiles && Request.Overlay &&
         llvm::any_of(*Request.Overlay, [&](const auto &File) {
           return std::binary_search(U.PrefixFiles->begin(),
                                     U.PrefixFiles->end(), File.first);
         });
}

ParseResult parse(const Unit &U, const ParseRequest &Request,
                  llvm::function_ref<void(ASTContext &)> Use) {
  if (outdated(U, Request))
    return parse(unshared(U), Request, Use);
  // After a crash the result may be half written by the dead parse.
  auto Inner = std::make_unique<ParseResult>();
  if (!runContained([&] { parseHere(U, Request, *Inner, Use); }))
    (void)Inner.release(); // owned by whatever crashed
  else if (Inner->Compiled || U.Unshared.empty())
    return std::move(*Inner);
  // Reading a precompiled header exercises more of clang than parsing does:
  // the plain command decides.
  if (!U.Unshared.empty())
    return parse(unshared(U), Request, Use);
  ParseResult Result;
  Result.Crashed = true;
  Result.Files = {U.RealFile};
  return Result;
}

ParseResult precompile(const Unit &U, llvm::StringRef Output) {
  ParseRequest Request;
  Request.PrecompileTo = Output.str();
  return parse(U, Request, [](ASTContext &) {});
}

} // namespace interlock
