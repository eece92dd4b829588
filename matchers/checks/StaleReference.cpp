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

/// What a change means for a container: it changes which elements that has,
/// changes something that the container is a part of, or neither.
enum class Reach : unsigned char { Elsewhere, Container, Around };

static Reach reach(const Writer &W, const AccessPath &Container) {
  using Kind = PathStep::Kind;
  std::vector<PathStep> Changed = W.Path.Steps;
  if (W.Shape && !Changed.empty() && Changed.back().What == Kind::Element)
    Changed.pop_back(); // an element comes or goes: its container changes
  size_t Elements = 0;
  while (Elements < Changed.size() &&
         Changed[Changed.size() - 1 - Elements].What == Kind::Element)
    ++Elements;
  // Where the same member stands on the way to the container.
  const std::vector<PathStep> &Steps = Container.Steps;
  size_t At = 0;
  if (Elements < Changed.size()) {
    const PathStep &Member = Changed[Changed.size() - 1 - Elements];
    for (At = Steps.size(); At > 0 && !(Steps[At - 1] == Member); --At)
      ;
    if (At == 0)
      return Reach::Elsewhere;
  } else if (W.Path.Name != Container.Name) {
    return Reach::Elsewhere;
  }
  size_t There = 0;
  while (At + There < Steps.size() && Steps[At + There].What == Kind::Element)
    ++There;
  if (Elements > There)
    return Reach::Elsewhere;
  return Elements == There && At + There == Steps.size() ? Reach::Container
                                                         : Reach::Around;
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
  const FieldInfo *Info = Container.Steps.empty()
                              ? J.Program_.field(Container.Name)
                          : Container.Steps.back().What == PathStep::Kind::Field
                              ? J.Program_.field(Container.Steps.back().Name)
                              : nullptr;
  const Stability Elements = Site.Elements != Stability::NotContainer
                                 ? Site.Elements
                             : Info ? Info->Elements
                                    : G->Info->Elements;
  const std::vector<const Writer *> Others =
      J.interferers(Container, *G, {}, [&](const Writer &W) {
        switch (reach(W, Container)) {
        case Reach::Container:
          return invalidates(W.How, Elements, Site.Kind);
        case Reach::Around:
          return invalidates(W.How, Stability::Stable, Site.Kind);
        case Reach::Elsewhere:
          return false;
        }
        return false;
      });
  if (Others.empty())
    return std::nullopt;
  Finding F = J.finding("stale-reference", Use.At);
  const std::string &Var = J.Flow.function().Variables[Site.Var].Name;
  const std::string Handle =
      llvm::StringRef(Var).starts_with("__")
          ? std::string("the range's iterator")
      : Var.empty() ? std::string("structured binding")
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
