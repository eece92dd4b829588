"""Shows how the index of a large program grows:

    scale.py --interlock build/release/bin/interlock [--units 10000]

Generates small sources, summarizes them in eight parts, then merges one, two,
four and eight of the parts and checks one unit with each index. Prints a table;
asserts nothing.
"""

import argparse
import os
import subprocess
import sys
import tempfile

import measure

PARTS = 8


def size_of(folder):
    return sum(os.path.getsize(os.path.join(folder, name))
               for name in os.listdir(folder))


def summarize(given, folder, units):
    """Facts files, a part of the program each, and one of a single unit."""
    names = [f"unit_{n}.cpp" for n in range(units)]
    size = (units + PARTS - 1) // PARTS
    outputs, total = [], measure.Cost()
    for part in range(PARTS):
        chosen = names[part * size:(part + 1) * size]
        output = os.path.join(folder, f"part_{part}.facts")
        with open(os.path.join(folder, "sources.rsp"), "w",
                  encoding="utf-8") as listed:
            listed.write("\n".join(chosen))
        cost, _ = measure.run([given.interlock, "summarize", "--no-cache",
                               "-p", folder, f"--output={output}",
                               "@sources.rsp"], folder)
        total += cost
        outputs.append(output)
    single = os.path.join(folder, "single.facts")
    measure.run([given.interlock, "summarize", "--no-cache", "-p", folder,
                 f"--output={single}", names[0]], folder)
    return outputs, single, total


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--interlock", required=True)
    arguments.add_argument("--units", type=int, default=10000)
    given = arguments.parse_args()
    given.interlock = os.path.abspath(given.interlock)
    with tempfile.TemporaryDirectory() as scratch:
        folder = os.path.join(os.path.realpath(scratch), "program")
        subprocess.run([sys.executable,
                        os.path.join(measure.HERE, "generate.py"), "cheap",
                        folder, "--units", str(given.units)], check=True)
        outputs, single, total = summarize(given, folder, given.units)
        print(f"summarize, {given.units} units: {total.cpu:.1f} processor s, "
              f"{total.cpu / given.units * 1000:.1f} ms a unit, facts "
              f"{sum(map(os.path.getsize, outputs)) / 1e6:.1f} MB\n")
        print("| units | merge s | merge processor s | merge peak MB | "
              "index MB | check one, processor s | check peak MB |")
        print("|---:|---:|---:|---:|---:|---:|---:|")
        parts = 1
        while parts <= PARTS:
            index = os.path.join(folder, f"index_{parts}")
            merge, _ = measure.run([given.interlock, "merge",
                                    f"--output={index}", *outputs[:parts]],
                                   folder)
            check, _ = measure.run([given.interlock, "check", "--quiet",
                                    f"--index={index}", single], folder)
            print(f"| {given.units * parts // PARTS} | {merge.wall:.2f} | "
                  f"{merge.cpu:.2f} | {merge.memory} | "
                  f"{size_of(index) / 1e6:.1f} | {check.cpu:.2f} | "
                  f"{check.memory} |", flush=True)
            parts *= 2


main()
