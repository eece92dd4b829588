"""Runs a command with standard error on a terminal, standard output in a pipe:
terminal.py COMMAND...; prints what the terminal saw."""

import os
import pty
import signal
import subprocess
import sys

arguments = sys.argv[1:]
# A test runner that ignores Ctrl-C hands that down.
signal.signal(signal.SIGINT, signal.SIG_DFL)
ours, theirs = pty.openpty()
environment = {**os.environ, "TERM": "xterm"}
if environment.pop("COLORS", None):
    environment.pop("NO_COLOR", None)
process = subprocess.Popen(arguments, stderr=theirs, stdout=subprocess.PIPE,
                           env=environment, start_new_session=True)
os.close(theirs)
seen = b""
while True:
    try:
        piece = os.read(ours, 4096)
    except OSError:  # the other side is closed
        break
    if not piece:
        break
    seen += piece
output = process.stdout.read()
process.wait(timeout=60)
print("terminal:", seen)
print("output:", output)
print("status:", process.returncode)
