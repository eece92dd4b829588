"""Input that is wrong, odd or hostile: a clear message, the right exit status,
nothing lost, never a crash. One method a kind of input."""

import ctypes
import json
import os
import pathlib
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).parent
TOOL = os.environ["INTERLOCK"]
FLAGS = ["-std=c++20", f"-I{HERE.parent / 'mocks'}"]
LEDGER = (HERE / "Inputs" / "ledger.cpp").read_text()
FOUND = r"a\.cpp:7:7: error: 'balance_' is modified .*\[interlock-stale-check\]"
CLEAN, FINDINGS, USAGE, BROKEN, FIXES_WITHHELD = range(5)
# A function over the budget is a note, which is no reason to fail.
JUDGED = (CLEAN, FINDINGS), "interlock-unguarded-|analysis-incomplete"


def without_privileges():
    """Before a program starts: permissions count, for root as well."""
    drop, override, search = 24, 1, 2  # PR_CAPBSET_DROP, CAP_DAC_*
    libc = ctypes.CDLL(None, use_errno=True)
    for capability in (override, search):
        libc.prctl(drop, capability, 0, 0, 0)


class Project:
    """A folder with sources, and what the tool says about it."""

    def __init__(self, test, files):
        self.test = test
        folder = tempfile.TemporaryDirectory()
        test.addCleanup(folder.cleanup)
        self.path = pathlib.Path(folder.name).resolve()
        for name, content in files.items():
            target = self.path / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, str):
                content = content.encode()
            target.write_bytes(content)

    def entry(self, file="a.cpp", flags=FLAGS, **other):
        return {"directory": str(self.path), "file": file,
                "arguments": ["c++", *flags, "-c", file], **other}

    def database(self, *entries):
        (self.path / "compile_commands.json").write_text(json.dumps(entries))
        return self

    def run(self, *arguments):
        return subprocess.run(
            [TOOL, *(arguments or ("-p", "."))], cwd=self.path,
            capture_output=True, text=True, errors="replace",
            preexec_fn=without_privileges)

    def expect(self, status, pattern, *arguments):
        done = self.run(*arguments)
        everything = done.stdout + done.stderr
        allowed = status if isinstance(status, tuple) else (status,)
        self.test.assertIn(done.returncode, allowed, everything[:2000])
        self.test.assertRegex(everything, pattern)
        self.test.assertNotIn("PLEASE submit a bug report", everything)
        return done


class Base(unittest.TestCase):
    def project(self, files=None, **named):
        return Project(self, files if files is not None else {"a.cpp": LEDGER})

    def flags(self, flags, status, pattern, files=None):
        p = self.project({"a.cpp": LEDGER, **(files or {})})
        p.database(p.entry(flags=flags)).expect(status, pattern)


