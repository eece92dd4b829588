#include "matchers/checks/Judgement.h"
#include "matchers/summary/InWords.h"

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
    return Elements == Stability::Contiguous || Elements == Stability::Flat ||
           ((Elements == Stability::Rehashing ||
             Elements == Stability::Chunked) &&
            Kind == HandleKind::Iterator);
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

namespace {
/// The container or holder that a handle leads into, and who can make the
/// handle dangle meanwhile.
struct Danger {
  AccessPath Container;
  StateInfo State;
  std::vector<const Writer *> Others;
};
} // namespace

/// Who can make a handle dangle that leads into this container or holder.
static std::optional<Danger> dangerFrom(const Judgement &J,
                                        const HandleSite &Site,
                                        AccessPath Container, bool Innermost,
                                        LockSet Locks) {
  const std::optional<StateInfo> G = J.Program_.guarded(Container);
  // Locks are known by the names of others.
  AccessPath Known = Site.Whole;
  if (hasName(Known))
    Known.Steps.resize(Known.Steps.size() + Container.Steps.size() -
                       Site.Path.Steps.size());
  else
    Known = Container;
  if (!G || !hasName(Container) ||
      J.guarded(Locks, Known, *G, /*Claims=*/false))
    return std::nullopt;
  const FieldInfo *Info = Container.Steps.empty()
                              ? J.Program_.field(Container.Name)
                          : Container.Steps.back().What == PathStep::Kind::Field
                              ? J.Program_.field(Container.Steps.back().Name)
                              : nullptr;
  const Stability Elements =
      Innermost && Site.Elements != Stability::NotContainer ? Site.Elements
      : Info                                                ? Info->Elements
                                                            : G->Info->Elements;
  const HandleKind Kind = Innermost ? Site.Kind : HandleKind::Reference;
  const bool Own = J.Flow.own(Site.Path, J.State);
  std::vector<const Writer *> Others =
      J.interferers(Container, *G, {}, [&](const Writer &W) {
        if (Own && W.Own)
          return false;
        switch (reach(W, Container)) {
        case Reach::Container:
          return invalidates(W.How, Elements, Kind);
        case Reach::Around:
          return invalidates(W.How, Stability::Stable, Kind);
        case Reach::Elsewhere:
          return false;
        }
        return false;
      });
  if (Others.empty())
    return std::nullopt;
  return Danger{std::move(Container), *G, std::move(Others)};
}

/// The same for all containers on the way to what the handle leads to, from
/// the innermost outwards; a plain member does not go away.
static std::optional<Danger> dangerOf(const Judgement &J,
                                      const HandleSite &Site, LockSet Locks) {
  AccessPath Container = Site.Path;
  if (Site.Content)
    if (auto Result = dangerFrom(J, Site, Container, /*Innermost=*/true, Locks))
      return Result;
  // What a pointer in a container leads to stays where it is.
  bool Innermost = !Site.Content || Site.Elements == Stability::Stable;
  while (!Container.Steps.empty()) {
    const bool Element = Container.Steps.back().What == PathStep::Kind::Element;
    Container.Steps.pop_back();
    if (!Element)
      continue;
    if (auto Result = dangerFrom(J, Site, Container, Innermost, Locks))
      return Result;
    Innermost = false;
  }
  return std::nullopt;
}

static Finding describe(const Judgement &J, const Danger &D,
                        const std::string &Handle, const SourceSpan &BoundAt,
                        const SourceSpan &SuspendsAt, const SourceSpan &UseAt,
                        bool GaveBack = false) {
  Finding F = J.finding("stale-reference", UseAt);
  const FieldInfo &Info = *D.State.Info;
  F.Message = fmt::format("{} into '{}' is used after {}", Handle, Info.Name,
                          GaveBack ? "the lock over it was given back"
                                   : "a suspension point");
  F.State.Category = D.State.Category;
  F.State.Keyed = D.State.Keyed;
  F.State.Member =
      Info.Record.empty() ? Info.Name : Info.Record + "::" + Info.Name;
  F.State.Owner =
      ownerInWords(D.Container, D.State.Field, J.Flow.function(), J.Program_);
  F.Extent.Reads.push_back(BoundAt);
  F.Path.push_back({StepKind::Bound, BoundAt,
                    fmt::format("refers into '{}' from here", Info.Name),
                    F.Function});
  if (SuspendsAt.valid()) {
    F.Extent.Suspensions.push_back(SuspendsAt);
    F.Path.push_back({StepKind::Suspends, SuspendsAt,
                      GaveBack ? "the lock is given back here"
                               : "control can be given up here",
                      F.Function});
  }
  for (const Writer *W : llvm::ArrayRef(D.Others).take_front(3))
    F.Path.push_back({StepKind::Interferes, W->At,
                      fmt::format("meanwhile '{}' can change '{}' here",
                                  W->Function->Name, Info.Name),
                      W->Function->Name});
  F.Path.push_back({StepKind::Modified, UseAt, "used here", F.Function});
  return F;
}

