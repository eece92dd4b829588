#include "rewriters/support/Marked.h"

#include "clang/Frontend/ASTUnit.h"
#include "clang/Tooling/Tooling.h"

#include <cctype>

namespace interlock::test {

namespace {

/// Keeps what the compiler says.
class Listener : public clang::DiagnosticConsumer {
public:
  explicit Listener(std::vector<std::string> &Messages) : Messages(Messages) {}
  void HandleDiagnostic(clang::DiagnosticsEngine::Level Level,
                        const clang::Diagnostic &Info) override {
    DiagnosticConsumer::HandleDiagnostic(Level, Info);
    if (Level < clang::DiagnosticsEngine::Warning)
      return;
    llvm::SmallString<128> Text;
    Info.FormatDiagnostic(Text);
    Messages.push_back(Text.str().str());
  }

private:
  std::vector<std::string> &Messages;
};

struct OpenMark {
  char Kind;
  unsigned Number;
  unsigned Begin;
  unsigned Depth;
};

} // namespace

static SourceSpan spanAt(llvm::StringRef Code, unsigned Begin, unsigned End) {
  SourceSpan S;
  S.File = TestFile;
  S.Begin = Begin;
  S.End = End;
  S.Line = 1 + static_cast<unsigned>(Code.take_front(Begin).count('\n'));
  S.Column = 1;
  return S;
}

Marked readMarks(llvm::StringRef Text, std::vector<About> Subjects) {
  Marked Result;
  Result.Findings.resize(Subjects.size());
  std::vector<OpenMark> Open;
  unsigned Depth = 0;
  for (std::size_t I = 0; I < Text.size(); ++I) {
    const char C = Text[I];
    if (C == '$' && I + 1 < Text.size() &&
        llvm::StringRef("rsmk").contains(Text[I + 1])) {
      const char Kind = Text[++I];
      unsigned Number = 0;
      if (std::isdigit(Text[I + 1]))
        Number = static_cast<unsigned>(Text[++I] - '0');
      ++I; // the brace
      Open.push_back(
          {Kind, Number, static_cast<unsigned>(Result.Code.size()), Depth++});
      continue;
    }
    if (C == '{')
      ++Depth;
    if (C == '}') {
      --Depth;
      if (!Open.empty() && Open.back().Depth == Depth) {
        const OpenMark M = Open.back();
        Open.pop_back();
        Finding &F = Result.Findings.at(M.Number);
        const SourceSpan S = spanAt(Result.Code, M.Begin,
                                    static_cast<unsigned>(Result.Code.size()));
        if (M.Kind == 'r')
          F.Extent.Reads.push_back(S);
        else if (M.Kind == 's')
          F.Extent.Suspensions.push_back(S);
        else if (M.Kind == 'm')
          F.Extent.Modifies.push_back(S);
        else
          F.State.KeyAt = S;
        continue;
      }
    }
    Result.Code += C;
  }
  for (std::size_t I = 0; I < Subjects.size(); ++I) {
    Finding &F = Result.Findings[I];
    const About &A = Subjects[I];
    F.Check = A.Check;
    F.Function = "f";
    F.State.Category = A.Category;
    F.State.Member = A.Member;
    F.State.Owner = A.Owner;
    F.State.Key = A.Key;
    F.State.Keyed = !A.Key.empty();
    if (F.State.KeyAt.valid() && A.Key.empty()) {
      F.State.Keyed = true;
      F.State.Key = Result.Code.substr(F.State.KeyAt.Begin,
                                       F.State.KeyAt.End - F.State.KeyAt.Begin);
    }
    F.Extent.IsCoroutine = A.IsCoroutine;
    F.Extent.Obstacles = A.Obstacles;
    if (!F.Extent.Modifies.empty())
      F.At = F.Extent.Modifies.back();
    else if (!F.Extent.Reads.empty())
      F.At = F.Extent.Reads.back();
  }
  return Result;
}

static constexpr char TaskHeader[] = R"cpp(#pragma once
#include <coroutine>
#include <utility>
template <class T = void> struct task;
struct promise_base {
  std::suspend_always initial_suspend() noexcept { return {}; }
  struct final_awaiter {
    bool await_ready() noexcept { return false; }
    template <class P>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<P> h) noexcept {
      auto next = h.promise().continuation;
      return next ? next : std::noop_coroutine();
    }
    void await_resume() noexcept {}
  };
  final_awaiter final_suspend() noexcept { return {}; }
  void unhandled_exception() { throw; }
  std::coroutine_handle<> continuation;
};
template <class T> struct [[nodiscard]] task {
  struct promise_type : promise_base {
    task get_return_object() { return {}; }
    void return_value(T) {}
  };
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<>) noexcept {}
  T await_resume() { return T(); }
};
template <> struct [[nodiscard]] task<void> {
  struct promise_type : promise_base {
    task get_return_object() { return {}; }
    void return_void() {}
  };
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<>) noexcept {}
  void await_resume() {}
};
)cpp";

std::unique_ptr<clang::ASTUnit> parse(const std::string &Code,
                                      std::vector<std::string> &Messages,
                                      const std::string &File) {
  Listener Listen(Messages);
  return clang::tooling::buildASTFromCodeWithArgs(
      Code,
      {"-std=c++20", "-Wall", "-Wextra", "-Wshadow", "-I/virtual",
       "-isystem" INTERLOCK_RUNTIME_INCLUDE, "-resource-dir",
       INTERLOCK_RESOURCE_DIR},
      File, "interlock-test", std::make_shared<clang::PCHContainerOperations>(),
      clang::tooling::getClangStripDependencyFileAdjuster(),
      {{"/virtual/task.hpp", TaskHeader}}, &Listen);
}

Rewritten rewrite(llvm::StringRef Text, std::vector<About> Subjects,
                  FixOptions Opts) {
  const Marked Input = readMarks(Text, std::move(Subjects));
  Rewritten Out;
  const auto Unit = parse(Input.Code, Out.Before);
  Out.Result = planFixes(Unit->getASTContext(), Input.Findings, Opts);
  EditSet Edits;
  for (const FixPlan &Plan : Out.Result.Plans)
    if (!Edits.add(Plan.Edits))
      Out.After.push_back("conflicting plans");
  Out.Code = Edits.apply(TestFile, Input.Code);
  if (!Out.Result.Plans.empty())
    parse(Out.Code, Out.After);
  return Out;
}

} // namespace interlock::test
