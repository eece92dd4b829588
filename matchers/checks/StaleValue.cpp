#include "matchers/checks/Judgement.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SetOperations.h"
#include "llvm/Support/ErrorHandling.h"

#include <fmt/format.h>
#include <set>

namespace interlock {

/// Whether an element is erased with the amount in it that was read, which
/// others add to or take from.
static bool goesWithIt(const ModifyJudgement &J, const AccessPath &Read) {
  if (Read.Steps.size() <= J.Site.Path.Steps.size() ||
      Read.Steps.back().What != PathStep::Kind::Field)
    return false;
  const std::optional<StateInfo> Amount = J.Program_.guarded(Read);
  return Amount && Amount->Field == Read.Steps.back().Name &&
         !J.interferers(Read, *Amount, {}, [&](const Writer &W) {
             return W.How == Change::Relative && !W.Path.Steps.empty() &&
                    W.Path.Steps.back() == Read.Steps.back();
           }).empty();
}

/// Whether a read gives a local the pointer that an element is.
static bool takesPointer(const ReadSite &Read, const FunctionFacts &F) {
  std::set<Register> Given;
  for (const Block &B : F.Blocks)
    for (const Op &O : B.Ops)
      if (O.Kind == OpKind::Read && O.At == Read.At && O.Path == Read.Path)
        Given.insert(O.Result);
  return llvm::any_of(F.Blocks, [&](const Block &B) {
    return llvm::any_of(B.Ops, [&](const Op &O) {
      return O.Kind == OpKind::Assign && F.Variables[O.Var].Holder &&
             llvm::any_of(O.Inputs,
                          [&](Register R) { return Given.count(R) != 0; });
    });
  });
}

/// `co_await close(session); sessions_.erase(id);`: an element that goes by its
/// key, for what was done to the object that it led to, where others put one in
/// the place of another.
static TagList exchanged(const ModifyJudgement &J) {
  TagList Result;
  const AccessPath &Element = J.Site.Path;
  if (J.Site.How != Change::Erase || J.Site.Callee ||
      !J.Site.Operation->Conditional || J.validated() ||
      Element.Steps.empty() || !isElement(Element.Steps.back()) ||
      Element.Steps.back().Name == "?")
    return Result;
  for (const Tag &T : J.State.Drained) {
    const ReadSite &R = J.Flow.reads()[T.Read];
    if (T.Stale && !T.claimed() && !T.Implicit && R.Path == Element &&
        takesPointer(R, J.Flow.function()))
      addTag(Result, T);
  }
  return Result;
}

/// What was handed to a suspending operation and is wiped now.
static TagList drained(const ModifyJudgement &J) {
  TagList Result;
  const bool Erased = J.Site.How == Change::Erase;
  if (!Erased && J.Site.How != Change::Clear && J.Site.How != Change::Constant)
    return Result;
  if (J.Guarded.Info->Boolean)
    return Result; // a flag has no content to lose
  if (J.validated())
    return Result; // nothing has come in
  for (const Tag &T : J.State.Drained) {
    const AccessPath &Read = J.Flow.reads()[T.Read].Path;
    // The operation that was given the content changes it itself; what one call
    // has read and then resets, is judged where it does both.
    if (T.Implicit ||
        (J.Site.Callee && J.Flow.reads()[T.Read].At == J.Site.Operation->At) ||
        (J.Site.Callee && !J.Site.Later &&
         T.Crossed < J.Flow.suspensions().size() &&
         J.Flow.suspensions()[T.Crossed].At == J.Site.Operation->At))
      continue;
    // Only what is wiped as a whole: a field that is set is no content lost.
    if (T.Stale && overlaps(Read, J.Site.Path) &&
        Read.Steps.size() >= J.Site.Path.Steps.size() &&
        (!Erased || goesWithIt(J, Read)))
      addTag(Result, T);
  }
  return Result;
}

/// Old values in a relative modify that a new test lets happen without having
/// compared them. Where nothing is tested anew, they count as a check.
static TagList unbounded(const ModifyJudgement &J) {
  TagList Result;
  const std::vector<Check> Fresh = J.deciding(/*Stale=*/false);
  if (Fresh.empty())
    return Result;
  // `part = std::min(window_, left)`: limited by what is there now.
  if (!J.written(/*Stale=*/false).empty())
    return Result;
  for (const Tag &T : J.written(/*Stale=*/true))
    if (!T.usedUp(J.Site.At.Begin) && llvm::none_of(Fresh, [&](const Check &C) {
          return C.Bounds == T.Read;
        }))
      addTag(Result, T);
  return Result;
}

/// Old values from which a new element was made: its number, where others may
/// have added some since. What is made of one element is its own.
static TagList numbered(const ModifyJudgement &J) {
  TagList Result;
  for (const Tag &T : J.written(/*Stale=*/true))
    if (J.Flow.reads()[T.Read].Extent && !T.Implicit && !T.claimed())
      Result.push_back(T);
  return Result;
}

/// Whether nobody else fills an element in: others take elements out, and put
/// back what they have taken.
static bool onlyPutBack(const ModifyJudgement &J) {
  const SourceSpan &At = J.Site.Callee ? J.Site.Callee->At : J.Site.At;
  return J
      .interferers(J.Site.Path, J.Guarded, {},
                   [&](const Writer &W) {
                     return W.How != Change::Erase &&
                            W.How != Change::Exchange && !(W.At == At);
                   })
      .empty();
}

/// `stock_ = now - taken;`: whether what is there now goes into the new value.
static bool buildsOnNow(const ModifyJudgement &J) {
  const auto Now = [&](const Tag &Each) {
    return J.Flow.reads()[Each.Read].Path == J.Site.Path &&
           llvm::all_of(J.Site.Inputs, [&](const Tag &T) {
             return T.Read != Each.Read || !T.Stale || J.exposed({T}).empty();
           });
  };
  return J.Site.How == Change::Assign && llvm::any_of(J.Site.Inputs, Now);
}

/// The variables whose values some registers hold.
static std::set<unsigned> variablesIn(const FunctionFacts &F,
                                      llvm::ArrayRef<Register> Registers) {
  std::set<unsigned> Result;
  for (const Block &B : F.Blocks)
    for (const Op &O : B.Ops)
      if (O.Kind == OpKind::Load && llvm::is_contained(Registers, O.Result))
        Result.insert(O.Var);
  return Result;
}

/// What this function writes, or gives to a callee that writes it at once.
static std::vector<Register> writtenRegisters(const ModifyJudgement &J) {
  const Op &O = *J.Site.Operation;
  const Effect *Callee = J.Site.Callee;
  if (!Callee)
    return O.Inputs;
  std::vector<Register> Result;
  if (O.Kind == OpKind::Call && O.Calls.size() == 1 && !Callee->AfterSuspension)
    for (const auto &[I, A] : llvm::enumerate(O.Calls.front().Arguments))
      if (Callee->Inputs & inputBit(I))
        Result.insert(Result.end(), A.Values.begin(), A.Values.end());
  return Result;
}

/// Takes out the old values that were compared with what is there now, as a
/// part of what is written: `if (from + got > size_) size_ = from + got;`.
static void dropCompared(const ModifyJudgement &J, TagList &Old) {
  if (Old.empty() || J.Site.How != Change::Assign)
    return;
  const std::vector<Register> Written = writtenRegisters(J);
  if (Written.empty())
    return;
  const FunctionFacts &F = J.Flow.function();
  const auto &Reads = J.Flow.reads();
  for (const Check &C : J.deciding(/*Stale=*/false))
    if (C.Bounds != NoIndex && C.Branch != NoIndex &&
        overlaps(Reads[C.What.Read].Path, J.Site.Path) &&
        llvm::set_is_subset(variablesIn(F, Written),
                            variablesIn(F, F.Blocks[C.Branch].Condition)))
      llvm::erase_if(Old, [&](const Tag &T) {
        return Reads[T.Read].At == Reads[C.Bounds].At;
      });
}

/// Old values that the modify writes. An element that was taken out belongs to
/// whoever has it, and so does an amount that was put into the state before.
static TagList replaced(const ModifyJudgement &J) {
  TagList Result = J.written(/*Stale=*/true);
  dropCompared(J, Result);
  if (buildsOnNow(J))
    llvm::erase_if(Result,
                   [&](const Tag &T) { return T.usedUp(J.Site.At.Begin); });
  if (llvm::any_of(Result, [](const Tag &T) { return T.Taken; }) &&
      onlyPutBack(J))
    llvm::erase_if(Result, [](const Tag &T) { return T.Taken; });
  return Result;
}

/// Old values that the modify writes, where that does harm.
static TagList outdated(const ModifyJudgement &J) {
  switch (J.Site.How) {
  case Change::Erase:
    return {};
  case Change::Insert:
    return numbered(J);
  case Change::Relative:
    return unbounded(J);
  default:
    return replaced(J);
  }
}

/// Old values from which a compare-exchange makes the new one, though it
/// expects another: `seen = word_.load(); word_.compare_exchange(seen, next)`.
static TagList notExpected(const ModifyJudgement &J) {
  TagList Result;
  const TagList &Expected = J.Site.Expected;
  const auto Old = [](const Tag &T) { return T.Stale; };
  if (J.Site.How != Change::Validated || Expected.empty() ||
      llvm::any_of(Expected, Old))
    return Result;
  for (const Tag &T : J.Site.Inputs)
    if (T.Stale && !T.Implicit && !T.claimed() &&
        J.Flow.reads()[T.Read].Path == J.Site.Path)
      Result.push_back(T);
  return Result;
}

static bool overwrites(const Writer &W) {
  switch (W.How) {
  case Change::Assign:
  case Change::Constant:
  case Change::Clear:
  case Change::Exchange:
  case Change::Validated:
    return true;
  default:
    return false;
  }
}

/// Whether somebody sets two members anew in one slice: `dirty_ = flushed_ =
/// at;`. A copy of one from before says nothing of the other any more.
static bool setTogether(const ModifyJudgement &J, const std::string &Copied,
                        const std::string &Modified) {
  const FunctionFacts &Self = J.Flow.function();
  return llvm::any_of(J.Program_.writers(Copied), [&](const Writer &A) {
    return A.Function != &Self && overwrites(A) &&
           J.Program_.canInterleave(Self, *A.Function) &&
           llvm::any_of(J.Program_.writers(Modified), [&](const Writer &B) {
             return overwrites(B) && areSiblings(A.Path, B.Path) &&
                    inOneSlice(A, B);
           });
  });
}

/// Whether somebody adds to a figure what he does to a container, in one slice:
/// `fills_.push_back(f); totals_.lots += f.lots;`. A figure that was made up
/// from an older content lacks it.
static bool kept(const ModifyJudgement &J, const std::string &Container,
                 const std::string &Figure) {
  const FunctionFacts &Self = J.Flow.function();
  return llvm::any_of(J.Program_.writers(Figure), [&](const Writer &B) {
    return B.Function != &Self && B.How == Change::Relative &&
           J.Program_.canInterleave(Self, *B.Function) &&
           llvm::any_of(J.Program_.writers(Container), [&](const Writer &A) {
             return siblingsAround(A.Path, B.Path).first && inOneSlice(A, B);
           });
  });
}

/// Old copies of another member that others set anew together with this one, or
/// of a container of which this one keeps account.
static TagList outrun(const ModifyJudgement &J) {
  TagList Result;
  if (J.Site.How != Change::Assign || J.validated() ||
      !J.deciding(/*Stale=*/false).empty())
    return Result;
  for (const Tag &T : J.Site.Inputs) {
    const AccessPath &Read = J.Flow.reads()[T.Read].Path;
    if (!T.Stale || T.Implicit || T.claimed())
      continue;
    const auto [Of, Modified] = siblingsAround(Read, J.Site.Path);
    if ((areSiblings(Read, J.Site.Path) &&
         setTogether(J, Of->Name, Modified->Name)) ||
        (Of && kept(J, Of->Name, Modified->Name)))
      Result.push_back(T);
  }
  return Result;
}

/// How many steps lead to the element of one container in which both are, under
/// keys that differ; none if they are not.
static std::size_t apartIn(const AccessPath &A, const AccessPath &B) {
  if (std::tie(A.Base, A.Var, A.Name) != std::tie(B.Base, B.Var, B.Name))
    return 0;
  const std::size_t Common = std::min(A.Steps.size(), B.Steps.size());
  for (std::size_t I = 0; I < Common; ++I)
    if (!(A.Steps[I] == B.Steps[I]))
      return I > 0 && isElement(A.Steps[I]) && isElement(B.Steps[I]) ? I + 1
                                                                     : 0;
  return 0;
}

/// `orders_.emplace(next, orders_.at(id).left);`: old amounts of one element
/// that become another one, while others change them.
static TagList carriedOver(const ModifyJudgement &J) {
  TagList Result;
  const Change How = J.Site.How;
  if ((How != Change::Assign && How != Change::Insert) || J.validated())
    return Result;
  for (const Tag &T : J.Site.Inputs) {
    const ReadSite &R = J.Flow.reads()[T.Read];
    if (!T.Stale || T.Implicit || T.claimed() || R.Shape || R.Extent ||
        apartIn(R.Path, J.Site.Path) == 0)
      continue;
    const PathStep &Last = R.Path.Steps.back();
    const std::optional<StateInfo> Amount = J.Program_.guarded(R.Path);
    if (Amount &&
        !J.interferers(R.Path, *Amount, {}, [&](const Writer &W) {
            return (W.How == Change::Relative || W.How == Change::Assign) &&
                   (isElement(Last) || llvm::is_contained(W.Path.Steps, Last));
          }).empty())
      Result.push_back(T);
  }
  return Result;
}

namespace {
/// In what an old value is wrong.
enum class Wrong {
  Written, ///< it is what is written
  Outrun,  ///< another member's, which others change together with this one
  Carried, ///< another element's
  Erased,  ///< the element may be another one by now
  Wiped,   ///< what came in since goes with it
};
} // namespace

static TagList oldValues(const ModifyJudgement &J, Wrong In) {
  switch (In) {
  case Wrong::Written:
    return J.exposed(J.settlesItself() ? notExpected(J) : outdated(J));
  case Wrong::Outrun:
    return J.exposed(outrun(J));
  case Wrong::Carried:
    return J.exposed(carriedOver(J));
  case Wrong::Erased:
    return J.exposed(exchanged(J));
  case Wrong::Wiped:
    return J.exposed(drained(J), /*Wiped=*/true);
  }
  llvm_unreachable("all are listed");
}

static std::string describe(const ModifyJudgement &J, Wrong In) {
  const std::string &Name = J.Guarded.Info->Name;
  if (In == Wrong::Carried)
    return fmt::format("an element of '{}' is made from what another one had "
                       "before a suspension point",
                       Name);
  if (In == Wrong::Erased)
    return fmt::format("an element of '{}' is erased that may be another than "
                       "the one from before a suspension point",
                       Name);
  if (J.Site.How == Change::Insert)
    return fmt::format("an element is added to '{}' by a count from before a "
                       "suspension point",
                       Name);
  if (In == Wrong::Wiped)
    return fmt::format("'{}' is reset after its content was handed out before "
                       "a suspension point: what came in since is lost",
                       Name);
  return fmt::format("'{}' is overwritten with a value read before a "
                     "suspension point",
                     Name);
}

/// Who makes the old values wrong.
static std::vector<const Writer *> changers(const ModifyJudgement &J,
                                            Wrong In) {
  if (In == Wrong::Wiped)
    return J.interferers(J.Site.Path, J.Guarded, {},
                         [](const Writer &) { return true; });
  if (In != Wrong::Erased)
    return J.others();
  return J.interferers(J.Site.Path, J.Guarded, {}, [](const Writer &W) {
    return W.How == Change::Assign && !W.Path.Steps.empty() &&
           isElement(W.Path.Steps.back());
  });
}

std::optional<Finding> staleValue(const ModifyJudgement &J) {
  Wrong In = Wrong::Written;
  TagList Tags = oldValues(J, In);
  if (Tags.empty() && J.settlesItself())
    return std::nullopt;
  if (Tags.empty() && !J.late(LateUse::Kind::Value)) {
    for (const Wrong Each :
         {Wrong::Outrun, Wrong::Carried, Wrong::Erased, Wrong::Wiped})
      if (Tags.empty()) {
        In = Each;
        Tags = oldValues(J, Each);
      }
    if (Tags.empty())
      return std::nullopt;
  }
  const std::vector<const Writer *> Others = changers(J, In);
  if (Others.empty())
    return std::nullopt;
  Finding F = J.finding("stale-value", J.Site, J.Guarded);
  if (In == Wrong::Outrun)
    F.Severity = Level::Warning; // that the two belong together is a guess
  F.Message = describe(J, In);
  J.tell(F, J.Site, J.Guarded, Tags, StepKind::Copied, Others);
  J.addObstacles(F, J.Guarded);
  return F;
}

std::optional<Finding> stalePlace(const ModifyJudgement &J) {
  if (J.settlesItself())
    return std::nullopt;
  const TagList Tags = J.exposed(J.misplaced());
  const std::vector<const Writer *> Others = J.others();
  if (Tags.empty() || Others.empty())
    return std::nullopt;
  Finding F = J.finding("stale-value", J.Site, J.Guarded);
  F.Message = fmt::format("'{}' is modified at a place that was looked up "
                          "before a suspension point",
                          J.Guarded.Info->Name);
  F.State.Sought = true;
  J.tell(F, J.Site, J.Guarded, Tags, StepKind::Copied, Others);
  J.addObstacles(F, J.Guarded);
  return F;
}

} // namespace interlock
