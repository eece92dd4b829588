"""Validates JSON from standard input: validate.py SCHEMA."""

import json
import sys

import jsonschema

with open(sys.argv[1], encoding="utf-8") as file:
    schema = json.load(file)
kind = jsonschema.validators.validator_for(schema)
kind.check_schema(schema)
problems = list(kind(schema).iter_errors(json.load(sys.stdin)))
for problem in problems:
    print("/".join(map(str, problem.absolute_path)) + ": " + problem.message)
sys.exit(bool(problems))
