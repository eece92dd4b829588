#include "matchers/facts/Lowering.h"

using namespace clang;

namespace interlock {

/// Functions of libraries whose effect on their arguments is known by name.
bool Lowering::lowerKnownFunction(const CallExpr *CE, llvm::StringRef Name) {
  // `get_if<filled>(&state_)`, `holds_alternative<filled>(state_)`
  if (C.Words.Presence.matches(Name) && CE->getNumArgs() == 1 &&
      (CE->getType()->isPointerType() || CE->getType()->isBooleanType())) {
    Value V = read(CE->getArg(0), CE);
    if (!V.Registers.empty() && !Current->Ops.empty() &&
        Current->Ops.back().Kind == OpKind::Read)
      Current->Ops.back().Shape = true;
    return setValue(CE, std::move(V)), true;
  }
  // `it = std::next(it);`: as `++it` does.
  if (C.Words.Steps.matches(Name) && CE->getNumArgs() > 0)
    if (const Expr *From = CE->getArg(0); C.Types.isIterator(objectType(From)))
      if (const Place P = place(From); P.Via != NoIndex && P.Via == P.Var)
        emit(OpKind::UseHandle, CE).Var = P.Via;
  if (C.Words.Forwards.matches(Name) && CE->getNumArgs() > 0) {
    Value V = valueOf(CE->getArg(0));
    addTasksOf(CE->getArg(0), V);
    // A guard that is handed on is no longer held here.
    if (const auto *D =
            dyn_cast<DeclRefExpr>(CE->getArg(0)->IgnoreParenImpCasts()))
      if (const auto *VD = dyn_cast<VarDecl>(D->getDecl());
          VD && Name == "std::move" && !TargetOf.count(CE) &&
          GuardVars.contains(VD->getCanonicalDecl())) {
        Op &R = emit(OpKind::Release, CE);
        R.Var = variable(VD);
        HandedOn.insert(R.At.Begin);
      }
    setValue(CE, std::move(V));
    return true;
  }
  if (C.Words.Exchanges.matches(Name) && CE->getNumArgs() == 2) {
    Value Old = read(CE->getArg(0), CE);
    const Expr *New = CE->getArg(1);
    modify(place(CE->getArg(0)), CE->getArg(0), CE, Change::Exchange,
           New->isGLValue() ? read(New, CE) : valueOf(New));
    noteConstant(CE->getArg(1));
    setValue(CE, std::move(Old));
    return true;
  }
  if (Name == "std::swap" && CE->getNumArgs() == 2) {
    for (unsigned I = 0; I < 2; ++I)
      modify(place(CE->getArg(I)), CE->getArg(I), CE, Change::Exchange, {});
    return true;
  }
  if (C.Words.Erases.matches(Name) && CE->getNumArgs() == 2) {
    Value Result = read(CE->getArg(0), CE);
    runLambdas(CE, Name);
    modify(elementOf(place(CE->getArg(0)), nullptr), CE->getArg(0), CE,
           Change::Erase, readArguments(CE));
    if (!Current->Ops.empty() && Current->Ops.back().Kind == OpKind::Modify)
      Current->Ops.back().Shape = Current->Ops.back().Conditional = true;
    setValue(CE, std::move(Result));
    return true;
  }
  if (C.Words.Monotone.matches(Name)) {
    Value V = readArguments(CE);
    V.Monotone = true;
    for (const Expr *Argument : CE->arguments())
      if (const Expr *Given = strip(Argument); !Given->isLValue())
        V.Computed.append(valueOf(Given).Registers);
    setValue(CE, std::move(V));
    return true;
  }
  return false;
}

/// Whether an expression is the last element of a container, or a part of it.
bool Lowering::isOfLast(const Expr *E) const {
  while (E) {
    E = strip(E);
    if (const auto *ME = dyn_cast<MemberExpr>(E)) {
      E = ME->getBase();
    } else if (const auto *O = dyn_cast<CXXOperatorCallExpr>(E)) {
      const bool Through =
          O->getOperator() == OO_Star || O->getOperator() == OO_Arrow;
      E = Through ? O->getArg(0) : nullptr;
    } else if (const auto *MC = dyn_cast<CXXMemberCallExpr>(E)) {
      const CXXMethodDecl *MD = MC->getMethodDecl();
      return MD && MD->getIdentifier() && MC->getNumArgs() == 0 &&
             C.Types.isContainer(objectType(MC->getImplicitObjectArgument())) &&
             C.Words.Extents.matches(MD->getName());
    } else {
      return false;
    }
  }
  return false;
}

/// Whether an iterator is where what fits begins: `std::remove(first, last,
/// x)`.
static bool isSifted(const Expr *From, Names &N) {
  const Expr *E = strip(From);
  // By way of a constant iterator.
  while (const auto *Made = dyn_cast_or_null<CXXConstructExpr>(E))
    E = Made->getNumArgs() == 1 ? strip(Made->getArg(0)) : nullptr;
  const auto *CE = dyn_cast_or_null<CallExpr>(E);
  const FunctionDecl *Callee = CE ? CE->getDirectCallee() : nullptr;
  if (!Callee)
    return false;
  const std::string Name = N.qualified(Callee);
  return Name == "std::remove" || Name == "std::remove_if";
}

/// Whether two iterators are the begin and the end of one container.
bool Lowering::spanAll(const Expr *First, const Expr *Last) {
  const auto Of = [](const Expr *E, llvm::StringRef Name) -> const Expr * {
    E = strip(E);
    while (const auto *As =
               dyn_cast_or_null<CXXConstructExpr>(E)) // const_iterator
      E = As->getNumArgs() > 0 ? strip(As->getArg(0)) : nullptr;
    const auto *MC = dyn_cast_or_null<CXXMemberCallExpr>(E);
    const CXXMethodDecl *MD = MC ? MC->getMethodDecl() : nullptr;
    const bool Named = MD && MD->getIdentifier() && MC->getNumArgs() == 0 &&
                       MD->getName().trim("cr") == Name;
    return Named ? MC->getImplicitObjectArgument() : nullptr;
  };
  const Expr *Whole = Of(First, "begin"), *Same = Of(Last, "end");
  return Whole && Same && C.Types.isContainer(objectType(Whole)) &&
         place(Whole).Path == place(Same).Path;
}

/// Reads what stands between two iterators.
void Lowering::readBetween(const Expr *First, const Expr *Last, const Expr *At,
                           Value &To) {
  if (!C.Types.isIterator(First->getType()) ||
      !C.Types.isIterator(Last->getType()))
    return;
  Place P = place(First);
  if (!P.Path || !hasName(*P.Path) || P.Path->Steps.empty() ||
      P.Path->Steps.back().What != PathStep::Kind::Element)
    return;
  if (spanAll(First, Last))
    P.Path->Steps.pop_back();
  Op &Read = emit(OpKind::Read, At);
  Read.Path = *P.Path;
  Read.Result = fresh();
  Read.Text = C.N.text(First);
  To.Registers.push_back(Read.Result);
}

/// `mine.splice(mine.end(), queue_, queue_.begin())`: what goes into one
/// container leaves another one.
void Lowering::takeFromOther(const CallExpr *CE, unsigned From) {
  if (CE->getNumArgs() <= From)
    return;
  const Place Other = place(CE->getArg(From));
  // All of it, or that of an iterator.
  Place Target = Other;
  const bool One = CE->getNumArgs() > From + 1;
  if (One) {
    const Place It = place(CE->getArg(From + 1));
    Target = elementOf(Other, nullptr);
    if (It.Via != NoIndex)
      Target.Via = It.Via;
    if (It.Path)
      Target.Path = It.Path;
  }
  modify(Target, CE->getArg(From), CE, One ? Change::Erase : Change::Exchange,
         {});
  if (One && !Current->Ops.empty() &&
      Current->Ops.back().Kind == OpKind::Modify)
    Current->Ops.back().Shape = true;
}

/// `queue_.front()`: what is moved out of there, the `pop` that follows takes.
bool Lowering::isAtEnd(const Expr *E) const {
  const auto *MC = dyn_cast_or_null<CXXMemberCallExpr>(strip(E));
  const CXXMethodDecl *MD = MC ? MC->getMethodDecl() : nullptr;
  return MD && MD->getIdentifier() && MC->getNumArgs() == 0 &&
         C.Words.Ends.matches(MD->getName()) &&
         C.Types.isContainer(objectType(MC->getImplicitObjectArgument()));
}

static Change changeOf(MethodEffect E) {
  switch (E) {
  case MethodEffect::Insert:
    return Change::Insert;
  case MethodEffect::InsertIfAbsent:
    return Change::InsertIfAbsent;
  case MethodEffect::Erase:
    return Change::Erase;
  case MethodEffect::Clear:
    return Change::Clear;
  case MethodEffect::Relative:
    return Change::Relative;
  case MethodEffect::Exchange:
    return Change::Exchange;
  case MethodEffect::Validated:
    return Change::Validated;
  case MethodEffect::Assign:
    return Change::Assign;
  default:
    return Change::Mutate;
  }
}

/// `const auto kept = session_; ... kept.reset()`: the pointer itself belongs
/// to this function, whatever it leads to.
static bool isOwnPointer(const Expr *Object, const TypeModel &Types) {
  const auto *Ref = dyn_cast<DeclRefExpr>(Object->IgnoreParenImpCasts());
  const auto *Var = Ref ? dyn_cast<VarDecl>(Ref->getDecl()) : nullptr;
  return Var && Var->isLocalVarDecl() &&
         !Ref->refersToEnclosingVariableOrCapture() &&
         Types.isStrongHolder(Var->getType());
}

/// `resize(0)`
static bool isZero(const Expr *E) {
  const auto *L = dyn_cast<IntegerLiteral>(E->IgnoreParenImpCasts());
  return L && L->getValue() == 0;
}

/// Member functions of library classes and of operators on values.
bool Lowering::lowerKnownMethod(const CallExpr *CE, const CXXMethodDecl *MD) {
  const Expr *Object = nullptr;
  unsigned First = 0;
  if (const auto *MC = dyn_cast<CXXMemberCallExpr>(CE)) {
    Object = MC->getImplicitObjectArgument();
  } else {
    Object = CE->getArg(0);
    First = 1;
  }
  const QualType T = objectType(Object);
  const bool Container = C.Types.isContainer(T) && !C.Types.isView(T);
  const bool Holder = C.Types.isHolder(T);
  if (Container && C.Words.Faces.matches(C.N.qualified(MD)))
    return setValue(CE, valueOf(Object)), true;
  if (!Container && !Holder && inProgram(MD) &&
      !(MD->isDefaulted() || MD->isImplicit()))
    return false;
  Value Inputs;
  std::vector<Register> Expected; // by a compare-exchange
  for (unsigned I = First; I < CE->getNumArgs(); ++I) {
    // Which object a reference leads to, not what that holds.
    const Expr *Given = CE->getArg(I);
    const bool Refers = First == 1 && MD->getOverloadedOperator() == OO_Equal &&
                        C.Types.isBareHandle(T) &&
                        !C.Types.isPointerLike(Given->getType());
    // What a call has given says by itself where it comes from.
    const bool Made = isa<MaterializeTemporaryExpr>(Given->IgnoreParens()) &&
                      !valueOf(Given).Registers.empty();
    Value V = Given->isGLValue() && !Refers && !Made ? readGiven(Given, CE)
                                                     : valueOf(Given);
    for (const Register R : V.Registers)
      Inputs.Registers.push_back(R);
    if (I == First)
      Expected.assign(V.Registers.begin(), V.Registers.end());
    Inputs.Monotone |= V.Monotone;
  }
  const std::string Name = MD->getDeclName().getAsString();
  MethodEffect Effect = C.Words.effect(Name);
  if (Holder && MD->isConst() && Name != "operator=")
    Effect = MethodEffect::Element;
  if (isa<CXXConversionDecl>(MD) || MD->isConst())
    if (Effect != MethodEffect::Element && Effect != MethodEffect::Iterator)
      Effect = MethodEffect::Unknown;
  Place P = place(Object);
  if (P.Var != NoIndex && isOwnPointer(Object, C.Types))
    P.Path.reset();
  const bool Reads = MD->isConst() || Effect == MethodEffect::Element ||
                     Effect == MethodEffect::Iterator;
  if (Reads) {
    // What comes out depends on the whole container for queries, and on the
    // element for look-ups with a key.
    Place Looked = P;
    if (Container && CE->getNumArgs() > First &&
        (Effect == MethodEffect::Iterator || Effect == MethodEffect::Element ||
         Name == "contains" || Name == "count"))
      Looked = elementOf(P, CE->getArg(First));
    // What a view is asked for as a whole, what it shows is asked for.
    const bool View = C.Types.isView(T) && Looked.Path &&
                      !Looked.Path->Steps.empty() &&
                      Looked.Path->Steps.back().What == PathStep::Kind::Element;
    if (View && Effect == MethodEffect::Unknown)
      Looked.Path->Steps.pop_back();
    if (CE->getNumArgs() == First && C.Words.FixedSize.matches(C.N.type(T)) &&
        Effect == MethodEffect::Unknown)
      return setValue(CE, {}), true; // `size()`
    const bool HandsOutReference =
        Effect == MethodEffect::Element && CE->isGLValue();
    Value V = Inputs;
    if (P.Var != NoIndex) {
      Op &Load = emit(OpKind::Load, CE);
      Load.Var = P.Var;
      Load.Result = fresh();
      V.Registers.push_back(Load.Result);
    } else if (!P.Path) {
      // `shelf_.find(species).value_or(none)`
      const Value Of = valueOf(Object);
      V.Registers.append(Of.Registers.begin(), Of.Registers.end());
    }
    if (Looked.Path && hasName(*Looked.Path) && !HandsOutReference &&
        !(Effect == MethodEffect::Iterator && CE->getNumArgs() == First)) {
      Op &Read = emit(OpKind::Read, CE);
      Read.Path = *Looked.Path;
      // How much a view shows is a part of the view itself.
      const bool Extent = Name == "empty" || Name == "size" ||
                          Name == "length" || Name == "size_bytes";
      if (!C.Types.isView(T) || !Extent)
        Read.Other = P.Via;
      Read.Result = fresh();
      Read.Text = C.N.text(CE);
      Read.Unsequenced = Unsequenced.contains(CE);
      // A pointer or an iterator says where to look, and an optional may say
      // no more than whether there is anything. An atomic says what it is.
      const bool Presence = Holder && !C.N.type(T).starts_with("std::atomic") &&
                            (isa<CXXConversionDecl>(MD) ||
                             Name == "has_value" || Name == "index");
      Read.Extent = Container && CE->getNumArgs() == First &&
                    C.Words.Extents.matches(Name);
      Read.Shape = Presence || C.Types.isPointer(T) || C.Types.isIterator(T) ||
                   ((Container || View) && Effect != MethodEffect::Element);
      V.Registers.push_back(Read.Result);
    }
    setValue(CE, std::move(V));
    // operator[] of a map makes the element where there is none.
    return true;
  }
  Change How = changeOf(Effect);
  if (Name == "operator=" && CE->getNumArgs() > First &&
      isConstant(CE->getArg(First)) && Inputs.Registers.empty())
    How = Change::Constant;
  // `erase(begin(), end())`
  if (How == Change::Erase && CE->getNumArgs() == First + 2 &&
      spanAll(CE->getArg(First), CE->getArg(First + 1)))
    How = Change::Clear;
  // `assign(from, to)`, `insert(at, from, to)`
  if (const unsigned N = CE->getNumArgs();
      (How == Change::Assign || How == Change::Insert) && N >= First + 2)
    readBetween(CE->getArg(N - 2), CE->getArg(N - 1), CE, Inputs);
  if (Name == "resize" && CE->getNumArgs() > First && isZero(CE->getArg(First)))
    How = Change::Clear;
  if (Name == "store" && isConstant(CE->getArg(First)))
    How = Change::Constant;
  if (How == Change::Insert && !Discarded.contains(CE) &&
      (Name == "insert" || Name == "emplace"))
    How = Change::InsertIfAbsent;
  Value Result = Inputs;
  Place Target = P;
  bool ByKey =
      Container && CE->getNumArgs() > First &&
      !C.Types.isIterator(CE->getArg(First)->getType()) &&
      ((Name == "insert" && llvm::StringRef(C.N.type(T)).ends_with("set")) ||
       How == Change::InsertIfAbsent || How == Change::Erase ||
       Name == "emplace" || Name == "insert_or_assign" ||
       Name == "try_emplace");
  if (ByKey)
    Target = elementOf(P, CE->getArg(First));
  // `insert(begin() + at, value)`: somewhere in the container.
  if (Container && How == Change::Insert && CE->getNumArgs() > First &&
      C.Types.isIterator(CE->getArg(First)->getType())) {
    Target = elementOf(P, nullptr);
    ByKey = true;
  }
  if (Effect == MethodEffect::Exchange || How == Change::Validated ||
      Effect == MethodEffect::Relative ||
      (Effect == MethodEffect::Erase && !CE->getType()->isVoidType())) {
    // `extract(key)` gives that element, `erase(key)` a count.
    const bool Gives =
        ByKey && Target.Path && recordOf(CE->getType()) != nullptr;
    if (Gives) {
      Op &Read = emit(OpKind::Read, CE);
      Read.Path = *Target.Path;
      Read.Other = P.Via;
      Read.Result = fresh();
      Read.Text = C.N.text(CE);
      Result.Registers.push_back(Read.Result);
    } else {
      const Value Old = read(Object, CE);
      for (const Register R : Old.Registers)
        Result.Registers.push_back(R);
    }
  }
  // `if (!busy_.insert(id).second)`: how it went tells whether it was there.
  if (How == Change::InsertIfAbsent && !Discarded.contains(CE) && Target.Path &&
      hasName(*Target.Path)) {
    Op &Read = emit(OpKind::Read, CE);
    Read.Path = *Target.Path;
    Read.Other = P.Via;
    Read.Shape = true;
    Read.Result = fresh();
    Read.Text = C.N.text(CE);
    Result.Registers.push_back(Read.Result);
  }
  if (How == Change::Mutate) {
    // A library object whose functions are not known: a change for values,
    // not for devices.
    const CXXRecordDecl *R = recordOf(T);
    if (R && (C.Words.Synchronizers.matches(C.N.qualified(R)) ||
              C.Types.isView(T) || C.Types.isIterator(T))) {
      if (C.Types.isIterator(T) && P.Via != NoIndex)
        emit(OpKind::UseHandle, CE).Var = P.Via;
      setValue(CE, std::move(Result));
      return true;
    }
  }
  // An iterator that is a member or kept in a container is state itself.
  const auto *Named = dyn_cast<DeclRefExpr>(strip(Object));
  const bool Cursor = C.Types.isIterator(T) && (Named || P.Var != NoIndex);
  if (Cursor && Name == "operator=") {
    // It refers to something else from here on; what it was does not matter.
    if (P.Via != NoIndex) {
      Op &Assign = emit(OpKind::Assign, CE);
      Assign.Var = P.Via;
      Assign.Implicit = true;
      Assign.Inputs.assign(Inputs.Registers.begin(), Inputs.Registers.end());
    }
    rebindHandle(Object, CE->getArg(First));
    setValue(CE, std::move(Result));
    return true;
  }
  if (Cursor) {
    // ++it, --it, it += n: the iterator is used and changed.
    if (P.Via != NoIndex)
      emit(OpKind::UseHandle, CE).Var = P.Via;
    setValue(CE, std::move(Result));
    return true;
  }
  // erase(it): the place of the iterator is what goes.
  if (How == Change::Erase && CE->getNumArgs() > First &&
      C.Types.isIterator(CE->getArg(First)->getType())) {
    const Place It = place(CE->getArg(First));
    if (It.Via != NoIndex)
      Target.Via = It.Via;
    if (It.Path)
      Target.Path = It.Path;
    ByKey = It.Path.has_value();
  }
  // `erase(std::remove(begin(), end(), value), end())`
  const bool Sifted = How == Change::Erase && CE->getNumArgs() == First + 2 &&
                      isSifted(CE->getArg(First), C.N);
  if (Sifted) {
    Target = elementOf(P, nullptr);
    Target.Via = NoIndex;
  }
  modify(Target, Object, CE, How, Inputs);
  if (!Current->Ops.empty() && Current->Ops.back().Kind == OpKind::Modify) {
    Op &M = Current->Ops.back();
    M.Shape = ByKey || Sifted;
    if (How == Change::Validated)
      M.Expected = std::move(Expected);
    // What has the key goes, if anything has; or what fits.
    const Stability Elements = C.Words.stability(C.N.type(T));
    const bool OfKey = ByKey && Elements != Stability::NotContainer &&
                       !inOrder(Elements) && CE->getNumArgs() == First + 1 &&
                       !C.Types.isIterator(CE->getArg(First)->getType());
    M.Conditional = How == Change::Erase && (OfKey || Sifted);
    // `if (orders_.erase(id) == 1) ++refunded_;`
    M.Weak = How == Change::Erase && OfKey && !Discarded.contains(CE);
    // `erase(begin() + at)`, `erase(begin(), begin() + n)`: the place is where
    // an index says.
    const unsigned End = !Container || !M.Keys.empty() ? First
                         : How == Change::Erase        ? CE->getNumArgs()
                                                       : First + 1;
    for (unsigned I = First; I < std::min(End, CE->getNumArgs()); ++I)
      if (C.Types.isIterator(CE->getArg(I)->getType()) &&
          place(CE->getArg(I)).Via == NoIndex) {
        const Value At = valueOf(CE->getArg(I));
        M.Keys.insert(M.Keys.end(), At.Registers.begin(), At.Registers.end());
      }
  }
  // `batch.swap(events_)`
  if (Name == "swap" && CE->getNumArgs() == First + 1)
    modify(place(CE->getArg(First)), CE->getArg(First), CE, Change::Exchange,
           {});
  else if (Name.starts_with("splice") || Name == "merge")
    takeFromOther(CE, Name == "merge" ? First : First + 1);
  else if (CE->getNumArgs() > First)
    noteConstant(CE->getArg(First));
  if (Name == "operator=" && C.Types.isBareHandle(T))
    P.Part ? keepHandle(P, CE->getArg(First))
           : rebindHandle(Object, CE->getArg(First));
  else if (Container &&
           (How == Change::Insert || How == Change::InsertIfAbsent) &&
           C.Types.keepsBareHandles(T))
    for (unsigned I = First; I < CE->getNumArgs(); ++I)
      keepHandle(P, CE->getArg(I));
  if (const auto *D = dyn_cast<DeclRefExpr>(Object->IgnoreParenImpCasts()))
    if (const auto *VD = dyn_cast<VarDecl>(D->getDecl())) {
      // tasks.push_back(foo()): awaited through the container later.
      Value Tasks;
      for (unsigned I = First; I < CE->getNumArgs(); ++I) {
        const Value V = valueOf(CE->getArg(I));
        Tasks.Awaitable.append(V.Awaitable.begin(), V.Awaitable.end());
      }
      if (!Tasks.Awaitable.empty())
        AwaitableVars[VD->getCanonicalDecl()].append(Tasks.Awaitable.begin(),
                                                     Tasks.Awaitable.end());
    }
  Result.Monotone = false;
  setValue(CE, std::move(Result));
  return true;
}

} // namespace interlock
