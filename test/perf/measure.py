"""Compares interlock with clang's front end and clang-tidy on the same sources:

    measure.py --interlock build/release/bin/interlock asio [--units 100]

Prints one table. Wall time, processor time of all threads, and the peak memory
of one process come from the kernel; the ratio is of processor time to the sum
of `clang++ -fsyntax-only` over the same sources. With --sample K, clang and
clang-tidy run on every K-th source only and their times are scaled up.
Nothing is asserted: the numbers are for people.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.realpath(__file__))
TIDY_CHECKS = ("-*,cppcoreguidelines-avoid-capturing-lambda-coroutines,"
               "cppcoreguidelines-avoid-reference-coroutine-parameters,"
               "cppcoreguidelines-no-suspend-with-lock,"
               "misc-coroutine-hostile-raii")


class Cost:
    def __init__(self, wall=0.0, cpu=0.0, memory=0):
        self.wall, self.cpu, self.memory = wall, cpu, memory

    def __add__(self, other):
        return Cost(self.wall + other.wall, self.cpu + other.cpu,
                    max(self.memory, other.memory))

    def __mul__(self, factor):
        return Cost(self.wall * factor, self.cpu * factor, self.memory)


def run(command, folder, allowed=(0, 1)):
    start = time.monotonic()
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE)
    errors = process.stderr.read().decode(errors="replace")
    _, status, usage = os.wait4(process.pid, 0)
    code = os.waitstatus_to_exitcode(status)
    process.returncode = code
    if code not in allowed:
        sys.exit(f"{' '.join(command)}: exit status {code}\n{errors}")
    return Cost(time.monotonic() - start, usage.ru_utime + usage.ru_stime,
                usage.ru_maxrss // 1024), errors


class Program:
    def __init__(self, folder):
        with open(os.path.join(folder, "compile_commands.json"),
                  encoding="utf-8") as database:
            self.entries = json.load(database)
        self.folder = folder

    def command(self, entry):
        words = entry.get("arguments") or entry["command"].split()
        kept, skip = [], False
        for word in words[1:]:
            if skip:
                skip = False
            elif word == "-o":
                skip = True
            elif word != "-c":
                kept.append(word)
        return kept

    def each(self, prefix, step):
        chosen = self.entries[::step]
        total = Cost()
        for entry in chosen:
            total += run(prefix(self, entry), entry["directory"])[0]
        return total * (len(self.entries) / len(chosen)), len(chosen)


def syntax_only(program, entry):
    return ["clang++-19", "-fsyntax-only", "-w", *program.command(entry)]


def tidy(program, entry):
    return ["clang-tidy-19", "--quiet", f"--checks={TIDY_CHECKS}",
            entry["file"], "--", *program.command(entry)]


def append(path, text):
    # An entry is not kept while a source is newer than the run.
    with open(path, "a", encoding="utf-8") as source:
        source.write(text)


def phases(errors):
    """Seconds by name, as --profile prints them."""
    result = {}
    for line in errors.splitlines():
        number, _, name = line.strip().partition(" s  ")
        try:
            result[name] = float(number)
        except ValueError:
            pass
    return result


def measure(given, program, cache):
    rows, units = [], len(program.entries)
    leaf = max((e["file"] for e in program.entries), key=os.path.getsize)
    header = next((os.path.join(program.folder, name)
                   for name in ("types.hpp", "task.hpp", "src/types.hpp")
                   if os.path.exists(os.path.join(program.folder, name))), None)

    def tool(name, *flags, jobs=given.jobs):
        cost, errors = run([given.interlock, "-p", program.folder, "--profile",
                            f"-j{jobs}", *flags], program.folder)
        rows.append((name, cost))
        return cost, phases(errors)

    reference, sampled = program.each(syntax_only, given.sample)
    rows.append((f"clang++ -fsyntax-only, {sampled} of {units}", reference))
    if not given.without_tidy:
        total, _ = program.each(tidy, given.sample)
        rows.append((f"clang-tidy, coroutine checks, {sampled} of {units}",
                     total))
    kept = ("--cache-dir", cache)
    _, cold = tool("interlock, cold", *kept)
    tool("interlock, nothing changed", *kept)
    append(leaf, "// changed\n")
    tool("interlock, one source changed", *kept)
    alone, _ = tool("  that source alone, cold", "--no-cache", leaf)
    own, _ = run(syntax_only(program, next(
        e for e in program.entries if e["file"] == leaf)), program.folder)
    rows.append(("  clang++ -fsyntax-only of it", own))
    if header:
        append(header, "// changed\n")
        tool("interlock, common header changed", *kept)
    if not given.without_j1 and units > 1:
        tool("interlock, cold, -j1", "--no-cache", jobs=1)

    print(f"## {given.kind}, {units} sources\n")
    print("| | wall s | processor s | ratio | peak MB |")
    print("|---|---:|---:|---:|---:|")
    for name, cost in rows:
        print(f"| {name} | {cost.wall:.2f} | {cost.cpu:.2f} | "
              f"{cost.cpu / reference.cpu:.3f} | {cost.memory} |")
    parsing = cold.get("parse", 0) + cold.get("shared prefixes", 0)
    proper = cold.get("lower to facts", 0) + cold.get("judge", 0)
    print(f"\nOne source, cold, against clang: {alone.cpu / own.cpu:.2f}; "
          f"analysis proper against parsing, cold: {proper / parsing:.3f}.")


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--interlock", required=True)
    arguments.add_argument("--units", type=int, default=100)
    arguments.add_argument("--sample", type=int, default=1, metavar="K")
    arguments.add_argument("--jobs", type=int, default=2)
    arguments.add_argument("--without-tidy", action="store_true")
    arguments.add_argument("--without-j1", action="store_true")
    arguments.add_argument("kind",
                           choices=["asio", "huge", "cheap", "exchange"])
    given = arguments.parse_args()
    given.interlock = os.path.abspath(given.interlock)
    with tempfile.TemporaryDirectory() as scratch:
        folder = os.path.join(scratch, "program")
        if given.kind == "exchange":
            shutil.copytree(os.path.join(HERE, "..", "fixtures", "exchange"),
                            folder)
            subprocess.run(["cmake", "-S", folder, "-B", folder,
                            "-DEXCHANGE_PCH=OFF",
                            "-DCMAKE_CXX_COMPILER=clang++-19"], check=True,
                           stdout=subprocess.DEVNULL)
        else:
            subprocess.run([sys.executable, os.path.join(HERE, "generate.py"),
                            given.kind, folder, "--units", str(given.units)],
                           check=True)
        measure(given, Program(os.path.realpath(folder)),
                os.path.join(scratch, "cache"))


if __name__ == "__main__":
    main()
