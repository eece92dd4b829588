#!/usr/bin/env python3
"""Precision and recall of the analyser over the case files, by line.

    score.py --tool build/dev/tool/interlock [--details] [folders...]

Accepted wrong answers (`// fp:`, `// fn:`) count as wrong. Always exits with 0
when every file could be judged.
"""

import argparse
import collections
import concurrent.futures
import glob
import os
import sys

import cases

HERE = os.path.dirname(os.path.abspath(__file__))


class Count:
    def __init__(self):
        self.right = self.too_many = self.missing = self.functions = 0

    def row(self, name):
        def ratio(part, rest):
            return f"{part / (part + rest):9.3f}" if part + rest else "        -"
        return (f"{name:34}{self.functions:6}{self.right:6}{self.too_many:6}"
                f"{self.missing:6}{ratio(self.right, self.too_many)}"
                f"{ratio(self.right, self.missing)}")


def count_functions(lines):
    """Judged functions are those named `..._bad` or `..._ok` at their
    definition."""
    import re
    return sum(len(re.findall(r"\b\w+_(?:bad|ok)\(", line)) > 0
               for line in lines if not line.rstrip().endswith(";"))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="*",
                        default=[os.path.join(HERE, "..", "checks")])
    parser.add_argument("--tool", default=os.environ.get("INTERLOCK"))
    parser.add_argument("--mocks",
                        default=os.path.normpath(os.path.join(HERE, "../mocks")))
    parser.add_argument("--details", action="store_true",
                        help="list every disagreement")
    parser.add_argument("-j", type=int, default=2)
    options = parser.parse_args()
    if not options.tool:
        parser.error("--tool or $INTERLOCK names the analyser")

    files = []
    for folder in options.folders:
        files += ([folder] if os.path.isfile(folder) else
                  glob.glob(os.path.join(folder, "**/*.cpp"), recursive=True))
    files = sorted(file for file in map(os.path.normpath, files)
                   if cases.read_source(file)[0].startswith(
                       "// RUN: %check-cases"))

    def judge(path):
        try:
            return path, *cases.judge(options.tool, options.mocks, path)
        except Exception as error:  # a crash or a time-out of the tool
            return path, None, error

    areas = collections.defaultdict(Count)
    checks = collections.defaultdict(Count)
    total, failed, outdated = Count(), 0, []
    with concurrent.futures.ThreadPoolExecutor(options.j) as pool:
        for path, lines, outcome in pool.map(judge, files):
            area = areas[os.path.basename(os.path.dirname(path))]
            if lines is None:
                failed += 1
                print(f"{path}: not judged: {outcome}")
                continue
            functions = count_functions(lines)
            area.functions += functions
            total.functions += functions
            wrong = [("unannounced", f.line, f.id, f.message)
                     for f in outcome.unannounced]
            wrong += [("accepted wrong", f.line, f.id, f.message)
                      for _, f in outcome.accepted_fp]
            missed = outcome.missing + outcome.accepted_fn
            for _, finding in outcome.met:
                for count in area, checks[finding.id], total:
                    count.right += 1
            outdated += [(path, e.line, e.kind, "|".join(e.ids))
                         for e in outcome.outdated]
            for _, _, check, _ in wrong:
                for count in area, checks[check], total:
                    count.too_many += 1
            for expected in missed:
                for count in area, checks[expected.ids[0]], total:
                    count.missing += 1
            if options.details:
                wrong += [(f"missing {'(accepted)' if e.kind == 'fn' else ''}",
                           e.line, "|".join(e.ids), "") for e in missed]
                for what, line, check, message in sorted(wrong,
                                                         key=lambda w: w[1]):
                    print(f"{path}:{line}: {what} {check} {message}\n"
                          f"    {lines[line - 1].strip()}")

    header = (f"{'':34}{'cases':>6}{'TP':>6}{'FP':>6}{'FN':>6}"
              f"{'precision':>10}{'recall':>8}")
    print(header)
    for name in sorted(areas):
        print(areas[name].row(name))
    print()
    for name in sorted(checks):
        print(checks[name].row(name))
    print(total.row("total"))
    for path, line, kind, check in outdated:
        print(f"{path}:{line}: '{kind}: {check}' holds no longer: the answer is "
              "right now")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
