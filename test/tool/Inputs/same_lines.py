"""Compares two files line by line, in any order of lines: same_lines.py A B.
Paths are compared without their folders."""

import os
import re
import sys


def lines(path):
    with open(path) as text:
        return sorted(re.sub(r"^\S*/(?=\w+\.[ch]pp:)", "", line)
                      for line in text)


first, second = lines(sys.argv[1]), lines(sys.argv[2])
sys.exit(0 if first and first == second else
         f"{os.path.basename(sys.argv[1])} and the other differ: "
         f"{[l for l in first if l not in second][:3]} "
         f"{[l for l in second if l not in first][:3]}")
