"""Follows the README to the letter in a fresh project:
readme_steps.py README TOOL MOCKS FOLDER. The commands are those that the README
has, in its order; here stands only what each of them must come to."""

import os
import pathlib
import re
import subprocess
import sys

readme, tool, mocks, folder = sys.argv[1:]
root = pathlib.Path(folder)
LEDGER = pathlib.Path(__file__).with_name("ledger.cpp").read_text()
STEPS = {  # command: exit status, a file that it makes
    "interlock ledger.cpp -- -std=c++20": (1, None),
    "interlock -p build --init": (0, ".interlock.yaml"),
    "interlock -p build": (1, None),
    "interlock -p build --format=html --output=report.html": (1, "report.html"),
    "interlock -p build --diff": (1, None),
    "interlock -p build --fix": (0, None),
    "interlock a.cpp -- -std=c++20": (0, None),
    "interlock -p build --since origin/main": (0, None),
    "interlock -p build --baseline interlock.json --write-baseline":
        (0, "interlock.json"),
    "interlock -p build --baseline interlock.json": (0, None),
}


def run(command, **more):
    return subprocess.run(command, cwd=root, shell=True, text=True,
                          capture_output=True, env=environment, check=False,
                          **more)


environment = {**os.environ, "CPLUS_INCLUDE_PATH": mocks,
               "PATH": f"{root / 'bin'}:{os.environ['PATH']}"}
(root / "bin").mkdir(parents=True)
(root / "bin" / "interlock").symlink_to(tool)
(root / "ledger.cpp").write_text(LEDGER)
(root / "a.cpp").write_text("int answer() { return 42; }\n")
(root / ".gitignore").write_text("bin\nbuild\n*.html\n")
(root / "CMakeLists.txt").write_text(
    "cmake_minimum_required(VERSION 3.25)\nproject(fresh LANGUAGES CXX)\n"
    "set(CMAKE_CXX_STANDARD 20)\nadd_library(fresh OBJECT ledger.cpp a.cpp)\n"
    f"target_include_directories(fresh PRIVATE {mocks})\n")
for command in ("git init -q -b main", "git add .",
                "git -c user.name=a -c user.email=a commit -qm first",
                "git update-ref refs/remotes/origin/main HEAD",
                "cmake -S . -B build -DCMAKE_CXX_COMPILER=clang++ "
                "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON"):
    done = run(command)
    assert done.returncode == 0, done.stderr

with open(readme, encoding="utf-8") as text:
    shown = re.findall(r"^    (?:\$ )?(interlock .*?)(?:\s+#.*)?$", text.read(),
                       re.M)
assert shown == list(STEPS), (shown, list(STEPS))
for command in shown:
    status, made = STEPS[command]
    done = run(command)
    assert done.returncode == status, (command, done.returncode, done.stdout,
                                       done.stderr)
    assert not made or (root / made).stat().st_size, made
assert "atomic_balance_update" in (root / "ledger.cpp").read_text()
done = run("cmake --build build")
assert done.returncode == 0, done.stdout
