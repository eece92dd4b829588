#include "rewriters/Rewriters.h"
#include "rewriters/base/ReplaceFiles.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

#include <fmt/format.h>

#include <set>

namespace interlock {

namespace {

/// What is wrong with a program that has some of the plans applied.
struct Verdict {
  std::string Id; ///< empty: nothing
  std::string Reason;
  std::string File; ///< where it shows
  unsigned Line = 0;
};

/// Identity of a finding over edits that shift lines.
using FindingKey = std::tuple<std::string, std::string, std::string>;

class Settlement {
public:
  Settlement(const FixResult &Planned, const ProgramView &Before,
             ReparseFn Reparse, const FileContents &Original)
      : Planned(Planned), Before(Before), Reparse(Reparse), Original(Original) {
  }

  /// Keeps of `Plans` what passes together with what was kept before.
  void settle(llvm::ArrayRef<unsigned> Plans);

  std::vector<unsigned> Kept;
  std::vector<Refusal> Withdrawn;
  FileContents Files;

private:
  Verdict judge(llvm::ArrayRef<unsigned> Plans, FileContents &Out) const;
  std::vector<unsigned> suspects(llvm::ArrayRef<unsigned> Plans,
                                 const FileContents &Out,
                                 const Verdict &Why) const;
  void withdraw(unsigned Plan, const Verdict &Why);

