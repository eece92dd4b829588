#!/usr/bin/env python3
"""Time of the analysis over the size of what is analysed.

    cost.py --tool build/dev/bin/interlock [--quick] [shapes...]

Prints the time for each size of each generated shape and the slope between
sizes in log-log scale: 1.0 is linear. Times are CPU seconds of the whole tool
less those for an empty file, so parsing is in them, planning repairs is not.
Nothing is asserted but that every run ends with an answer.
"""

import argparse
import math
import os
import re
import resource
import subprocess
import sys
import tempfile

MOCKS = os.path.normpath(os.path.join(os.path.dirname(__file__), "../mocks"))

HEAD = """#include "libcoro.hpp"
#include <map>
coro::task<> io();
coro::task<long> ask();
struct book {
  coro::mutex mutex_;
  long balance_ = 0, reserved_ = 0, limit_ = 9;
  std::map<int, long> positions_;
"""
TAIL = "};\n"

STATEMENTS = [
    "if (balance_ > {i}) balance_ -= 1;",
    "co_await io();",
    "if (reserved_ < limit_) {{ co_await io(); reserved_ += {i}; }}",
    "long v{i} = balance_; (void)v{i};",
    "positions_[{i}] += 1;",
    "for (int k = 0; k < 3; ++k) {{ if (balance_ < k) break;"
    " co_await io(); balance_ += k; }}",
    "{{ auto lk = co_await mutex_.scoped_lock(); balance_ -= {i}; }}",
    "switch (balance_ % 3) {{ case 0: reserved_ = 1; break;"
    " case 1: co_await io(); break; default: limit_ = {i}; }}",
    "try {{ co_await io(); balance_ -= 2; }} catch (...) {{"
    " balance_ += 2; throw; }}",
    "if (co_await ask() > balance_) co_return;",
]


def body(size):
    return "\n".join("    " + STATEMENTS[i % len(STATEMENTS)].format(i=i)
                     for i in range(size))


def statements(size):
    """One coroutine with many statements of every kind."""
    return f"{HEAD}  coro::task<> run() {{\n{body(size)}\n  }}\n{TAIL}"


def branches(size):
    """One coroutine, every branch tests state and every arm suspends."""
    lines = [f"    if (balance_ > {i}) {{ co_await io(); balance_ -= {i}; }}"
             for i in range(size)]
    return f"{HEAD}  coro::task<> run() {{\n" + "\n".join(lines) + f"\n  }}\n{TAIL}"


def nesting(size):
    """Branches inside branches."""
    open_ = "\n".join(f"if (balance_ > {i}) {{ co_await io();"
                      for i in range(size))
    return (f"{HEAD}  coro::task<> run() {{\n{open_}\nbalance_ -= 1;\n"
            + "}" * size + f"\n  }}\n{TAIL}")


def loops(size):
    """Groups of loops, eight deep each."""
    groups = []
    for i in range(max(size // 8, 1)):
        head = "".join(f"while (balance_ > {i + d}) {{ co_await io(); "
                       for d in range(8))
        groups.append(head + "balance_ -= 1; " + "}" * 8)
    return (f"{HEAD}  coro::task<> run() {{\n" + "\n".join(groups)
            + f"\n  }}\n{TAIL}")


def chain(size):
    """A call chain."""
    links = ["  coro::task<> f0() { co_await io(); balance_ -= 1; }"]
    links += [f"  coro::task<> f{i}() {{ if (balance_ > {i})"
              f" co_await f{i - 1}(); }}" for i in range(1, size)]
    return HEAD + "\n".join(links) + "\n" + TAIL


def functions(size):
    """Many functions that all write the same members."""
    each = "\n".join(f"  coro::task<> f{i}() {{ if (balance_ > {i}) {{"
                     f" co_await io(); balance_ -= {i}; }} }}"
                     for i in range(size))
    return HEAD + each + "\n" + TAIL


def classes(size):
    """Many classes with a lock and a helper each."""
    each = [f"struct account{i} {{ coro::mutex m; long balance_ = 0;\n"
            f" coro::task<> a(long n) {{ auto lk = co_await m.scoped_lock();"
            f" if (balance_ > n) {{ co_await io(); use(n); }} }}\n"
            f" private: void use(long n) {{ balance_ -= n; }} }};"
            for i in range(size)]
    return HEAD + TAIL + "\n".join(each)


SHAPES = {
    "statements": (statements, [10, 100, 1000, 10000]),
    "branches": (branches, [10, 100, 1000, 10000]),
    "nesting": (nesting, [10, 50, 250]),
    "loops": (loops, [8, 80, 800, 8000]),
    "chain": (chain, [10, 100, 1000]),
    "functions": (functions, [100, 1000, 10000]),
    "classes": (classes, [100, 1000, 5000]),
}


def measure(tool, text):
    """CPU seconds of a run, its findings, and how many functions it gave up."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "generated.cpp")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        run = subprocess.run(
            [tool, "--quiet", "--no-cache", path, "--",
             "-std=c++20", "-fbracket-depth=4096", "-I" + MOCKS],
            capture_output=True, text=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if run.returncode not in (0, 1):
        sys.exit(f"exit status {run.returncode}: {run.stderr[:2000]}")
    found = re.findall(r"\[interlock-([a-z-]+)\]$", run.stdout, re.MULTILINE)
    gave_up = found.count("analysis-incomplete")
    return (after.ru_utime + after.ru_stime - before.ru_utime
            - before.ru_stime, len(found) - gave_up, gave_up)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shapes", nargs="*", choices=[[], *SHAPES],
                        default=[])
    parser.add_argument("--tool", default=os.environ.get("INTERLOCK"))
    parser.add_argument("--quick", action="store_true",
                        help="leave out the largest size of each shape")
    options = parser.parse_args()
    if not options.tool:
        parser.error("--tool or $INTERLOCK names the analyser")
    empty, _, _ = measure(options.tool, HEAD + TAIL)
    print(f"{'shape':12}{'size':>8}{'seconds':>10}{'slope':>8}"
          f"{'findings':>10}{'gave up':>9}")
    for name in options.shapes or SHAPES:
        generate, sizes = SHAPES[name]
        last = None
        for size in sizes[:-1] if options.quick else sizes:
            seconds, found, gave_up = measure(options.tool, generate(size))
            seconds = max(seconds - empty, 0.001)
            slope = (f"{math.log(seconds / last[1], size / last[0]):8.2f}"
                     if last else " " * 8)
            print(f"{name:12}{size:8}{seconds:10.3f}{slope}{found:10}"
                  f"{gave_up:9}", flush=True)
            last = size, seconds


if __name__ == "__main__":
    main()
