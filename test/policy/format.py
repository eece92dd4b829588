"""format.py CLANG_FORMAT ROOT: our own code is laid out by the .clang-format
files. Programs that are input of tests keep their own layout."""
import pathlib
import subprocess
import sys

OURS = ["matchers", "rewriters", "runtime", "tool", "test/explorer",
        "test/rewriters", "test/runtime", "test/unit"]
INPUT = ["test/rewriters/programs", "tool/docs"]

tool, root = sys.argv[1], pathlib.Path(sys.argv[2])
files = sorted(
    str(file) for folder in OURS for file in (root / folder).rglob("*")
    if file.suffix in (".cpp", ".h", ".hpp")
    and not any(file.is_relative_to(root / folder) for folder in INPUT))
if len(files) < 100:
    sys.exit(f"only {len(files)} files found")
sys.exit(subprocess.run([tool, "--dry-run", "-Werror", *files]).returncode)
