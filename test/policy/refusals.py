#!/usr/bin/env python3
"""Every refusal that the rewriters give is listed, every listed one has a row
on its page and a test, and nothing is listed that no code gives."""

import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1])
listed = re.findall(r'^REFUSAL\("([a-z-]+)"',
                    (root / "rewriters/Refusals.def").read_text(), re.M)
page = re.findall(r"^\| `([a-z-]+)` \|",
                  (root / "tool/docs/refusals.md").read_text(), re.M)
code = "\n".join(source.read_text()
                 for source in sorted((root / "rewriters").rglob("*.cpp")))
problems = [f"'{id}' has no row in refusals.md" for id in listed if id not in page]
problems += [f"'{id}' is not in Refusals.def" for id in page if id not in listed]
problems += [f"'{id}' is given by no code" for id in listed
             if f'"{id}"' not in code]
tests = "\n".join(source.read_text()
                  for source in sorted((root / "test/rewriters").rglob("*.cpp")))
problems += [f"'{id}' has no test" for id in listed
             if f'"{id}"' not in tests and f"refuse: {id}" not in tests]
for given in re.findall(r'Why\{\s*"([a-z-]+)"', code):
    if given not in listed:
        problems.append(f"'{given}' is not in Refusals.def")
print("\n".join(problems))
sys.exit(1 if problems else 0)
