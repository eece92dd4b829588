#!/usr/bin/env python3
"""How many units a filter ahead of the parse could leave out, at most:

    skippable.py PROGRAM...      folders with a compile_commands.json

A unit counts as skippable if neither its source nor a header of the program
that it includes contains a coroutine keyword, a lock, a thread, or the name of
a data member (`name_`) or of built-in guarded state. Any sound filter keeps more
units than this one: it has to keep those, too, whose functions change what
they are given by reference, call what they are given, or start activities.
"""

import json
import os
import re
import subprocess
import sys

KEPT = re.compile(
    r"\bco_(await|yield|return)\b|\b\w+_\b|##"
    r"|\b\w*(mutex|lock|guard|semaphore|strand|thread|atomic)\w*\b"
    r"|\b\w*(balance|position|order|trade)\w*\b")


def own_files(entry):
    words = entry.get("arguments") or entry["command"].split()
    command, skip = ["clang++-19", "-MM", "-w"], False
    for word in words[1:]:
        if skip or word in ("-c", "-o"):
            skip = word == "-o"
        else:
            command.append(word)
    rule = subprocess.run(command, cwd=entry["directory"], check=True,
                          capture_output=True, text=True).stdout
    names = rule.replace("\\\n", " ").split(":", 1)[1].split()
    return [os.path.realpath(os.path.join(entry["directory"], name))
            for name in names]


def main():
    for folder in sys.argv[1:] or sys.exit(__doc__):
        with open(os.path.join(folder, "compile_commands.json"),
                  encoding="utf-8") as database:
            entries = json.load(database)
        root, skippable, known = os.path.realpath(folder), 0, {}

        def kept(path):
            if path not in known:
                with open(path, encoding="utf-8") as file:
                    known[path] = bool(KEPT.search(file.read()))
            return known[path]

        for entry in entries:
            skippable += not any(kept(path) for path in own_files(entry)
                                 if path.startswith(root + os.sep))
        print(f"{folder}: {skippable} of {len(entries)} units")


if __name__ == "__main__":
    main()
