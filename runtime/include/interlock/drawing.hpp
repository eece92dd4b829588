// Drawings of interleavings: what several activities do, one below the other in
// the order of time, a lane for each. Needs the standard library only.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace interlock::drawing {

/// Something that one activity does.
struct event {
  std::size_t lane = 0;
  /// Events of a lane with the same step happen without a break.
  unsigned step = 0;
  std::string text;
  std::string file;   ///< where in the source; may be empty
  unsigned line = 0;  ///< 0: nowhere
  bool waits = false; ///< the activity waits then
};

struct interleaving {
  std::vector<std::string>
      lanes; ///< their names; those without events are left out
  std::vector<std::string> initially; ///< what holds before the first event
  std::vector<event> events;          ///< in the order of time
  std::string outcome;                ///< what comes of it; may be empty
};

/// Lines of text: a column for each lane if there are up to three, else the
/// name of the lane before each event.
std::string as_text(const interleaving &what);

struct picture {
  int lane_width = 260;
  /// Brings its own colours; otherwise the page that it becomes a part of
  /// defines `--fg`, `--bg`, `--dim` and `--lane0` to `--lane3`, and contains
  /// `svg_style`.
  bool stands_alone = true;
};

/// An `svg` element: a circle for each step, a line while an activity goes on,
/// dashed while it waits, and an arc where control passes to another one.
/// Empty if nothing happens.
std::string as_svg(const interleaving &what, const picture &how = {});

/// What the parts of a picture look like, as a style sheet.
extern const char *const svg_style;

/// The lanes that something happens in, in order.
std::vector<std::size_t> used_lanes(const interleaving &what);

} // namespace interlock::drawing
