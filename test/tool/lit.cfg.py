"""lit suite of the command line: what it accepts, prints and returns."""

import glob
import importlib.util
import os
import shutil

import lit.formats

config.name = "tool"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".test"]
config.excludes = ["Inputs", "schemas"]
config.test_source_root = os.path.dirname(__file__)

_here = config.test_source_root
# Before others: a clang-tidy for plugins with a sanitizer in them.
config.environment["PATH"] = os.pathsep.join(
    [os.path.join(config.test_exec_root, "bin"), config.llvm_tools,
     os.environ["PATH"]])
config.environment["NO_COLOR"] = "1"
# The repository that this is built in is none of the tests' business.
config.environment["GIT_CEILING_DIRECTORIES"] = config.test_exec_root
# A cache that tests share and nobody else.
config.environment["XDG_CACHE_HOME"] = os.path.join(config.test_exec_root,
                                                    "cache")
# The sources of the check tests, for what takes a parse or more of each: every
# fourth one, unless all are asked for.
_cases = sorted(glob.glob(os.path.join(_here, "..", "checks", "*", "*.cpp")))
if os.environ.get("INTERLOCK_CASES") != "all":
    _cases = _cases[::4]
config.substitutions += [
    ("%cases", " ".join(_cases)),
    ("%interlock", config.interlock),
    ("%python", config.python),
    ("%module", os.path.join(_here, "..", "..", "tool", "cmake",
                             "InterlockEnforce.cmake")),
    ("%hook", os.path.join(_here, "..", "..", "tool", "enforce",
                           "pre-commit")),
    ("%jobs", os.path.join(_here, "..", "..", "tool", "enforce")),
    ("%readme", os.path.join(_here, "..", "..", "README.md")),
    ("%docs", os.path.join(_here, "..", "..", "tool", "docs")),
    ("%schemas", os.path.join(_here, "schemas")),
    ("%checks", os.path.join(_here, "..", "checks")),
    ("%programs", os.path.join(_here, "..", "rewriters", "programs")),
    ("%build", config.build),
    ("%mocks", os.path.join(_here, "..", "mocks")),
    ("%slurm", os.path.join(_here, "..", "..", "tool", "enforce",
                            "slurm-array")),
    ("%path", config.environment["PATH"]),
    # A program that links a library of ours needs its sanitizers.
    ("%sanitizers", config.flags if "-fsanitize" in config.flags else ""),
    ("%status", config.python + " " + os.path.join(_here, "Inputs",
                                                   "status.py")),
    ("%inputs", os.path.join(_here, "Inputs")),
    ("%flags", "-std=c++20 -I" + os.path.join(_here, "..", "mocks")),
]

if config.tidy_plugin:
    config.available_features.add("tidy-plugin")
    config.substitutions.append(("%tidy-plugin", config.tidy_plugin))

for feature, found in (
        ("jsonschema", importlib.util.find_spec("jsonschema")),
        ("chromium", shutil.which("chromium")),
        ("cpack", shutil.which("cpack") and shutil.which("dpkg-deb")),
        ("groff", shutil.which("groff")),
        ("zsh", shutil.which("zsh")),
        ("make", shutil.which("make")),
        ("bear", shutil.which("make") and shutil.which("bear"))):
    if found:
        config.available_features.add(feature)
