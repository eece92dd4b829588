#include <interlock/drawing.hpp>

#include <algorithm>
#include <utility>

namespace interlock::drawing {

const char *const svg_style =
    "svg text{fill:var(--fg);font:13px system-ui,sans-serif}"
    "svg .small{fill:var(--dim);font-size:11px}"
    "svg .number{fill:var(--bg);font-size:11px;text-anchor:middle;"
    "font-weight:600}"
    "svg .outcome{fill:var(--lane1);font-weight:bold}"
    "svg line,svg path{fill:none;stroke-width:2}"
    "svg .waits{stroke-dasharray:3 4}"
    ".lane0{stroke:var(--lane0)}.lane1{stroke:var(--lane1)}"
    ".lane2{stroke:var(--lane2)}.lane3{stroke:var(--lane3)}"
    "circle.lane0{fill:var(--lane0)}circle.lane1{fill:var(--lane1)}"
    "circle.lane2{fill:var(--lane2)}circle.lane3{fill:var(--lane3)}";

namespace {

/// Light and dark, without a script or another file.
constexpr const char *colors =
    "svg{color-scheme:light dark;background:var(--bg);--fg:#1c2024;--bg:#fff;"
    "--dim:#5b6470;--lane0:#2b5fa8;--lane1:#b3261e;--lane2:#8a5a00;"
    "--lane3:#3b7d3b}"
    "@media(prefers-color-scheme:dark){svg{--fg:#e3e6ea;--bg:#16181b;"
    "--dim:#9aa4b0;--lane0:#8ab4f8;--lane1:#ff8a80;--lane2:#f0c070;"
    "--lane3:#8fd6a8}}";

constexpr int row_height = 18, step_gap = 14, top = 44;
constexpr int radius = 10, indent = 16, left = 14, letter = 7;

std::string escaped(const std::string &text) {
  std::string out;
  for (const char c : text)
    switch (c) {
    case '&':
      out += "&amp;";
      break;
    case '<':
      out += "&lt;";
      break;
    case '>':
      out += "&gt;";
      break;
    case '"':
      out += "&quot;";
      break;
    default:
      if (static_cast<unsigned char>(c) >= 0x20)
        out += c;
    }
  return out;
}

/// What one activity does without a break.
struct node {
  std::size_t lane = 0; ///< counted among those that are drawn
  unsigned step = 0;
  int y = 0;
  bool waits = false; ///< in the end
  std::vector<std::string> lines;
  std::string file; ///< of the last line that has a place
  unsigned line = 0;
};

class drawer {
public:
  drawer(const interleaving &what, const picture &how)
      : what_(what), how_(how), lanes_(used_lanes(what)) {
    for (const event &e : what.events) {
      const auto lane = static_cast<std::size_t>(
          std::find(lanes_.begin(), lanes_.end(), e.lane) - lanes_.begin());
      if (nodes_.empty() || nodes_.back().step != e.step ||
          nodes_.back().lane != lane)
        nodes_.push_back({lane, e.step, 0, false, {}, {}, 0});
      add(nodes_.back(), e);
    }
  }

  std::string draw() {
    int y = top;
    for (node &n : nodes_) {
      n.y = y;
      y += row_height * static_cast<int>(n.lines.size() + (n.line != 0)) +
           step_gap;
    }
    for (std::size_t i = 0; i != lanes_.size(); ++i)
      text(x(i) - radius, 18, "small", shortened(what_.lanes[lanes_[i]]));
    for (std::size_t i = 0; i != nodes_.size(); ++i)
      connect(i);
    for (const node &n : nodes_)
      draw(n);
    foot(y);
    const int width =
        std::max(how_.lane_width * static_cast<int>(lanes_.size()),
                 letter * static_cast<int>(what_.outcome.size() + 8));
    const bool alone = how_.stands_alone;
    return std::string("<svg ") +
           (alone ? "xmlns=\"http://www.w3.org/2000/svg\" " : "") +
           "viewBox=\"0 0 " + std::to_string(width) + ' ' + std::to_string(y) +
           "\" role=\"img\" aria-label=\"" + escaped(in_words()) + "\">" +
           (alone ? std::string("<style>") + colors + svg_style + "</style>"
                  : std::string()) +
           out_ + "</svg>";
  }

private:
  static void add(node &to, const event &e) {
    to.lines.push_back(e.text);
    to.waits = e.waits;
    if (e.line == 0)
      return;
    to.file = e.file.substr(e.file.find_last_of('/') + 1);
    to.line = e.line;
  }

