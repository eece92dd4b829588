#include "matchers/Analysis.h"
#include "matchers/facts/Facts.h"
#include "rewriters/Rewriters.h"
#include "tool/config/CheckIds.h"
#include "tool/config/Schema.h"

#include "clang-tidy/ClangTidyCheck.h"
#include "clang-tidy/ClangTidyModule.h"
#include "clang-tidy/ClangTidyModuleRegistry.h"
#include "clang/ASTMatchers/ASTMatchers.h"
#include "llvm/Support/Path.h"

/// The checks inside stock clang-tidy: one translation unit at a time, so
/// what only another unit knows (a writer, a lock order) is not seen here.
/// `clang-tidy-19 --load=libinterlock-tidy.so --checks=-*,interlock-*`.
namespace interlock {
namespace {

using namespace clang;

/// Options of a check, as .clang-tidy spells them; an empty one leaves what
/// .interlock.yaml says.
struct TidyOptions {
  std::string ConfigFile, Executor, GuardedState, FixStrategy, StateAccess;

  friend bool operator==(const TidyOptions &, const TidyOptions &) = default;
};

/// What was found in the translation unit at hand, for all checks at once.
class Analysis {
public:
  void reset() { Done = false; }

  void run(ASTContext &Ctx, const TidyOptions &Wanted) {
    if (Done && Wanted == With)
      return;
    Done = true;
    With = Wanted;
    Problems.clear();
    Config Settings = configure(Ctx);
    const std::unique_ptr<TUFacts> Facts = collectFacts(Ctx, Settings.Analysis);
    Found = analyse({Facts.get()}, Settings.Analysis);
    Fixes = planFixes(Ctx, Found, Settings.Fixing);
    if (!Fixes.Nameless.empty()) {
      Settings.Fixing.Whole = std::move(Fixes.Nameless);
      Fixes = planFixes(Ctx, Found, Settings.Fixing);
    }
  }

  /// The repair that stands with a finding: a plan that repairs several is
  /// told once.
  const FixPlan *planFor(size_t Finding) const {
    for (const FixPlan &Plan : Fixes.Plans)
      if (Plan.Apply == Applicability::Safe && !Plan.Repairs.empty() &&
          Plan.Repairs.front() == Finding)
        return &Plan;
    return nullptr;
  }

  std::vector<Finding> Found;
  std::vector<std::string> Problems; ///< of the configuration

private:
  Config configure(const ASTContext &Ctx) {
    LoadedConfig Loaded = With.ConfigFile.empty()
                              ? lookUpConfig(mainFolder(Ctx.getSourceManager()))
                              : loadConfigFile(With.ConfigFile);
    for (const ConfigProblem &Problem : Loaded.Problems)
      Problems.push_back(Problem.str());
    Config &C = Loaded.Value;
    set(With.Executor, C.Analysis.ExecutorModel);
    set(With.GuardedState, C.Analysis.Guarded);
    set(With.FixStrategy, C.Fixing.Strategy);
    set(With.StateAccess, C.Fixing.Access);
    C.Fixing.ExecutorModel = C.Analysis.ExecutorModel;
    C.Fixing.Categories = C.Analysis.Categories;
    C.Fixing.Root = C.Root.empty() ? "/" : C.Root;
    return C;
  }

  template <typename Enum> void set(llvm::StringRef Name, Enum &To) {
    for (const auto &[Value, Known] : EnumNames<Enum>::Names)
      if (Name == Known) {
        To = Value;
        return;
      }
    if (!Name.empty())
      Problems.push_back("unknown value '" + Name.str() + "'");
  }

  static std::string mainFolder(const SourceManager &Sources) {
    OptionalFileEntryRef Main =
        Sources.getFileEntryRefForID(Sources.getMainFileID());
    llvm::StringRef Real =
        Main ? Main->getFileEntry().tryGetRealPathName() : llvm::StringRef();
    return llvm::sys::path::parent_path(Real).str();
  }

