"""lit suite: every case file is a test; the flags stand in its RUN line."""

import os

import lit.formats

config.name = "checks"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".cpp"]
config.test_source_root = os.path.dirname(__file__)
config.environment["PYTHONDONTWRITEBYTECODE"] = "1"

_script = os.path.join(config.test_source_root, "..", "support",
                       "check_cases.py")
config.substitutions.append(
    ("%check-cases",
     f"{config.python} {os.path.normpath(_script)} --tool {config.interlock}"))
