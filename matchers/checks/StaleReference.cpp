#include "matchers/checks/Judgement.h"

#include "llvm/ADT/STLExtras.h"

#include <fmt/format.h>

namespace interlock {

static const char *spell(HandleKind Kind) {
  switch (Kind) {
  case HandleKind::Reference:
    return "reference";
  case HandleKind::Pointer:
    return "pointer";
  case HandleKind::Iterator:
    return "iterator";
  case HandleKind::View:
    return "view";
  }
  return "handle";
}

/// Whether a change of the container can leave the handle dangling.
static bool invalidates(Change How, Stability Elements, HandleKind Kind) {
  switch (How) {
  case Change::Erase:
  case Change::Clear:
  case Change::Exchange:
    return true;
  case Change::Insert:
  case Change::InsertIfAbsent:
    return Elements == Stability::Contiguous ||
           (Elements == Stability::Rehashing && Kind == HandleKind::Iterator);
  case Change::Assign:
  case Change::Constant:
    return true;
  default:
    return false;
  }
}

std::optional<Finding> staleReference(const Judgement &J, const Op &Use,
                                      const Handle &H) {
  const HandleSite &Site = J.Flow.handles()[H.Bound];
  // The container: the path up to its last element, or the holder itself.
  AccessPath Container = Site.Path;
  if (!Site.Content) {
    while (!Container.Steps.empty() &&
           Container.Steps.back().What != PathStep::Kind::Element)
      Container.Steps.pop_back();
    if (Container.Steps.empty())
      return std::nullopt; // a plain member does not go away
    Container.Steps.pop_back();
  }
  const std::optional<StateInfo> G = J.Program_.guarded(Container);
  if (!G || !hasName(Container))
    return std::nullopt;
  if (J.guarded(H.Locks, Container, *G, /*Claims=*/false))
    return std::nullopt;
  const PathStep Last = Container.Steps.empty()
                            ? PathStep{PathStep::Kind::Field, Container.Name}
                            : Container.Steps.back();
  const FieldInfo *Info = Last.What == PathStep::Kind::Field
                              ? J.Program_.field(Last.Name)
                              : G->Info;
  const Stability Elements = Info ? Info->Elements : Stability::Contiguous;
  const std::vector<const Writer *> Others =
      J.interferers(Container, *G, {}, [&](const Writer &W) {
        // Whole-container changes, not changes inside an element.
        size_t Own = 0;
        for (const PathStep &S : W.Path.Steps)
          if (S.What == PathStep::Kind::Field)
            Own = &S - W.Path.Steps.data() + 1;
        const bool Whole =
            W.Path.Name == Last.Name && Container.Steps.empty() ? Own == 0
            : Own > 0 && W.Path.Steps[Own - 1].Name == Info->Name
                ? true
                : !W.Path.Steps.empty() && Last.What == PathStep::Kind::Field &&
                      (W.Path.Steps.back().Name == Last.Name ||
                       (W.How != Change::Assign && W.How != Change::Constant &&
                        W.Path.Steps.size() > 1 &&
                        W.Path.Steps[W.Path.Steps.size() - 2].Name ==
                            Last.Name));
        return Whole && invalidates(W.How, Elements, Site.Kind);
      });
  if (Others.empty())
    return std::nullopt;
  Finding F = J.finding("stale-reference", Use.At);
  const std::string &Var = J.Flow.function().Variables[Site.Var].Name;
  const std::string Handle =
      llvm::StringRef(Var).starts_with("__")
          ? std::string("the range's iterator")
          : fmt::format("{} '{}'", spell(Site.Kind), Var);
  F.Message = fmt::format("{} into '{}' is used after a suspension point",
                          Handle, G->Info->Name);
  F.State.Category = G->Category;
  F.State.Keyed = G->Keyed;
  F.State.Member = G->Info->Record.empty()
                       ? G->Info->Name
                       : G->Info->Record + "::" + G->Info->Name;
  F.Extent.Reads.push_back(Site.At);
  F.Path.push_back({StepKind::Bound, Site.At,
                    fmt::format("refers into '{}' from here", G->Info->Name),
                    F.Function});
  if (H.Crossed < J.Flow.suspensions().size()) {
    const SuspensionSite &P = J.Flow.suspensions()[H.Crossed];
    F.Extent.Suspensions.push_back(P.At);
    F.Path.push_back(
        {StepKind::Suspends, P.At, "control can be given up here", F.Function});
  }
  for (const Writer *W : llvm::ArrayRef(Others).take_front(3))
    F.Path.push_back({StepKind::Interferes, W->At,
                      fmt::format("meanwhile '{}' can change '{}' here",
                                  W->Function->Name, G->Info->Name),
                      W->Function->Name});
  F.Path.push_back({StepKind::Modified, Use.At, "used here", F.Function});
  return F;
}

} // namespace interlock
