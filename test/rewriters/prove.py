#!/usr/bin/env python3
"""Proves repairs by execution.

Each file of programs is compiled and run as it is, repaired, compiled with the
warnings of a strict project and run again, by another compiler as well if there
is one, and repaired once more:

* a program must break its invariant before and hold it after;
* one whose name ends in `_safe` must hold before, and the file that holds only
  such programs must come out byte for byte as it went in;
* one whose name ends in `_refused` must break before and after: its repair is
  refused, with the id that `// refuse: id` on a line of its struct names;
* the second repair changes nothing and reports nothing but what was refused,
  and what `// left: id` names: findings of another kind that stand behind the
  repaired one and that no repair is for.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys


def run(command, expect=0):
    done = subprocess.run(command, capture_output=True, text=True)
    if expect is not None and done.returncode != expect:
        print(" ".join(command))
        print(done.stdout + done.stderr)
        raise SystemExit(f"exit status {done.returncode}")
    return done.stdout


def build(options, folder, sources, name):
    objects = []
    for source in sources:
        target = os.path.join(folder, f"{name}-{os.path.basename(source)}.o")
        run([options.compiler, *options.flags, "-c", source, "-o", target])
        objects.append(target)
    program = os.path.join(folder, name)
    run([options.compiler, *options.sanitize, "-o", program, *objects,
         options.main, *options.link])
    lines = run([program]).split("\n")
    return dict(line.split() for line in lines if line)


def contents(files):
    return {file: open(file, "rb").read() for file in files}


def judge(before, after, problems):
    for name, then in before.items():
        now = after[name]
        if name.endswith("_safe"):
            good = then == now == "holds"
        elif name.endswith("_refused"):
            good = then == now == "breaks"
        else:
            good = then == "breaks" and now == "holds"
        if not good:
            problems.append(f"{name}: {then} before, {now} after")


def refusals(output):
    return sorted(re.findall(r"^refused (\S+)", output, re.M))


def as_expected(found, expected, behind):
    """All expected refusals, and others only of what is left on purpose."""
    rest = list(found)
    for id in expected:
        if id not in rest:
            return False
        rest.remove(id)
    return len(rest) <= len(behind)


def prove(options, sources, problems):
    folder = options.folder
    copies = []
    for source in sources:
        copies.append(os.path.join(folder, os.path.basename(source)))
        shutil.copy(source, copies[-1])
    original = contents(copies)
    expected = sorted(
        re.findall(r"//\s*refuse: (\S+)", b"\n".join(original.values()).decode()))
    behind = re.findall(r"//\s*left: (\S+)",
                        b"\n".join(original.values()).decode())
    units = [c for c in copies if c.endswith(".cpp")]
    before = build(options, folder, units, "before")
    fix = [options.tool, *options.fix, *units, "--", *options.flags]
    first = run(fix, expect=None)
    found = refusals(first)
    if not as_expected(found, expected, behind):
        problems.append(f"refused {found}, expected {expected}:\n{first}")
    fixed = contents(copies)
    if all(name.endswith("_safe") for name in before) and fixed != original:
        problems.append("a file of safe programs was changed:\n" + first)
    if options.after and fixed[copies[0]] != open(options.after, "rb").read():
        problems.append(f"{copies[0]} is not what {options.after} says")
    after = build(options, folder, units, "after")
    judge(before, after, problems)
    for unit in units if options.also else []:
        run([options.also, *options.warnings, "-fsyntax-only", unit])
    second = run(fix, expect=None)
    if contents(copies) != fixed or not as_expected(refusals(second), expected,
                                                    behind):
        problems.append("the second run is not silent:\n" + second)
    left = re.findall(r"^/.*\[([a-z-]+)\] in", second, re.M)
    if len(left) > len(expected) + len(behind) or any(id not in left for id in behind):
        problems.append("findings are left:\n" + second)
    return len(before)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tool", required=True)
    parser.add_argument("--compiler", required=True)
    parser.add_argument("--also", help="another compiler, for the result")
    parser.add_argument("--include", required=True)
    parser.add_argument("--library", required=True)
    parser.add_argument("--main", required=True, help="object of main.cpp")
    parser.add_argument("--folder", required=True)
    parser.add_argument("--sanitize", action="append", default=[])
    parser.add_argument("--fix", action="append", default=[])
    parser.add_argument("--after", help="what the first source has to become")
    parser.add_argument("sources", nargs="+")
    options = parser.parse_args()
    shutil.rmtree(options.folder, ignore_errors=True)
    os.makedirs(options.folder)
    home = os.path.dirname(options.sources[0])
    options.warnings = ["-std=c++20", "-O0", "-Wall", "-Wextra", "-Werror",
                        "-I" + home, "-I" + options.include]
    options.flags = [*options.warnings, *options.sanitize]
    options.link = [options.library, "-lpthread"]
    problems = []
    count = prove(options, options.sources, problems)
    for problem in problems:
        print(problem)
    print(f"{count} programs, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
