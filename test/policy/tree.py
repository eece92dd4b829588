"""What can be checked of the tree without building it: tree.py SOURCE_DIR."""

import os
import re
import subprocess
import sys

LAYERS = {  # a folder and the project headers that it may include
    "matchers": ("matchers/",),
    "rewriters": ("rewriters/", "matchers/"),
    "tool": ("tool/", "rewriters/", "matchers/"),
}
MAX_LINES = 600
STARTS_PROGRAM = re.compile(
    r"(?:^|[\s({;=!])(?:std::|::)?"
    r"(?:system|popen|exec[lv]\w*|posix_spawn\w*|v?fork)\s*\(|Execute(?:And|No)Wait")
STARTER = "tool/driver/Git.cpp"  # git, without a shell


def sources(root):
    names = subprocess.run(["git", "-C", root, "ls-files"], check=True,
                           capture_output=True, text=True).stdout.split("\n")
    return [n for n in names if n and os.path.isfile(os.path.join(root, n))]


def main():
    root = sys.argv[1]
    problems = []
    for name in sources(root):
        top = name.split("/")[0]
        if not name.endswith((".h", ".cpp", ".hpp", ".py", ".cmake")):
            continue
        with open(os.path.join(root, name), encoding="utf-8",
                  errors="replace") as source:
            lines = source.read().split("\n")
        code = top in (*LAYERS, "runtime")
        if code and len(lines) > MAX_LINES + 1:
            problems.append(f"{name}: {len(lines) - 1} lines, more than "
                            f"{MAX_LINES}")
        for number, line in enumerate(lines, 1):
            include = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
            if include and top in LAYERS:
                target = include.group(1)
                if (target.split("/")[0] in (*LAYERS, "runtime", "test")
                        and not target.startswith(LAYERS[top])):
                    problems.append(f"{name}:{number}: {top} includes {target}")
                if name.startswith("tool/output/") and target.startswith(
                        ("tool/driver/", "matchers/flow/", "matchers/facts/")):
                    problems.append(f"{name}:{number}: output sees findings "
                                    f"and plans only, not {target}")
            if top == "runtime" and re.match(r'\s*#\s*include\s+[<"](clang|llvm)/',
                                             line):
                problems.append(f"{name}:{number}: the runtime sees no LLVM")
            if (code and name.endswith(".cpp") and name != STARTER
                    and STARTS_PROGRAM.search(line)):
                problems.append(f"{name}:{number}: starts a program")
            if code and re.search(r"[\"' (](/home/|/root/|/work/)\w", line):
                problems.append(f"{name}:{number}: a path of one machine")
    readme = os.path.join(root, "README.md")
    with open(readme, encoding="utf-8") as text:
        for command in re.findall(r"^\s*(tool/dev/[\w-]+)", text.read(), re.M):
            if not os.access(os.path.join(root, command), os.X_OK):
                problems.append(f"README.md: {command} cannot be run")
    print("\n".join(problems) or "the tree is in order")
    return bool(problems)


sys.exit(main())
