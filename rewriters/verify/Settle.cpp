#include "rewriters/Rewriters.h"
#include "rewriters/base/ReplaceFiles.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

#include <optional>
#include <set>

namespace interlock {

namespace {

/// One thing that is wrong with a program that has some of the plans applied.
struct Verdict {
  std::string Id;
  std::string Reason;
  std::string File; ///< where it shows
  unsigned Line = 0;
  std::string Member = {}; ///< state that is still reported
};

/// Identity of a finding over edits that shift lines.
using FindingKey = std::tuple<std::string, std::string, std::string>;

class Settlement {
public:
  Settlement(const FixResult &Planned, const ProgramView &Before, bool Review,
             ReparseFn Reparse, const FileContents &Original)
      : Planned(Planned), Before(Before), Review(Review), Reparse(Reparse),
        Original(Original) {}

  /// Keeps of `Plans` what passes together with what was kept before.
  void settle(llvm::ArrayRef<unsigned> Plans);

  std::vector<unsigned> Kept;
  std::vector<unsigned> Offered; ///< in place of one that did not pass
  std::vector<Refusal> Withdrawn;
  FileContents Files;
  std::set<FindingKey> Left; ///< what is reported with `Kept` applied

  /// The plan that settles a finding whose own one did not pass.
  std::optional<unsigned> settles(unsigned Finding) const;

private:
  std::vector<Verdict> judge(llvm::ArrayRef<unsigned> Plans, FileContents &Out,
                             std::set<FindingKey> &Reported) const;
  std::vector<unsigned> suspects(llvm::ArrayRef<unsigned> Plans,
                                 const FileContents &Out,
                                 const Verdict &Why) const;
  bool keep(llvm::ArrayRef<unsigned> Plans, std::vector<Verdict> &Problems,
            FileContents &Out);
  bool keepReplaced(llvm::ArrayRef<unsigned> Plans,
                    llvm::ArrayRef<unsigned> Guilty,
                    llvm::ArrayRef<Verdict> Problems);
  std::vector<unsigned> others(llvm::ArrayRef<unsigned> Plans,
                               llvm::ArrayRef<unsigned> Guilty,
                               llvm::ArrayRef<Verdict> Problems) const;
  std::optional<unsigned> next(unsigned Plan) const;
  std::vector<unsigned> replaced(llvm::ArrayRef<unsigned> Plans,
                                 llvm::ArrayRef<unsigned> Guilty) const;
  void replace(unsigned Plan, unsigned By, const Verdict &Why);
  void withdraw(unsigned Plan, const Verdict &Why);

