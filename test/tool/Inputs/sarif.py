"""What the SARIF standard demands beyond its schema, of one run from standard
input; then the asserted expressions: sarif.py EXPRESSION..."""

import json
import sys

log = json.load(sys.stdin)
assert len(log["runs"]) == 1
run = log["runs"][0]
rules = run["tool"]["driver"]["rules"]
results = run["results"]
for key in ("suppressions", "baselineState"):
    assert len({key in result for result in results}) <= 1, key
prints = [r["partialFingerprints"]["interlock/v1"] for r in results]
assert len(set(prints)) == len(prints), prints


def regions(value):
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in ("region", "deletedRegion"):
                yield inner
            yield from regions(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from regions(inner)


for result in results:
    assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    for flow in result.get("codeFlows", []):
        order = [step["executionOrder"] for thread in flow["threadFlows"]
                 for step in thread["locations"]]
        assert sorted(order) == list(range(1, len(order) + 1)), order
    for region in regions(result):
        begin = region["startLine"], region["startColumn"]
        assert begin <= (region["endLine"], region["endColumn"]), region
for expression in sys.argv[1:]:
    assert eval(expression), expression
