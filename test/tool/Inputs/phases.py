"""Runs the phases over sources: phases.py TOOL SHARDS SOURCE... -- FLAG...
Prints what the checks print, sorted as one run would."""

import subprocess
import sys

tool, shards, rest = sys.argv[1], sys.argv[2], sys.argv[3:]
split = rest.index("--")
sources, flags = rest[:split], rest[split:]
facts = [source.replace(".cpp", ".facts") for source in sources]
for source, output in zip(sources, facts):
    subprocess.run([tool, "summarize", "--no-cache", f"--output={output}",
                    source, *flags], check=True)
# In either order: the index is the same.
for order in (facts, facts[::-1]):
    subprocess.run([tool, "merge", "--output=index", f"--shards={shards}",
                    *order], check=True)
for output in facts:
    print(subprocess.run([tool, "check", "--quiet", "--exit-zero",
                          "--index=index", output], check=True,
                         stdout=subprocess.PIPE, text=True).stdout, end="")
