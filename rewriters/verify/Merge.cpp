#include "rewriters/Rewriters.h"

#include "llvm/ADT/STLExtras.h"

#include <fmt/format.h>

#include <algorithm>

namespace interlock {

std::vector<Finding> withCompanions(llvm::ArrayRef<Finding> Findings) {
  std::vector<Finding> All(Findings.begin(), Findings.end());
  for (const Finding &F : Findings)
    for (const Finding &C : F.Companions)
      if (!llvm::any_of(
              All, [&](const Finding &Known) { return sameFinding(Known, C); }))
        All.push_back(C);
  return All;
}

/// Agrees on one plan or one refusal for each finding.
static FixResult agree(std::vector<FixResult> PerTU,
                       llvm::ArrayRef<Finding> Findings) {
  FixResult Merged;
  std::vector<std::vector<FixPlan>> Plans(Findings.size());
  std::vector<std::vector<Refusal>> Refusals(Findings.size());
  for (FixResult &One : PerTU) {
    for (const FixPlan &Plan : One.Plans)
      for (const unsigned I : Plan.Repairs)
        if (!llvm::any_of(Plans[I], [&](const FixPlan &Other) {
              return Other.Edits == Plan.Edits && Other.Repairs == Plan.Repairs;
            }))
          Plans[I].push_back(Plan);
    for (Refusal &R : One.Refusals)
      Refusals[R.Finding].push_back(std::move(R));
    for (FixPlan &Plan : One.Spare)
      if (!llvm::any_of(Merged.Spare, [&](const FixPlan &Other) {
            return Other.Edits == Plan.Edits && Other.Repairs == Plan.Repairs;
          }))
        Merged.Spare.push_back(std::move(Plan));
    Merged.Nameless.merge(One.Nameless);
    Merged.Digests.insert(One.Digests.begin(), One.Digests.end());
  }
  // A finding is in dispute if two TUs plan differently or one refuses; what
  // shares a plan with it goes with it.
  std::vector<bool> Disputed(Findings.size());
  for (unsigned I = 0; I < Findings.size(); ++I)
    Disputed[I] = Plans[I].size() + (Refusals[I].empty() ? 0 : 1) > 1;
  for (bool Spreads = true; Spreads;) {
    Spreads = false;
    for (const auto &Group : Plans)
      for (const FixPlan &Plan : Group)
        if (llvm::any_of(Plan.Repairs, [&](unsigned I) { return Disputed[I]; }))
          for (const unsigned I : Plan.Repairs)
            if (!Disputed[I]) {
              Disputed[I] = true;
              Spreads = true;
            }
  }
  for (unsigned I = 0; I < Findings.size(); ++I) {
    if (!Refusals[I].empty() && !Disputed[I]) {
      Merged.Refusals.push_back(*llvm::min_element(
          Refusals[I], [](const Refusal &A, const Refusal &B) {
            return std::tie(A.Id, A.Reason) < std::tie(B.Id, B.Reason);
          }));
    } else if (Disputed[I]) {
      if (!Refusals[I].empty() && Plans[I].empty())
        Merged.Refusals.push_back(Refusals[I].front());
      else
        Merged.Refusals.push_back(
            {"config-disagree",
             "the translation units that see this code need different edits",
             byHandFor("config-disagree"), I});
    } else if (Plans[I].size() == 1) {
      if (Plans[I].front().Repairs.front() == I)
        Merged.Plans.push_back(Plans[I].front());
    } else if (!heldByCallers(Findings[I])) {
      Merged.Refusals.push_back(
          {"not-in-view",
           "the code stands in a system header or in a file that no analysed "
           "translation unit defines it in",
           byHandFor("not-in-view"), I});
    }
  }
  return Merged;
}

namespace {

/// Plans that need each other, as one.
struct Bundle {
  FixPlan Plan;
  std::vector<unsigned> Members; ///< indices of plans
  const Refusal *Missing = nullptr;
};

} // namespace

static void append(std::vector<unsigned> &To, llvm::ArrayRef<unsigned> From) {
  for (const unsigned I : From)
    if (!llvm::is_contained(To, I))
      To.push_back(I);
}

/// `Instead` stands in for the plan with the index `Of`.
static Bundle bundle(const FixResult &Agreed, FixPlan First, unsigned Of = 0,
                     const FixPlan *Instead = nullptr) {
  Bundle Result{std::move(First), {}, nullptr};
  const auto Note = [&](const FixPlan &Part) {
    for (const unsigned I : Part.Repairs)
      Result.Plan.Parts.try_emplace(I, Part.Strategy, Part.Description);
  };
  Note(Result.Plan);
  // `Needs` grows while it is walked.
  for (std::size_t N = 0; N < Result.Plan.Needs.size(); ++N) {
    const unsigned Needed = Result.Plan.Needs[N];
    if (llvm::is_contained(Result.Plan.Repairs, Needed))
      continue;
    for (unsigned P = 0; P < Agreed.Plans.size(); ++P) {
      if (!llvm::is_contained(Agreed.Plans[P].Repairs, Needed))
        continue;
      const FixPlan &Other = Instead && Of == P ? *Instead : Agreed.Plans[P];
      Result.Members.push_back(P);
      Note(Other);
      append(Result.Plan.Repairs, Other.Repairs);
      append(Result.Plan.Needs, Other.Needs);
      Result.Plan.Apply = std::max(Result.Plan.Apply, Other.Apply);
      for (const Edit &E : Other.Edits)
        if (!llvm::is_contained(Result.Plan.Edits, E))
          Result.Plan.Edits.push_back(E);
    }
    for (const Refusal &R : Agreed.Refusals)
      if (R.Finding == Needed)
        Result.Missing = &R;
  }
  llvm::sort(Result.Plan.Edits);
  llvm::sort(Result.Plan.Repairs);
  return Result;
}

/// What a plan may be replaced by, with a substitute for itself or for one of
/// those that it needs.
static std::vector<Bundle> substitutes(const FixResult &Agreed, unsigned P,
                                       llvm::ArrayRef<unsigned> Members) {
  std::vector<Bundle> Result;
  for (const FixPlan &Other : Agreed.Plans[P].Otherwise)
    Result.push_back(bundle(Agreed, Other));
  for (const unsigned Member : Members)
    for (const FixPlan &Other : Agreed.Plans[Member].Otherwise)
      Result.push_back(bundle(Agreed, Agreed.Plans[P], Member, &Other));
  llvm::erase_if(Result, [](const Bundle &B) { return B.Missing; });
  return Result;
}

/// What a companion is called in the reason why its finding stays.
static std::string inWords(const Finding &F) {
  const llvm::StringRef Name = llvm::StringRef(F.Function).split('(').first;
  return fmt::format("'{}' changes '{}' as well and would have to take the "
                     "same lock",
                     Name, F.State.Member);
}

static const Refusal *refusalIn(const FixResult &Agreed,
                                llvm::ArrayRef<Finding> All,
                                const std::string &FunctionId) {
  for (const Refusal &R : Agreed.Refusals)
    if (All[R.Finding].Extent.FunctionId == FunctionId)
      return &R;
  return nullptr;
}

/// The plan for a finding in its own function, which no caller's guard goes
/// with; null if the units disagree on one.
static const FixPlan *spareFor(FixResult &Agreed, llvm::ArrayRef<Finding> All,
                               unsigned I) {
  FixPlan *Found = nullptr;
  for (FixPlan &Plan : Agreed.Spare)
    if (llvm::is_contained(Plan.Repairs, I)) {
      if (Found)
        return nullptr;
      Found = &Plan;
    }
  if (Found)
    llvm::erase_if(Found->Needs, [&](unsigned Needed) {
      return llvm::is_contained(All[I].HeldBy, All[Needed].Extent.FunctionId);
    });
  return Found;
}

/// Whether all that the callers' plan is for are modifies by the callee itself,
/// which looks for itself what it may do.
static bool changesOnlyInCallee(llvm::ArrayRef<Finding> All, unsigned Callee,
                                llvm::ArrayRef<FixPlan *> Owners) {
  return llvm::all_equal(Owners) && !All[Callee].Extent.Reads.empty() &&
         llvm::all_of(Owners.front()->Repairs,
                      [&](unsigned R) { return All[R].At == All[Callee].At; });
}

/// A guard in the callee alone may be enough, since what the caller has seen is
/// looked at again there; the caller's stands in for it.
static void guardCalleeFirst(FixPlan &Caller, const FixPlan &Callee,
                             unsigned Finding) {
  FixPlan Wide = std::move(Caller);
  append(Wide.Repairs, Finding);
  llvm::sort(Wide.Repairs);
  Caller = Callee;
  append(Caller.Repairs, Wide.Repairs);
  llvm::sort(Caller.Repairs);
  llvm::erase_if(Caller.Needs, [&](unsigned Needed) {
    return llvm::is_contained(Caller.Repairs, Needed);
  });
  std::vector<FixPlan> Others = std::move(Wide.Otherwise);
  Wide.Otherwise.clear();
  Caller.Otherwise.insert(Caller.Otherwise.begin(), std::move(Wide));
  llvm::append_range(Caller.Otherwise, Others);
}

/// Gives findings that their callers' guards cover to the plans of all the
/// callers, which need each other from then on.
static void giveToCallers(FixResult &Agreed, llvm::ArrayRef<Finding> All) {
  for (unsigned I = 0; I < All.size(); ++I) {
    if (!heldByCallers(All[I]))
      continue;
    std::vector<FixPlan *> Owners;
    std::string Unplanned;
    for (const std::string &Caller : All[I].HeldBy) {
      const auto Owner = llvm::find_if(Agreed.Plans, [&](const FixPlan &Plan) {
        return llvm::any_of(Plan.Repairs, [&](unsigned R) {
          return All[R].Extent.FunctionId == Caller &&
                 All[R].State.Category == All[I].State.Category;
        });
      });
      if (Owner == Agreed.Plans.end())
        Unplanned = Caller;
      else
        Owners.push_back(&*Owner);
    }
    const FixPlan *Spare = spareFor(Agreed, All, I);
    if (!Unplanned.empty() && Spare) {
      if (Spare->Repairs.front() == I)
        Agreed.Plans.push_back(*Spare);
      continue;
    }
    if (!Unplanned.empty()) {
      const Refusal *Of = refusalIn(Agreed, All, Unplanned);
      Agreed.Refusals.push_back(
          {Of ? Of->Id : "caller-holds-lock",
           fmt::format("its caller has to take the guard, which was refused{}",
                       Of ? ": " + Of->Reason : std::string()),
           Of ? Of->ByHand : byHandFor("caller-holds-lock"), I});
      continue;
    }
    if (Spare && changesOnlyInCallee(All, I, Owners)) {
      guardCalleeFirst(*Owners.front(), *Spare, I);
      continue;
    }
    for (FixPlan *Owner : Owners)
      append(Owner->Needs, Owners.front()->Repairs.front());
    for (FixPlan *Owner : Owners)
      append(Owners.front()->Needs, Owner->Repairs.front());
    append(Owners.front()->Repairs, I);
    if (Spare && Spare->Repairs.front() == I)
      Owners.front()->Otherwise.push_back(*Spare);
  }
}

static bool sameState(llvm::ArrayRef<Finding> All, const FixPlan &A,
                      const FixPlan &B) {
  return llvm::any_of(A.Repairs, [&](unsigned I) {
    return llvm::any_of(B.Repairs, [&](unsigned J) {
      return All[I].State.Member == All[J].State.Member;
    });
  });
}

/// A guard that is held over a wait keeps out only those who take it: where
/// one of a state's repairs holds one, none changes the state without it.
static void holdTogether(FixResult &Agreed, llvm::ArrayRef<Finding> All) {
  const auto Holds = [](const FixPlan &Plan) {
    return Plan.Strategy == "hold";
  };
  // An element is not looked up again under the guard that keeps it.
  const auto Kept = [&](const FixPlan &Plan) {
    return Plan.Strategy == "second-lookup" &&
           llvm::any_of(Plan.Otherwise, [&](const FixPlan &Other) {
             return Holds(Other) && Other.Repairs.size() > Plan.Repairs.size();
           });
  };
  const auto Free = [&](FixPlan &Plan) {
    return (Plan.Strategy == "reserve" || Plan.Strategy == "recheck" ||
            Plan.Strategy == "relative-update" || Kept(Plan)) &&
           llvm::any_of(Plan.Otherwise, Holds) &&
           llvm::any_of(Agreed.Plans, [&](const FixPlan &Other) {
             return Holds(Other) && sameState(All, Plan, Other);
           });
  };
  for (auto Found = llvm::find_if(Agreed.Plans, Free);
       Found != Agreed.Plans.end(); Found = llvm::find_if(Agreed.Plans, Free)) {
    // The widest covers what others of the function hold for themselves.
    FixPlan Instead = *std::ranges::max_element(
        Found->Otherwise, {}, [&](const FixPlan &Plan) {
          return Holds(Plan) ? Plan.Repairs.size() : 0;
        });
    *Found = Instead;
    llvm::erase_if(Agreed.Plans, [&](const FixPlan &Plan) {
      return Plan.Repairs.size() < Instead.Repairs.size() &&
             std::ranges::includes(Instead.Repairs, Plan.Repairs);
    });
  }
  for (FixPlan &Plan : Agreed.Plans)
    llvm::erase_if(Plan.Otherwise, [&](const FixPlan &Other) {
      return Other.Strategy == "hold" &&
             Other.Repairs.size() > Plan.Repairs.size();
    });
}

/// A coroutine is made two for those who call it under their guard: where none
/// of them holds one, a guard of its own is enough.
static void splitForHolders(FixResult &Agreed) {
  const auto Called = [&](const FixPlan &Plan) {
    return llvm::any_of(Agreed.Plans, [&](const FixPlan &Caller) {
      return Caller.Strategy == "hold" &&
             llvm::any_of(Caller.Needs, [&](unsigned I) {
               return llvm::is_contained(Plan.Repairs, I);
             });
    });
  };
  for (FixPlan &Plan : Agreed.Plans) {
    const auto Whole = llvm::find_if(Plan.Otherwise, [&](const FixPlan &Other) {
      return Other.Strategy == "hold" && Other.Repairs == Plan.Repairs;
    });
    if (Plan.Strategy == "split-helper" && Whole != Plan.Otherwise.end() &&
        !Called(Plan)) {
      FixPlan Alone = std::move(*Whole);
      Plan = std::move(Alone);
    }
  }
}

/// Joins what needs each other; companions leave with those that need them.
static FixResult join(FixResult Agreed, llvm::ArrayRef<Finding> All,
                      unsigned Reported) {
  FixResult Result;
  Result.Nameless = std::move(Agreed.Nameless);
  Result.Digests = std::move(Agreed.Digests);
  std::vector<bool> Done(Agreed.Plans.size());
  // Those that need others first: they may swallow plans that stand before.
  std::vector<unsigned> Order;
  for (const bool Needing : {true, false})
    for (unsigned P = 0; P < Agreed.Plans.size(); ++P)
      if (Agreed.Plans[P].Needs.empty() != Needing)
        Order.push_back(P);
  std::vector<std::pair<std::vector<unsigned>, FixPlan>> Substitutes;
  for (const unsigned P : Order) {
    if (Done[P])
      continue;
    Bundle B = bundle(Agreed, Agreed.Plans[P]);
    Done[P] = true;
    for (const unsigned Member : B.Members)
      Done[Member] = true;
    const auto OnlyCompanions = [&](FixPlan &Plan) {
      llvm::erase_if(Plan.Repairs, [&](unsigned I) { return I >= Reported; });
      return Plan.Repairs.empty();
    };
    if (OnlyCompanions(B.Plan))
      continue;
    std::vector<Bundle> Others = substitutes(Agreed, P, B.Members);
    llvm::erase_if(Others, [&](Bundle &O) { return OnlyCompanions(O.Plan); });
    if (B.Missing && !Others.empty()) {
      B = std::move(Others.front());
      Others.erase(Others.begin());
    }
    if (!B.Missing) {
      B.Plan.Otherwise.clear();
      Result.Plans.push_back(std::move(B.Plan));
      for (Bundle &Other : Others)
        Substitutes.push_back(
            {Result.Plans.back().Repairs, std::move(Other.Plan)});
      continue;
    }
    for (const unsigned I : B.Plan.Repairs)
      Result.Refusals.push_back(
          {B.Missing->Id,
           fmt::format("{}: {}", inWords(All[B.Missing->Finding]),
                       B.Missing->Reason),
           B.Missing->ByHand, I});
  }
  for (const Refusal &R : Agreed.Refusals)
    if (R.Finding < Reported)
      Result.Refusals.push_back(R);
  llvm::sort(Result.Plans, [](const FixPlan &A, const FixPlan &B) {
    return A.Repairs < B.Repairs;
  });
  const std::size_t First = Result.Plans.size();
  for (auto &[For, Plan] : Substitutes)
    for (std::size_t P = 0; P < First; ++P)
      if (Result.Plans[P].Repairs == For) {
        Plan.Instead = static_cast<int>(P);
        Result.Plans.push_back(std::move(Plan));
        break;
      }
  llvm::sort(Result.Refusals, [](const Refusal &A, const Refusal &B) {
    return A.Finding < B.Finding;
  });
  return Result;
}

FixResult mergeFixes(std::vector<FixResult> PerTU,
                     llvm::ArrayRef<Finding> Findings) {
  const std::vector<Finding> All = withCompanions(Findings);
  FixResult Agreed = agree(std::move(PerTU), All);
  giveToCallers(Agreed, All);
  holdTogether(Agreed, All);
  splitForHolders(Agreed);
  return join(std::move(Agreed), All, static_cast<unsigned>(Findings.size()));
}

} // namespace interlock
