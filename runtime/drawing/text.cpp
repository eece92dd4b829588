#include <interlock/drawing.hpp>

#include <algorithm>
#include <set>

namespace interlock::drawing {
namespace {

constexpr std::size_t widest_column = 44, most_columns = 3;

/// An event's text, and its place as far as the reader is not there already.
std::string entry(const event &e) {
  return e.line != 0 ? e.text + "  :" + std::to_string(e.line) : e.text;
}

std::string padded(std::string text, std::size_t width) {
  text.resize(std::max(text.size(), width), ' ');
  return text;
}

std::string without_tail(const std::string &row) {
  return row.substr(0, row.find_last_not_of(' ') + 1) + '\n';
}

std::string name_of(const std::string &path) {
  return path.substr(path.find_last_of('/') + 1);
}

class table {
public:
  explicit table(const interleaving &what)
      : what_(what), lanes_(used_lanes(what)),
        columns_(lanes_.size() <= most_columns) {
    for (const event &e : what.events)
      if (!e.file.empty())
        files_.insert(e.file);
    for (const std::size_t lane : lanes_)
      widths_.push_back(width(lane));
  }

  std::string text() const {
    std::string out;
    for (const std::string &value : what_.initially)
      out += "  initially " + value + '\n';
    if (columns_)
      out += head();
    const event *before = nullptr;
    for (const event &e : what_.events) {
      const bool goes_on = before != nullptr && before->step == e.step;
      const std::string number = goes_on ? "" : std::to_string(e.step);
      out += "  " +
             std::string(4 - std::min<std::size_t>(4, number.size()), ' ') +
             number + "  " + row(e) + '\n';
      before = &e;
    }
    if (files_.size() == 1)
      out += "  (lines of " + name_of(*files_.begin()) + ")\n";
    if (!what_.outcome.empty())
      out += "  " + what_.outcome + '\n';
    return out;
  }

private:
  std::size_t width(std::size_t lane) const {
    std::size_t width = what_.lanes[lane].size();
    if (!columns_)
      return width;
    for (const event &e : what_.events)
      if (e.lane == lane)
        width = std::max(width, entry(e).size());
    return std::min(width, widest_column);
  }

  std::string head() const {
    std::string names = "  step  ", rule = "  ----  ";
    for (std::size_t i = 0; i != lanes_.size(); ++i) {
      names += padded(what_.lanes[lanes_[i]], widths_[i] + 2);
      rule += padded(std::string(widths_[i], '-'), widths_[i] + 2);
    }
    return without_tail(names) + without_tail(rule);
  }

  std::string row(const event &e) const {
    std::string out;
    if (columns_)
      for (std::size_t i = 0; lanes_[i] != e.lane; ++i)
        out.append(widths_[i] + 2, ' ');
    else
      out = padded(what_.lanes[e.lane],
                   *std::max_element(widths_.begin(), widths_.end()) + 2);
    out += entry(e);
    if (files_.size() > 1 && !e.file.empty())
      out += " of " + name_of(e.file);
    return out;
  }

  const interleaving &what_;
  std::vector<std::size_t> lanes_;
  bool columns_;
  std::set<std::string> files_;
  std::vector<std::size_t> widths_;
};

} // namespace

std::vector<std::size_t> used_lanes(const interleaving &what) {
  std::set<std::size_t> used;
  for (const event &e : what.events)
    used.insert(e.lane);
  return {used.begin(), used.end()};
}

std::string as_text(const interleaving &what) { return table(what).text(); }

} // namespace interlock::drawing
