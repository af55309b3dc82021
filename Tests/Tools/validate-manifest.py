"""Validates JSON documents against one of docs/schema, and nothing else about them.

Needs the package jsonschema from PyPI; ends with 77 where it is missing.

    python3 validate-manifest.py SCHEMA FILE...     ends with 1 and says what is wrong with which
"""

import json
import sys

try:
    from jsonschema import Draft202012Validator
except ImportError:
    print("the package jsonschema is missing", file=sys.stderr)
    sys.exit(77)


def main():
    schema_path, *paths = sys.argv[1:]
    with open(schema_path, "rb") as file:
        schema = json.load(file)
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    failed = False
    for path in paths:
        with open(path, "rb") as file:
            document = json.load(file)
        for error in validator.iter_errors(document):
            print(f"{path}: {error.json_path}: {error.message}", file=sys.stderr)
            failed = True
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