std::optional<Finding> staleReference(const Judgement &J, const Op &Use,
                                      const Handle &H) {
  const HandleSite &Site = J.Flow.handles()[H.Bound];
  const std::optional<Danger> D = dangerOf(J, Site, H.Locks);
  if (!D)
    return std::nullopt;
  const std::string &Var = J.Flow.function().Variables[Site.Var].Name;
  const std::string Handle =
      llvm::StringRef(Var).starts_with("__")
          ? std::string("the range's iterator")
      : Var.empty() ? std::string("structured binding")
                    : fmt::format("{} '{}'", spell(Site.Kind), Var);
  const std::vector<SuspensionSite> &Points = J.Flow.suspensions();
  const SuspensionSite Crossed =
      H.Crossed < Points.size() ? Points[H.Crossed] : SuspensionSite();
  if (Crossed.GivesBack && J.publishes(J.names(Site.Under), D->State))
    return std::nullopt;
  return describe(J, *D, Handle, Site.At, Crossed.At, Use.At,
                  Crossed.GivesBack);
}

std::optional<Finding> staleArgument(const Judgement &J, const Op &Call,
                                     const CallSite &C, const LentUse &Use) {
  const Argument &Lent = C.Arguments[Use.Input];
  if (!Lent.Path || Lent.Pinned)
    return std::nullopt;
  const std::vector<const FunctionFacts *> Callees = J.Program_.callees(C);
  const Variable *V =
      Callees.empty() || Use.Input >= Callees.front()->Variables.size()
          ? nullptr
          : &Callees.front()->Variables[Use.Input];
  if (!V)
    return std::nullopt;
  HandleSite Site;
  Site.Path = *Lent.Path;
  Site.Kind = V->Reference ? HandleKind::Reference : HandleKind::Pointer;
  if (!Site.Path.Steps.empty() &&
      Site.Path.Steps.back().What == PathStep::Kind::Field) {
    const FieldInfo *Info = J.Program_.field(Site.Path.Steps.back().Name);
    Site.Content = Info && Info->Holder && !V->Holder;
  }
  const std::optional<Danger> D = dangerOf(J, Site, J.State.exclusive());
  if (!D)
    return std::nullopt;
  Finding F = describe(J, *D, fmt::format("{} '{}'", spell(Site.Kind), V->Name),
                       Call.At, SourceSpan(), Use.At);
  F.Path.back().Function = Use.Function;
  F.Extent.Modifies = {Call.At};
  F.Extent.Suspensions = {Call.At};
  return F;
}

std::optional<Finding> staleObject(const Judgement &J, const Op &Call,
                                   const CallSite &C, const LentUse &Use) {
  if (!C.HeldReceiver || !C.Receiver)
    return std::nullopt;
  HandleSite Site;
  Site.Path = *C.Receiver;
  // Where a pointer leads stays where it is, whatever comes beside it.
  Site.Content = true;
  Site.Elements = Stability::Stable;
  std::optional<Danger> D = dangerOf(J, Site, J.State.exclusive());
  if (!D)
    return std::nullopt;
  // Who makes an object, runs it and drops it again is meant to do so once.
  llvm::erase_if(D->Others, [&](const Writer *W) {
    return W->Function == &J.Flow.function();
  });
  if (D->Others.empty())
    return std::nullopt;
  Finding F = describe(J, *D, "object", C.At, Call.At, Call.At);
  F.Message = fmt::format("an object is used after a suspension point that "
                          "only '{}' keeps alive",
                          D->State.Info->Name);
  F.Path.back() = {StepKind::Modified, Use.At, "used here", Use.Function};
  return F;
}

} // namespace interlock