class Databases(Base):
    def test_deeply_nested(self):
        p = self.project({"a.cpp": LEDGER, "compile_commands.json": "[" * 10**5})
        p.expect(USAGE, r"compile_commands\.json:1:101: nested too deeply")

    def test_bytes_that_are_no_text(self):
        p = self.project({"compile_commands.json": b'[{"directory":"\xff"}]'})
        p.expect(USAGE, r"compile_commands\.json:1:\d+: not JSON: Invalid UTF-8")

    def test_byte_order_mark(self):
        p = self.project()
        text = json.dumps([p.entry()]).encode()
        (p.path / "compile_commands.json").write_bytes(b"\xef\xbb\xbf" + text)
        p.expect(FINDINGS, FOUND)

    def test_value_of_wrong_type(self):
        p = self.project()
        p.database(p.entry(file=3)).expect(USAGE, "entry 0 has no 'file'")

    def test_folder_of_the_command_is_gone(self):
        p = self.project()
        p.database(p.entry(directory="/no/such/folder",
                           file=str(p.path / "a.cpp")))
        p.expect(BROKEN, r"a\.cpp: error: folder '/no/such/folder' of the "
                         "command is gone")

    def test_duplicate_and_conflicting_entries(self):
        p = self.project()
        p.database(p.entry(), p.entry(), p.entry(flags=[*FLAGS, "-DOTHER"]))
        done = p.expect(FINDINGS, FOUND)
        self.assertEqual(len(re.findall(FOUND, done.stdout)), 1)

    def test_relative_folder(self):
        p = self.project()
        p.database(p.entry(directory=".")).expect(FINDINGS, FOUND)

    def test_command_with_quotes(self):
        p = self.project({"a b.cpp": LEDGER})
        p.database({"directory": str(p.path), "file": "a b.cpp",
                    "command": f"c++ {' '.join(FLAGS)} -c 'a b.cpp'"})
        p.expect(FINDINGS, r"a b\.cpp:7:7: error")

    def test_response_file(self):
        self.flags(["@flags.rsp"], FINDINGS, FOUND,
                   {"flags.rsp": " ".join(FLAGS)})

    def test_response_file_that_is_gone(self):
        self.flags(["@gone.rsp"], USAGE,
                   r"entry 0 \('a\.cpp'\): response file 'gone\.rsp' cannot")

    def test_response_file_that_includes_itself(self):
        self.flags(["@a.rsp"], USAGE, "recursive expansion",
                   {"a.rsp": "@a.rsp"})

    def test_other_languages_are_counted(self):
        p = self.project({"a.cpp": LEDGER, "b.mm": "", "c.m": ""})
        p.database(*[p.entry(f) for f in ("a.cpp", "b.mm", "c.m")])
        p.expect(FINDINGS, "2 entries of other languages skipped")

    def test_other_case(self):
        p = self.project()
        p.database(p.entry(), p.entry("A.cpp"))
        p.expect(FINDINGS, "1 entry skipped whose file is gone: 'A.cpp'")
        p.database(p.entry("A.cpp")).expect(
            USAGE, r"none of its files exists")

    def test_links_to_one_file(self):
        p = self.project({"src/a.cpp": LEDGER})
        (p.path / "link").symlink_to(p.path / "src")
        p.database(p.entry("link/a.cpp"), p.entry("src/a.cpp"))
        done = p.expect(FINDINGS, FOUND)
        self.assertEqual(len(re.findall(FOUND, done.stdout)), 1)

    def test_what_is_no_file(self):
        p = self.project({"a.cpp": LEDGER, "folder.cpp/x": ""})
        (p.path / "loop.cpp").symlink_to("loop.cpp")
        os.mkfifo(p.path / "pipe.cpp")
        p.database(*[p.entry(f"{name}.cpp")
                     for name in ("a", "folder", "loop", "pipe")])
        p.expect(FINDINGS, "3 entries skipped whose files are gone")

    def test_working_folder_that_is_gone(self):
        p = self.project({"a.cpp": LEDGER, "here/x": ""})
        done = subprocess.run(
            ["sh", "-c", 'rm x; rmdir ../here; exec "$@"', "sh", TOOL,
             str(p.path / "a.cpp"), "--", *FLAGS], cwd=p.path / "here",
            capture_output=True, text=True)
        self.assertEqual(done.returncode, USAGE)
        self.assertIn("the working folder is gone", done.stderr)

    def test_names_that_would_be_formats(self):
        p = self.project({"%s%n{}.cpp": LEDGER})
        p.database(p.entry("%s%n{}.cpp"))
        p.expect(FINDINGS, r"%s%n\{\}\.cpp:7:7: error")
        p.expect(USAGE, r"'%n%s\{0\}' does not exist", "-p", "%n%s{0}")
        p.database(p.entry("%s%n{}.c", flags=["%s", "{}"]))
        p.expect(USAGE, r"none of its files exists.*%s%n\{\}\.c|0 findings")

    def test_that_may_not_be_read(self):
        p = self.project()
        p.database(p.entry())
        os.chmod(p.path / "compile_commands.json", 0)
        p.expect(USAGE, r"compile_commands\.json: cannot be read: Permission")
        os.chmod(p.path / "compile_commands.json", 0o644)
        os.chmod(p.path / "a.cpp", 0)
        p.expect(BROKEN, r"a\.cpp: error: .*Permission denied")

    def test_folder_with_a_link_to_it(self):
        p = self.project({"src/a.cpp": LEDGER, "out/x": ""})
        (p.path / "link").symlink_to("out")
        (p.path / "tree").symlink_to("src")
        p.path = p.path / "out"
        p.database(p.entry("../tree/a.cpp"))
        p.path = p.path.parent
        p.expect(FINDINGS, r"src/a\.cpp:7:7: error", "-p", "link")
        p.expect(FINDINGS, r"src/a\.cpp:7:7: error", "-p", "link",
                 "tree/a.cpp")
        p.expect(CLEAN, "1 fixed", "-p", "link", "--fix")
        self.assertTrue((p.path / "tree").is_symlink())


