#include "matchers/Analysis.h"
#include "matchers/facts/Facts.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdint>
#include <type_traits>

// Facts as bytes. One `visit` for each type names its members, and serves both
// directions; an archive says what to do with a member. Numbers are written
// in groups of seven bits, so that the bytes are the same on every machine.
// Texts stand once, in a table ahead of everything else: most of them are the
// file of a span. Those that begin with the project's folder are written
// without it, so that facts can be read in another checkout.
namespace interlock {
namespace {

constexpr llvm::StringLiteral Magic = "interlock-facts-22\n";
constexpr char InRoot = '\1';

/// The folder with a separator at its end; empty where nothing is relative.
std::string prefixOf(llvm::StringRef Root) {
  Root = Root.rtrim('/');
  return Root.empty() ? std::string() : Root.str() + "/";
}

void writeNumber(llvm::raw_ostream &Out, std::uint64_t Value) {
  while (Value >= 0x80) {
    Out << char(Value | 0x80);
    Value >>= 7;
  }
  Out << char(Value);
}

class Writer {
public:
  static constexpr bool Reading = false;
  bool failed() const { return false; }
  void number(std::uint64_t &Value) { writeNumber(Body, Value); }
  void text(const std::string &Value) {
    const auto [Entry, New] = Index.try_emplace(Value, Table.size());
    if (New)
      Table.push_back(Entry->getKey());
    writeNumber(Body, Entry->second);
  }
  std::string finish(llvm::StringRef Root) {
    const std::string Prefix = prefixOf(Root);
    std::string Result;
    llvm::raw_string_ostream Out(Result);
    Out << Magic;
    writeNumber(Out, Table.size());
    for (llvm::StringRef Text : Table) {
      const bool Inside = !Prefix.empty() && Text.consume_front(Prefix);
      writeNumber(Out, Text.size() + Inside);
      if (Inside)
        Out << InRoot;
      Out << Text;
    }
    Out << Bytes;
    return Result;
  }

private:
  std::string Bytes;
  llvm::raw_string_ostream Body{Bytes};
  llvm::StringMap<std::uint64_t> Index;
  std::vector<llvm::StringRef> Table; ///< keys of `Index`
};

class Reader {
public:
  Reader(llvm::StringRef Bytes, llvm::StringRef Root) : In(Bytes) {
    Failed = !In.consume_front(Magic);
    std::uint64_t Count = 0;
    number(Count);
    if (Failed || !plausible(Count))
      return;
    const std::string Prefix = prefixOf(Root);
    Table.resize(Count);
    for (std::string &Text : Table) {
      std::uint64_t Size = 0;
      number(Size);
      if (Failed || !plausible(Size))
        return;
      llvm::StringRef Raw = In.take_front(Size);
      In = In.drop_front(Size);
      Text = !Raw.empty() && Raw.front() == InRoot
                 ? Prefix + Raw.drop_front().str()
                 : Raw.str();
    }
  }
  static constexpr bool Reading = true;
  bool failed() const { return Failed; }
  bool atEnd() const { return In.empty(); }
  /// Whether so many items, of at least one byte each, can still follow.
  bool plausible(std::uint64_t Count) {
    Failed |= Count > In.size();
    return !Failed;
  }
  void number(std::uint64_t &Value) {
    Value = 0;
    for (unsigned Shift = 0; Shift < 64; Shift += 7) {
      if (In.empty())
        break;
      const unsigned char Byte = In.front();
      In = In.drop_front();
      Value |= std::uint64_t(Byte & 0x7f) << Shift;
      if (!(Byte & 0x80))
        return;
    }
    Failed = true;
  }
  void text(std::string &Value) {
    std::uint64_t Index = 0;
    number(Index);
    Failed |= Index >= Table.size();
    if (!Failed)
      Value = Table[Index];
  }

private:
  llvm::StringRef In;
  std::vector<std::string> Table;
  bool Failed = false;
};

template <class A> void visit(A &Ar, std::string &Value) { Ar.text(Value); }

template <class A> void visit(A &Ar, FileName &Value) {
  if constexpr (A::Reading) {
    std::string Text;
    Ar.text(Text);
    Value = Text;
  } else {
    Ar.text(Value.str());
  }
}

template <class A, class T>
  requires std::is_integral_v<T> || std::is_enum_v<T>
void visit(A &Ar, T &Value) {
  std::uint64_t Wide = static_cast<std::uint64_t>(Value);
  Ar.number(Wide);
  if constexpr (A::Reading)
    Value = static_cast<T>(Wide);
}

// Every overload is declared before the first container needs one.
template <class A> void visit(A &Ar, SourceSpan &);
template <class A> void visit(A &Ar, PathStep &);
template <class A> void visit(A &Ar, AccessPath &);
template <class A> void visit(A &Ar, LockName &);
template <class A> void visit(A &Ar, Argument &);
template <class A> void visit(A &Ar, CallSite &);
template <class A> void visit(A &Ar, Op &);
template <class A> void visit(A &Ar, Block &);
template <class A> void visit(A &Ar, Variable &);
template <class A> void visit(A &Ar, FieldInfo &);
template <class A> void visit(A &Ar, FunctionFacts &);
template <class A> void visit(A &Ar, InvariantDecl &);

template <class A, class T> void visit(A &Ar, std::vector<T> &Items) {
  std::uint64_t Count = Items.size();
  Ar.number(Count);
  if constexpr (A::Reading) {
    if (!Ar.plausible(Count))
      return;
    Items.resize(Count);
  }
  for (T &Item : Items) {
    if (Ar.failed())
      return;
    visit(Ar, Item);
  }
}

template <class A, class T> void visit(A &Ar, std::optional<T> &Item) {
  bool Present = Item.has_value();
  visit(Ar, Present);
  if constexpr (A::Reading)
    if (Present)
      Item.emplace();
  if (Present && !Ar.failed())
    visit(Ar, *Item);
}

template <class A, class T> void visit(A &Ar, std::map<std::string, T> &Items) {
  std::uint64_t Count = Items.size();
  Ar.number(Count);
  if constexpr (A::Reading) {
    if (!Ar.plausible(Count))
      return;
    for (std::uint64_t I = 0; I < Count && !Ar.failed(); ++I) {
      std::string Key;
      visit(Ar, Key);
      visit(Ar, Items[Key]);
    }
  } else {
    for (auto &[Key, Item] : Items) {
      std::string Copy = Key;
      visit(Ar, Copy);
      visit(Ar, Item);
    }
  }
}

template <class A, class... Members> void all(A &Ar, Members &...Each) {
  (visit(Ar, Each), ...);
}

template <class A> void visit(A &Ar, SourceSpan &S) {
  all(Ar, S.File, S.Begin, S.End, S.Line, S.Column, S.InMacro);
}
template <class A> void visit(A &Ar, PathStep &S) { all(Ar, S.What, S.Name); }
template <class A> void visit(A &Ar, AccessPath &P) {
  all(Ar, P.Base, P.Var, P.Name, P.Steps);
}
template <class A> void visit(A &Ar, LockName &L) {
  all(Ar, L.Path, L.Category, L.Key, L.Strand, L.Claim);
}
template <class A> void visit(A &Ar, Argument &G) {
  all(Ar, G.Values, G.Closures, G.Path, G.Key, G.Var, G.Pinned, G.Own, G.Round,
      G.Flag);
}
template <class A> void visit(A &Ar, CallSite &C) {
  all(Ar, C.Callees, C.Name, C.At, C.Receiver, C.Arguments, C.FreshReceiver,
      C.OnceReceiver, C.AgainReceiver, C.OfOneRound, C.CapturedReceiver,
      C.HeldReceiver, C.MutatesReceiver, C.On);
}
template <class A> void visit(A &Ar, Op &O) {
  all(Ar, O.Kind, O.At, O.Path, O.Result, O.Inputs, O.Keys, O.Expected, O.Var,
      O.Other, O.How, O.Handle, O.Elements, O.Mode, O.Lock, O.Weak, O.Implicit,
      O.Blocking, O.Conditional, O.Unsequenced, O.Shape, O.Extent, O.Spends,
      O.Moves, O.Amount, O.Sum, O.Concurrent, O.Parallel, O.PeerWait, O.Allowed,
      O.Never, O.Unfailing, O.Stackful, O.InLoop, O.Chained, O.Covered, O.Made,
      O.Text, O.Owner, O.KeyText, O.Written, O.KeyAt, O.Calls);
}
template <class A> void visit(A &Ar, Bound &B) {
  all(Ar, B.Of, B.High, B.Low, B.Sign);
}
template <class A> void visit(A &Ar, Block &B) {
  all(Ar, B.Ops, B.Successors, B.OnThrow, B.ControlledBy, B.Condition, B.Branch,
      B.Group, B.LoopCondition, B.EndsWait, B.Disposes, B.Equality, B.SetOn,
      B.Bounds, B.AloneOn, B.Counted, B.Gains, B.GainsOn);
}
template <class A> void visit(A &Ar, Variable &V) {
  all(Ar, V.Name, V.What, V.Reference, V.Indirect, V.Fresh, V.Unique, V.Holder);
}
template <class A> void visit(A &Ar, FieldInfo &I) {
  all(Ar, I.Name, I.Record, I.Bases, I.Type, I.Category, I.GuardedBy,
      I.Elements, I.Const, I.Atomic, I.Boolean, I.Synchronizes, I.Opaque,
      I.Confined, I.Global, I.ThreadLocal, I.Holder, I.Numbers, I.Given,
      I.Content, I.At);
}
template <class A> void visit(A &Ar, Drive &D) { all(Ar, D.At, D.ToEnd); }
template <class A> void visit(A &Ar, FunctionFacts &F) {
  all(Ar, F.Id, F.Name, F.Parent, F.Record, F.Overrides, F.At, F.Definition,
      F.Coroutine, F.Constructor, F.Destructor, F.Lambda, F.HasHandler,
      F.OwnsThis, F.KeepsThis, F.Main, F.Callable, F.Report, F.StopsLoop,
      F.InputCount, F.Variables, F.Blocks, F.Exit, F.Registers, F.Requires,
      F.Drives, F.Makes, F.GaveUp);
}
template <class A> void visit(A &Ar, InvariantDecl &I) { all(Ar, I.Fields); }

template <class A> void visit(A &Ar, TUFacts &Facts) {
  all(Ar, Facts.File, Facts.Fields, Facts.Functions, Facts.Invariants);
}

/// More values than any function within the budget has: their table is
/// allocated before the first one is looked at.
constexpr unsigned MostRegisters = 1u << 22;

bool needsVariable(OpKind Kind) {
  return Kind == OpKind::Load || Kind == OpKind::Assign ||
         Kind == OpKind::Bind || Kind == OpKind::UseHandle;
}

/// `slots_[i]` is the element `$7`, where 7 is the variable; `slots_[at.row]`
/// may be `$7.row`.
bool consistent(const AccessPath &Path) {
  return llvm::all_of(Path.Steps, [](const PathStep &Step) {
    llvm::StringRef Name = Step.Name;
    unsigned Variable;
    return Step.What != PathStep::Kind::Element || Name.size() < 2 ||
           !Name.consume_front("$") || !Name.consumeInteger(10, Variable);
  });
}

bool consistent(const CallSite &C, unsigned Variables,
                llvm::function_ref<bool(const std::vector<Register> &)> Known) {
  return llvm::all_of(C.Arguments, [&](const Argument &A) {
    return Known(A.Values) && (A.Var == NoIndex || A.Var < Variables) &&
           llvm::all_of(A.Closures, [&](const CallSite &Closure) {
             return consistent(Closure, Variables, Known);
           });
  });
}

/// Numbers that index something must be in range before anybody uses them.
bool consistent(const FunctionFacts &F) {
  const unsigned Blocks = F.Blocks.size(), Vars = F.Variables.size();
  if (F.InputCount > Vars || (Blocks != 0 && F.Exit >= Blocks) ||
      F.Registers > MostRegisters)
    return false;
  const auto Registers = [&](const std::vector<Register> &Rs) {
    for (const Register R : Rs)
      if (R >= F.Registers)
        return false;
    return true;
  };
  const auto Index = [](unsigned I, unsigned Size) {
    return I == NoIndex || I < Size;
  };
  for (const CallSite &C : F.Makes)
    if (!consistent(C, Vars, Registers))
      return false;
  for (const Block &B : F.Blocks) {
    for (const unsigned S : B.Successors)
      if (S >= Blocks)
        return false;
    for (const unsigned S : B.OnThrow)
      if (S >= Blocks)
        return false;
    for (const unsigned C : B.ControlledBy)
      if (C >= Blocks)
        return false;
    if (!Registers(B.Condition) || !Index(B.GainsOn, Blocks) ||
        !Index(B.SetOn, Blocks) || !Index(B.AloneOn, Blocks))
      return false;
    for (const Bound &Each : B.Bounds)
      if (Each.Of >= F.Registers || Each.High >= Blocks || Each.Low >= Blocks)
        return false;
    for (const Op &O : B.Gains)
      if (O.Kind != OpKind::Acquire || !Index(O.Var, Vars))
        return false;
    for (const Op &O : B.Ops) {
      if (!Registers(O.Inputs) || !Registers(O.Keys) ||
          !Index(O.Result, F.Registers) || !Index(O.Var, Vars) ||
          !Index(O.Other, Vars))
        return false;
      if ((O.Kind == OpKind::Call && O.Calls.empty()) ||
          (O.Var == NoIndex && needsVariable(O.Kind)) || !consistent(O.Path))
        return false;
      for (const CallSite &C : O.Calls)
        if (!consistent(C, Vars, Registers))
          return false;
    }
  }
  return true;
}

} // namespace

std::string serialize(const TUFacts &Facts, llvm::StringRef Root) {
  Writer Ar;
  visit(Ar, const_cast<TUFacts &>(Facts)); // writing changes nothing
  return Ar.finish(Root);
}

llvm::Expected<std::unique_ptr<TUFacts>> deserialize(llvm::StringRef Bytes,
                                                     llvm::StringRef Root) {
  Reader Ar(Bytes, Root);
  auto Facts = std::make_unique<TUFacts>();
  if (!Ar.failed())
    visit(Ar, *Facts);
  const bool Good = !Ar.failed() && Ar.atEnd() &&
                    llvm::all_of(Facts->Functions, [](const FunctionFacts &F) {
                      return consistent(F);
                    });
  if (!Good)
    return llvm::createStringError("the facts are damaged or of another "
                                   "version");
  return Facts;
}

} // namespace interlock
