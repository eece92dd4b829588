"""Random C++ programs with coroutines, for the analyser and the rewriter.

A program is a desk: state of every kind, and functions that read, await and
write in every form that the language has. It means nothing, but it compiles.
The same seed gives the same program.
"""

import random
import re

PROLOGUE = """\
#include "awaitables.hpp"
#include "money.hpp"
#include "task.hpp"
#include "venue.hpp"
#include <interlock/safe_state.hpp>
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>
using namespace mock;

#define TAKE(what, ...) what -= (__VA_ARGS__)
#define AWAIT(...) co_await (__VA_ARGS__)
#define WHEN(c, ...) do { if (c) { __VA_ARGS__; } } while (0)
#define UNLESS(...) if (!(__VA_ARGS__))
#define BALANCE balance_

task<long> step(long n);
task<std::vector<long>> numbers(long n);
task<std::pair<long, long>> both(long n);
bool odd(long n);
struct failure { long code; };
struct order {
  long quantity = 0;
  money price;
  long left() const { return quantity; }
  void fill(long n) { quantity -= n; }
};
template <class T> concept amount = requires(T t) { t + 1L; };
template <class T> task<T> doubled(T t) { co_return t + co_await step(t); }
template <class F> task<long> apply(F f, long n) { co_return co_await f(n); }
"""

MEMBERS = """\
  long balance_ = 0, reserved_ = 0;
  bool busy_ = false, halted_ = false;
  unsigned state_ : 3 = 0;
  std::map<long, order> orders_;
  std::unordered_map<long, long> positions_;
  std::vector<long> trades_;
  std::shared_ptr<order> last_;
  std::optional<long> limit_;
  std::variant<long, order> choice_;
  std::atomic<long> sequence_{0};
  std::pair<long, long> range_;
  long table_[8] = {};
  static inline long total_ = 0;
  std::mutex sync_;
  interlock::SafeTradingState safe_;
  venue venue_;
  struct book {
    std::map<long, order> levels_;
    long depth_ = 0;
    task<long> grow(long n) { depth_ += co_await step(n); co_return depth_; }
  } book_;
  desk *peer_ = nullptr;
"""

SCALARS = ["balance_", "reserved_", "book_.depth_", "range_.first", "total_",
           "this->balance_", "(*this).reserved_", "peer_->balance_", "BALANCE",
           "table_[1]", "desk::total_"]
OPERATORS = ["+=", "-=", "=", "|=", "="]


class Context:
    """What may stand at a place: awaits, jumps, and the names in scope."""

    def __init__(self, awaits, names, loops=0, depth=0, values=()):
        self.awaits, self.names = awaits, list(names)
        self.loops, self.depth = loops, depth
        self.values = list(values)  # names that nothing is assigned to

    def inner(self, loops=None, awaits=None, names=(), values=()):
        return Context(self.awaits if awaits is None else awaits,
                       [*self.names, *names],
                       self.loops if loops is None else loops, self.depth + 1,
                       [*self.values, *values])

    def plain(self):
        return self.inner(awaits=False)


