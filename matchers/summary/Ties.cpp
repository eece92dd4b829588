#include "matchers/summary/Program.h"

#include "llvm/ADT/STLExtras.h"

// Which members belong together: by declaration, or as far as their use shows.
namespace interlock {

bool Program::tied(const std::string &A, const std::string &B) const {
  return Ties.count({A, B}) != 0;
}

bool leadsAtomically(const FieldInfo &Member) {
  return Member.Atomic && llvm::StringRef(Member.Type).contains('*');
}

bool Program::changeTogether(const std::string &Flag,
                             const std::string &Other) const {
  const FieldInfo *A = field(Flag), *B = field(Other);
  const bool Tells = A && (A->Boolean || leadsAtomically(*A));
  if (!A || !B || A->Record != B->Record || A->Record.empty() ||
      !(Tells || isVersion(Flag)))
    return false;
  const auto Beside = [&](const Writer &W, auto Matters) {
    return llvm::any_of(writers(Other), [&](const Writer &Each) {
      return Matters(Each) && inOneSlice(W, Each);
    });
  };
  const auto Empties = [](const Writer &W) { return W.How == Change::Clear; };
  const auto Any = [](const Writer &) { return true; };
  if (!Tells)
    return llvm::any_of(writers(Flag), [&](const Writer &W) {
      return W.How == Change::Relative && Beside(W, Empties);
    });
  // What each value of the flag comes with, by who sets it. Who makes something
  // and then says that it is there, has waited for it.
  struct Value {
    bool Together = true, Empties = false;
  };
  std::map<std::string, Value> Values;
  bool AtOnce = true;
  for (const Writer &W : writers(Flag)) {
    if (!writerFunctions(Flag).count(W.Function))
      continue;
    Value &V = Values[W.Written];
    V.Together &= Beside(W, Any);
    V.Empties |= Beside(W, Empties);
    const Summary *S = summary(W.Function->Id);
    AtOnce &= V.Together && S && !S->Suspends;
  }
  return !Values.empty() &&
         (AtOnce || llvm::any_of(Values, [](const auto &Each) {
            return !Each.first.empty() && Each.second.Together &&
                   Each.second.Empties;
          }));
}

void Program::addDecision(const FunctionFacts &By, const std::string &Tested,
                          const std::string &Changed, bool ToConstant) {
  Decision &D = Decisions[{Tested, Changed}];
  D.By.insert(&By);
  D.ToConstant |= ToConstant;
}

bool Program::decideEachOther(const std::string &A,
                              const std::string &B) const {
  const auto One = Decisions.find({A, B}), Other = Decisions.find({B, A});
  if (One == Decisions.end() || Other == Decisions.end() ||
      (!One->second.ToConstant && !Other->second.ToConstant))
    return false;
  return One->second.By != Other->second.By || One->second.By.size() > 1;
}

bool Program::inOneSection(const std::string &Tested,
                           const std::string &Changed,
                           const FunctionFacts &Beside) const {
  const auto Known = Sections.find({Tested, Changed});
  return Known != Sections.end() &&
         llvm::any_of(Known->second,
                      [&](const FunctionFacts *By) { return By != &Beside; });
}

} // namespace interlock
