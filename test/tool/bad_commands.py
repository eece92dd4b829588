"""Commands as build systems, launchers and other compilers write them: they are
understood, or said to be not."""

import json
import re
import shutil
import subprocess
import sys
import unittest

from bad_input import (BROKEN, CLEAN, FINDINGS, FLAGS, FOUND, LEDGER, USAGE,
                       Base)

ALL = " ".join(FLAGS)


def gcc_is(machine, version):
    return shutil.which("g++") and [machine, version] == [
        subprocess.run(["g++", f"-dump{what}"], capture_output=True,
                       text=True).stdout.split("-")[0].split(".")[0].strip()
        for what in ("machine", "version")]


def flags_of_gcc():
    """Each flag that g++ says it has, with each value that it names."""
    text = subprocess.run(
        ["g++", *(f"--help={kind}" for kind in
                  ("common", "target", "optimizers", "c++", "warnings"))],
        capture_output=True, text=True, check=True).stdout
    flags = set()
    for flag in re.findall(r"^  (-[^-]\S*)", text, re.M):
        stem, choice = re.match(r"([^<[]*)(?:\[([^]]*)\])?", flag).groups()
        if stem.endswith("=") and not choice or "<" in flag:
            flags.add(stem + "1" if "<" in flag else stem)
        else:
            flags.update(stem + value for value in re.split("[|,]", choice or ""))
    for stem, values in re.findall(
            r"(?:valid arguments for|for use with the) (-\S+?=?)"
            r"(?: option)?\)?:\n\s+(.*)", text):
        flags.update(stem + value for value in values.split())
    # Other processors, what wants a number, a file or another word after it.
    return sorted(flag for flag in flags if not re.match(
        "-(m(arch|cpu|abi|iamcu|rtd|sse2avx|hard-float|32|16|x32|regparm|fpmath)"
        "|(include|imacros|traditional-cpp)$|[DU]|ftemplate-depth-|f\\w+-prefix-map|.*=$)", flag))


