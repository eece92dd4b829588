"""Damages every entry of a cache: damage.py flip|cut|empty FOLDER."""

import os
import sys

how, folder = sys.argv[1:]
for name in os.listdir(folder):
    path = os.path.join(folder, name)
    if not name.startswith("llvmcache-") or not os.path.getsize(path):
        continue
    with open(path, "rb") as entry:
        content = bytearray(entry.read())
    if how == "flip":
        content[len(content) * 3 // 4] ^= 4
    elif how == "cut":
        del content[len(content) // 2:]
    else:
        content.clear()
    with open(path, "wb") as entry:
        entry.write(content)