  bool Done = false;
  TidyOptions With;
  FixResult Fixes;
};

/// Each check reports what carries its id.
class TidyCheck : public tidy::ClangTidyCheck {
public:
  TidyCheck(llvm::StringRef Name, tidy::ClangTidyContext *Ctx,
            std::shared_ptr<Analysis> Shared)
      : ClangTidyCheck(Name, Ctx), Id(plainId(Name).str()),
        Shared(std::move(Shared)) {
    const auto Read = [&](llvm::StringRef Option, std::string &To) {
      To = Options.getLocalOrGlobal(Option, "").str();
    };
    each(Read);
  }

  void storeOptions(tidy::ClangTidyOptions::OptionMap &Opts) override {
    each([&](llvm::StringRef Option, std::string &Value) {
      Options.store(Opts, Option, llvm::StringRef(Value));
    });
  }

  bool isLanguageVersionSupported(const LangOptions &Lang) const override {
    return Lang.CPlusPlus20;
  }

  void registerMatchers(ast_matchers::MatchFinder *Finder) override {
    Finder->addMatcher(ast_matchers::translationUnitDecl().bind("unit"), this);
  }

  void onStartOfTranslationUnit() override { Shared->reset(); }

  void check(const ast_matchers::MatchFinder::MatchResult &Match) override {
    Shared->run(*Match.Context, Wanted);
    for (const std::string &Problem : std::exchange(Shared->Problems, {}))
      configurationDiag("%0") << Problem;
    for (size_t I = 0; I < Shared->Found.size(); ++I)
      if (Shared->Found[I].Check == Id)
        report(Shared->Found[I], Shared->planFor(I), *Match.SourceManager);
  }

private:
  template <typename Use> void each(Use Do) {
    Do("ConfigFile", Wanted.ConfigFile);
    Do("Executor", Wanted.Executor);
    Do("GuardedState", Wanted.GuardedState);
    Do("FixStrategy", Wanted.FixStrategy);
    Do("StateAccess", Wanted.StateAccess);
  }

  static SourceLocation locate(SourceManager &Sources, llvm::StringRef File,
                               unsigned Offset) {
    OptionalFileEntryRef Entry =
        Sources.getFileManager().getOptionalFileRef(File);
    FileID Id = Entry ? Sources.translateFile(*Entry) : FileID();
    return Id.isValid() ? Sources.getComposedLoc(Id, Offset) : SourceLocation();
  }

  void report(const Finding &F, const FixPlan *Plan, SourceManager &Sources) {
    {
      DiagnosticBuilder Warning =
          diag(locate(Sources, F.At.File, F.At.Begin), "%0") << F.Message;
      if (Plan)
        for (const Edit &E : Plan->Edits) {
          SourceLocation Begin = locate(Sources, E.File, E.Offset);
          SourceLocation End =
              Begin.getLocWithOffset(static_cast<int>(E.Length));
          Warning << FixItHint::CreateReplacement(
              CharSourceRange::getCharRange(Begin, End), E.Text);
        }
    }
    for (const Step &S : F.Path)
      diag(locate(Sources, S.At.File, S.At.Begin), "%0", DiagnosticIDs::Note)
          << S.Message;
  }

  std::string Id;
  TidyOptions Wanted;
  std::shared_ptr<Analysis> Shared;
};

class TidyModule : public tidy::ClangTidyModule {
public:
  void addCheckFactories(tidy::ClangTidyCheckFactories &Factories) override {
    const auto Shared = std::make_shared<Analysis>();
    for (const CheckInfo &Check : allChecks())
      Factories.registerCheckFactory(
          "interlock-" + Check.Id.str(),
          [Shared](llvm::StringRef Name, tidy::ClangTidyContext *Ctx) {
            return std::make_unique<TidyCheck>(Name, Ctx, Shared);
          });
  }
};

} // namespace
} // namespace interlock

static clang::tidy::ClangTidyModuleRegistry::Add<interlock::TidyModule>
    Registered("interlock", "finds await races in C++20 coroutine code");
