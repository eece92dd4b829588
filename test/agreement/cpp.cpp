// Writes programs as C++.
#include "program.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace agreement {
namespace {

using names = std::array<std::string, 2>;

class writer {
public:
  writer(std::string leave, std::set<std::string> &calls)
      : leave_(std::move(leave)), calls_(calls) {}

  std::string body(const block &b) {
    write(b, 4, {});
    return std::move(out_);
  }

private:
  static std::string variable(const statement &s) {
    return s.variable == 0 ? "x" : "y";
  }
  static std::string local(const statement &s) {
    return s.local == 0 ? "a" : "b";
  }
  static std::string operand(const statement &s) {
    return (s.use_local ? local(s) : std::string("n")) + " + " +
           std::to_string(s.constant);
  }
  static std::string place(const statement &s, const names &aliases) {
    const std::string &alias = aliases[static_cast<std::size_t>(s.variable)];
    return s.spelling == spelling::alias && !alias.empty() ? alias
                                                           : variable(s) + '_';
  }
  std::string value(const statement &s, const names &aliases) {
    return s.spelling == spelling::function ? call(variable(s)) + ")"
                                            : place(s, aliases);
  }
  /// The beginning of a call of a member function.
  std::string call(const std::string &function) {
    calls_.insert(function);
    return function + '(';
  }

  void line(int indent, const std::string &text) {
    out_ += std::string(static_cast<std::size_t>(indent), ' ') + text + '\n';
  }
  void nested(int indent, const std::string &head, const block &body,
              const names &aliases) {
    line(indent, head + " {");
    write(body, indent + 2, aliases);
    line(indent, "}");
  }
  void branches(int indent, const std::string &condition, const statement &s,
                const names &aliases) {
    nested(indent, "if (" + condition + ")", s.then, aliases);
    if (!s.otherwise.empty())
      nested(indent, "else", s.otherwise, aliases);
  }

  void write(const block &b, int indent, names aliases) {
    for (const statement &s : b)
      write(s, indent, aliases);
  }

  void write(const statement &s, int indent, names &aliases) {
    const std::string bound =
        (s.less ? " < " : " >= ") + std::to_string(s.constant);
    switch (s.kind) {
    case kind::suspend:
      return line(indent, s.risky ? "co_await risky();" : "co_await tick();");
    case kind::read:
      return line(indent, local(s) + " = " + value(s, aliases) + ";");
    case kind::set:
      return line(indent, s.spelling == spelling::function
                              ? call("set_" + variable(s)) + operand(s) + ");"
                              : place(s, aliases) + " = " + operand(s) + ";");
    case kind::add:
      return line(indent, add(s, place(s, aliases)));
    case kind::check:
      return branches(indent, value(s, aliases) + bound, s, aliases);
    case kind::check_local:
      return branches(indent, local(s) + bound, s, aliases);
    case kind::compare:
      return branches(indent, value(s, aliases) + " == " + local(s), s,
                      aliases);
    case kind::leave:
      return line(indent, leave_);
    case kind::raise:
      return line(indent, "throw failure{};");
    case kind::attempt:
      nested(indent, "try", s.then, aliases);
      return nested(indent, "catch (const failure &)", s.otherwise, aliases);
    case kind::guard:
      return line(indent, "auto g" + std::to_string(++guards_) +
                              " = co_await m_.acquire();");
    case kind::alias: {
      const std::string name = "r" + std::to_string(++aliases_);
      line(indent, "int &" + name + " = " + variable(s) + "_;");
      aliases[static_cast<std::size_t>(s.variable)] = name;
      return;
    }
    case kind::help:
      return line(indent, (s.keep ? local(s) + " = " : "(void)") + "co_await " +
                              call("helper") + operand(s) + ");");
    case kind::loop:
      return nested(indent, "for (int i = 0; i != 2; ++i)", s.then, aliases);
    }
  }

  std::string add(const statement &s, const std::string &place) {
    const char *const sign = s.subtract ? "-" : "+";
    switch (s.spelling) {
    case spelling::function:
      return call("add_" + variable(s)) + (s.subtract ? "-(" : "(") +
             operand(s) + "));";
    case spelling::lengthy:
      return place + " = " + place + ' ' + sign + " (" + operand(s) + ");";
    default:
      return place + ' ' + sign + "= " + operand(s) + ";";
    }
  }

  std::string leave_;
  std::set<std::string> &calls_;
  std::string out_;
  int aliases_ = 0;
  int guards_ = 0;
};

} // namespace

std::string preamble() {
  return "#include \"tick.hpp\"\n"
         "#include <interlock/lock_op.hpp>\n"
         "#include <interlock/mutex.hpp>\n";
}

std::string class_name(const program &p) {
  std::string name = "Program" + p.name;
  std::replace(name.begin(), name.end(), '/', '_');
  return name;
}

std::string to_cpp(const program &p) {
  std::string out;
  std::set<std::string> calls;
  const auto function = [&](const std::string &head, const block &body,
                            const std::string &leave) {
    out += "  " + head + " {\n    int a = n, b = n;\n" +
           writer(leave, calls).body(body) + "    " + leave + "\n  }\n";
  };
  function("task<> first(int n)", p.first, "co_return;");
  function("task<> second(int n)", p.second, "co_return;");
  out += "private:\n";
  // Only what is called: programs are read by people.
  if (calls.contains("helper"))
    function("task<int> helper(int n)", p.helper, "co_return a;");
  for (const std::string v : {"x", "y"}) {
    if (calls.contains(v))
      out += "  int " + v + "() const { return " + v + "_; }\n";
    if (calls.contains("set_" + v))
      out += "  void set_" + v + "(int to) { " + v + "_ = to; }\n";
    if (calls.contains("add_" + v))
      out += "  void add_" + v + "(int by) { " + v + "_ += by; }\n";
  }
  const std::string name = class_name(p);
  return "class " + name + " {\npublic:\n  " + name +
         "(int x, int y) : x_(x), y_(y) {}\n"
         "  friend int variable(const " +
         name + " &p, int i) { return i == 0 ? p.x_ : p.y_; }\n" + out +
         "  int x_;\n  int y_;\n"
         "  interlock::mutex m_;\n  interlock::mutex whole_;\n};\n";
}

} // namespace agreement
