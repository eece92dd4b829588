"""What the README shows of its example is what the tool says of it:
readme.py README TOOL EXAMPLE -- FLAG..."""

import os
import subprocess
import sys

readme, tool, example, *flags = sys.argv[1:]
with open(readme, encoding="utf-8") as file:
    shown = file.read().replace("\n    ", "\n")
os.chdir(os.path.dirname(example))
example = os.path.basename(example)


def run(*arguments):
    return subprocess.run([tool, "--quiet", *arguments, example, *flags],
                          capture_output=True, text=True,
                          check=False).stdout.split("\n")


report = [line for line in run() if line and " | " not in line]
with open(example, encoding="utf-8") as file:
    code = file.read().split("\n")[3:11]
added = [line for line in run("--diff")
         if line.startswith("+ ") and "guard" in line]
assert len(report) == 5 and len(added) == 1, (report, added)
for block in (code, report, added):
    assert "\n".join(block) in shown, "\n".join(block)
