"""Whether a command ends with the status that is wanted: status.py N COMMAND..."""

import subprocess
import sys

status = subprocess.call(sys.argv[2:])
if status != int(sys.argv[1]):
    sys.exit(f"status {status}, not {sys.argv[1]}")
