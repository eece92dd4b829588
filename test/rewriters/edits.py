#!/usr/bin/env python3
"""Edits to the letter: what happens to the bytes of files.

Each case makes a small project in a folder of its own, runs the tool with
--fix over its compilation database, and looks at every file and at the exit
status. Then it runs the tool once more, which must not change a byte.
"""

import argparse
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import traceback

INCLUDE = "#include <interlock/safe_state.hpp>"
GUARD = ("auto guard =\n        co_await "
         "interlock::get_global_safe_state().atomic_balance_update();")
OPERATION = "co_await interlock::get_global_safe_state().atomic_balance_update()"

BODY = """struct Account {
  long balance_ = 100;
  task<> buy(long cost) {
    if (balance_ < cost)
      co_return;
    co_await settle();
    balance_ -= cost;
  }
};
"""
HEAD = '#include "task.hpp"\n\n'
ACCOUNT = HEAD + BODY
FIXED_BODY = BODY.replace("    if (", f"    {GUARD}\n    if (")
FIXED_HEAD = f'#include "task.hpp"\n{INCLUDE}\n\n'
FIXED = FIXED_HEAD + FIXED_BODY

TASK = """#pragma once
#include <coroutine>
template <class T = void> struct task {
  struct promise_type {
    task get_return_object();
    std::suspend_always initial_suspend() noexcept;
    std::suspend_always final_suspend() noexcept;
    void return_void();
    void unhandled_exception();
  };
  bool await_ready();
  void await_suspend(std::coroutine_handle<>);
  void await_resume();
};
task<> settle();
"""

CASES = []


def case(function):
    CASES.append(function)
    return function


class Project:
    """A folder with sources, and what the tool makes of it."""

    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.units = []
        os.makedirs(folder)
        self.write("task.hpp", TASK)

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), "wb") as file:
            file.write(text if isinstance(text, bytes) else text.encode())

    def unit(self, name, text=None, flags=()):
        if text is not None:
            self.write(name, text)
        self.units.append((name, list(flags)))

    def read(self, name):
        with open(self.path(name), "rb") as file:
            return file.read().decode("latin-1")

    def contents(self):
        found = {}
        for folder, _, names in os.walk(self.folder):
            for name in names:
                full = os.path.join(folder, name)
                found[os.path.relpath(full, self.folder)] = (
                    open(full, "rb").read(), os.lstat(full).st_mode)
        return found

    def fix(self, status=0, more=()):
        """Runs the tool twice; returns what the first run printed."""
        database = [
            {"directory": self.folder, "file": name,
             "arguments": ["clang++", "-std=c++20", f"-I{self.folder}",
                           f"-I{os.path.abspath(self.options.include)}", *flags, "-c", name]}
            for name, flags in self.units]
        self.write("compile_commands.json", json.dumps(database))
        if not os.path.exists(self.path(".interlock.yaml")):
            self.write(".interlock.yaml", "executor: single-threaded\n")
        first = self.run(status, more)
        after = self.contents()
        self.run(None, more)
        changed = [name for name, content in self.contents().items()
                   if after.get(name) != content]
        assert not changed, f"the second run has changed {changed}"
        return first

    def run(self, status, more):
        done = subprocess.run(
            [self.options.tool, "-p", self.folder, "--fix", "--allow-dirty",
             "--no-cache", *more], capture_output=True, text=True)
        output = done.stdout + done.stderr
        assert status is None or done.returncode == status, (
            f"exit status {done.returncode}, not {status}:\n{output}")
        return output

    def expect(self, name, text):
        found = self.read(name)
        assert found == text, f"{name} is\n{found}\nand not\n{text}"


@case
def plain(p):
    p.unit("a.cpp", ACCOUNT)
    assert "1 finding: 1 fixed" in p.fix()
    p.expect("a.cpp", FIXED)


@case
def windows_line_ends(p):
    p.unit("a.cpp", ACCOUNT.replace("\n", "\r\n"))
    p.fix()
    p.expect("a.cpp", FIXED.replace("\n", "\r\n"))


