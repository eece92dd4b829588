#pragma once

#include "matchers/flow/FunctionFlow.h"

namespace interlock {

/// What can fail in a function once it has modified something, and which ways
/// out of a failure change the same state again.
///
/// Made once for a function and asked for each of its modifies: what the
/// answers have in common is kept, by state, from the first question on.
class Recovery {
public:
  explicit Recovery(const FunctionFlow &Flow)
      : Flow(Flow), P(Flow.program()), F(Flow.function()) {}

  /// The first suspension point behind a modify whose failure nothing makes
  /// good, if there is one.
  const Op *uncovered(const ModifySite &M);
  /// The same of a modify that is made good where all goes well.
  const Op *uncoveredByHandlers(const ModifySite &M);
  /// Whether a step that can fail lies between the acquisition of a lock and
  /// the modify: the modify is for that one, and it did not fail.
  bool followsStep(const ModifySite &M, const SourceSpan &Acquired);
  /// Whether what a function does where a step of a block fails changes some
  /// state, apart from the one modify.
  static bool undoes(const FunctionFacts &F, unsigned Block,
                     const AccessPath &State, const SourceSpan &Apart);
  /// Whether a closure that the function makes knows how to restore.
  bool closureRestores(const ModifySite &M) const;

private:
  /// A step that can fail.
  struct Failure {
    const Op *Step;
    unsigned Block;
    std::vector<unsigned> Handlers; ///< where its exception goes
  };
  /// Changes that lie ahead, as many as tell that one is not the modify asked
  /// about.
  struct Ahead {
    const Op *One = nullptr, *Other = nullptr;
    bool add(const Op *Change);
    bool add(const Ahead &More);
    bool besides(const Op *Modify) const {
      return Other || (One && One != Modify);
    }
  };
  /// By block; `Ordinary` along the ways that no exception takes.
  struct Changes {
    std::vector<Ahead> Ordinary, Any;
  };

  const std::vector<Failure> &failures();
  static std::vector<unsigned> handlersOf(const FunctionFacts &F,
                                          unsigned Block);
  const Changes &changesOf(const AccessPath &Path);
  void lookAhead(std::vector<Ahead> &At, bool Thrown) const;
  bool changes(const Op &O, const AccessPath &Path) const;
  bool restored(const Failure &Each, const ModifySite &M, const Changes &C,
                bool Ordinary) const;
  bool tolerated(const Failure &Each) const;
  template <class Test> const Op *firstBehind(const ModifySite &M, Test Wanted);

  const FunctionFlow &Flow;
  const Program &P;
  const FunctionFacts &F;
  std::optional<std::vector<Failure>> Failures; ///< in the order of the text
  std::map<AccessPath, Changes> ByState;
};

} // namespace interlock