class Program:
    def __init__(self, seed):
        self.seed = seed
        self.random = random.Random(seed)
        self.methods = 0
        self.fresh = 0
        # A writer that cannot wait for a lock has most repairs refused; in calm
        # programs there is none, and less of everything else.
        self.calm = self.random.random() < 0.6

    def pick(self, *choices):
        """One of the choices, made only now: a string, or a call for one."""
        chosen = self.random.choice(choices)
        return chosen if isinstance(chosen, str) else chosen()

    def chance(self, probability):
        return self.random.random() < probability

    def name(self, stem):
        self.fresh += 1
        return f"{stem}{self.fresh}"

    # Expressions.

    def place(self, c):
        return self.pick(
            *SCALARS, lambda: f"table_[({self.number(c)}) & 7]",
            lambda: f"positions_[({self.number(c)})]",
            lambda: f"orders_[({self.number(c)})].quantity",
            lambda: self.random.choice(c.names or ["balance_"]))

    def number(self, c, deep=0):
        plain = [lambda: str(self.random.randrange(9)),
                 lambda: self.random.choice([*c.names, *c.values, "reserved_"]),
                 *SCALARS, "sequence_.load()", "(long)trades_.size()",
                 "limit_.value_or(3)", "(last_ ? last_->left() : 0)",
                 "std::get<0>(choice_)", "long(state_)"]
        if deep > 2 or self.calm and self.chance(0.7):
            return self.pick(*plain)
        n = lambda: self.number(c, deep + 1)
        forms = plain + [
            lambda: f"({n()} {self.pick('+', '-', '*', '&')} {n()})",
            lambda: f"({self.condition(c, deep + 1)} ? {n()} : {n()})",
            lambda: f"std::max<long>({n()}, {n()})", lambda: f"({n()}, {n()})",
            lambda: "[&](auto v) { return v + " +
            self.number(c.plain(), deep + 1) + f"; }}({n()})"]
        if c.awaits:
            forms += [lambda: self.awaited(c, deep + 1)] * 8
        return self.pick(*forms)

    def awaited(self, c, deep=0):
        n = lambda: self.number(c, deep + 1)
        call = self.pick(
            lambda: f"step({n()})", "venue_.count()", lambda: f"doubled({n()})",
            lambda: f"book_.grow({n()})", lambda: f"mock::ready<long>{{{n()}}}",
            lambda: f"mock::maybe<long>{{odd({n()}), {n()}}}",
            lambda: f"this->method{self.random.randrange(self.methods + 1)}({n()})",
            lambda: f"({self.condition(c, deep + 1)} ? step({n()}) : step({n()}))",
            lambda: f"apply([this](long v) -> task<long> {{ {self.place(Context(False, ['v']))} += v; "
                    f"co_return v + co_await step(v); }}, {n()})")
        return self.pick(f"(long)co_await {call}", f"long(AWAIT({call}))",
                         f"(co_await {call} + 1L)")

    def condition(self, c, deep=0):
        n = lambda: self.number(c, deep + 1)
        return self.pick(
            lambda: f"{n()} {self.pick('<', '>=', '==', '!=')} {n()}",
            lambda: f"{n()} > 0 && {n()} < 5", lambda: f"odd({n()}) || {n()}",
            "busy_", "!halted_", lambda: f"orders_.contains({n()})",
            lambda: f"positions_.count({n()}) == 0", "limit_.has_value()",
            lambda: f"trades_.empty() == odd({n()})", "last_ != nullptr")

    # Statements: lists of lines.

    def block(self, c, size=3):
        inner = c.inner()
        return ["{", *self.statements(inner, self.random.randint(1, size)), "}"]

    def statements(self, c, count):
        lines = []
        for _ in range(count):
            lines += self.statement(c)
        return lines

    def statement(self, c):
        simple = [self.write, self.write, self.write, self.declare, self.touch,
                  self.bind, self.macro, self.leave, self.text]
        if c.awaits:
            simple += [self.wait, self.wait, self.guard]
        nested = [self.branch, self.branch, self.loop, self.over, self.choose,
                  self.attempt, self.jump, self.closure, self.local_class,
                  self.conditional_text, lambda c: self.block(c)]
        chosen = self.random.choice(
            simple if c.depth > (1 if self.calm else 3) or self.chance(0.6)
            else nested)
        return chosen(c)

    def write(self, c):
        return [self.pick(
            lambda: f"{self.place(c)} {self.random.choice(OPERATORS)} {self.number(c)};",
            lambda: f"++{self.place(c)};", lambda: f"{self.place(c)}--;",
            lambda: f"busy_ = {self.condition(c)};", "halted_ ^= true;",
            lambda: f"state_ = (unsigned){self.number(c)} & 7;",
            lambda: f"(void)std::exchange({self.place(c)}, {self.number(c)});",
            lambda: f"{self.place(c)} = {self.place(c)} = {self.number(c)};")]

    def touch(self, c):
        return [self.pick(
            lambda: f"trades_.push_back({self.number(c)});",
            lambda: f"orders_.erase({self.number(c)});",
            lambda: f"orders_.insert_or_assign({self.number(c)}, order{{{self.number(c)}, {{}}}});",
            lambda: f"orders_[({self.number(c)})].fill({self.number(c)});",
            lambda: f"if (auto it = orders_.find({self.number(c)}); it != orders_.end()) it->second.fill({self.number(c)});",
            lambda: f"limit_ = {self.number(c)};", "limit_.reset();",
            lambda: f"last_ = std::make_shared<order>();",
            lambda: f"sequence_.fetch_add({self.number(c)});",
            lambda: f"choice_ = {self.number(c)};", "std::swap(balance_, reserved_);",
            lambda: f"sequence_.store({self.number(c)});",
            "std::lock_guard<std::mutex>{sync_};")]

    def declare(self, c):
        name = self.name("v")
        value = self.number(c)
        c.names.append(name)
        return [self.pick(f"long {name} = {value};", f"auto {name}{{long({value})}};",
                          f"[[maybe_unused]] long {name}({value});",
                          f"long *const p_{name} = &{self.place(Context(False, []))}; long {name} = *p_{name} + {value};")]

    def bind(self, c):
        a, b = self.name("a"), self.name("b")
        source = self.pick(f"auto [{a}, {b}] = range_;",
                           f"auto &[{a}, {b}] = range_;",
                           f"auto &&[{a}, {b}] = std::pair<long, long>(1L, 2L);")
        if c.awaits and self.chance(0.4):
            source = f"auto [{a}, {b}] = co_await both({self.number(c)});"
        c.names += [a, b]
        return [source]

    def macro(self, c):
        return [self.pick(
            lambda: f"TAKE(({self.place(c)}), {self.number(c)});",
            lambda: f"WHEN(({self.condition(c)}), {self.place(c)} += {self.number(c)});",
            lambda: f"UNLESS({self.condition(c)}) {self.place(c)} = {self.number(c)};")]

    def text(self, c):
        return [self.pick("// why: co_await nothing; }", "/* a /* b */", ";",
                          '(void)u8"{ \\" // }";', '(void)R"(co_await {)";',
                          "// goes on \\\n   // here", "{}")]

    def wait(self, c):
        return [self.pick(
            lambda: f"(void)({self.awaited(c)});", "co_await mock::yield_now{};",
            "co_await venue_.submit(balance_);",
            lambda: f"{self.place(c)} {self.random.choice(OPERATORS)} {self.awaited(c)};",
            lambda: f"{self.place(c)} = {self.place(c)} - {self.awaited(c)};",
            "co_await mock::sleep_for({1});", "co_await (*this).book_.grow(1);")]

    def guard(self, c):
        name = self.name("guard")
        return [f"auto {name} = co_await safe_.atomic_balance_update();",
                *([f"{name}.unlock();"] if self.chance(0.2) else [])]

    def leave(self, c):
        if c.loops and self.chance(0.5):
            return [f"if ({self.condition(c)}) {self.pick('break', 'continue')};"]
        word = "co_return" if self.coroutine else "return"
        return [self.pick(f"if ({self.condition(c)}) {word} {self.number(c)};",
                          f"if ({self.condition(c)}) throw failure{{{self.number(c)}}};")]

    def branch(self, c):
        head = self.pick("if ({})", "if (long w = balance_; w > ({}))",
                         "if constexpr (sizeof(long) == 8)", "if ({}) [[unlikely]]")
        lines = [head.format(self.condition(c)), *self.block(c)]
        if self.chance(0.4):
            lines += ["else", *self.block(c)]
        elif self.chance(0.3):
            lines += [f"else if ({self.condition(c)})", *self.block(c)]
        return lines

    def loop(self, c):
        c = c.inner(loops=c.loops + 1)
        i = self.name("i")
        body = self.block(c.inner(names=[i]))
        return self.pick(*[lambda h=h: "\0".join(h) for h in (
            [f"for (long {i} = 0; {i} < 3; ++{i})", *body],
            [f"long {i} = 3; while ({i}-- > 0)", *body],
            [f"long {i} = 0; do", *body, f"while (++{i} < {self.number(c)});"],
        )]).split("\0")

    def over(self, c):
        k, o = self.name("k"), self.name("o")
        inner = c.inner(loops=c.loops + 1, values=[k])
        heads = [f"for (auto &[{k}, {o}] : orders_)", f"for (long {k} : trades_)",
                 f"for (auto it = orders_.begin(); it != orders_.end(); ++it) if (long {k} = it->first; {k})"]
        if c.awaits:
            heads.append(f"for (long {k} : co_await numbers({self.number(c)}))")
        return [self.random.choice(heads), *self.block(inner)]

    def choose(self, c):
        lines = [f"switch ({self.number(c)}) {{"]
        for label in range(self.random.randint(1, 3)):
            lines += [f"case {label}:", *self.block(c.inner(loops=0)),
                      self.pick("break;", "[[fallthrough]];")]
        return [*lines, "default:", *self.block(c.inner(loops=0)), "}"]

    def attempt(self, c):
        lines = ["try", *self.block(c)]
        handler = c.plain()
        kind = self.pick("const failure &f", "...", "failure")
        return [*lines, f"catch ({kind})", *self.block(handler)]

    def jump(self, c):
        label = self.name("done")
        return ["{", *self.statements(c.inner(), 2),
                f"if ({self.condition(c)}) goto {label};",
                *self.statements(c.inner(), 2), "}", f"{label}:;"]

    def closure(self, c):
        name = self.name("f")
        was, self.coroutine = (self.coroutine,
                               self.calm or self.chance(0.6))
        inner = Context(self.coroutine, ["n"], 0, c.depth + 1)
        head = "task<long>" if self.coroutine else "long"
        capture = self.pick("[this]", "[=, this]", "[&]", "[this, x = 3L]")
        parameter = self.pick("long n", "auto n", "long n = 2")
        lines = [f"auto {name} = {capture}({parameter}) mutable -> {head} {{",
                 *self.statements(inner, 3), self.end(inner), "};"]
        awaits, self.coroutine = self.coroutine, was
        if not awaits:
            return [*lines, f"{self.place(c)} += {name}({self.number(c)});"]
        if c.awaits:
            return [*lines, f"{self.place(c)} -= co_await {name}({self.number(c)});"]
        return lines

    def local_class(self, c):
        name = self.name("local")
        return [f"struct {name} {{ long kept_ = 0; desk *owner;",
                "task<long> run(long n) { if (owner->balance_ < n) co_return 0; "
                "kept_ = co_await step(n); owner->balance_ -= n; co_return kept_; } };",
                f"{name} {name}_made{{1, this}};",
                *([f"{self.place(c)} += co_await {name}_made.run({self.number(c)});"]
                  if c.awaits else [])]

    def conditional_text(self, c):
        return [self.pick("#if 0", "#if 1", "#ifdef NOWHERE", "#ifndef NOWHERE"),
                *self.block(c), "#else", *self.block(c), "#endif"]

    def end(self, c):
        word = "co_return" if self.coroutine else "return"
        return f"{word} {self.number(c)};"

    # Functions and the whole.

    def method(self, index):
        self.coroutine = self.calm or self.chance(0.85)
        c = Context(self.coroutine, ["n"])
        result = "task<long>" if self.coroutine else "long"
        body = [*self.statements(c, self.random.randint(2, 4 if self.calm else 8)),
                self.end(c)]
        name = f"method{index}" if self.coroutine else f"plain{index}"
        head = self.pick(f"{result} {name}(long n)", f"auto {name}(long n) -> {result}",
                         f"[[nodiscard]] {result} {name}(long n)")
        lines = [head + " {", *body, "}"]
        if not self.coroutine:  # every number can be awaited
            lines.append(f"task<long> method{index}(long n) {{ co_return plain{index}(n); }}")
        self.methods = index
        return lines

    def template(self, index):
        self.coroutine = True
        c = Context(True, ["n"])
        return ["template <amount T, int N = 2>", f"task<T> generic{index}(T n) {{",
                f"if constexpr (N > 1) {{ if (balance_ < n) co_return T{{}}; }}",
                *self.statements(c, 3), "co_return n;", "}",
                f"task<long> use{index}() {{ co_return co_await generic{index}<long>(2); }}"]

    def whole(self):
        # Programs that are judged together are units of one program.
        lines = [f"namespace desk_{self.seed} {{", "struct desk {",
                 *self.method(0)]
        for index in range(1, self.random.randint(1, 3)):
            lines += self.method(index)
        if self.chance(0.4):
            lines += self.template(len(lines))
        return PROLOGUE + self.layout([*lines, MEMBERS + "};", "}"])

    def layout(self, lines):
        """The same tokens as people, and others, write them."""
        indent = self.pick("", "  ", "\t")
        depth, laid = 0, []
        for line in lines:
            opens = line.count("{") - line.count("}")
            if line.startswith("#") or "\n" in line:
                laid.append(line)
            else:
                laid.append(indent * max(0, depth + min(opens, 0)) + line)
            depth = max(0, depth + opens)
            if self.chance(0.05):
                laid.append("")
        text = "\n".join(laid)
        if self.chance(0.1):
            text = re.sub(r"^((?!#|.*//).*)\n\s*{$", r"\1 {", text, flags=re.M)
            text = text.replace(";\n}", "; }")
        return text + self.pick("\n", "\n", "")


def program(seed):
    """The text of a translation unit."""
    text = Program(seed).whole()
    return text.replace("\n", "\r\n") if seed % 16 == 7 else text


if __name__ == "__main__":
    import sys
    print(program(int(sys.argv[1])), end="")
