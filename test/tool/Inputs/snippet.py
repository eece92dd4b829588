"""Runs the commands of a continuous integration job in a checkout:
snippet.py JOB; the exit status is that of the first command that fails."""

import re
import subprocess
import sys

with open(sys.argv[1], encoding="utf-8") as job:
    text = job.read()
commands = re.findall(r"^ +(?:run:|- (?=cmake|interlock)) *(.*)$", text, re.M)
assert len(commands) == 2, commands
for command in commands:
    status = subprocess.run(command, shell=True, check=False).returncode
    if status:
        sys.exit(status)
