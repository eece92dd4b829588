"""Runs the tool several times at once: together.py N BUILD CACHE TOOL.
Prints how many different outputs there were."""

import subprocess
import sys

count, build, cache, tool = sys.argv[1:]
runs = [subprocess.Popen([tool, "-p", build, "--cache-dir", cache, "--quiet"],
                         stdout=subprocess.PIPE) for _ in range(int(count))]
outputs = {run.communicate()[0] for run in runs}
bad = [run.returncode for run in runs if run.returncode != 1]
print(f"{count} runs, {len(outputs)} output{'s' * (len(outputs) != 1)}", *bad)
