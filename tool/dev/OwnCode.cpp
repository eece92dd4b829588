// A plugin for clang-tidy that keeps its checks out of the headers of others:
// clang's are a hundred times as much code as any file that includes them.
#include "clang-tidy/ClangTidyCheck.h"
#include "clang-tidy/ClangTidyModule.h"
#include "clang-tidy/ClangTidyModuleRegistry.h"
#include "clang/ASTMatchers/ASTMatchers.h"

using namespace clang;

namespace {

/// Finds nothing. The translation unit is the first that is matched, and what
/// is visited next are the declarations that stand in the scope then.
class OwnCode : public tidy::ClangTidyCheck {
public:
  using ClangTidyCheck::ClangTidyCheck;

  void registerMatchers(ast_matchers::MatchFinder *Finder) override {
    Finder->addMatcher(ast_matchers::translationUnitDecl().bind("unit"), this);
  }

  void check(const ast_matchers::MatchFinder::MatchResult &Result) override {
    const auto *Unit = Result.Nodes.getNodeAs<TranslationUnitDecl>("unit");
    const SourceManager &Sources = *Result.SourceManager;
    std::vector<Decl *> Own;
    for (Decl *D : Unit->decls())
      if (D->getLocation().isValid() &&
          !Sources.isInSystemHeader(Sources.getExpansionLoc(D->getLocation())))
        Own.push_back(D);
    Result.Context->setTraversalScope(Own);
  }
};

class Module : public tidy::ClangTidyModule {
public:
  void addCheckFactories(tidy::ClangTidyCheckFactories &Factories) override {
    Factories.registerCheck<OwnCode>("own-code");
  }
};

const tidy::ClangTidyModuleRegistry::Add<Module> Added("own-code", "");

} // namespace
