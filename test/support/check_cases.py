#!/usr/bin/env python3
"""Runs the analyser on one case file and fails on any difference between what
the file announces and what is reported. cases.py describes the format.

    check_cases.py --tool build/dev/tool/interlock FILE [-- flags]

The flags after `--` are those of the RUN line when lit calls; without `--` they
are read from the file.
"""

import argparse
import os
import sys

import cases

MOCKS = os.path.join(os.path.dirname(__file__), "..", "mocks")


def main():
    arguments, flags = sys.argv[1:], None
    if "--" in arguments:
        split = arguments.index("--")
        arguments, flags = arguments[:split], arguments[split + 1:]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file")
    parser.add_argument("--tool", default=os.environ.get("INTERLOCK"))
    parser.add_argument("--mocks", default=os.path.normpath(MOCKS))
    options = parser.parse_args(arguments)
    if not options.tool:
        parser.error("--tool or $INTERLOCK names the analyser")

    try:
        lines = cases.read_source(options.file)
        findings = cases.run_tool(
            options.tool, options.mocks, options.file,
            cases.read_flags(lines) if flags is None else flags)
        outcome = cases.compare(cases.read_expectations(lines), findings)
    except cases.CaseError as error:
        print(f"{options.file}: {error}")
        return 2

    def show(what, number, ids, message=""):
        print(f"{options.file}:{number}: {what} {ids}"
              f"{': ' + message if message else ''}\n"
              f"    {lines[number - 1].strip()}")

    for expected in outcome.missing:
        show("missing", expected.line, "|".join(expected.ids))
    for finding in outcome.unannounced:
        show("unannounced", finding.line, finding.id, finding.message)
    for expected in outcome.outdated:
        show(f"'{expected.kind}:' no longer holds", expected.line,
             "|".join(expected.ids))
    return 1 if outcome.missing or outcome.unannounced or outcome.outdated else 0


if __name__ == "__main__":
    sys.exit(main())
