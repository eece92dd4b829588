#include "matchers/Analysis.h"
#include "matchers/facts/Facts.h"
#include "rewriters/Rewriters.h"

#include "clang-tidy/ClangTidyCheck.h"
#include "clang-tidy/ClangTidyModule.h"
#include "clang-tidy/ClangTidyModuleRegistry.h"
#include "clang/ASTMatchers/ASTMatchers.h"

/// The checks inside stock clang-tidy: one translation unit at a time, so
/// what only another unit knows (a writer, a lock order) is not seen here.
/// `clang-tidy-19 --load=libinterlock-tidy.so --checks=-*,interlock-*`.
namespace interlock {
namespace {

using namespace clang;

/// All checks share one analysis; each instance reports what carries its id.
class TidyCheck : public tidy::ClangTidyCheck {
public:
  TidyCheck(llvm::StringRef Name, tidy::ClangTidyContext *Ctx)
      : ClangTidyCheck(Name, Ctx), Id(Name.str().substr(10)),
        Model(this->Options.get("Executor", "unknown").str()),
        Guarded(this->Options.get("GuardedState", "configured").str()) {}

  void storeOptions(tidy::ClangTidyOptions::OptionMap &Opts) override {
    this->Options.store(Opts, "Executor", Model);
    this->Options.store(Opts, "GuardedState", Guarded);
  }

  bool isLanguageVersionSupported(const LangOptions &Lang) const override {
    return Lang.CPlusPlus20;
  }

  void registerMatchers(ast_matchers::MatchFinder *Finder) override {
    Finder->addMatcher(ast_matchers::translationUnitDecl().bind("unit"), this);
  }

  void check(const ast_matchers::MatchFinder::MatchResult &Match) override {
    interlock::Options Opts;
    Opts.ExecutorModel = Model == "single-threaded"  ? Executor::SingleThreaded
                         : Model == "multi-threaded" ? Executor::MultiThreaded
                                                     : Executor::Unknown;
    Opts.Guarded =
        Guarded == "all" ? GuardedState::All : GuardedState::Configured;
    std::unique_ptr<TUFacts> Facts = collectFacts(*Match.Context, Opts);
    std::vector<Finding> Own;
    for (Finding &F : analyse({Facts.get()}, Opts))
      if (F.Check == Id)
        Own.push_back(std::move(F));
    FixOptions Fixing;
    Fixing.ExecutorModel = Opts.ExecutorModel;
    Fixing.Root = "/";
    FixResult Fixes = planFixes(*Match.Context, Own, Fixing);
    for (size_t I = 0; I < Own.size(); ++I)
      report(Own[I], planFor(Fixes, I), *Match.SourceManager);
  }

private:
  static const FixPlan *planFor(const FixResult &Fixes, unsigned Finding) {
    for (const FixPlan &Plan : Fixes.Plans)
      if (Plan.Apply == Applicability::Safe && !Plan.Repairs.empty() &&
          Plan.Repairs.front() == Finding)
        return &Plan;
    return nullptr;
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
          Warning << FixItHint::CreateReplacement(
              CharSourceRange::getCharRange(Begin,
                                            Begin.getLocWithOffset(E.Length)),
              E.Text);
        }
    }
    for (const Step &S : F.Path)
      diag(locate(Sources, S.At.File, S.At.Begin), "%0", DiagnosticIDs::Note)
          << S.Message;
  }

  std::string Id, Model, Guarded;
};

class TidyModule : public tidy::ClangTidyModule {
public:
  void addCheckFactories(tidy::ClangTidyCheckFactories &Factories) override {
#define CHECK(Class, Id, Default, Summary)                                     \
  Factories.registerCheck<TidyCheck>("interlock-" Id);
#include "matchers/Checks.def"
  }
};

} // namespace
} // namespace interlock

static clang::tidy::ClangTidyModuleRegistry::Add<interlock::TidyModule>
    Registered("interlock", "finds await races in C++20 coroutine code");
