#pragma once

namespace interlock {

class Flows;
class Program;

/// Finds the locks that are held whenever a function is entered, in rounds from
/// the callers down, and tells the program. Needs all summaries.
void passLocksDown(Program &P, Flows &Known);

} // namespace interlock
