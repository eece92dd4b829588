// Reports as pictures: the drawing that interlock's HTML report makes of a
// finding, with a lane for each task of a schedule.
#include <interlock/testing/explorer.hpp>

#include <algorithm>
#include <cstdio>

INTERLOCK_NAMESPACE_BEGIN
namespace testing {
namespace {

constexpr int lane_width = 260, row_height = 18, step_gap = 14, top = 44;
constexpr int radius = 10, indent = 16;
constexpr std::size_t fits = 34; ///< characters beside a node

/// Light and dark, without a script or another file.
constexpr const char *style =
    "<style>svg{color-scheme:light dark;font:13px system-ui,sans-serif;"
    "background:#fff;--fg:#1c2024;--dim:#5b6470}"
    "@media(prefers-color-scheme:dark){svg{background:#16181b;--fg:#e3e6ea;"
    "--dim:#9aa4b0}}"
    "text{fill:var(--fg)}.small{fill:var(--dim);font-size:11px}"
    ".number{fill:#fff;font-size:11px;text-anchor:middle}"
    ".fails{fill:#b3261e;font-weight:bold}"
    ".lane0{stroke:#2b5fa8}.lane1{stroke:#b3261e}.lane2{stroke:#8a5a00}"
    ".lane3{stroke:#3b7d3b}circle.lane0{fill:#2b5fa8}circle.lane1{fill:#b3261e}"
    "circle.lane2{fill:#8a5a00}circle.lane3{fill:#3b7d3b}"
    "line,path{fill:none;stroke-width:2}.waits{stroke-dasharray:2 4}</style>";

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

/// What one task did without a switch to another one.
struct node {
  std::size_t lane = 0; ///< counted among those that are drawn
  std::uint32_t step = 0;
  int y = 0;
  std::vector<std::string> lines;
  std::string place; ///< of the last line that has one
};

class picture {
public:
  picture(const detail::trace &what, const std::string &failure) {
    std::vector<std::uint32_t> used;
    for (const detail::trace_line &l : what.lines)
      if (std::find(used.begin(), used.end(), l.lane) == used.end())
        used.push_back(l.lane);
    std::sort(used.begin(), used.end());
    for (const std::uint32_t lane : used)
      lanes_.push_back(what.lanes[lane]);
    for (const detail::trace_line &l : what.lines) {
      const auto lane = static_cast<std::size_t>(
          std::find(used.begin(), used.end(), l.lane) - used.begin());
      if (nodes_.empty() || nodes_.back().step != l.step ||
          nodes_.back().lane != lane)
        nodes_.push_back({lane, l.step, 0, {}, {}});
      nodes_.back().lines.push_back(l.text);
      if (l.line != 0)
        nodes_.back().place = l.file.substr(l.file.find_last_of('/') + 1) +
                              ':' + std::to_string(l.line);
    }
    initially_ = what.initially;
    failure_ = failure;
  }

  std::string draw() {
    int y = top;
    for (node &n : nodes_) {
      n.y = y;
      y += row_height * static_cast<int>(n.lines.size() + !n.place.empty()) +
           step_gap;
    }
    for (std::size_t i = 0; i != lanes_.size(); ++i)
      text(x(i) - radius, 18, "small", lanes_[i]);
    for (std::size_t i = 0; i != nodes_.size(); ++i)
      connect(i);
    for (const node &n : nodes_)
      draw(n);
    text(4, y + 4, "fails", "FAILS: " + failure_);
    std::string before;
    for (const std::string &value : initially_)
      before += (before.empty() ? "initially " : ", ") + value;
    text(4, y + 22, "small", before);
    const int width = std::max(lane_width * static_cast<int>(lanes_.size()),
                               static_cast<int>(8 * (failure_.size() + 8)));
    return "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " +
           std::to_string(width) + ' ' + std::to_string(y + 32) +
           "\" role=\"img\" aria-label=\"" + escaped("fails: " + failure_) +
           "\">" + style + out_ + "</svg>\n";
  }

private:
  static int x(std::size_t lane) {
    return 14 + lane_width * static_cast<int>(lane);
  }
  static std::string color(std::size_t lane) {
    return "lane" + std::to_string(lane % 4);
  }

  void text(int x, int y, const char *kind, const std::string &words) {
    out_ += "<text x=\"" + std::to_string(x) + "\" y=\"" + std::to_string(y) +
            "\" class=\"" + kind + "\">" + escaped(words) + "</text>";
  }

  /// The line from what the task did before, dotted since it waited, and the
  /// switch from another task.
  void connect(std::size_t i) {
    const node &n = nodes_[i];
    const std::string at = std::to_string(x(n.lane));
    for (std::size_t before = i; before-- > 0;)
      if (nodes_[before].lane == n.lane) {
        out_ += "<line x1=\"" + at + "\" y1=\"" +
                std::to_string(nodes_[before].y) + "\" x2=\"" + at +
                "\" y2=\"" + std::to_string(n.y) + "\" class=\"" +
                color(n.lane) + (before + 1 != i ? " waits" : "") + "\"/>";
        break;
      }
    if (i == 0 || nodes_[i - 1].lane == n.lane)
      return;
    const node &from = nodes_[i - 1];
    const std::string middle = std::to_string(n.y - step_gap);
    out_ += "<path d=\"M" + std::to_string(x(from.lane)) + ' ' +
            std::to_string(from.y) + " V" + std::to_string(n.y - 2 * step_gap) +
            " C" + std::to_string(x(from.lane)) + ' ' + middle + ' ' + at +
            ' ' + middle + ' ' + at + ' ' + std::to_string(n.y) +
            "\" class=\"" + color(n.lane) + "\"/>";
  }

  void draw(const node &n) {
    const std::string at = std::to_string(x(n.lane));
    out_ += "<circle cx=\"" + at + "\" cy=\"" + std::to_string(n.y) +
            "\" r=\"" + std::to_string(radius) + "\" class=\"" + color(n.lane) +
            "\"/>";
    text(x(n.lane), n.y + 4, "number", std::to_string(n.step));
    int y = n.y + 4;
    for (const std::string &line : n.lines) {
      text(x(n.lane) + indent, y, "",
           line.size() <= fits ? line : line.substr(0, fits - 3) + "...");
      y += row_height;
    }
    if (!n.place.empty())
      text(x(n.lane) + indent, y - 3, "small", n.place);
  }

  std::vector<std::string> lanes_;
  std::vector<node> nodes_;
  std::vector<std::string> initially_;
  std::string failure_;
  std::string out_;
};

} // namespace

std::string report::svg() const {
  return ok() ? std::string() : picture(interleaving, failure).draw();
}

} // namespace testing
INTERLOCK_NAMESPACE_END
