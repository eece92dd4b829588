"""interlock for Bazel: facts of each source of cc_* targets, one index, findings
of each source, one test. Every step is an action of its own with declared
inputs and outputs, so that a remote cache and remote execution serve it.

    load("//tools:interlock.bzl", "interlock_test")

    interlock_test(name = "races", targets = ["//server"])

`//tools:interlock` is the program, see the attribute `_interlock`.
"""

load("@bazel_tools//tools/build_defs/cc:action_names.bzl", "ACTION_NAMES")
load("@bazel_tools//tools/cpp:toolchain_utils.bzl", "find_cpp_toolchain")

InterlockInfo = provider(fields = {
    "facts": "depset of (facts, source, inputs) of a target and what it needs",
})

_EXTENSIONS = ["cc", "cpp", "cxx", "c++", "C"]

# Sources may be links into the workspace: the project's folder is where they
# really lie.
_SUMMARIZE = """
tool=$1 output=$2 source=$3; shift 3
real=$(realpath "$source")
exec "$tool" summarize --quiet --no-cache --root="${real%/$source}" \
  --output="$output" "$source" -- "$@"
"""

def _flags(ctx, compilation, source):
    toolchain = find_cpp_toolchain(ctx)
    features = cc_common.configure_features(
        ctx = ctx,
        cc_toolchain = toolchain,
        requested_features = ctx.features,
        unsupported_features = ctx.disabled_features,
    )
    options = ctx.rule.attr.copts if hasattr(ctx.rule.attr, "copts") else []
    variables = cc_common.create_compile_variables(
        feature_configuration = features,
        cc_toolchain = toolchain,
        source_file = source.path,
        user_compile_flags = ctx.fragments.cpp.copts +
                             ctx.fragments.cpp.cxxopts + options,
        include_directories = compilation.includes,
        quote_include_directories = compilation.quote_includes,
        system_include_directories = compilation.system_includes,
        preprocessor_defines = depset(transitive = [
            compilation.defines,
            compilation.local_defines,
        ]),
    )
    line = cc_common.get_memory_inefficient_command_line(
        feature_configuration = features,
        action_name = ACTION_NAMES.cpp_compile,
        variables = variables,
    )
    return [word for word in line if word != source.path and word != "-c"]

def _facts_impl(target, ctx):
    known = [
        dep[InterlockInfo].facts
        for dep in getattr(ctx.rule.attr, "deps", [])
        if InterlockInfo in dep
    ]
    own = []
    if CcInfo in target and hasattr(ctx.rule.attr, "srcs"):
        compilation = target[CcInfo].compilation_context
        for label in ctx.rule.attr.srcs:
            for source in label.files.to_list():
                if source.extension not in _EXTENSIONS:
                    continue
                facts = ctx.actions.declare_file("%s.%s.facts" % (
                    target.label.name,
                    source.basename,
                ))
                inputs = depset([source], transitive = [
                    compilation.headers,
                    find_cpp_toolchain(ctx).all_files,
                ])
                ctx.actions.run_shell(
                    inputs = inputs,
                    outputs = [facts],
                    tools = [ctx.executable._interlock],
                    command = _SUMMARIZE,
                    arguments = [
                        ctx.executable._interlock.path,
                        facts.path,
                        source.path,
                    ] + _flags(ctx, compilation, source),
                    mnemonic = "InterlockSummarize",
                )
                own.append(struct(facts = facts, source = source, inputs = inputs))
    return [InterlockInfo(facts = depset(own, transitive = known))]

_interlock_facts = aspect(
    implementation = _facts_impl,
    attr_aspects = ["deps"],
    attrs = {
        "_cc_toolchain": attr.label(
            default = "@bazel_tools//tools/cpp:current_cc_toolchain",
        ),
        "_interlock": attr.label(
            default = "//tools:interlock",
            executable = True,
            allow_files = True,
            cfg = "host",
        ),
    },
    fragments = ["cpp"],
    toolchains = ["@bazel_tools//tools/cpp:toolchain_type"],
)

def _test_impl(ctx):
    units = depset(transitive = [
        target[InterlockInfo].facts
        for target in ctx.attr.targets
    ]).to_list()
    index = ctx.actions.declare_directory(ctx.label.name + ".index")
    merge = ctx.actions.args()
    merge.add("merge").add("--output=" + index.path)
    merge.add_all([unit.facts for unit in units])
    merge.use_param_file("@%s")
    ctx.actions.run(
        executable = ctx.executable._interlock,
        arguments = [merge],
        inputs = [unit.facts for unit in units],
        outputs = [index],
        mnemonic = "InterlockMerge",
    )
    findings = []
    for unit in units:
        output = ctx.actions.declare_file(
            "%s.%s.txt" % (ctx.label.name, unit.facts.basename),
        )
        ctx.actions.run(
            executable = ctx.executable._interlock,
            arguments = [
                "check",
                "--quiet",
                "--exit-zero",
                "--root=.",
                "--index=" + index.path,
                "--output=" + output.path,
                unit.facts.path,
            ],
            # Findings quote the source and heed its NOLINT comments.
            inputs = depset([index, unit.facts], transitive = [unit.inputs]),
            outputs = [output],
            mnemonic = "InterlockCheck",
        )
        findings.append(output)
    script = ctx.actions.declare_file(ctx.label.name + ".sh")
    ctx.actions.write(script, "#!/bin/sh\ncat %s | { ! grep . ; }\n" % " ".join(
        ["'%s'" % output.short_path for output in findings],
    ), is_executable = True)
    return [DefaultInfo(
        executable = script,
        runfiles = ctx.runfiles(files = findings),
    )]

interlock_test = rule(
    implementation = _test_impl,
    test = True,
    attrs = {
        "targets": attr.label_list(aspects = [_interlock_facts]),
        "_interlock": attr.label(
            default = "//tools:interlock",
            executable = True,
            allow_files = True,
            cfg = "host",
        ),
    },
)
