#include "matchers/summary/Summary.h"

#include <algorithm>

namespace interlock {

template <class T>
static bool sameItems(const std::vector<T> &A, const std::vector<T> &B) {
  return std::equal(
      A.begin(), A.end(), B.begin(), B.end(),
      [](const T &X, const T &Y) { return X.order() == Y.order(); });
}

bool sameSummary(const Summary &A, const Summary &B) {
  return A.Suspends == B.Suspends && sameItems(A.Effects, B.Effects) &&
         sameItems(A.Returned, B.Returned) &&
         sameItems(A.Established, B.Established) &&
         sameItems(A.Assigned, B.Assigned) &&
         A.ReturnedInputs == B.ReturnedInputs && sameItems(A.Locks, B.Locks) &&
         std::equal(A.Locks.begin(), A.Locks.end(), B.Locks.begin(),
                    [](const LockUse &X, const LockUse &Y) {
                      return X.OneOfSeveral == Y.OneOfSeveral &&
                             X.Decisions == Y.Decisions;
                    }) &&
         A.HandedOut == B.HandedOut && A.HeldAtExit == B.HeldAtExit &&
         A.ReleasedAtExit == B.ReleasedAtExit &&
         sameItems(A.ParameterCalls, B.ParameterCalls) &&
         sameItems(A.LentUses, B.LentUses);
}

std::string translateKey(const std::string &Key, const CallSite &S) {
  if (Key.empty() || Key[0] == '#' || Key[0] == '@')
    return Key;
  if (Key[0] != '$')
    return "?";
  const size_t Dot = Key.find('.');
  const unsigned Index = std::stoul(Key.substr(1, Dot - 1));
  if (Index >= S.Arguments.size())
    return "?";
  const std::string &Base = S.Arguments[Index].Key;
  if (Base.empty() || Base == "?")
    return "?";
  return Dot == std::string::npos ? Base : Base + Key.substr(Dot);
}

std::optional<AccessPath> translate(const AccessPath &Path, const CallSite &S) {
  AccessPath Result;
  switch (Path.Base) {
  case AccessPath::Root::This:
    if (!S.Receiver)
      return std::nullopt;
    Result = *S.Receiver;
    break;
  case AccessPath::Root::Parameter:
    if (Path.Var >= S.Arguments.size() || !S.Arguments[Path.Var].Path)
      return std::nullopt;
    Result = *S.Arguments[Path.Var].Path;
    break;
  case AccessPath::Root::Global:
  case AccessPath::Root::Shared:
    Result.Base = Path.Base;
    Result.Name = Path.Name;
    break;
  case AccessPath::Root::Local:
  case AccessPath::Root::Opaque:
  case AccessPath::Root::Either:
    return std::nullopt;
  }
  for (const PathStep &Step : Path.Steps) {
    // A chain of calls must not make ever longer paths.
    if (Result.Steps.size() >= 8)
      return std::nullopt;
    if (Step.What == PathStep::Kind::Field)
      Result.Steps.push_back(Step);
    else
      Result.Steps.push_back({Step.What, translateKey(Step.Name, S)});
  }
  return Result;
}

LockName translate(const LockName &Lock, const CallSite &S) {
  LockName Result = Lock;
  if (const std::optional<AccessPath> Path = translate(Lock.Path, S)) {
    Result.Path = *Path;
  } else {
    // The instance is lost, the member that it is remains known.
    Result.Path.Base = AccessPath::Root::Opaque;
  }
  Result.Key = translateKey(Lock.Key, S);
  return Result;
}

CallSite calledBy(const CallSite &Closure, const ParameterCall &Call,
                  const CallSite &Outer) {
  CallSite Result = Closure;
  const size_t Passed =
      std::min(Call.Arguments.size(), Result.Arguments.size());
  for (size_t I = 0; I < Passed; ++I)
    if (!Result.Arguments[I].Path && Call.Arguments[I])
      Result.Arguments[I].Path = translate(*Call.Arguments[I], Outer);
  return Result;
}

} // namespace interlock