  int x(std::size_t lane) const {
    return left + how_.lane_width * static_cast<int>(lane);
  }
  static std::string color(std::size_t lane) {
    return "lane" + std::to_string(lane % 4);
  }
  /// As much as stands beside a node; `rest` is never cut off.
  std::string shortened(const std::string &words,
                        const std::string &rest = {}) const {
    const auto fits =
        static_cast<std::size_t>((how_.lane_width - left - indent) / letter) -
        std::min<std::size_t>(rest.size(), 8);
    std::size_t characters = 0, kept = words.size();
    for (std::size_t at = 0; at != words.size(); ++at)
      if ((static_cast<unsigned char>(words[at]) & 0xc0) != 0x80 &&
          ++characters == fits - 2)
        kept = at;
    return (characters <= fits ? words : words.substr(0, kept) + "...") + rest;
  }

  /// For those who do not see it.
  std::string in_words() const {
    std::string out;
    for (const event &e : what_.events) {
      out += (out.empty() ? "" : "; ") + std::to_string(e.step) + ". " +
             what_.lanes[e.lane] + ' ' + e.text;
      if (e.line != 0)
        out += ", line " + std::to_string(e.line);
    }
    return what_.outcome.empty() ? out : out + "; " + what_.outcome;
  }

  void text(int x, int y, const char *kind, const std::string &words) {
    out_ += "<text x=\"" + std::to_string(x) + "\" y=\"" + std::to_string(y) +
            "\" class=\"" + kind + "\">" + escaped(words) + "</text>";
  }

  /// The line from what the activity did before, and the switch from another
  /// one.
  void connect(std::size_t i) {
    const node &n = nodes_[i];
    const std::string at = std::to_string(x(n.lane));
    for (std::size_t before = i; before-- > 0;)
      if (nodes_[before].lane == n.lane) {
        const bool waits = before + 1 != i || nodes_[before].waits;
        out_ += "<line x1=\"" + at + "\" y1=\"" +
                std::to_string(nodes_[before].y) + "\" x2=\"" + at +
                "\" y2=\"" + std::to_string(n.y) + "\" class=\"" +
                color(n.lane) + (waits ? " waits" : "") + "\"/>";
        break;
      }
    if (i == 0 || nodes_[i - 1].lane == n.lane)
      return;
    // Straight down past the text beside the node, then over.
    const node &from = nodes_[i - 1];
    const std::string begin = std::to_string(x(from.lane));
    const std::string middle = std::to_string(n.y - step_gap);
    out_ += "<path d=\"M" + begin + ' ' + std::to_string(from.y) + " V" +
            std::to_string(n.y - 2 * step_gap) + " C" + begin + ' ' + middle +
            ' ' + at + ' ' + middle + ' ' + at + ' ' + std::to_string(n.y) +
            "\" class=\"" + color(n.lane) + "\"/>";
  }

  void draw(const node &n) {
    out_ += "<circle cx=\"" + std::to_string(x(n.lane)) + "\" cy=\"" +
            std::to_string(n.y) + "\" r=\"" + std::to_string(radius) +
            "\" class=\"" + color(n.lane) + "\"/>";
    text(x(n.lane), n.y + 4, "number", std::to_string(n.step));
    int y = n.y + 4;
    for (const std::string &line : n.lines) {
      text(x(n.lane) + indent, y, "", shortened(line));
      y += row_height;
    }
    if (n.line != 0)
      text(x(n.lane) + indent, y - 3, "small",
           shortened(n.file, ':' + std::to_string(n.line)));
  }

  /// Outcome and beginning, below everything else.
  void foot(int &y) {
    std::string before;
    for (const std::string &value : what_.initially)
      before += (before.empty() ? "initially " : ", ") + value;
    for (const auto &[kind, words] :
         {std::pair("outcome", &what_.outcome), {"small", &before}})
      if (!words->empty()) {
        text(left - radius, y + 4, kind, *words);
        y += row_height;
      }
  }

  const interleaving &what_;
  const picture &how_;
  std::vector<std::size_t> lanes_; ///< that are drawn
  std::vector<node> nodes_;
  std::string out_;
};

} // namespace

std::string as_svg(const interleaving &what, const picture &how) {
  return what.events.empty() ? std::string() : drawer(what, how).draw();
}

} // namespace interlock::drawing
