"""Every check has a page with the fixed headings; its example is reported by
that check and its alternative is not: pages.py TOOL SOURCE_DIR."""

import json
import os
import re
import subprocess
import sys
import tempfile

HEADINGS = ["What it finds", "Why it matters", "Example", "Use instead",
            "Options", "Fix safety", "Known limits"]
PREAMBLE = """#include "venue.hpp"
#include <interlock/safe_state.hpp>
#include <mutex>
#include <vector>
using namespace mock;
"""


def reports(tool, source, check, code):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "example.cpp")
        with open(path, "w", encoding="utf-8") as out:
            out.write(PREAMBLE + code)
        run = subprocess.run(
            [tool, "--format=json", "--quiet", "--no-cache",
             f"--checks=-*,{check}", path, "--", "-std=c++20",
             "-I" + os.path.join(source, "test", "mocks")],
            capture_output=True, text=True, check=False, timeout=120)
        if run.returncode not in (0, 1):
            return None, run.stderr
        return len(json.loads(run.stdout)["findings"]), ""


def main():
    tool, source = sys.argv[1:]
    with open(os.path.join(source, "matchers", "Checks.def"),
              encoding="utf-8") as registry:
        checks = re.findall(r'^CHECK\(\w+, "([\w-]+)", \w+, "(.*)"\)',
                            registry.read(), re.M)
    problems = []
    pages = os.path.join(source, "tool", "docs", "checks")
    for stray in sorted(set(os.listdir(pages)) - {c + ".md" for c, _ in checks}):
        problems.append(f"{stray}: no such check")
    for check, summary in checks:
        try:
            with open(os.path.join(pages, check + ".md"),
                      encoding="utf-8") as page:
                text = page.read()
        except FileNotFoundError:
            problems.append(f"{check}: no page")
            continue
        found = re.findall(r"^## (.*)$", text, re.M)
        if found != HEADINGS:
            problems.append(f"{check}: headings are {found}")
            continue
        lead = " ".join(text.split("##")[0].split())
        if summary.lower() not in lead.lower():
            problems.append(f"{check}: the page does not open with the summary")
        for heading, wanted in (("Example", True), ("Use instead", False)):
            section = text.split(f"## {heading}\n")[1].split("\n## ")[0]
            code = re.search(r"```cpp\n(.*?)```", section, re.S)
            if not code:
                continue
            count, error = reports(tool, source, check, code.group(1))
            if count is None:
                problems.append(f"{check}: {heading}: {error}")
            elif bool(count) != wanted:
                problems.append(f"{check}: {heading}: {count} reports")
    print("\n".join(problems) or f"{len(checks)} pages are true")
    return bool(problems)


sys.exit(main())