class Flags(Base):
    def test_of_gcc_only(self):
        self.flags([*FLAGS, "-fconserve-stack", "-fanalyzer", "-Wno-such",
                    "--param=foo=3", "-fmodules-ts"], FINDINGS, FOUND)

    def test_that_nobody_knows(self):
        self.flags([*FLAGS, "-mno-such-thing"], FINDINGS,
                   "ignored compiler flags that clang does not know")

    def test_forced_include(self):
        self.flags([*FLAGS, "-include", "before.h"], FINDINGS, FOUND,
                   {"before.h": "#define BEFORE 1\n"})

    def test_precompiled_header_of_gcc(self):
        self.flags([*FLAGS, "-include", "pre.h"], FINDINGS, FOUND,
                   {"pre.h": "", "pre.h.gch": "gpch.014 no clang reads this"})

    def test_precompiled_header_that_is_none(self):
        self.flags([*FLAGS, "-include-pch", "x.pch"], BROKEN,
                   r"error: .*'x\.pch'", {"x.pch": "garbage"})

    def test_module_file_that_is_gone(self):
        self.flags([*FLAGS, "-fmodule-file=m=gone.pcm"], FINDINGS, FOUND)

    def test_of_a_build_with_modules(self):
        for flags in (["-fmodules-ts", "-fmodule-mapper=a.modmap",
                       "-MD", "-fdeps-format=p1689r5", "-x", "c++"],
                      ["@a.modmap"],
                      ["-fmodules", "-fmodule-map-file=gone.modulemap"]):
            with self.subTest(flags):
                self.flags([*FLAGS, *flags], (FINDINGS, BROKEN),
                           FOUND + "|module map file 'gone.modulemap' not found",
                           {"a.modmap": "-x c++\n-fmodule-output=a.pcm\n"})

    def test_processor_that_is_none(self):
        self.flags([*FLAGS, "-march=armv8-a"], BROKEN,
                   r"a\.cpp: error: unknown target CPU")

    def test_unity_build(self):
        p = self.project({"u.cpp": '#include "a.cpp"\nint other;\n',
                          "a.cpp": LEDGER})
        p.database(p.entry("u.cpp")).expect(FINDINGS, FOUND)

    def test_a_very_long_one(self):
        self.flags([*FLAGS, "-D" + "X" * 100_000], FINDINGS, FOUND)


class Sources(Base):
    def source(self, content, status, pattern, flags=FLAGS):
        p = self.project({"a.cpp": content})
        p.database(p.entry(flags=flags)).expect(status, pattern)

    def test_empty(self):
        self.source("", CLEAN, "0 findings")

    def test_not_utf8(self):
        self.source(LEDGER.encode() + b'// \xe9\xff\nconst char *s = "\xe9";\n',
                    FINDINGS, FOUND)

    def test_nul_bytes(self):
        self.source(LEDGER.encode() + b"// a\0b\n\0\n", FINDINGS, FOUND)

    def test_byte_order_mark(self):
        self.source(b"\xef\xbb\xbf" + LEDGER.encode(), FINDINGS, FOUND)

    def test_utf16(self):
        self.source(b"\xff\xfe" + LEDGER.encode("utf-16-le"), BROKEN,
                    r"a\.cpp: error: UTF-16")

    def test_named_module(self):
        include, code = LEDGER.split("\n", 1)
        p = self.project({"a.cpp": f"module;\n{include}\n"
                                   f"export module ledger;\n{code}"})
        p.database(p.entry()).expect(
            FINDINGS, r"a\.cpp:\d+:7: error: 'balance_' .*stale-check")

    def test_that_crashes_the_front_end(self):
        crash = LEDGER + "#pragma clang __debug crash\n"
        p = self.project({"a.cpp": LEDGER, "b.cpp": crash})
        p.database(p.entry(), p.entry("b.cpp"))
        done = p.expect(BROKEN, FOUND)
        self.assertIn("the front end crashed on 'b.cpp'", done.stderr)
        self.assertNotIn("b.cpp:", done.stdout)
        p.expect(BROKEN, "1 fixed", "-p", ".", "--fix", "--fix-errors")
        self.assertIn("atomic_balance_update", (p.path / "a.cpp").read_text())
        self.assertEqual((p.path / "b.cpp").read_text(), crash)

    def test_that_overflows_the_stack(self):
        crash = "bool f(bool a) { return " + "!" * 200_000 + "a; }"
        p = self.project({"a.cpp": LEDGER, "b.cpp": crash})
        p.database(p.entry(), p.entry("b.cpp", [*FLAGS, "-fbracket-depth=999999"]))
        done = p.expect(BROKEN, FOUND)
        self.assertIn("the front end crashed on 'b.cpp'", done.stderr)

    def test_import_of_a_module_that_is_not_built(self):
        self.source("import ledger;\nint main() {}\n", BROKEN,
                    r"a\.cpp:1:8: error: module 'ledger' not found")

    def test_include_in_other_case(self):
        p = self.project({"a.cpp": '#include "Own.hpp"\n', "own.hpp": ""})
        p.database(p.entry()).expect(
            BROKEN, r"a\.cpp:1:10: error: 'Own\.hpp' file not found")

    def test_that_does_not_parse_beside_one_that_does(self):
        p = self.project({"a.cpp": LEDGER, "b.cpp": "int main( { return"})
        p.database(p.entry(), p.entry("b.cpp"))
        done = p.expect(BROKEN, FOUND)
        self.assertRegex(done.stderr, r"b\.cpp:1:\d+: error: ")
        self.assertIn("1 translation unit did not compile", done.stderr)

    def test_deep_nesting(self):
        deep = [*FLAGS, "-fbracket-depth=100000"]
        body = "if (balance_ >= c) {" * 2000 + "balance_ -= c;" + "}" * 2000
        self.source(f"struct L {{ long balance_; void f(long c) {{ {body} }} }};",
                    *JUDGED, deep)

    def test_deep_templates(self):
        self.source("template <int N> struct A { using t = typename A<N-1>::t; };"
                    "template <> struct A<0> { using t = int; }; A<2000>::t x;",
                    CLEAN, "0 findings", [*FLAGS, "-ftemplate-depth=5000"])

    def test_long_chain_of_calls(self):
        self.source("struct S { S &f(); }; void g(S &s) { s" + ".f()" * 5000 +
                    "; }", CLEAN, "0 findings")

    def test_long_expression(self):
        self.source("long balance_; void f(long x) { balance_ = " +
                    "+".join(["x"] * 20_000) + "; }", FINDINGS,
                    "unguarded-modification")

    def test_function_of_50_000_lines(self):
        body = "".join(f"if (balance_ > {i})\nbalance_ -= {i};\n"
                       for i in range(25_000))
        self.source("struct L { long balance_; void f() {\n" + body + "} };",
                    *JUDGED)

    def test_100_megabytes(self):
        self.source(LEDGER + "\n// " + "x" * 100_000_000 + "\n", FINDINGS, FOUND)