  const FixResult &Planned;
  const ProgramView &Before;
  bool Review;
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

std::vector<Verdict> Settlement::judge(llvm::ArrayRef<unsigned> Plans,
                                       FileContents &Out,
                                       std::set<FindingKey> &Reported) const {
  EditSet Edits;
  for (const unsigned P : Plans)
    if (!Edits.add(Planned.Plans[P].Edits))
      return {{"conflicting-edits",
               "another repair changes the same place in a different way",
               {},
               0}};
  Out.clear();
  for (const std::string &File : Edits.files())
    Out[File] = Edits.apply(File, Original.at(File));
  const ProgramView After = Reparse(Out);

  std::vector<Verdict> Problems;
  std::map<std::tuple<std::string, std::string, bool>, int> Messages;
  for (const CompilerMessage &M : Before.Messages)
    ++Messages[{M.File, M.Text, M.Error}];
  for (const CompilerMessage &M : After.Messages)
    if (--Messages[{M.File, M.Text, M.Error}] < 0)
      Problems.push_back({"would-not-compile",
                          "the result would not compile: " + M.Text, M.File,
                          M.Line});
  if (!Problems.empty())
    return Problems;

  std::map<FindingKey, int> Allowed;
  for (const Finding &F : Before.Findings)
    ++Allowed[keyOf(F)];
  for (const unsigned P : Plans)
    for (const unsigned I : Planned.Plans[P].Repairs)
      --Allowed[keyOf(Before.Findings[I])];
  for (const Finding &F : After.Findings) {
    Reported.insert(keyOf(F));
    const bool Nested = F.Check == "nested-guard";
    if (!tolerated(F) && --Allowed[keyOf(F)] < 0)
      Problems.push_back(
          {Nested ? "two-locks" : "still-reported",
           Nested ? "guards must not nest, and the code under the guard takes "
                    "another one: " +
                        F.Message
                  : "the result would still be reported: " + F.Message,
           F.At.File, F.At.Line, F.State.Member});
  }
  return Problems;
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

/// The plan that is next in line for the same findings.
std::optional<unsigned> Settlement::next(unsigned Plan) const {
  const int First = Planned.Plans[Plan].Instead >= 0
                        ? Planned.Plans[Plan].Instead
                        : static_cast<int>(Plan);
  for (unsigned P = Plan + 1; P < Planned.Plans.size(); ++P)
    if (Planned.Plans[P].Instead == First)
      return P;
  return std::nullopt;
}

/// What stands in for a plan need not answer for all that it was for.
void Settlement::replace(unsigned Plan, unsigned By, const Verdict &Why) {
  for (const unsigned I : Planned.Plans[Plan].Repairs)
    if (!llvm::is_contained(Planned.Plans[By].Repairs, I))
      Withdrawn.push_back(
          {Why.Id, Why.Reason, inserted(Planned.Plans[Plan]), I});
}

void Settlement::withdraw(unsigned Plan, const Verdict &Why) {
  if (const auto P = next(Plan)) {
    replace(Plan, *P, Why);
    if (Review || Planned.Plans[*P].Apply == Applicability::Safe)
      return settle({*P});
    Offered.push_back(*P);
    return;
  }
  for (const unsigned I : Planned.Plans[Plan].Repairs)
    Withdrawn.push_back({Why.Id, Why.Reason, inserted(Planned.Plans[Plan]), I});
}

/// A guard that is held further out covers what lies inside.
std::optional<unsigned> Settlement::settles(unsigned Finding) const {
  const interlock::Finding &F = Before.Findings[Finding];
  if (!Left.contains(keyOf(F)))
    for (const unsigned P : Kept)
      for (const unsigned I : Planned.Plans[P].Repairs)
        if (Before.Findings[I].State.Member == F.State.Member)
          return P;
  return std::nullopt;
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

/// The plans for the same state elsewhere: a guard that is held over a
/// suspension keeps out only those who take it, too.
std::vector<unsigned>
Settlement::others(llvm::ArrayRef<unsigned> Plans,
                   llvm::ArrayRef<unsigned> Guilty,
                   llvm::ArrayRef<Verdict> Problems) const {
  std::vector<unsigned> Found;
  for (const unsigned P : Plans)
    for (const unsigned I : Planned.Plans[P].Repairs)
      if (!llvm::is_contained(Guilty, P) && !llvm::is_contained(Found, P) &&
          llvm::any_of(Problems, [&](const Verdict &Each) {
            return !Each.Member.empty() &&
                   Each.Member == Before.Findings[I].State.Member;
          }))
        Found.push_back(P);
  return Found;
}

/// Keeps the plans if they pass together with what was kept before.
bool Settlement::keep(llvm::ArrayRef<unsigned> Plans,
                      std::vector<Verdict> &Problems, FileContents &Out) {
  std::vector<unsigned> Trial = Kept;
  Trial.insert(Trial.end(), Plans.begin(), Plans.end());
  llvm::sort(Trial);
  std::set<FindingKey> Reported;
  Problems = judge(Trial, Out, Reported);
  if (!Problems.empty())
    return false;
  Left = std::move(Reported);
  Kept = std::move(Trial);
  Files = std::move(Out);
  return true;
}

/// The plans, those that the trouble points at replaced by what may be applied
/// in their place; empty if there is nothing.
std::vector<unsigned>
Settlement::replaced(llvm::ArrayRef<unsigned> Plans,
                     llvm::ArrayRef<unsigned> Guilty) const {
  std::vector<unsigned> Others;
  for (const unsigned P : Plans) {
    const auto Other = llvm::is_contained(Guilty, P) ? next(P) : std::nullopt;
    const bool May =
        Other && (Review || Planned.Plans[*Other].Apply == Applicability::Safe);
    Others.push_back(May ? *Other : P);
  }
  return Plans.equals(Others) ? std::vector<unsigned>() : Others;
}

/// One guard more, there or elsewhere, may be what is wanted.
bool Settlement::keepReplaced(llvm::ArrayRef<unsigned> Plans,
                              llvm::ArrayRef<unsigned> Guilty,
                              llvm::ArrayRef<Verdict> Problems) {
  const std::vector<unsigned> Elsewhere = others(Plans, Guilty, Problems);
  std::vector<unsigned> Both = Guilty;
  Both.insert(Both.end(), Elsewhere.begin(), Elsewhere.end());
  std::vector<std::vector<unsigned>> Tried;
  for (const llvm::ArrayRef<unsigned> Suspects :
       {llvm::ArrayRef(Elsewhere), Guilty, llvm::ArrayRef(Both)}) {
    const std::vector<unsigned> Others = replaced(Plans, Suspects);
    if (Others.empty() || llvm::is_contained(Tried, Others))
      continue;
    Tried.push_back(Others);
    FileContents Out;
    std::vector<Verdict> Still;
    if (!keep(Others, Still, Out))
      continue;
    for (std::size_t I = 0; I < Plans.size(); ++I)
      if (Others[I] != Plans[I])
        replace(Plans[I], Others[I], Problems.front());
    return true;
  }
  return false;
}

void Settlement::settle(llvm::ArrayRef<unsigned> Plans) {
  if (Plans.empty())
    return;
  FileContents Out;
  std::vector<Verdict> Problems;
  if (keep(Plans, Problems, Out))
    return;
  if (Plans.size() == 1)
    return withdraw(Plans.front(), Problems.front());
  // Those that the trouble points at go last, each by itself; where it points
  // at none, halves do.
  std::vector<unsigned> Guilty, Rest;
  for (const Verdict &Each : Problems)
    for (const unsigned P : suspects(Plans, Out, Each))
      if (!llvm::is_contained(Guilty, P))
        Guilty.push_back(P);
  if (keepReplaced(Plans, Guilty, Problems))
    return;
  if (!Guilty.empty()) {
    llvm::copy_if(Plans, std::back_inserter(Rest),
                  [&](unsigned P) { return !llvm::is_contained(Guilty, P); });
    settle(Rest);
    for (const unsigned P : Guilty)
      settle({P});
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
  Settlement Work(Planned, Before, Opts.Review, Reparse, Original);
  Work.settle(Wanted);
  Outcome.Offered.insert(Outcome.Offered.end(), Work.Offered.begin(),
                         Work.Offered.end());
  Outcome.Files = std::move(Work.Files);
  for (Refusal &Each : Work.Withdrawn)
    if (const auto P = Each.Id == "still-reported" || Each.Id == "two-locks"
                           ? Work.settles(Each.Finding)
                           : std::nullopt)
      Outcome.Covered.push_back({Each.Finding, *P});
    else
      Outcome.Withdrawn.push_back(std::move(Each));
  Outcome.Applied = std::move(Work.Kept);
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
