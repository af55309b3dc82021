"""Holds what the programs print with --json against docs/schema."""

import functools
import json
import pathlib

import jsonschema

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "docs" / "schema"
# Commands that print the document of another one.
SAME = {"rules-sync": "rules-diff"}

UNSETTLED = {"coverage"}


@functools.cache
def validator(name):
    schema = json.loads((FOLDER / f"{SAME.get(name, name)}.schema.json").read_text())
    kind = jsonschema.validators.validator_for(schema)
    kind.check_schema(schema)
    return kind(schema)


def checked(name, document):
    """The document, which is as the schema says."""
    if name not in UNSETTLED:
        validator(name).validate(document)
    return document


def name_of(words):
    """The schema of a command line: its words, without options and file names."""
    if words[:1] == ("run",):
        return "run-plan" if "--dry-run" in words else "run"
    return "-".join(words[:2]) if words[0] in ("spool", "rules") else words[0]
