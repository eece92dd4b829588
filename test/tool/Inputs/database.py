"""Writes a compile_commands.json: database.py FOLDER SOURCE... -- FLAG..."""

import json
import os
import sys

folder, rest = sys.argv[1], sys.argv[2:]
split = rest.index("--")
entries = [{"directory": folder, "file": os.path.abspath(source),
            "arguments": ["clang++", *rest[split + 1:], "-c",
                          os.path.abspath(source)]}
           for source in rest[:split]]
os.makedirs(folder, exist_ok=True)
with open(os.path.join(folder, "compile_commands.json"), "w") as out:
    json.dump(entries, out)
