#include "rewriters/base/LookAgain.h"
#include "rewriters/base/Format.h"
#include "rewriters/base/GuardCode.h"
#include "rewriters/base/Statements.h"

#include "clang/AST/ExprCXX.h"
#include "clang/AST/StmtCXX.h"

#include <fmt/format.h>

namespace interlock {

using namespace clang;

namespace {

/// Goes through the statements of the body in the order in which they run.
class Again {
public:
  Again(const FunctionView &View, const KeptElement &E,
        std::set<std::string> &Names, bool Ask)
      : View(View), E(E), Names(Names), Ask(Ask),
        Step(layoutOf(View.content()).Indent) {}

  bool body(int Body);
  Lookups Found;

private:
  bool block(int Block);
  bool nested(int Block);
  bool statement(int At);
  bool branches(int At);
  bool attempt(int At);
  bool suspendsLast(int At) const;
  bool usedAtOnce(int Body) const;
  std::string lookup(const std::string &Gap, bool First);
  void lookUp(int Before);
  void respell(int At);
  std::vector<int> uses(int At) const;
  std::string text(int At) const;

  const FunctionView &View;
  const KeptElement &E;
  std::set<std::string> &Names;
  const bool Ask;
  const std::string Step;
  std::string Now;    ///< what the element is called, where it has a new name
  bool Bound = false; ///< a lookup has given it the loop's name, or another
  unsigned Count = 0; ///< of lookups
  bool Stale = false;
  std::vector<std::pair<int, bool>> Asked; ///< conditions that led here
};

} // namespace

std::vector<int> Again::uses(int At) const {
  std::vector<int> Result;
  for (int I = At; I < static_cast<int>(View.nodes().size()); ++I) {
    const auto *Ref = dyn_cast<DeclRefExpr>(View[I].S);
    if (Ref && Ref->getDecl() == E.Var && View.inside(I, At))
      Result.push_back(I);
  }
  return Result;
}

/// Whether all uses in a statement come before what it waits for: they are what
/// is awaited.
bool Again::suspendsLast(int At) const {
  const int Await = View.soleSuspension(At);
  return Await >= 0 && llvm::all_of(uses(At), [&](int Use) {
           return View.inside(Use, Await);
         });
}

/// The text of an expression with the element under its present name.
std::string Again::text(int At) const {
  std::string Text = View.text(At);
  std::vector<int> Uses = uses(At);
  std::reverse(Uses.begin(), Uses.end());
  if (!Now.empty())
    for (const int Use : Uses)
      Text.replace(View[Use].Begin - View[At].Begin,
                   View[Use].End - View[Use].Begin, Now);
  return Text;
}

void Again::respell(int At) {
  if (Now.empty())
    return;
  for (const int Use : uses(At)) {
    const Node &N = View[Use];
    Found.Edits.push_back({View.file(), N.Begin, N.End - N.Begin, Now});
  }
}

/// The lines that find the element, each behind `Gap`, under a name of its own
/// where the loop's is taken.
std::string Again::lookup(const std::string &Gap, bool First) {
  using Kind = KeptElement::Kind;
  const auto Leave = [&](const std::string &Condition) {
    return fmt::format("{0}if ({1}){0}{2}continue;", Gap, Condition, Step);
  };
  const std::string Name = E.Var->getNameAsString();
  if (E.What == Kind::Itself)
    return Leave(fmt::format("!{}.contains({})", E.Container, E.Key));
  const bool Iterator = E.What == Kind::Iterator;
  if (First && !Bound && !Iterator)
    return Leave(fmt::format("!{}.contains({})", E.Container, E.Key));
  const std::string It = Iterator ? Name : freeName(View, "found", Names);
  const char *Declares = !Iterator ? "const auto " : First ? "auto " : "";
  std::string Text = fmt::format("{}{}{} = {}.find({});", Gap, Declares, It,
                                 E.Container, E.Key) +
                     Leave(fmt::format("{} == {}.end()", It, E.Container));
  if (Iterator)
    return Text;
  const bool Taken = !First && Bound;
  if (Taken)
    Now = freeName(View, Name + "_now", Names);
  const bool Entry = E.What == Kind::Entry;
  Text += fmt::format("{}{}{} = {}{}{};", Gap, E.Binding, Taken ? Now : Name,
                      Entry ? "*" : "", It, Entry ? "" : "->second");
  Bound = true;
  return Text;
}

void Again::lookUp(int Before) {
  const std::string Gap = gapBefore(View, Before);
  std::string Text = lookup(Gap, /*First=*/false);
  for (const auto &[Condition, Wanted] : Asked) {
    if (!Ask)
      break;
    const Expr *Plain = plain(View[Condition].S);
    Text += fmt::format(
        "{}if ({}){}{}continue;", Gap,
        Wanted ? negated(Plain, text(Condition)) : text(Condition), Gap, Step);
  }
  // The break in front goes behind: the statement keeps its place.
  Found.Edits.push_back(
      {View.file(), View[Before].Begin, 0, Text.substr(Gap.size()) + Gap});
  ++Count;
  Stale = false;
}

bool Again::branches(int At) {
  const auto *If = cast<IfStmt>(View[At].S);
  const int Condition = nodeOf(View, At, If->getCond());
  if (Condition < 0 || If->getInit() || If->hasVarStorage() ||
      View.suspends(Condition))
    return false;
  respell(Condition);
  const bool About = !uses(Condition).empty() && repeatable(View, Condition);
  const bool Before = Stale;
  bool Waited = false;
  for (const Stmt *Branch : {If->getThen(), If->getElse()}) {
    const int Child = Branch ? nodeOf(View, At, Branch) : -1;
    if (Child < 0)
      continue;
    if (About)
      Asked.push_back({Condition, Branch == If->getThen()});
    Stale = Before;
    if (!(isa<CompoundStmt>(Branch) ? nested(Child) : statement(Child)))
      return false;
    if (About)
      Asked.pop_back();
    Waited |= Stale && !leaves(Branch);
  }
  Stale = Before || Waited;
  // The rest of the block runs where the branch was not taken.
  if (About && !If->getElse() && leaves(If->getThen()))
    Asked.push_back({Condition, false});
  return true;
}

bool Again::attempt(int At) {
  for (const int Child : View[At].Children) {
    const auto *Handler = dyn_cast<CXXCatchStmt>(View[Child].S);
    const int Block =
        Handler ? nodeOf(View, Child, Handler->getHandlerBlock()) : Child;
    Stale |= Handler != nullptr; // what is handled may come out of a wait
    if (Block < 0 || !nested(Block))
      return false;
  }
  Stale = true;
  return true;
}

bool Again::statement(int At) {
  const Node &N = View[At];
  if (llvm::is_contained(E.Gone, At))
    return true;
  const bool Used = !uses(At).empty();
  const bool Waits = View.suspends(At);
  if (Used && Waits && isa<CompoundStmt>(N.S))
    return nested(At);
  if (Used && Waits && isa<CXXTryStmt>(N.S))
    return attempt(At);
  if (Used && Stale) {
    if (N.BeginInMacro || N.Parent < 0 ||
        !isa<CompoundStmt>(View[N.Parent].S) ||
        !firstOnLine(View.content(), N.Begin))
      return false;
    lookUp(At);
  }
  if (isa<IfStmt>(N.S) && (Waits || Used))
    return branches(At);
  if (Used && Waits &&
      !(isa<Expr, DeclStmt, CoreturnStmt>(N.S) && suspendsLast(At)))
    return false;
  respell(At);
  Stale |= Waits;
  return true;
}

/// A block in the body: what it calls the element is not known behind it.
bool Again::nested(int Block) {
  const std::string Name = Now;
  const bool Known = Bound;
  const unsigned Before = Count;
  if (!block(Block))
    return false;
  Stale |= Count != Before && E.What != KeptElement::Kind::Iterator;
  Now = Name;
  Bound = Known;
  return true;
}

bool Again::block(int Block) {
  const std::size_t Known = Asked.size();
  for (const int Child : View[Block].Children)
    if (!statement(Child))
      return false;
  Asked.resize(Known);
  return true;
}

/// Whether the element is used before anything waits, or is a copy.
bool Again::usedAtOnce(int Body) const {
  if (E.What == KeptElement::Kind::Copy)
    return !uses(Body).empty();
  for (const int Child : View[Body].Children) {
    if (!uses(Child).empty())
      return true;
    if (View.suspends(Child))
      return false;
  }
  return false;
}

bool Again::body(int Body) {
  const auto &Children = View[Body].Children;
  if (Children.empty() || !E.Var)
    return false;
  Bound = usedAtOnce(Body);
  // Named now, so that names are given in the order of the text.
  Found.First = lookup(gapBefore(View, Children.front()), /*First=*/true);
  // A copy does not go stale; whether its original is there is asked again
  // where that matters.
  const bool Keeps = E.What == KeptElement::Kind::Copy ||
                     (E.What == KeptElement::Kind::Itself && !Ask);
  return Keeps || block(Body);
}

std::optional<Lookups> lookAgain(const FunctionView &View, const KeptElement &E,
                                 int Body, std::set<std::string> &Names,
                                 bool Ask) {
  Again Work(View, E, Names, Ask);
  if (!Work.body(Body))
    return std::nullopt;
  return std::move(Work.Found);
}

} // namespace interlock
