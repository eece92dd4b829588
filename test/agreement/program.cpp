#include "program.hpp"

#include <numeric>

namespace agreement {
namespace {

class generator {
public:
  explicit generator(std::uint64_t seed) : random_(seed) {}

  program make() {
    program p;
    p.first = make_block(2 + below(4), 0, false, true);
    p.second = make_block(1 + below(4), 0, false, true);
    p.helper = make_block(1 + below(2), 2, true, false);
    return p;
  }

private:
  int below(int n) {
    return static_cast<int>(random_() % static_cast<unsigned>(n));
  }

  /// `guarded`: no second guard, which would wait for the first one.
  block make_block(int length, int depth, bool guarded, bool may_help) {
    block out;
    for (; length != 0; --length) {
      statement s;
      s.variable = below(2);
      s.local = below(2);
      s.use_local = below(2) != 0;
      s.constant = 1 + below(7);
      s.suspends = below(3) != 0;
      s.kind = pick(depth, guarded, may_help);
      const bool inside = guarded;
      if (s.kind == kind::if_state || s.kind == kind::if_local) {
        s.then = make_block(1 + below(3), depth + 1, inside, may_help);
        if (below(3) == 0)
          s.otherwise = make_block(1 + below(2), depth + 1, inside, may_help);
      } else if (s.kind == kind::loop) {
        s.then = make_block(1 + below(2), depth + 1, inside, may_help);
      }
      guarded |= s.kind == kind::guard;
      out.push_back(std::move(s));
    }
    return out;
  }

  kind pick(int depth, bool guarded, bool may_help) {
    for (;;) {
      switch (below(16)) {
      case 0:
      case 1:
      case 2:
      case 3:
        return kind::suspend;
      case 4:
      case 5:
        return kind::read;
      case 6:
      case 7:
        return kind::set;
      case 8:
      case 9:
        return kind::add;
      case 10:
      case 11:
        if (depth < 2)
          return below(3) != 0 ? kind::if_state : kind::if_local;
        break;
      case 12:
        if (depth > 0)
          return kind::leave;
        break;
      case 13:
        if (!guarded)
          return kind::guard;
        break;
      case 14:
        if (may_help)
          return kind::help;
        break;
      default:
        if (depth < 2 && below(2) != 0)
          return kind::loop;
        return kind::alias;
      }
    }
  }

  std::mt19937_64 random_;
};

std::string variable(const statement &s) {
  return s.variable == 0 ? "x_" : "y_";
}
std::string local(const statement &s) { return s.local == 0 ? "a" : "b"; }
std::string operand(const statement &s) {
  return (s.use_local ? local(s) : std::string("n")) + " + " +
         std::to_string(s.constant);
}

void write(const block &b, int indent, std::string &out) {
  const std::string space(static_cast<std::size_t>(indent), ' ');
  const auto line = [&](const std::string &text) {
    out += space + text + '\n';
  };
  const auto nested = [&](const std::string &head, const block &body) {
    line(head + " {");
    write(body, indent + 2, out);
    line("}");
  };
  for (const statement &s : b) {
    switch (s.kind) {
    case kind::suspend:
      line("co_await tick();");
      break;
    case kind::read:
      line(local(s) + " = " + variable(s) + ";");
      break;
    case kind::set:
      line(variable(s) + " = " + operand(s) + ";");
      break;
    case kind::add:
      line(variable(s) + " += " + operand(s) + ";");
      break;
    case kind::if_state:
    case kind::if_local:
      nested("if (" + (s.kind == kind::if_state ? variable(s) : local(s)) +
                 " >= " + std::to_string(s.constant) + ")",
             s.then);
      if (!s.otherwise.empty())
        nested("else", s.otherwise);
      break;
    case kind::leave:
      line("co_return;");
      break;
    case kind::guard:
      line("auto g = co_await m_.acquire();");
      break;
    case kind::alias:
      line("{");
      line("  int &r = " + variable(s) + ";");
      if (s.suspends)
        line("  co_await tick();");
      line("  r = r + " + operand(s) + ";");
      line("}");
      break;
    case kind::help:
      line("co_await helper();");
      break;
    case kind::loop:
      nested("for (int i = 0; i != 2; ++i)", s.then);
      break;
    }
  }
}

int size(const block &b) {
  return std::accumulate(b.begin(), b.end(), 0, [](int sum, const auto &s) {
    return sum + 1 + size(s.then) + size(s.otherwise);
  });
}

} // namespace

program random_program(std::uint64_t seed) { return generator(seed).make(); }

int size(const program &p) {
  return size(p.first) + size(p.second) + size(p.helper);
}

std::string preamble() {
  return "#include \"task.hpp\"\n"
         "#include <interlock/lock_op.hpp>\n"
         "#include <interlock/mutex.hpp>\n"
         "struct Tick {\n"
         "  bool await_ready() const noexcept { return false; }\n"
         "  void await_suspend(std::coroutine_handle<> h) noexcept;\n"
         "  void await_resume() const noexcept {}\n"
         "};\n"
         "Tick tick();\n";
}

std::string to_cpp(const program &p, std::uint64_t number) {
  std::string out = "class Program" + std::to_string(number) + " {\npublic:\n";
  const auto function = [&](const char *head, const block &body) {
    out += std::string("  task<> ") + head + " {\n    int a = 0, b = 0;\n";
    if (std::string(head) == "helper()")
      out += "    int n = 0;\n";
    write(body, 4, out);
    out += "    (void)a, (void)b, (void)n;\n    co_return;\n  }\n";
  };
  function("first(int n)", p.first);
  function("second(int n)", p.second);
  out += "private:\n";
  function("helper()", p.helper);
  return out + "  int x_ = 0;\n  int y_ = 0;\n  interlock::mutex m_;\n};\n";
}

} // namespace agreement