class Commands(Base):
    def command(self, command, status=FINDINGS, pattern=FOUND, files=None):
        p = self.project({"a.cpp": LEDGER, **(files or {})})
        p.database({"directory": str(p.path), "file": "a.cpp",
                    "command": command})
        return p.expect(status, pattern)

    def test_launchers(self):
        for before in ("ccache", "/usr/bin/ccache /usr/bin/distcc",
                       "'/opt/my tools/sccache'", "icecc", "/g/gomacc",
                       "buildcache", "ccache compiler_check=content",
                       "env CCACHE_DIR=/x ccache", "/usr/bin/time -v",
                       "/usr/bin/cmake -E env A=1",
                       "cmake -E __run_co_compile --launcher=ccache "
                       "--tidy=clang-tidy --source=a.cpp --"):
            with self.subTest(before):
                self.command(f"{before} x86_64-linux-gnu-g++-12 {ALL} -c a.cpp")
        self.command(f"/opt/house-compiler {ALL} -o cc -c a.cpp")

    def test_launcher_before_a_source_with_the_ending_of_c(self):
        p = self.project({"a.c": LEDGER})
        p.database({"directory": str(p.path), "file": "a.c",
                    "command": f"ccache g++ {ALL} -c a.c"})
        p.expect(FINDINGS, "a.c:7:7: error")

    def test_of_bazel_and_meson(self):
        self.command(
            f"/usr/bin/gcc -U_FORTIFY_SOURCE -fstack-protector {ALL} -iquote . "
            "-iquote bazel-out/k8/bin -isystem external/x -MD -MF out/a.d "
            "-frandom-seed=out/a.o -fno-canonical-system-headers "
            "-Wno-builtin-macro-redefined -D__DATE__=\\\"redacted\\\" "
            "-c a.cpp -o out/a.o")
        self.command(
            f"ccache c++ -Ia.p -I.. -fdiagnostics-color=always -Winvalid-pch "
            f"-Werror {ALL} -fpch-deps -fpch-preprocess -include own.hpp -MD "
            "-MQ a.p/a.o -MF a.p/a.o.d -o a.p/a.o -c a.cpp",
            files={"own.hpp": "#pragma once\n"})

    def test_of_nvcc(self):
        done = self.command(
            f"/usr/local/cuda/bin/nvcc -forward-unknown-to-host-compiler {ALL} "
            "-ccbin g++ --expt-relaxed-constexpr -Xcompiler -fPIC "
            "-gencode arch=compute_70,code=sm_70 -diag-suppress 20012 "
            "-x c++ -c a.cpp -o a.o")
        self.assertIn("flags that clang does not know:", done.stderr)
        p = self.project({"a.cpp": LEDGER, "k.cu": ""})
        p.database(p.entry(), p.entry("k.cu"))
        p.expect(FINDINGS, "1 entry of another language skipped")

    def test_of_cl(self):
        p = self.project({"a.cpp": "int main() {}"})
        p.database(p.entry(arguments=[
            r"C:\PROGRA~1\VC\bin\cl.exe", "/nologo", "/TP", "/EHsc",
            "/std:c++20", r"/FoCMakeFiles\a.obj", "/W4", "/c", "a.cpp"]))
        p.expect(CLEAN, "0 findings")

    def test_other_inputs(self):
        for more in ("b.cpp", "-", "-index-store-path store", "-wrapper gdb,x"):
            with self.subTest(more):
                self.command(f"g++ {ALL} {more} -c a.cpp",
                             files={"b.cpp": "int other;\n"})
        self.command(f"g++ {ALL} -c gone.cpp", BROKEN, "no such file.*gone")

    def test_questions_are_not_asked(self):
        asked = ("--help --version -v -### -H -M -MM -dM -E -dumpversion "
                 "-print-search-dirs -ftime-report -fproc-stat-report "
                 "-ccc-print-phases").split()
        for flags in (*([flag] for flag in asked), asked):
            p = self.project()
            p.database(p.entry(flags=[*FLAGS, *flags]))
            done = p.expect(FINDINGS, "stale-check", "-p", ".", "--format=json")
            json.loads(done.stdout)
            self.assertEqual(done.stderr, "1 finding\n", flags)

    def test_that_write_or_load(self):
        p = self.project()
        p.database(p.entry(flags=[
            *FLAGS, "-save-temps=obj", "-MD", "-MF", "a.d", "-MJ", "a.json",
            "-ftime-trace", "--coverage", "-gsplit-dwarf", "-fmodules",
            "-fmodules-cache-path=modules", "-fmodule-output=a.pcm",
            "-fplugin=./gone.so", "-Xclang", "-load", "-Xclang", "./gone.so",
            "-fsave-optimization-record", "-save-stats", "-Wp,-MD,a.p",
            "-Xpreprocessor", "-stats-file=a.stat", "-Wp,-header-include-file,h",
            "-Wp,-diagnostic-log-file,log", "-o", "a.cpp"]))
        p.expect(FINDINGS, FOUND)
        self.assertEqual({f.name for f in p.path.iterdir()},
                         {"a.cpp", "compile_commands.json"})
        self.assertEqual((p.path / "a.cpp").read_text(), LEDGER)

    def test_that_clang_understands_otherwise(self):
        self.flags([*FLAGS, "-march=native", "-mfunction-return=thunk-extern",
                    "-fsanitize=bounds-strict,address", "-finput-charset=cp1252",
                    "-flto=8", "-gstabs", "-fdiagnostics-format=json",
                    "-Werror=no-such", "-specs=hardened", "-Wl,-z,now", ""],
                   FINDINGS, FOUND)

    def test_odd_paths(self):
        for name in ("a b/c  d.cpp", "päth/ñ 日本.cpp", "q'\"\\.cpp", "l\nf.cpp",
                     "-c.cpp", "@a.cpp", "a.cpp/../b.cpp"):
            with self.subTest(name):
                p = self.project({name: LEDGER, "a.cpp/x": ""})
                p.database(p.entry(f"./{name}"))
                p.expect(FINDINGS, r"\.cpp:7:7: error: 'balance_'")

    def test_odd_names_in_ninja_files(self):
        names = ["a b.cpp", "a$b.cpp", "a'b.cpp", 'a"b.cpp', "a:b.cpp",
                 "a\\b.cpp", "a#b.cpp", "a;touch owned;.cpp", "ä.cpp",
                 "$(touch owned).cpp", "-x.cpp", "a*.cpp", " a .cpp"]
        p = self.project(dict.fromkeys(names, LEDGER))
        p.database(*[p.entry(f"./{name}", [*FLAGS, '-DA="b c"', "-DD='$HOME'"])
                     for name in names])
        p.expect(CLEAN, "^$", "-p", ".", "--emit-ninja=out/build.ninja")
        done = subprocess.run(["ninja", "-C", "out"], cwd=p.path,
                              capture_output=True, text=True)
        self.assertEqual(len(re.findall("error: 'balance_'", done.stdout)),
                         len(names), done.stdout)
        self.assertEqual(list(p.path.rglob("owned")), [])
        for name, flags in (("a|b.cpp", []), ("a\nb.cpp", []),
                            ("a.cpp", ["-DA=b\nc"])):
            p = self.project({name: LEDGER})
            p.database(p.entry(name, [*FLAGS, *flags]))
            p.expect(USAGE, "Ninja cannot have the name or the flags of 'a", "-p",
                     ".", "--emit-ninja=out/build.ninja")
            self.assertFalse((p.path / "out/build.ninja").exists())

    @unittest.skipUnless(gcc_is("x86_64", "12"), "another g++ has other flags")
    def test_every_flag_of_gcc(self):
        flags = flags_of_gcc()
        self.assertGreater(len(flags), 500)
        p = self.project({f"{i}.cpp": "int x;\n" for i in range(len(flags))})
        p.database(*[p.entry(f"{i}.cpp", [FLAGS[0], flag])
                     for i, flag in enumerate(flags)])
        done = p.run("-p", ".", "--no-cache")
        refused = {flags[int(i)]: why for i, why in
                   re.findall(r"(?m)^(\d+)\.cpp\b(.*)", done.stderr)}
        self.assertEqual(refused, {})
        self.assertEqual(done.returncode, CLEAN, done.stderr[:2000])


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "-q", *sys.argv[1:]])