class OtherFiles(Base):
    """What is read beside sources and databases, and what is written."""

    def given(self, files, status, pattern, *options):
        p = self.project({"a.cpp": LEDGER, **files})
        return p, p.expect(status, pattern, *options, "a.cpp", "--", *FLAGS)

    def test_baseline(self):
        for text, message in {
                "{garbage": r"b\.json:1:2: not JSON",
                "": r"b\.json:1:0: not JSON: Unexpected EOF",
                "[]": r"b\.json: not a baseline",
                '{"version":99,"findings":[]}': r"b\.json: not a baseline",
                '{"version":1,"findings":[{"check":3}]}': "without 'fingerprint'",
                "[" * 10**5: r"b\.json:1:101: nested too deeply"}.items():
            self.given({"b.json": text}, USAGE, message, "--baseline=b.json")

    def test_configuration(self):
        for text, message in {
                "executor: \0": r":1:11: error: holds a control character",
                b"# \xff": r":1:3: error: holds a control character or bytes that",
                bytes(range(1, 256)): r"\.interlock\.yaml:1:1: error",
                "[" * 50_000: "nested too deeply",
                "{a: " * 20_000: "nested too deeply",
                "a: &a [*a]": "aliases are not supported",
                "invariants: [[a, &b ]]": ":1:21: error: an entry without a value",
                "include: interlock/safe_state.hpp":
                    ':1:10: error: expected <header> or "header"',
                "inherit: maybe": ":1:10: error: expected true or false",
                "root: [a]": ":1:8: error: expected text",
                "function-budget: -1": ":1:18: error: expected a number",
                "executor: {a: b}": ":1:12: error: unknown value",
                "levels: [{check: stale-chek, level: note}]":
                    ":1:18: error: no check matches 'stale-chek', did you mean",
                "categories: 3": r":1:13: error: expected a list",
                "categories: [{}]": ":1:15: error: an entry without 'name'",
                "categories: [{name: ''}]": ":1:21: error: expected a name",
                "levels: [{check: stale-check}]":
                    ":1:11: error: an entry without 'level'",
                "levels: [{level: note}]":
                    ":1:11: error: an entry without 'check'",
                "executor: unknown\nexecutor: unknown": ":2:1: error: key .* twice",
                "executor: unknown\n---\n": "more than one document"}.items():
            self.given({".interlock.yaml": text}, USAGE, message)

    def test_configuration_that_is_a_link_to_nothing(self):
        p = self.project()
        (p.path / ".interlock.yaml").symlink_to("gone")
        p.expect(USAGE, r"\.interlock\.yaml: error: cannot be read: No such "
                 "file", "a.cpp", "--", *FLAGS)

    def test_regular_expressions_that_would_take_for_ever(self):
        for pattern in (r"(a|aa)+$", r"(a*)*$", r"(a+)+$", ".*" * 30 + "x",
                        "((a{1,99}){1,99}){1,99}$"):
            p = self.project({
                "a.cpp": LEDGER.replace("balance_", "a" * 60 + "b"),
                ".interlock.yaml":
                    f"categories: [{{name: x, members: ['{pattern}']}}]"})
            p.expect(CLEAN, "0 findings", "a.cpp", "--", *FLAGS)
        self.given({".interlock.yaml":
                    "categories: [{name: x, members: ['(a*)\\1x']}]"},
                   USAGE, "back references are not supported")

    def test_configuration_that_inherits_in_a_circle(self):
        # The folder contains itself, so it is its own parent.
        p = self.project({"a.cpp": LEDGER, ".interlock.yaml":
                          "inherit: true\nchecks: ['-*', stale-check]\n"})
        (p.path / "loop").symlink_to(".")
        file = "loop/" * 30 + "a.cpp"
        p.database(p.entry(file)).expect(FINDINGS, FOUND)
        dump = p.expect(CLEAN, "stale-check", "--dump-config", file, "--")
        self.assertLess(dump.stdout.count("stale-check"), 32)

    def test_full_disk_under_the_cache(self):
        p = self.project()
        done = subprocess.run(
            [TOOL, "--cache-dir=cache", "a.cpp", "--", *FLAGS], cwd=p.path,
            capture_output=True, text=True,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (9, 9)))
        self.assertEqual(done.returncode, FINDINGS, done.stderr)
        self.assertRegex(done.stdout, FOUND)

    def test_no_cache_in_a_project(self):
        """Where the environment names no folder of the user's, there is none."""
        for names in ({"HOME": "", "XDG_CACHE_HOME": ""},
                      {"XDG_CACHE_HOME": "here"}):
            p = self.project()
            done = subprocess.run(
                [TOOL, "a.cpp", "--", *FLAGS], cwd=p.path, capture_output=True,
                text=True, env={**os.environ, **names})
            self.assertEqual(done.returncode, FINDINGS, done.stderr)
            self.assertEqual([f.name for f in p.path.iterdir()], ["a.cpp"])

    def test_two_repairs_at_once(self):
        p = self.project({f"{n}.cpp": LEDGER.replace("ledger", n)
                          for n in "abcd"})
        p.database(*[p.entry(f"{n}.cpp") for n in "abcd"])
        alone = self.project({"a.cpp": LEDGER.replace("ledger", "a")})
        alone.database(alone.entry()).expect(CLEAN, "1 fixed", "-p", ".", "--fix")
        runs = [subprocess.Popen([TOOL, "-p", ".", "--fix", "--no-cache"],
                                 cwd=p.path, stderr=subprocess.PIPE)
                for _ in range(3)]
        ends = {run.communicate() and run.returncode for run in runs}
        self.assertIn(CLEAN, ends)
        self.assertLessEqual(ends, {CLEAN, FIXES_WITHHELD})
        want = (alone.path / "a.cpp").read_text()
        for n in "abcd":
            self.assertEqual((p.path / f"{n}.cpp").read_text(),
                             want.replace("struct a", f"struct {n}"))
        self.assertEqual({f.name for f in p.path.iterdir()},
                         {*(f"{n}.cpp" for n in "abcd"), "compile_commands.json"})

    def test_files_and_folders_that_may_not_be_written(self):
        p = self.project({"src/a.cpp": LEDGER, "src/own/report": "old\n"})
        p.database(p.entry("src/a.cpp"))
        os.chmod(p.path / "src" / "own" / "report", 0o444)
        p.expect(USAGE, "report': Permission denied", "-p", ".",
                 "--output=src/own/report")
        for mode, target in ((0o444, "src/a.cpp"), (0o555, "src")):
            with self.subTest(target):
                os.chmod(p.path / target, mode)
                self.addCleanup(os.chmod, p.path / target, 0o755)
                done = p.expect((FINDINGS, FIXES_WITHHELD),
                                "cannot be written|Permission denied",
                                "-p", ".", "--fix", "--no-cache")
                os.chmod(p.path / target, 0o755)
                self.assertEqual((p.path / "src/a.cpp").read_text(), LEDGER,
                                 done.stderr)
                self.assertEqual(
                    sorted(f.name for f in p.path.rglob("*")),
                    ["a.cpp", "compile_commands.json", "own", "report", "src"])
        p.expect(CLEAN, "1 fixed", "-p", ".", "--fix")

    def test_nothing_is_written_outside_the_root(self):
        for root, header in (("project", "#include <other/ledger.hpp>"),
                             ("project", '#include "link/ledger.hpp"')):
            p = self.project({
                "other/ledger.hpp": LEDGER, "project/a.cpp": header,
                "project/.interlock.yaml": "root: .\nheader-filter: .*\n"})
            (p.path / "project" / "link").symlink_to("../other")
            p.database(p.entry("project/a.cpp", [*FLAGS, f"-I{p.path}"]))
            done = p.expect(FINDINGS, "ledger.hpp:7:7: error", "-p", ".",
                            "--fix", "--format=text")
            self.assertIn("outside-root", done.stdout)
            self.assertEqual((p.path / "other/ledger.hpp").read_text(), LEDGER)
            p.expect(FINDINGS, "outside-root", "-p", ".", "--fix=review",
                     "--format=json")
            self.assertEqual((p.path / "other/ledger.hpp").read_text(), LEDGER)

    def test_names_that_would_be_commands(self):
        name = "a\n::error file=x::owned\r%0A,::b\x1b[31m.cpp"
        p = self.project({name: LEDGER})
        p.database(p.entry(name))
        for form in ("github", "text", "gitlab", "json", "sarif", "html"):
            done = p.expect(FINDINGS, "stale-check|balance_", "-p", ".",
                            f"--format={form}")
            if form != "html":  # where a line break means nothing
                self.assertNotRegex(done.stdout + done.stderr,
                                    "(?m)^::error file=x")
            self.assertNotIn("\x1b[31m", done.stdout + done.stderr)
            if form in ("gitlab", "json", "sarif"):
                json.loads(done.stdout)
        p.database(p.entry(name + "gone"))
        self.assertNotRegex(p.expect(USAGE, "none of its files").stderr,
                            "(?m)^::error")
        # Nor is what the configuration, the command line or the database says.
        said = "x\n::error file=x::owned\x1b[31m"
        p = self.project({"a.cpp": LEDGER, ".interlock.yaml":
                          'executor: "x\\n::error file=x::owned\\e[31m"\n'})
        p.database(p.entry(flags=[*FLAGS, "-f" + said]))
        for arguments in (["-p", "."], ["-p", ".", "--config={}"],
                          ["--config={}", "gone", "a.cpp", "--", said],
                          ["--config={}", "--extra-arg=" + said, "-p", "."],
                          *(["-p", ".", "--config={}", option + said] for option in
                            ("--baseline=", "--since=", "--root=", "--executor=",
                             "--checks=", "--explain=", "--output=gone/"))):
            done = p.run(*arguments)
            self.assertNotRegex(done.stdout + done.stderr,
                                "(?m)^::error|\x1b", arguments)
        # Neither is a name ever part of a command: there is no shell.
        name = "$(touch owned)`touch owned`;touch owned;.cpp"
        p = self.project({name: LEDGER})
        p.database(p.entry(name))
        subprocess.run(["git", "init", "-q"], cwd=p.path, check=True)
        p.expect(CLEAN, "1 fixed", "-p", ".", "--fix", "--allow-dirty")
        self.assertFalse((p.path / "owned").exists())

    def test_full_disk(self):
        p = self.project()
        p.database(p.entry())
        (p.path / "full").symlink_to("/dev/full")
        for arguments in (["-p", ".", "--output=full"],
                          ["-p", ".", "--export-fixes=full"],
                          ["-p", ".", "--depfile=full"],
                          ["-p", ".", "--emit-ninja=full"],
                          ["summarize", "-p", ".", "a.cpp", "--output=full"]):
            p.expect(USAGE, "No space left on device", *arguments)
            self.assertTrue((p.path / "full").is_symlink())
        self.assertTrue(pathlib.Path("/dev/full").is_char_device())

    def test_file_that_cannot_grow(self):
        p = self.project({"a.cpp": LEDGER, "report": "old\n"})
        done = subprocess.run(
            [TOOL, "--output=report", "a.cpp", "--", *FLAGS], cwd=p.path,
            capture_output=True, text=True,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (9, 9)))
        self.assertEqual(done.returncode, USAGE)
        self.assertIn("report': File too large", done.stderr)
        self.assertEqual((p.path / "report").read_text(), "old\n")
        self.assertEqual({f.name for f in p.path.iterdir()}, {"a.cpp", "report"})

    def test_names_in_a_patch(self):
        for name in ("a b.cpp", " a.cpp", "a\tb.cpp", 'a"b.cpp', "ä.cpp",
                     "a\nb.cpp", "a\\b.cpp", "d e/f.cpp"):
            for command in (["git", "apply"], ["patch", "-p1", "-i"]):
                if not shutil.which(command[0]):
                    continue
                p = self.project({name: LEDGER})
                p.database(p.entry(f"./{name}"))
                done = p.expect(FINDINGS, "1 finding", "-p", ".", "--diff",
                                "--root=.")
                (p.path / "p.patch").write_text(done.stdout)
                subprocess.run([*command, "p.patch"], cwd=p.path, check=True,
                               capture_output=True)
                self.assertIn("atomic_balance_update",
                              (p.path / name).read_text())

    def test_closed_streams(self):
        p = self.project()
        done = subprocess.run(
            ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", TOOL, "--fix",
             "--cache-dir=cache", "a.cpp", "--", *FLAGS], cwd=p.path)
        self.assertEqual(done.returncode, CLEAN)
        for file in p.path.rglob("*"):
            if file.is_file():
                self.assertNotRegex(file.read_text(errors="replace"),
                                    "is modified on|1 finding")

    def test_output_over_what_is_read(self):
        files = {"own.hpp": LEDGER, "a.cpp": '#include "own.hpp"\n',
                 ".interlock.yaml": "header-filter: .*\n"}
        p = self.project(files)
        p.database(p.entry())
        (p.path / "link").symlink_to("own.hpp")
        before = {f.name: f.read_text() for f in p.path.iterdir()}
        for option in ("output", "export-fixes", "depfile",
                       "write-baseline --baseline", "emit-ninja"):
            # Nothing is parsed for a Ninja file: the header is not known.
            for file in (*before,) if option != "emit-ninja" else ("a.cpp",):
                p.expect(USAGE, f"'{file}' is a file that this run", "-p", ".",
                         *f"--{option}={file}".split())
        p.expect(USAGE, "--export-fixes: './x' is a file", "-p", ".",
                 "--output=x", "--export-fixes=./x")
        self.assertEqual(before,
                         {f.name: f.read_text() for f in p.path.iterdir()})

    def test_devices_that_never_end(self):
        p = self.project()
        p.database(p.entry())
        for arguments in (["-p", "/dev/zero"],
                          ["-p", ".", "--config-file=/dev/zero"],
                          ["-p", ".", "--baseline=/dev/zero"],
                          ["merge", "/dev/zero", "--output=index"]):
            p.expect(USAGE, "/dev/zero.*is a device", *arguments)
        p.expect(USAGE, "'/dev/zero' is no regular file", "/dev/zero", "--")
        # A parse does not open them either.
        for flags, text in ((["-include", "/dev/zero"], LEDGER),
                            (["-imacros", "pipe"], LEDGER),
                            ([], '#include "/dev/zero"\n'),
                            ([], '#include "pipe"\n')):
            inner = self.project({"a.cpp": text})
            os.mkfifo(inner.path / "pipe")
            inner.database(inner.entry(flags=[*FLAGS, *flags])).expect(
                BROKEN, "error: .*(/dev/zero|pipe)': Operation not supported")
        p.expect(FINDINGS, "1 finding", "a.cpp", "--", *FLAGS, "-include",
                 "/dev/null")
        p.expect(FINDINGS, "1 finding", "-p", ".", "--config-file=/dev/null")

    def test_pipes_without_a_writer(self):
        for name, arguments in {
                "compile_commands.json": ["-p", "."],
                ".interlock.yaml": ["a.cpp", "--", *FLAGS],
                "b.json": ["--baseline=b.json", "a.cpp", "--", *FLAGS]}.items():
            p = self.project()
            os.mkfifo(p.path / name)
            p.expect(USAGE, f"{name}.*is a named pipe", *arguments)
        # One in the place of a file that an earlier run has read, or could.
        p = self.project({"a.cpp": '#include "own.hpp"\n', "own.hpp": LEDGER,
                          ".interlock.yaml": "header-filter: .*\n"})
        p.database(p.entry()).expect(FINDINGS, "own.hpp:7:7", "-p", ".",
                                     "--cache-dir=cache")
        (p.path / "own.hpp").unlink()
        os.mkfifo(p.path / "own.hpp")
        os.mkfifo(p.path / "CMakeCache.txt")
        p.expect(BROKEN, "own.hpp': Operation not supported", "-p", ".",
                 "--cache-dir=cache")
        # What another program hands over is read.
        given = self.project()
        done = subprocess.run(
            ["bash", "-c", 'exec "$@" --config-file=<(echo "checks: [-*]")',
             "bash", TOOL, "--dump-config", "a.cpp"], cwd=given.path,
            capture_output=True, text=True)
        self.assertIn("'-*'", done.stdout, done.stderr)

    def test_few_threads(self):
        """Where no thread can be started, as in a container with few of them,
        the run ends with a sentence, and nothing is half repaired."""
        p = self.project({"a.cpp": LEDGER, "b.cpp": LEDGER})
        p.database(p.entry("a.cpp"), p.entry("b.cpp"))
        library = p.path / "few.so"
        subprocess.run(["clang", "-shared", "-fPIC", "-o", library,
                        HERE / "Inputs" / "few_threads.c"],
                       check=True)
        statuses = []
        for threads in (*range(8), 1000):
            done = subprocess.run(
                [TOOL, "-p", ".", "-j2", "--no-cache", "--fix",
                 "--allow-dirty"], cwd=p.path, capture_output=True, text=True,
                env={**os.environ, "LD_PRELOAD": str(library),
                     "FEW_THREADS": str(threads)})
            statuses.append(done.returncode)
            if done.returncode == CLEAN:
                break
            self.assertEqual(done.returncode, USAGE)
            self.assertRegex(done.stderr, "^interlock: error: pthread_create failed")
            self.assertNotIn("Stack dump", done.stderr)
            for file in ("a.cpp", "b.cpp"):
                self.assertEqual((p.path / file).read_text(), LEDGER)
        self.assertGreater(len(statuses), 4)
        self.assertEqual(statuses[-1], CLEAN)

    def test_killed_while_it_repairs(self):
        """Whichever write the process dies at, files are old or new, and the
        next run repairs them all and leaves nothing behind."""
        library = self.project({}).path / "killed.so"
        subprocess.run(["clang", "-shared", "-fPIC", "-o", library,
                        HERE / "Inputs" / "killed.c"], check=True)
        files = {"a.cpp": LEDGER, "sub/b.cpp": LEDGER}
        flags = [*FLAGS, f"-I{HERE.parents[1] / 'runtime' / 'include'}"]
        whole = self.project(files)
        whole.database(*(whole.entry(name, flags) for name in files))
        whole.expect(CLEAN, "2 fixed", "-p", ".", "--fix", "--no-cache")
        new = {name: (whole.path / name).read_text() for name in files}
        states = set()
        for at in range(1, 200, 2):
            p = self.project(files)
            p.database(*(p.entry(name, flags) for name in files))
            done = subprocess.run(
                [TOOL, "-p", ".", "--fix", "--no-cache", "--quiet"],
                cwd=p.path, capture_output=True,
                env={**os.environ, "LD_PRELOAD": str(library),
                     "KILLED_AT": str(at)})
            now = {name: (p.path / name).read_text() for name in files}
            for name, text in now.items():
                self.assertIn(text, (LEDGER, new[name]), f"{name}, call {at}")
            states.add(tuple(now[name] == new[name] for name in files))
            if done.returncode == CLEAN:
                break
            self.assertEqual(done.returncode, -9, done.stderr)
            p.expect(CLEAN, "[02] findings", "-p", ".", "--fix", "--no-cache")
            for name in files:
                self.assertEqual((p.path / name).read_text(), new[name])
            self.assertEqual(
                sorted(f.name for f in p.path.rglob("*")),
                ["a.cpp", "b.cpp", "compile_commands.json", "sub"])
        self.assertEqual(now, new)
        self.assertIn((False, False), states)
        self.assertIn((True, False), states)

    def test_ninja_file_over_another(self):
        for name in ("build.ninja", "interlock.yaml"):
            p = self.project({"a.cpp": LEDGER, name: "# of somebody else\n"})
            p.database(p.entry())
            p.expect(USAGE, f"'{name}' is there already", "-p", ".",
                     "--emit-ninja=build.ninja")
            self.assertEqual((p.path / name).read_text(),
                             "# of somebody else\n")
            (p.path / name).unlink()
            for _ in "first", "again":
                p.expect(CLEAN, "^$", "-p", ".", "--emit-ninja=build.ninja")

    def test_output_through_a_link(self):
        p = self.project({"a.cpp": LEDGER, "real": "old\n"})
        (p.path / "link").symlink_to("real")
        os.chmod(p.path / "real", 0o640)
        p.expect(FINDINGS, "1 finding", "--output=link", "a.cpp", "--", *FLAGS)
        self.assertTrue((p.path / "link").is_symlink())
        self.assertRegex((p.path / "real").read_text(), FOUND)
        self.assertEqual((p.path / "real").stat().st_mode & 0o777, 0o640)
        # What the link leads to may be yet to be made.
        (p.path / "far").mkdir()
        (p.path / "new").symlink_to("far/next")
        (p.path / "far/next").symlink_to("new")
        p.expect(FINDINGS, "1 finding", "--output=new", "a.cpp", "--", *FLAGS)
        self.assertTrue((p.path / "new").is_symlink())
        self.assertTrue((p.path / "far/next").is_symlink())
        self.assertRegex((p.path / "far/new").read_text(), FOUND)
        for link, target, why in (("loop", "loop", "Too many levels"),
                                  ("lost", "gone/x", "No such file")):
            (p.path / link).symlink_to(target)
            p.expect(USAGE, why, f"--output={link}", "a.cpp", "--", *FLAGS)
            self.assertTrue((p.path / link).is_symlink())

    def test_options(self):
        for option, message in {
                "--line-filter=[[[": "--line-filter: not JSON",
                '--line-filter=[{"name":3}]': "--line-filter: an entry without",
                '--line-filter=[{"name":"a","lines":[[9,1]]}]': "ends before it",
                "--header-filter=(": "--header-filter: parentheses not balanced",
                "--root=gone": "--root: 'gone' is no folder",
                "--root=a.cpp": "--root: 'a.cpp' is no folder",
                "--checks=-*,nosuch": "no check matches 'nosuch'",
                "--output=no/such/folder/x": "No such file or directory",
                "-j=-1": "'-1' value invalid"}.items():
            self.given({}, USAGE, message, option)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "-q", *sys.argv[1:]])
