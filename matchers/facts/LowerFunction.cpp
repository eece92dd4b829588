#include "matchers/facts/Lowering.h"

#include "matchers/facts/BodyScan.h"
#include "matchers/facts/Branching.h"
#include "matchers/facts/ControlDependence.h"
#include "matchers/facts/Driving.h"
#include "matchers/facts/FunctionBody.h"

#include "clang/AST/Attr.h"
#include "clang/Analysis/Analyses/PostOrderCFGView.h"

using namespace clang;

namespace interlock {

Lowering::Lowering(LoweringContext &C, const FunctionDecl *FD) : C(C), FD(FD) {}

void Lowering::declareInputs() {
  for (const ParmVarDecl *P : FD->parameters()) {
    Variable &V = F.Variables[variable(P)];
    V.What = Variable::Kind::Parameter;
  }
  const auto *MD = dyn_cast<CXXMethodDecl>(FD);
  // `run(std::shared_ptr<session> self)`
  F.KeepsThis |= MD && llvm::any_of(FD->parameters(), [&](const auto *P) {
                   const QualType T = P->getType();
                   const QualType Kept = firstTypeArgument(T);
                   return !T->isReferenceType() && C.Types.isStrongHolder(T) &&
                          !Kept.isNull() && recordOf(Kept) == MD->getParent();
                 });
  if (MD && MD->getParent()->isLambda())
    for (const LambdaCapture &Capture : MD->getParent()->captures()) {
      if (Capture.getCaptureKind() == LCK_StarThis)
        F.OwnsThis = true;
      if (!Capture.capturesVariable())
        continue;
      const auto *VD = dyn_cast<VarDecl>(Capture.getCapturedVar());
      if (!VD)
        continue;
      Variable &V = F.Variables[variable(VD)];
      V.What = Variable::Kind::Capture;
      V.Reference = Capture.getCaptureKind() == LCK_ByRef;
    }
  F.InputCount = F.Variables.size();
}

void Lowering::addOverridden(const CXXMethodDecl *MD) {
  for (const CXXMethodDecl *Base : MD->overridden_methods()) {
    F.Overrides.push_back(C.N.function(Base));
    addOverridden(Base);
  }
}

void Lowering::declareFlags() {
  F.Id = C.N.function(FD);
  F.Name = C.N.qualified(FD);
  F.At = C.N.span(FD->getLocation());
  F.Definition = C.N.span(definitionRange(*FD));
  const auto *MD = dyn_cast<CXXMethodDecl>(FD);
  F.Coroutine = isa_and_nonnull<CoroutineBodyStmt>(FD->getBody());
  F.Constructor = isa<CXXConstructorDecl>(FD);
  F.Destructor = isa<CXXDestructorDecl>(FD);
  const bool External = FD->hasExternalFormalLinkage();
  F.Callable = External && (!MD || MD->getAccess() != AS_private);
  // The runtime's own code is not the user's.
  F.Report = !llvm::StringRef(F.Name).starts_with("interlock::");
  F.Main = FD->isMain() || F.Name.ends_with("::TestBody");
  if (!MD)
    return;
  const CXXRecordDecl *R = MD->getParent();
  F.Record = C.N.record(R);
  addOverridden(MD);
  if (R->isLambda()) {
    F.Lambda = true;
    F.Callable = false;
    const DeclContext *Outer = R->getDeclContext();
    while (Outer && !isa<FunctionDecl>(Outer))
      Outer = Outer->getParent();
    if (const auto *Parent = dyn_cast_or_null<FunctionDecl>(Outer)) {
      F.Parent = C.N.function(Parent);
      F.Name = C.N.qualified(Parent) + "::(lambda)";
      F.Main = false;
    }
    F.Definition = C.N.span(FD->getBody()->getSourceRange());
  } else if (C.Types.isMachinery(R)) {
    F.OwnsThis = true;
  }
}

bool containsAwait(const Stmt *S) {
  if (!S || isa<LambdaExpr>(S))
    return false;
  if (isa<CoroutineSuspendExpr>(S))
    return true;
  return llvm::any_of(S->children(), containsAwait);
}

static void collect(const Stmt *S, llvm::DenseSet<const Stmt *> &Into,
                    const llvm::DenseSet<const Stmt *> *Except = nullptr) {
  if (!S || (Except && Except->contains(S)) || !Into.insert(S).second)
    return;
  if (isa<OpaqueValueExpr, LambdaExpr>(S))
    return;
  for (const Stmt *Child : S->children())
    collect(Child, Into, Except);
}

/// The variable whose value a condition looks up in a container:
/// `while (pending_.contains(id))`.
static const VarDecl *lookedUp(const Stmt *Cond, const LoweringContext &C) {
  if (!Cond || isa<LambdaExpr>(Cond))
    return nullptr;
  const auto *MC = dyn_cast<CXXMemberCallExpr>(Cond);
  const CXXMethodDecl *MD = MC ? MC->getMethodDecl() : nullptr;
  if (MD && MD->getIdentifier() && MC->getNumArgs() == 1 &&
      C.Types.isContainer(objectType(MC->getImplicitObjectArgument())) &&
      (MD->getName() == "contains" || MD->getName() == "count" ||
       MD->getName() == "find"))
    if (const auto *D = dyn_cast_or_null<DeclRefExpr>(strip(MC->getArg(0))))
      return dyn_cast<VarDecl>(D->getDecl());
  for (const Stmt *Child : Cond->children())
    if (const VarDecl *Found = lookedUp(Child, C))
      return Found;
  return nullptr;
}

void Lowering::scanBody(const Stmt *Body) {
  BodyScan Scan;
  Scan.OnAwait = [&](const CoroutineSuspendExpr *E) {
    llvm::DenseSet<const Stmt *> Operand;
    collect(E->getOperand(), Operand);
    collect(E->getReadyExpr(), Machinery, &Operand);
    collect(E->getSuspendExpr(), Machinery, &Operand);
    collect(E->getResumeExpr(), Machinery, &Operand);
    collect(E->getCommonExpr(), Machinery, &Operand);
    ReadyOf[strip(E->getReadyExpr())] = E;
  };
  Scan.OnPromiseCall = [&](const CoreturnStmt *S) {
    llvm::DenseSet<const Stmt *> Operand;
    if (S->getOperand())
      collect(S->getOperand(), Operand);
    collect(S->getPromiseCall(), Machinery, &Operand);
  };
  Scan.OnTarget = [&](const VarDecl *VD, const Expr *Init) {
    noteList(VD, Init);
    const Expr *E = strip(Init);
    // The content of an optional, by a converting constructor.
    while (const auto *Made = dyn_cast_or_null<CXXConstructExpr>(E)) {
      if (Made->getNumArgs() != 1 || !C.Types.isHolder(Made->getType()))
        break;
      E = strip(Made->getArg(0));
    }
    if (E)
      TargetOf[E] = VD;
  };
  llvm::DenseSet<const ValueDecl *> Opposed;
  Scan.OnMemberCall = [&](const CXXMemberCallExpr *MC) {
    noteKept(MC);
    if (!MC->getMethodDecl())
      return;
    const llvm::StringRef Name(C.N.qualified(MC->getMethodDecl()));
    const ChannelType *Channel = C.Words.channel(Name);
    const auto *ME = dyn_cast<MemberExpr>(
        MC->getImplicitObjectArgument()->IgnoreParenImpCasts());
    if (!Channel || !ME)
      return;
    const llvm::StringRef Method = Name.rsplit("::").second;
    const auto [First, New] =
        Tokens.try_emplace(ME->getMemberDecl(), Method.str());
    if (llvm::is_contained(Channel->Puts, Method) !=
        llvm::is_contained(Channel->Puts, First->second))
      Opposed.insert(ME->getMemberDecl());
  };
  Scan.OnReassigned = [&](const VarDecl *VD, const Expr *From) {
    Reassigned[VD->getCanonicalDecl()].push_back(From);
  };
  Scan.OnDiscarded = [&](const Expr *E) {
    Discarded.insert(E);
    if (const auto *Cast = dyn_cast<CStyleCastExpr>(strip(E));
        Cast && Cast->getCastKind() == CK_ToVoid)
      E = Cast->getSubExpr();
    if (const Expr *Inner = strip(E))
      Discarded.insert(Inner);
  };
  unsigned Groups = 0;
  llvm::SmallVector<std::pair<const Stmt *, const VarDecl *>, 2> Searches;
  Scan.OnCondition = [&](const Stmt *Owner, const Expr *Cond, bool Loop) {
    const unsigned Group = Groups++;
    GroupOf[Owner] = Group;
    if (Loop)
      LoopBodies.insert(Owner);
    if (const VarDecl *Key = Loop ? lookedUp(Cond, C) : nullptr)
      Searches.emplace_back(Owner, Key->getCanonicalDecl());
    llvm::SmallVector<const Stmt *, 8> Work{Cond};
    while (!Work.empty()) {
      const auto *E = dyn_cast_or_null<Expr>(Work.pop_back_val());
      if (!E)
        continue;
      E = E->IgnoreParenImpCasts();
      if (const auto *B = dyn_cast<BinaryOperator>(E); B && B->isLogicalOp()) {
        GroupOf[B] = Group;
        if (Loop)
          LoopBodies.insert(B);
        if (Waits.contains(Owner))
          Waits.insert(B);
        Work.push_back(B->getLHS());
        Work.push_back(B->getRHS());
      } else if (const auto *U = dyn_cast<UnaryOperator>(E);
                 U && U->getOpcode() == UO_LNot) {
        Work.push_back(U->getSubExpr());
      }
    }
  };
  Scan.OnIf = [&](const IfStmt *S) {
    noteComparison(S);
    if (S->getElse())
      return;
    if (onlyWaits(S->getThen()))
      Waits.insert(S);
    else if (onlyDisposes(S))
      Disposals.insert(S);
  };
  Scan.OnUnsequenced = [&](const Expr *Earlier, const Expr *Later) {
    if (!containsAwait(Later) || containsAwait(Earlier))
      return;
    llvm::SmallVector<const Stmt *, 8> Work{Earlier};
    while (!Work.empty()) {
      const Stmt *S = Work.pop_back_val();
      if (!S || isa<LambdaExpr>(S))
        continue;
      if (const auto *Cast = dyn_cast<ImplicitCastExpr>(S);
          Cast && Cast->getCastKind() == CK_LValueToRValue)
        Unsequenced.insert(Cast);
      if (const auto *Ctor = dyn_cast<CXXConstructExpr>(S))
        Unsequenced.insert(Ctor);
      if (isa<CallExpr>(S))
        Unsequenced.insert(cast<Expr>(S));
      Work.append(S->child_begin(), S->child_end());
    }
  };
  Scan.TraverseStmt(const_cast<Stmt *>(Body));
  F.HasHandler = Scan.HasHandler;
  // `do id = next(); while (pending_.contains(id));`: what uses the key
  // relies on how the search went out.
  for (const auto &[Loop, Key] : Searches)
    if (Reassigned.count(Key))
      Waits.insert(Loop);
  for (auto Token = Tokens.begin(); Token != Tokens.end();) {
    const auto Each = Token++;
    if (!Opposed.contains(Each->first))
      Tokens.erase(Each);
  }
}

/// Whether a condition is a comparison by == or !=.
static bool isEquality(const Expr *E) {
  E = strip(E);
  if (const auto *Not = dyn_cast<UnaryOperator>(E))
    return Not->getOpcode() == UO_LNot && isEquality(Not->getSubExpr());
  if (const auto *B = dyn_cast<BinaryOperator>(E))
    return B->isEqualityOp();
  if (const auto *O = dyn_cast<CXXOperatorCallExpr>(E))
    return O->getOperator() == OO_EqualEqual ||
           O->getOperator() == OO_ExclaimEqual;
  const auto *R = dyn_cast<CXXRewrittenBinaryOperator>(E);
  return R && (R->getOpcode() == BO_NE || R->getOpcode() == BO_EQ);
}

void Lowering::lowerBranch(const Stmt *Terminator, const Expr *Condition,
                           Block &To) {
  const Value V = valueOf(Condition);
  To.Condition.assign(V.Registers.begin(), V.Registers.end());
  To.Branch = C.N.span(Condition->getSourceRange());
  const auto Group = GroupOf.find(Terminator);
  if (Group != GroupOf.end())
    To.Group = Group->second;
  To.LoopCondition = LoopBodies.contains(Terminator);
  To.EndsWait = Waits.contains(Terminator);
  To.Disposes = Disposals.contains(Terminator);
  To.Equality = isEquality(Condition);
}

static bool tryEdge(const CFGBlock *B) {
  return B->getTerminatorStmt() && isa<CXXTryStmt>(B->getTerminatorStmt());
}

/// Whether an edge leaves a try block past its handlers although one of them
/// takes whatever programs throw: `catch (const std::exception &)`.
static bool passesHandlers(const CFGBlock &From, const CFGBlock &To, Names &N) {
  if (!tryEdge(&From) || isa_and_nonnull<CXXCatchStmt>(To.getLabel()))
    return false;
  const auto *Try = cast<CXXTryStmt>(From.getTerminatorStmt());
  for (unsigned I = 0; I < Try->getNumHandlers(); ++I)
    if (N.type(Try->getHandler(I)->getCaughtType()) == "std::exception")
      return true;
  return false;
}

/// The values that each round of a loop finds anew, not those that it was
/// given: what it reads, and what it is told.
static std::set<Register> foundIn(const std::vector<unsigned> &Body,
                                  const std::vector<Block> &Blocks) {
  std::set<Register> Found;
  std::set<unsigned> Variables;
  for (size_t Before = NoIndex; Before != Found.size() + Variables.size();) {
    Before = Found.size() + Variables.size();
    for (const unsigned B : Body)
      for (const Op &O : Blocks[B].Ops) {
        const bool Anew = O.Kind == OpKind::Load ? Variables.count(O.Var) != 0
                                                 : O.Kind != OpKind::Assign &&
                                                       O.Kind != OpKind::Modify;
        if (Anew && O.Result != NoIndex)
          Found.insert(O.Result);
        if (O.Kind == OpKind::Assign && llvm::any_of(O.Inputs, [&](Register R) {
              return Found.count(R) != 0;
            }))
          Variables.insert(O.Var);
      }
  }
  return Found;
}

/// `freed_.reset();`: what is waited for is made ready.
bool Lowering::makesReady(const Op &Modify) const {
  const std::vector<PathStep> &Steps = Modify.Path.Steps;
  const auto Member = Steps.empty() ? C.Facts.Fields.end()
                                    : C.Facts.Fields.find(Steps.back().Name);
  return Member != C.Facts.Fields.end() && Member->second.Synchronizes;
}

/// Blocks that can run again: what reaches a back edge from its target.
void Lowering::markLoops() {
  const auto Predecessors = predecessorsOf(F.Blocks);
  std::vector<bool> Loop(F.Blocks.size());
  for (unsigned Head = 0; Head < F.Blocks.size(); ++Head) {
    std::vector<unsigned> Work;
    for (const unsigned P : Predecessors[Head])
      if (P >= Head)
        Work.push_back(P);
    if (Work.empty())
      continue;
    std::vector<bool> Seen(F.Blocks.size());
    std::vector<unsigned> Body{Head};
    Seen[Head] = Loop[Head] = true;
    while (!Work.empty()) {
      const unsigned B = Work.back();
      Work.pop_back();
      if (Seen[B])
        continue;
      Seen[B] = Loop[B] = true;
      Body.push_back(B);
      Work.insert(Work.end(), Predecessors[B].begin(), Predecessors[B].end());
    }
    bool Suspends = false, Modifies = false;
    for (const unsigned B : Body)
      for (const Op &O : F.Blocks[B].Ops) {
        Suspends |= O.Kind == OpKind::Suspend && !O.Never;
        Modifies |= O.Kind == OpKind::Modify && !makesReady(O);
      }
    if (!Suspends || Modifies)
      continue;
    const std::set<Register> Found = foundIn(Body, F.Blocks);
    for (const unsigned B : Body)
      if (llvm::any_of(F.Blocks[B].Condition,
                       [&](Register R) { return Found.count(R) != 0; }))
        for (const unsigned S : F.Blocks[B].Successors)
          F.Blocks[B].EndsWait |= !Seen[S];
  }
  for (unsigned B = 0; B < F.Blocks.size(); ++B)
    for (auto *List : {&F.Blocks[B].Ops, &F.Blocks[B].Gains})
      for (Op &O : *List)
        O.InLoop |= Loop[B];
}

/// Whether an element that is added is read by its key in the same slice, as
/// far as control goes straight on: what is used is what whoever was first has
/// put there.
static bool readsAgain(const std::vector<Block> &Blocks, unsigned B,
                       size_t After, const AccessPath &Element) {
  for (unsigned Steps = 0; Steps < 16; ++Steps) {
    for (; After < Blocks[B].Ops.size(); ++After) {
      const Op &O = Blocks[B].Ops[After];
      if (O.Kind == OpKind::Suspend)
        return false;
      if (O.Kind == OpKind::Read && !O.Shape && O.Path == Element)
        return true;
    }
    unsigned Next = NoIndex, Ways = 0;
    for (const unsigned S : Blocks[B].Successors)
      if (!llvm::is_contained(Blocks[B].OnThrow, S))
        Next = S, ++Ways;
    if (Ways != 1)
      return false;
    B = Next;
    After = 0;
  }
  return false;
}

/// `names_.emplace(key, mine); use(names_.at(key));`
static void markTaken(std::vector<Block> &Blocks) {
  for (unsigned B = 0; B < Blocks.size(); ++B)
    for (size_t I = 0; I < Blocks[B].Ops.size(); ++I)
      if (Op &O = Blocks[B].Ops[I];
          O.Kind == OpKind::Modify && O.How == Change::Insert &&
          !O.Path.Steps.empty() &&
          O.Path.Steps.back().What == PathStep::Kind::Element &&
          readsAgain(Blocks, B, I + 1, O.Path))
        O.How = Change::InsertIfAbsent;
}

/// Whether a loop goes on whatever holds: `for (;;) { ...; if (busy_) continue;
/// ...; return; }` comes to its return only where it does not go on.
static bool isEndless(const Stmt *Loop, const LoweringContext &C) {
  const Expr *Condition = nullptr;
  if (const auto *For = dyn_cast_or_null<ForStmt>(Loop))
    Condition = For->getCond();
  else if (const auto *While = dyn_cast_or_null<WhileStmt>(Loop))
    Condition = While->getCond();
  else
    return false;
  bool Holds = true;
  return !Condition ||
         (!Condition->isValueDependent() &&
          Condition->EvaluateAsBooleanCondition(Holds, C.Ctx) && Holds);
}

/// Whether a condition is a flag and nothing else; `Not`: turned round.
static bool isFlag(const Expr *E, bool &Not) {
  E = strip(E);
  if (const auto *U = dyn_cast<UnaryOperator>(E);
      U && U->getOpcode() == UO_LNot) {
    Not = !Not;
    return isFlag(U->getSubExpr(), Not);
  }
  return E->getType()->isBooleanType() && isa<MemberExpr, DeclRefExpr>(E);
}

/// What is known where control goes from a branch with two ways.
void Lowering::noteOutcomes(const Branching &Ways, Block &At,
                            const BlockIndex &Index) {
  const auto Place = [&](const CFGBlock *B) {
    const auto Known = Index.find(B);
    return Known == Index.end() ? NoIndex : Known->second;
  };
  const unsigned Yes = Place(Ways.Yes), No = Place(Ways.No);
  gainLock(Ways.Condition, At, Yes, No);
  bool Not = false;
  if (isFlag(Ways.Condition, Not))
    At.SetOn = Not ? No : Yes;
  if (Yes != NoIndex && No != NoIndex) {
    noteBounds(Ways.Condition, At, Yes, No);
    noteAlone(Ways.Condition, At, Yes, No);
  }
}

void Lowering::lowerBlocks(const CFG &Graph) {
  PostOrderCFGView Order(&Graph);
  BlockIndex Index;
  std::vector<const CFGBlock *> Blocks;
  for (const CFGBlock *B : Order) {
    Index[B] = Blocks.size();
    Blocks.push_back(B);
  }
  F.Blocks.resize(Blocks.size());
  F.Exit = NoIndex;
  std::vector<std::vector<unsigned>> Normal(Blocks.size());
  std::vector<unsigned> Retries;
  llvm::DenseSet<unsigned> Dispatched;
  for (unsigned I = 0; I < Blocks.size(); ++I) {
    const CFGBlock &B = *Blocks[I];
    if (&B == &Graph.getExit())
      F.Exit = I;
    Current = &F.Blocks[I];
    Stepping = isa_and_nonnull<ForStmt>(B.getLoopTarget());
    if (I == 0)
      bindCaptures();
    if (tryEdge(&B))
      for (const VarDecl *VD : GuardVars)
        if (C.N.span(B.getTerminatorStmt()->getSourceRange())
                .contains(C.N.span(VD->getLocation()))) {
          Op &R = emit(OpKind::Release, B.getTerminatorStmt());
          R.Var = variable(VD);
        }
    for (const CFGElement &E : B) {
      if (const auto S = E.getAs<CFGStmt>()) {
        lower(S->getStmt());
      } else if (const auto Init = E.getAs<CFGInitializer>()) {
        const CXXCtorInitializer *I = Init->getInitializer();
        if (const FieldDecl *Field = I->getAnyMember())
          noteGiven(C.Types.field(Field), I->getInit());
      } else if (const auto D = E.getAs<CFGAutomaticObjDtor>()) {
        const VarDecl *VD = D->getVarDecl()->getCanonicalDecl();
        if (GuardVars.contains(VD)) {
          Op &R = emit(OpKind::Release, D->getTriggerStmt());
          R.Var = variable(VD);
        }
        leaveScope(VD, D->getTriggerStmt());
      }
    }
    const Branching Ways(B);
    if (Ways.Condition)
      lowerBranch(B.getTerminatorStmt(), Ways.Condition, F.Blocks[I]);
    bool First = true;
    for (const CFGBlock *To : Ways.To) {
      if (!To || !Index.count(To) || passesHandlers(B, *To, C.N)) {
        First = false;
        continue;
      }
      const unsigned T = Index[To];
      if (!llvm::is_contained(F.Blocks[I].Successors, T))
        F.Blocks[I].Successors.push_back(T);
      const bool Exceptional = !B.getTerminatorStmt() && !First;
      First = false;
      if (Exceptional)
        F.Blocks[I].OnThrow.push_back(T);
      // Control dependence sees one way into a handler, not one per call.
      if (!Exceptional || (tryEdge(To) && Dispatched.insert(T).second))
        Normal[I].push_back(T);
    }
    if (Ways.Yes || Ways.No)
      noteOutcomes(Ways, F.Blocks[I], Index);
    if (isEndless(B.getLoopTarget(), C))
      Retries.push_back(I);
  }
  if (F.Exit == NoIndex) {
    F.Exit = F.Blocks.size();
    F.Blocks.emplace_back();
    Normal.emplace_back();
  }
  for (const unsigned Latch : Retries)
    Normal[Latch].push_back(F.Exit);
  markLoops();
  markTaken(F.Blocks);
  const auto Controls = controlDependence(Normal, F.Exit);
  for (unsigned I = 0; I < F.Blocks.size(); ++I)
    F.Blocks[I].ControlledBy = Controls[I];
}

FunctionFacts Lowering::run() {
  declareFlags();
  declareInputs();
  declareRequirements();
  if (F.Main)
    F.Drives = drivesOf(FD, C);
  Stmt *Body = FD->getBody();
  if (const auto *Coroutine = dyn_cast<CoroutineBodyStmt>(Body))
    Body = Coroutine->getBody();
  scanBody(Body);
  CFG::BuildOptions Options;
  Options.AddImplicitDtors = true;
  Options.AddEHEdges = true;
  Options.AddInitializers = true;
  Options.PruneTriviallyFalseEdges = true;
  Options.setAllAlwaysAdd();
  const std::unique_ptr<CFG> Graph = CFG::buildCFG(FD, Body, &C.Ctx, Options);
  if (!Graph) {
    F.GaveUp = "its control flow is not understood";
    return std::move(F);
  }
  if (Graph->getNumBlockIDs() > 200000) {
    F.GaveUp = "it is too large";
    return std::move(F);
  }
  lowerBlocks(*Graph);
  shareLocks();
  expandChoices();
  return std::move(F);
}

} // namespace interlock
