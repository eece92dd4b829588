"""What a case file expects, what the tool reports on it, and the difference.

A case file is one translation unit. Its first line holds the flags:

    // RUN: %check-cases %s -- --executor=single-threaded

A judged line ends in `// expect: stale-check`, several ids separated by commas,
accepted alternatives by `|`. Every other line must be silent. A known wrong
answer is recorded where it happens, with its reason: `// fp: id reason` for a
report that should not be there, `// fn: id reason` for one that is missing.
"""

import collections
import os
import re
import subprocess

MARK = re.compile(r"//\s*(expect|fp|fn):\s*(.*?)\s*$")
REPORT = re.compile(r"^(.*?):(\d+):\d+: (?:error|warning|note): (.*) "
                    r"\[interlock-([a-z-]+)\]$", re.MULTILINE)
ID = re.compile(r"[a-z][a-z-]*(\|[a-z][a-z-]*)*")

Expectation = collections.namedtuple("Expectation", "line ids kind")
Finding = collections.namedtuple("Finding", "line id message")


class CaseError(Exception):
    """The case file or the tool's answer cannot be read."""


class Outcome:
    """Matches of one file: expectations met, missed, and reports too many."""

    def __init__(self):
        self.met = []  # (Expectation, Finding)
        self.missing = []  # Expectation
        self.unannounced = []  # Finding
        self.accepted_fp = []  # (Expectation, Finding)
        self.accepted_fn = []  # Expectation
        self.outdated = []  # Expectation of kind fp or fn that no longer holds


def read_source(path):
    with open(path, encoding="utf-8") as source:
        return source.read().split("\n")


def read_flags(lines):
    """The flags after `--` in the RUN line."""
    match = re.match(r"// RUN: %check-cases %s(?: -- (.*))?$", lines[0])
    if not match:
        raise CaseError("the first line is no '// RUN: %check-cases %s -- ...'")
    return (match.group(1) or "").split()


def read_expectations(lines):
    found = []
    for number, line in enumerate(lines, 1):
        match = MARK.search(line)
        if not match:
            continue
        kind, text = match.groups()
        if kind == "expect":
            for part in text.split(","):
                if not ID.fullmatch(part.strip()):
                    raise CaseError(f"line {number}: '{part}' is no check id")
                found.append(
                    Expectation(number, tuple(part.strip().split("|")), kind))
        else:
            check, _, reason = text.partition(" ")
            if not ID.fullmatch(check) or not reason:
                raise CaseError(f"line {number}: wants an id and a reason")
            found.append(Expectation(number, tuple(check.split("|")), kind))
    return found


def run_tool(tool, mocks, path, flags):
    """The findings in the file itself; raises if the tool did not answer. Text
    is the one format that does not plan repairs, which would cost a parse or
    more for each finding."""
    command = [tool, "--format=text", "--use-color=false", "--quiet",
               "--no-cache", *flags, path, "--", "-std=c++20", "-I" + mocks]
    run = subprocess.run(command, capture_output=True, text=True, timeout=120)
    if run.returncode not in (0, 1):
        raise CaseError(f"exit status {run.returncode}: {' '.join(command)}\n"
                        f"{run.stderr}{run.stdout[:2000]}")
    findings = set()
    for where, line, message, check in REPORT.findall(run.stdout):
        if os.path.basename(where) != os.path.basename(path):
            raise CaseError(
                f"report outside of the case: {where}:{line}: {message}")
        findings.add(Finding(int(line), check, message))
    if run.returncode == 1 and not findings:
        raise CaseError(f"no findings in: {run.stdout}")
    return sorted(findings)


def compare(expectations, findings):
    """One report meets one expectation of its line; several reports with the
    same line and id (two members, say) count as one."""
    outcome = Outcome()
    left = {}
    for finding in findings:
        left.setdefault((finding.line, finding.id), finding)

    def take(expectation):
        for check in expectation.ids:
            finding = left.pop((expectation.line, check), None)
            if finding:
                return finding
        return None

    for expectation in expectations:
        finding = take(expectation)
        if expectation.kind == "expect":
            if finding:
                outcome.met.append((expectation, finding))
            else:
                outcome.missing.append(expectation)
        elif expectation.kind == "fp":
            if finding:
                outcome.accepted_fp.append((expectation, finding))
            else:
                outcome.outdated.append(expectation)
        elif finding:
            outcome.outdated.append(expectation)
        else:
            outcome.accepted_fn.append(expectation)
    outcome.unannounced = sorted(left.values())
    return outcome


def judge(tool, mocks, path, extra=()):
    """Runs the tool on a case file and compares."""
    lines = read_source(path)
    flags = read_flags(lines) + list(extra)
    findings = run_tool(tool, mocks, path, flags)
    return lines, compare(read_expectations(lines), findings)
