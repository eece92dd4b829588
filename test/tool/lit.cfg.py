"""lit suite of the command line: what it accepts, prints and returns."""

import os

import lit.formats

config.name = "tool"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".test"]
config.excludes = ["Inputs"]
config.test_source_root = os.path.dirname(__file__)

_here = config.test_source_root
config.environment["PATH"] = (
    config.llvm_tools + os.pathsep + os.environ["PATH"])
config.environment["NO_COLOR"] = "1"
config.substitutions += [
    ("%interlock", config.interlock),
    ("%python", config.python),
    ("%module", os.path.join(_here, "..", "..", "tool", "cmake",
                             "InterlockEnforce.cmake")),
    ("%hook", os.path.join(_here, "..", "..", "tool", "enforce",
                           "pre-commit")),
    ("%mocks", os.path.join(_here, "..", "mocks")),
    ("%inputs", os.path.join(_here, "Inputs")),
    ("%flags", "-std=c++20 -I" + os.path.join(_here, "..", "mocks")),
]

if config.tidy_plugin:
    config.available_features.add("tidy-plugin")
    config.substitutions.append(("%tidy-plugin", config.tidy_plugin))