  const FixResult &Planned;
  const ProgramView &Before;
  ReparseFn Reparse;
  const FileContents &Original;
};

} // namespace

static FindingKey keyOf(const Finding &F) {
  return {F.Check, F.Function, F.State.Member};
}

/// What may be said of repaired code that could not be said before, because
/// the graver finding stood in its place: that the wait under the guard is
/// slow, or that nothing restores the state when a later step fails. Neither
/// comes from the repair, and neither undoes it.
static bool tolerated(const Finding &F) {
  return F.Check == "slow-critical-section" || F.Check == "missing-rollback";
}

Verdict Settlement::judge(llvm::ArrayRef<unsigned> Plans,
                          FileContents &Out) const {
  EditSet Edits;
  for (const unsigned P : Plans)
    if (!Edits.add(Planned.Plans[P].Edits))
      return {"conflicting-edits",
              "another repair changes the same place in a different way",
              {},
              0};
  Out.clear();
  for (const std::string &File : Edits.files())
    Out[File] = Edits.apply(File, Original.at(File));
  const ProgramView After = Reparse(Out);

  std::map<std::tuple<std::string, std::string, bool>, int> Messages;
  for (const CompilerMessage &M : Before.Messages)
    ++Messages[{M.File, M.Text, M.Error}];
  for (const CompilerMessage &M : After.Messages)
    if (--Messages[{M.File, M.Text, M.Error}] < 0)
      return {"would-not-compile",
              fmt::format("the result would not compile: {}", M.Text), M.File,
              M.Line};

  std::map<FindingKey, int> Allowed, Repaired;
  for (const Finding &F : Before.Findings)
    ++Allowed[keyOf(F)];
  for (const unsigned P : Plans)
    for (const unsigned I : Planned.Plans[P].Repairs) {
      --Allowed[keyOf(Before.Findings[I])];
      ++Repaired[keyOf(Before.Findings[I])];
    }
  for (const Finding &F : After.Findings)
    if (!tolerated(F) && --Allowed[keyOf(F)] < 0)
      return {"still-reported",
              fmt::format("the result would still be reported: {}", F.Message),
              F.At.File, F.At.Line};
  return {};
}

/// What a plan would have written, for whoever has to do it by hand.
static std::string inserted(const FixPlan &Plan) {
  std::string Text;
  for (const Edit &E : Plan.Edits)
    if (const llvm::StringRef Line = llvm::StringRef(E.Text).trim();
        !Line.empty() && !Line.starts_with("#include"))
      Text += (Text.empty() ? "" : "\n") + Line.str();
  return Text;
}

void Settlement::withdraw(unsigned Plan, const Verdict &Why) {
  for (unsigned P = 0; P < Planned.Plans.size(); ++P)
    if (Planned.Plans[P].Instead == static_cast<int>(Plan))
      return settle({P});
  for (const unsigned I : Planned.Plans[Plan].Repairs)
    Withdrawn.push_back({Why.Id, Why.Reason, inserted(Planned.Plans[Plan]), I});
}

/// The plans among whose edits the trouble shows.
std::vector<unsigned> Settlement::suspects(llvm::ArrayRef<unsigned> Plans,
                                           const FileContents &Out,
                                           const Verdict &Why) const {
  const auto Text = Out.find(Why.File);
  if (Text == Out.end())
    return {};
  std::set<Edit> All;
  for (const auto &Group : {Plans, llvm::ArrayRef<unsigned>(Kept)})
    for (const unsigned P : Group)
      for (const Edit &E : Planned.Plans[P].Edits)
        if (E.File == Why.File)
          All.insert(E);
  auto LineOf = [&](const Edit &Mine, bool Behind) {
    std::size_t At = Mine.Offset + (Behind ? Mine.Text.size() : 0);
    for (const Edit &E : All)
      if (E < Mine)
        At += E.Text.size() - E.Length;
    return 1 + llvm::StringRef(Text->second).take_front(At).count('\n');
  };
  std::vector<unsigned> Found;
  for (const unsigned P : Plans) {
    std::size_t First = ~std::size_t(0), Last = 0;
    for (const Edit &E : Planned.Plans[P].Edits)
      if (E.File == Why.File && !llvm::StringRef(E.Text).contains("#include")) {
        First = std::min(First, LineOf(E, false));
        Last = std::max(Last, LineOf(E, true));
      }
    if (First <= Why.Line && Why.Line <= Last)
      Found.push_back(P);
  }
  return Found;
}

void Settlement::settle(llvm::ArrayRef<unsigned> Plans) {
  if (Plans.empty())
    return;
  std::vector<unsigned> Trial = Kept;
  Trial.insert(Trial.end(), Plans.begin(), Plans.end());
  llvm::sort(Trial);
  FileContents Out;
  const Verdict Result = judge(Trial, Out);
  if (Result.Id.empty()) {
    Kept = std::move(Trial);
    Files = std::move(Out);
    return;
  }
  if (Plans.size() == 1)
    return withdraw(Plans.front(), Result);
  // Those that the trouble points at go last, by themselves; where it points
  // at none, halves do.
  const std::vector<unsigned> Guilty = suspects(Plans, Out, Result);
  if (!Guilty.empty() && Guilty.size() < Plans.size()) {
    std::vector<unsigned> Rest;
    for (const unsigned P : Plans)
      if (!llvm::is_contained(Guilty, P))
        Rest.push_back(P);
    settle(Rest);
    settle(Guilty);
    return;
  }
  const std::size_t Half = Plans.size() / 2;
  settle(Plans.take_front(Half));
  settle(Plans.drop_front(Half));
}

FixOutcome settleFixes(const FixResult &Planned, const ProgramView &Before,
                       const FixOptions &Opts, ReparseFn Reparse) {
  FixOutcome Outcome;
  std::vector<unsigned> Wanted;
  std::set<std::string> Touched;
  for (unsigned P = 0; P < Planned.Plans.size(); ++P) {
    for (const Edit &E : Planned.Plans[P].Edits)
      Touched.insert(E.File);
    if (Planned.Plans[P].Instead >= 0)
      continue;
    if (Planned.Plans[P].Apply == Applicability::Review && !Opts.Review) {
      Outcome.Offered.push_back(P);
      continue;
    }
    Wanted.push_back(P);
  }
  FileContents Original;
  for (const std::string &File : Touched) {
    auto Text = llvm::MemoryBuffer::getFile(File);
    const auto Digest = Planned.Digests.find(File);
    if (!Text || Digest == Planned.Digests.end() ||
        contentDigest((*Text)->getBuffer()) != Digest->second)
      Outcome.Changed.push_back(File);
    else
      Original[File] = (*Text)->getBuffer().str();
  }
  if (!Outcome.Changed.empty())
    return Outcome;
  Settlement Work(Planned, Before, Reparse, Original);
  Work.settle(Wanted);
  Outcome.Files = std::move(Work.Files);
  Outcome.Applied = std::move(Work.Kept);
  Outcome.Withdrawn = std::move(Work.Withdrawn);
  return Outcome;
}

llvm::Error writeFiles(const FixOutcome &Outcome, const FixResult &Planned,
                       llvm::StringRef Root) {
  if (Outcome.Files.empty())
    return llvm::Error::success();
  const std::string &First = Outcome.Files.begin()->first;
  return replaceFiles(Outcome.Files, Planned.Digests,
                      Root.empty() ? llvm::sys::path::parent_path(First)
                                   : Root);
}

} // namespace interlock