@case
def mixed_line_ends(p):
    """Lines keep theirs; new ones take that of the majority."""
    text = ACCOUNT.replace("\n", "\r\n").replace("balance_ = 100;\r\n",
                                                 "balance_ = 100;\n")
    p.unit("a.cpp", text)
    p.fix()
    p.expect("a.cpp",
             FIXED.replace("\n", "\r\n").replace("balance_ = 100;\r\n",
                                                 "balance_ = 100;\n"))


@case
def byte_order_mark(p):
    p.unit("a.cpp", b"\xef\xbb\xbf" + ACCOUNT.encode())
    p.fix()
    p.expect("a.cpp", "\xef\xbb\xbf" + FIXED)


@case
def byte_order_mark_and_no_include(p):
    p.unit("a.cpp", b"\xef\xbb\xbf" + BODY.encode(), ["-include", "task.hpp"])
    p.fix()
    assert p.read("a.cpp").startswith("\xef\xbb\xbf" + INCLUDE + "\n"), \
        p.read("a.cpp")


@case
def tabs(p):
    text = re.sub("^( +)", lambda m: "\t" * (len(m.group(1)) // 2), ACCOUNT,
                  flags=re.M)
    p.unit("a.cpp", text)
    p.fix()
    found = p.read("a.cpp")
    kept = [line for line in found.split("\n") if line in text.split("\n")]
    assert kept == text.split("\n"), found
    new = [l for l in found.split("\n") if "guard" in l or "co_await i" in l]
    assert new and all(l.startswith("\t") for l in new), found


@case
def no_newline_at_the_end(p):
    p.unit("a.cpp", ACCOUNT.rstrip("\n"))
    p.fix()
    p.expect("a.cpp", FIXED.rstrip("\n"))


@case
def bytes_that_are_no_text(p):
    p.unit("a.cpp", ACCOUNT.encode() + b"// caf\xe9 \xff\n")
    p.fix()
    p.expect("a.cpp", FIXED + "// caf\xe9 \xff\n")


@case
def one_line_function(p):
    body = ("struct Account { long balance_ = 100; task<> buy(long c) { "
            "if (balance_ < c) co_return; co_await settle(); balance_ -= c; } "
            "};\n")
    p.unit("a.cpp", HEAD + body)
    p.fix()
    p.expect("a.cpp", FIXED_HEAD + body.replace(
        "{ if", f"{{ auto guard = {OPERATION}; if"))


@case
def format_of_the_project(p):
    """New lines are formatted as the project asks; old ones stay."""
    p.write(".clang-format", "BasedOnStyle: LLVM\nColumnLimit: 200\n")
    p.unit("a.cpp", ACCOUNT)
    p.fix()
    p.expect("a.cpp", FIXED.replace("auto guard =\n        co", "auto guard = co"))


@case
def header_of_two_units(p):
    p.write("account.hpp", "#pragma once\n" + ACCOUNT)
    for name in ("a.cpp", "b.cpp"):
        p.unit(name, '#include "account.hpp"\n')
    assert "1 finding: 1 fixed" in p.fix()
    p.expect("account.hpp", "#pragma once\n" + FIXED)
    p.expect("a.cpp", '#include "account.hpp"\n')


@case
def header_by_two_paths(p):
    """A link to a folder makes two names of one file."""
    p.write("include/account.hpp", "#pragma once\n" + ACCOUNT)
    os.symlink("include", p.path("alias"))
    p.unit("a.cpp", '#include "include/account.hpp"\n')
    p.unit("b.cpp", '#include "alias/account.hpp"\n')
    assert "1 finding: 1 fixed" in p.fix()
    p.expect("include/account.hpp", "#pragma once\n" + FIXED)
    assert os.path.islink(p.path("alias"))


@case
def link_to_a_source(p):
    p.write("real/a.cpp", ACCOUNT)
    os.symlink("real/a.cpp", p.path("a.cpp"))
    p.unit("a.cpp")
    p.fix()
    assert os.path.islink(p.path("a.cpp"))
    p.expect("real/a.cpp", FIXED)


@case
def mode_is_kept(p):
    p.unit("a.cpp", ACCOUNT)
    os.chmod(p.path("a.cpp"), 0o751)
    p.fix()
    assert stat.S_IMODE(os.stat(p.path("a.cpp")).st_mode) == 0o751


@case
def read_only_file(p):
    p.unit("a.cpp", ACCOUNT)
    os.chmod(p.path("a.cpp"), 0o444)
    assert "cannot be written" in p.fix(status=1, more=["--format=json"])
    p.expect("a.cpp", ACCOUNT)


@case
def one_file_of_many_names(p):
    p.unit("a.cpp", ACCOUNT)
    os.link(p.path("a.cpp"), p.path("other.cpp"))
    assert "more than one name" in p.fix(status=1, more=["--format=json"])
    p.expect("a.cpp", ACCOUNT)


@case
def generated_file(p):
    p.unit("a.cpp", "// Generated by a tool. DO NOT EDIT.\n" + ACCOUNT)
    assert "is generated" in p.fix(status=1, more=["--format=json"])
    p.expect("a.cpp", "// Generated by a tool. DO NOT EDIT.\n" + ACCOUNT)


@case
def outside_of_the_root(p):
    p.write("vendor/account.hpp", "#pragma once\n" + ACCOUNT)
    p.write("own/.interlock.yaml",
            "executor: single-threaded\nroot: .\nheader-filter: '.*'\n")
    p.unit("own/a.cpp", '#include "vendor/account.hpp"\n')
    p.fix(status=None)
    p.expect("vendor/account.hpp", "#pragma once\n" + ACCOUNT)


@case
def system_header(p):
    p.write("sys/account.hpp", "#pragma once\n" + ACCOUNT)
    p.unit("a.cpp", "#include <account.hpp>\n",
           ["-isystem", p.path("sys")])
    p.fix(status=None)
    p.expect("sys/account.hpp", "#pragma once\n" + ACCOUNT)


@case
def included_where_no_include_may_stand(p):
    """A body that is included inside a class: its includer gets the line."""
    body = BODY[BODY.index("  task"):BODY.rindex("};")]
    p.write("buy.inl", body)
    p.unit("a.cpp", HEAD + "struct Account {\n  long balance_ = 100;\n"
           '#include "buy.inl"\n};\n')
    p.fix()
    assert INCLUDE not in p.read("buy.inl"), p.read("buy.inl")
    assert INCLUDE in p.read("a.cpp"), p.read("a.cpp")
    assert OPERATION in p.read("buy.inl"), p.read("buy.inl")


@case
def configurations_that_disagree(p):
    """One configuration wants a guard where the other has no coroutine."""
    text = HEAD + """struct Account {
  long balance_ = 100;
  task<> buy(long cost) {
#ifdef BY_PARTS
    if (balance_ < cost)
#endif
      co_return;
    co_await settle();
    balance_ -= cost;
  }
};
"""
    p.write("account.hpp", "#pragma once\n" + text)
    p.unit("a.cpp", '#include "account.hpp"\n', ["-DBY_PARTS"])
    p.unit("b.cpp", '#include "account.hpp"\n')
    p.fix(status=None)
    found = p.read("account.hpp")
    assert found.count("auto guard") <= 1, found


@case
def keys_of_two_configurations(p):
    """Each configuration alone has a good edit, and they are different."""
    text = HEAD + """#include "map.hpp"
#ifdef FULL
#define KEY full
#else
#define KEY name
#endif
struct Book {
  map positions_;
  task<> add(int name, int full, long qty) {
    long old = positions_[KEY];
    co_await settle();
    positions_[KEY] = old + qty + 0 * (name + full);
  }
};
"""
    p.write("map.hpp", "#pragma once\nstruct map {\n  long &operator[](int);\n"
            "  long &at(int);\n  int find(int);\n};\n")
    p.write("book.hpp", "#pragma once\n" + text)
    p.unit("a.cpp", '#include "book.hpp"\n', ["-DFULL"])
    p.unit("b.cpp", '#include "book.hpp"\n')
    p.fix(status=None)
    found = p.read("book.hpp")
    assert found.count("co_await interlock") <= 1, found


@case
def warning_that_is_an_error_in_one_unit(p):
    """A plan that one unit's flags reject is withdrawn; the others stay."""
    p.write("account.hpp", "#pragma once\n" + ACCOUNT)
    p.unit("a.cpp", '#include "account.hpp"\nint guard = 1;\n',
           ["-Wshadow", "-Werror"])
    p.unit("b.cpp", ACCOUNT.replace("Account", "Other"))
    output = p.fix(status=None)
    assert OPERATION in p.read("b.cpp"), output
    p.expect("a.cpp", '#include "account.hpp"\nint guard = 1;\n')


@case
def plan_that_would_not_compile(p):
    """`interlock` means something else in one of the files."""
    p.unit("a.cpp", HEAD + "namespace app {\nnamespace interlock {}\n" + BODY +
           "}\n")
    p.unit("b.cpp", ACCOUNT.replace("Account", "Other"))
    p.fix(status=None)
    assert OPERATION in p.read("b.cpp")
    found = p.read("a.cpp")
    assert "::interlock::" in found or "interlock::get" not in found, found


@case
def include_next_to_the_projects_own(p):
    """The line goes where the file keeps its own, in their order."""
    for name in ("alpha.hpp", "zeta.hpp"):
        p.write(name, "#pragma once\n")
    p.unit("a.cpp", '// Copyright.\n\n#include "task.hpp"\n\n'
           '#include <cstddef>\n#include <cstdint>\n\n#include "alpha.hpp"\n'
           '#include "zeta.hpp"\n\n' + BODY)
    p.fix()
    found = p.read("a.cpp")
    assert found.startswith("// Copyright.\n\n#include \"task.hpp\"\n"), found
    assert f"#include <cstdint>\n{INCLUDE}\n\n" in found, found


@case
def quoted_include(p):
    p.write(".interlock.yaml", "executor: single-threaded\n"
            "include: '\"interlock/safe_state.hpp\"'\n")
    p.unit("a.cpp", ACCOUNT)
    p.fix()
    assert '#include "interlock/safe_state.hpp"\n' in p.read("a.cpp")


@case
def file_that_has_the_include(p):
    p.unit("a.cpp", f"#  include  \"interlock/safe_state.hpp\" // ours\n"
           + ACCOUNT)
    p.fix()
    assert p.read("a.cpp").count("safe_state.hpp") == 1


@case
def interrupted_before(p):
    """What a killed run has left is settled first."""
    p.unit("a.cpp", ACCOUNT)
    p.write(".interlock-journal.json", "")
    p.fix()
    p.expect("a.cpp", FIXED)
    assert not os.path.exists(p.path(".interlock-journal.json"))


@case
def folder_that_a_second_run_works_in(p):
    import fcntl
    p.unit("a.cpp", ACCOUNT)
    p.write(".interlock-journal.json", "")
    with open(p.path(".interlock-journal.json"), "r+") as journal:
        fcntl.flock(journal, fcntl.LOCK_EX)
        assert "another run" in p.fix(status=4)
        p.expect("a.cpp", ACCOUNT)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tool", required=True)
    parser.add_argument("--include", required=True)
    parser.add_argument("--folder", required=True)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    shutil.rmtree(options.folder, ignore_errors=True)
    failed = 0
    cases = [c for c in CASES if options.only in c.__name__]
    for each in cases:
        project = Project(options, os.path.join(
            os.path.realpath(options.folder), each.__name__))
        try:
            each(project)
        except AssertionError as problem:
            failed += 1
            line = traceback.extract_tb(problem.__traceback__)[-1].lineno
            print(f"{each.__name__} (line {line}): {problem}\n")
    print(f"{len(cases)} cases, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
