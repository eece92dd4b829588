"""Whether clang-tidy with the plugin finds what the tool finds, source by
source: compare.py TOOL PLUGIN SOURCE... -- FLAG..."""

import collections
import concurrent.futures
import os
import re
import subprocess
import sys

tool, plugin, *rest = sys.argv[1:]
split = rest.index("--")
sources, flags = rest[:split], rest[split:]


def findings(text):
    return [(os.path.realpath(file), int(line), int(column), check)
            for file, line, column, check in re.findall(
                r"^(.*?):(\d+):(\d+): (?:error|warning|note): "
                r".*\[interlock-([\w-]+)\]$", text, re.M)]


def by_tool(source):
    run = subprocess.run([tool, "--quiet", source, *flags],
                         capture_output=True, text=True, check=False)
    assert run.returncode in (0, 1), (source, run.stderr)
    return findings(run.stdout)


def by_plugin(source):
    run = subprocess.run(
        ["clang-tidy", f"--load={plugin}", "--checks=-*,interlock-*",
         "--header-filter=.*", source, *flags],
        capture_output=True, text=True, check=False)
    assert run.returncode == 0, (source, run.stderr)
    return findings(run.stdout)


differences = total = 0
checks = set()
with concurrent.futures.ThreadPoolExecutor(2) as pool:
    for source, own, tidy in zip(sources, pool.map(by_tool, sources),
                                 pool.map(by_plugin, sources)):
        total += len(own)
        checks |= {finding[3] for finding in own}
        own, tidy = collections.Counter(own), collections.Counter(tidy)
        for finding in sorted((own - tidy) + (tidy - own)):
            differences += 1
            print("only", "the tool" if finding in own else "clang-tidy",
                  finding)
print(f"{len(sources)} sources, {total} findings of {len(checks)} checks, "
      f"{differences} differences")
sys.exit(bool(differences))
