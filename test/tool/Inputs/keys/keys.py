"""Every key that changes what is found does so, and nothing else: keys.py TOOL
SOURCE -- FLAG...

A finding is written `function level check`. Each case is a configuration, what
it takes away from the findings without one, and what it adds."""

import concurrent.futures
import json
import subprocess
import sys

CASES = [
    ({"vocabulary": {"guards": ["ticket"]}},
     {"guarded::by_ticket error stale-check"}, set()),
    ({"vocabulary": {"acquires": ["gate::enter"]}},
     {"guarded::by_ticket error stale-check"}, set()),
    # A reader's lock keeps no other reader's write out.
    ({"vocabulary": {"shared-guards": ["ticket"]}}, set(), set()),
    ({"vocabulary": {"never-suspends": ["cached"]}},
     {"caching::in_cache error stale-check"},
     {"caching::in_cache warning unguarded-check-then-modify"}),
    ({"vocabulary": {"suspends": ["rel*"]}},
     {"yielding::yields warning unguarded-check-then-modify"},
     {"yielding::yields error stale-check"}),
    ({"vocabulary": {"runs-later": ["absl::c_when_idle"]}},
     {"posting::posts:: warning unguarded-modification"},
     {"posting::posts error stale-check"}),
    ({"vocabulary": {"no-reentry": ["venue::submit"]}},
     {"auditing::audits warning slow-critical-section"}, set()),
    ({"executor": "single-threaded"},
     {"yielding::yields warning unguarded-check-then-modify",
      "posting::posts:: warning unguarded-modification"}, set()),
    ({"executor": "multi-threaded"}, set(), set()),
    ({"invariants": [["reserving::cash_", "reserving::held_"]],
      "categories": [{"name": "funds", "members": ["cash_", "held_"]}]},
     set(), {"reserving::reserve error stale-check"}),
    ({"categories": [{"name": "funds", "members": ["held_"]}]},
     set(), {"reserving::reserve warning unguarded-modification"}),
    ({"categories": [{"name": "seat", "members": ["chairs_"]}]},
     set(), {"seating::sit error stale-check"}),
    ({"categories": [{"name": "seat", "members": ["seating::.*_"]}]},
     set(), {"seating::sit error stale-check"}),
    ({"categories": [{"name": "seat", "types": ["seating"]}]},
     set(), {"seating::sit error stale-check"}),
    ({"categories": [{"name": "seat", "members": ["chair"]}]}, set(), set()),
    ({"checks": ["-slow-*", "-missing-rollback"]},
     {"auditing::audits warning slow-critical-section",
      "auditing::audits warning missing-rollback"}, set()),
    ({"levels": [{"check": "slow-*", "level": "none"},
                 {"check": "missing-*", "level": "error"}]},
     {"auditing::audits warning slow-critical-section",
      "auditing::audits warning missing-rollback"},
     {"auditing::audits error missing-rollback"}),
    ({"levels": [{"check": "*", "path": "elsewhere/*", "level": "none"}]},
     set(), set()),
    ({"levels": [{"check": "slow-*", "path": "*/keys/*", "level": "note"}]},
     {"auditing::audits warning slow-critical-section"},
     {"auditing::audits note slow-critical-section"}),
    ({"warnings-as-errors": ["slow-*"]},
     {"auditing::audits warning slow-critical-section"},
     {"auditing::audits error slow-critical-section"}),
    ({"function-budget": 5},
     {"guarded::by_ticket error stale-check",
      "auditing::audits warning slow-critical-section",
      "auditing::audits warning missing-rollback"},
     {"guarded::by_ticket note analysis-incomplete",
      "auditing::audits note analysis-incomplete",
      "reserving::reserve note analysis-incomplete",
      "seating::sit note analysis-incomplete"}),
]

tool, *rest = sys.argv[1:]


def found(config):
    run = subprocess.run([tool, "--quiet", "--format=json",
                          "--config=" + json.dumps(config), *rest],
                         capture_output=True, text=True, check=False)
    assert run.returncode in (0, 1), run.stderr
    return {f"{f['function'].split('(')[0]} {f['level']} {f['check']}"
            for f in json.loads(run.stdout)["findings"]}


plain = found({})
assert plain, "nothing is found without a configuration"
failed = 0
with concurrent.futures.ThreadPoolExecutor(2) as pool:
    results = pool.map(found, [config for config, _, _ in CASES])
    for (config, gone, new), result in zip(CASES, results):
        if (plain - result, result - plain) != (gone, new):
            failed += 1
            print(json.dumps(config))
            print("  gone:", sorted(plain - result), "expected", sorted(gone))
            print("  new: ", sorted(result - plain), "expected", sorted(new))
print(f"{len(CASES)} configurations, {failed} not as expected")
sys.exit(bool(failed))
