"""Says what a line of a stream is, by docs/FORMAT.md, "Line", with Python's json.

A second implementation, to compare the scanner with: json checks the grammar and finds the ends of
values; what is left here is the table of the document. Lines are read as Latin-1, which gives each
byte one character, since UTF-8 is not checked.

    python3 line_oracle.py FILE [POINTER]     prints one verdict for each line of FILE
"""

import json
import re
import sys
from json.decoder import scanstring

DEPTH_MAX = 512
ID_MAX = 2**63 - 1
NOTICES = [
    "delete", "scrub_geo", "limit", "status_withheld", "user_withheld", "disconnect", "warning",
    "friends", "event", "errors",
]  # fmt: skip
NOTICE_IDS = {
    "delete": [("delete", "status", "id_str"), ("delete", "status", "id")],
    "scrub_geo": [("scrub_geo", "up_to_status_id_str"), ("scrub_geo", "up_to_status_id")],
    "status_withheld": [("status_withheld", "id")],
}

sys.setrecursionlimit(50_000)


def refuse(constant):
    raise ValueError(f"{constant} is not JSON")


# Numbers stay text: their size and form are part of the question.
DECODER = json.JSONDecoder(parse_constant=refuse, parse_int=str, parse_float=str)
WHITESPACE = re.compile(r"[ \t\n\r]*")
ID = re.compile(r'"([1-9][0-9]{0,18})"|([1-9][0-9]{0,18})')


def skip(text, at):
    return WHITESPACE.match(text, at).end()


def members(text, at):
    """Key, start and end of the value, for each member of the valid object that begins at `at`."""
    at = skip(text, at + 1)
    while text[at] != "}":
        key, at = scanstring(text, at + 1, True)
        start = skip(text, skip(text, at) + 1)
        _, end = DECODER.raw_decode(text, start)
        yield key, start, end
        at = skip(text, end)
        if text[at] == ",":
            at = skip(text, at + 1)


def deepest_container(value):
    level, here = 0, [value]
    while here:
        level += 1
        here = [
            child
            for container in here
            for child in (container.values() if isinstance(container, dict) else container)
            if isinstance(child, (dict, list))
        ]
    return level


def read_id(token):
    """The id that a token is, or None."""
    match = ID.fullmatch(token)
    value = int(match[1] or match[2]) if match else 0
    return value if 1 <= value <= ID_MAX else None


def at_path(text, at, path):
    """The token at a path, following the first member of each name."""
    for name in path:
        if text[at] != "{":
            return None
        for key, start, end in members(text, at):
            if key == name:
                at, token = start, text[start:end]
                break
        else:
            return None
    return token


def notice(text, at, keys):
    kind = next((key for key in keys if key in NOTICES), "unknown")
    for path in NOTICE_IDS.get(kind, []):
        token = at_path(text, at, path)
        if token is not None and read_id(token) is not None:
            return ("notice", kind, read_id(token))
    return ("notice", kind, None)


def places(text, at, path):
    """Every token that a path leads to: keys may stand more than once."""
    if not path:
        yield text[at:DECODER.raw_decode(text, at)[1]]
    elif text[at] == "{":
        for key, start, _ in members(text, at):
            if key == path[0]:
                yield from places(text, start, path[1:])
    elif text[at] == "[" and re.fullmatch("0|[1-9][0-9]*", path[0]):
        at = skip(text, at + 1)
        for index in range(int(path[0]) + 1):
            if text[at] == "]":
                return
            start = at
            at = skip(text, DECODER.raw_decode(text, start)[1])
            if text[at] == ",":
                at = skip(text, at + 1)
            elif index < int(path[0]):
                return
        yield from places(text, start, path[1:])


def at_pointer(text, pointer):
    """What a line is whose id stands at an RFC 6901 pointer."""
    path = [key.replace("~1", "/").replace("~0", "~") for key in pointer.split("/")[1:]]
    tokens = [token for token in places(text, skip(text, 0), path) if token != "null"]
    ids = [read_id(token) for token in tokens]
    if len({identity for identity in ids if identity is not None}) > 1:
        return ("unreadable", "two different ids")
    if None in ids:
        return ("unreadable", "an id that is not a decimal from 1 to 2^63 - 1")
    return ("record", ids[0], 0, len(text)) if ids else ("unreadable", "no id at its place")


def classify(line, pointer=None):
    """("record", id, start, end), ("notice", kind, id or None) or ("unreadable", reason)."""
    text = line.decode("latin-1")
    try:
        value = json.loads(
            text, parse_constant=refuse, parse_int=str, parse_float=str, object_pairs_hook=Members
        )
    except RecursionError:
        return ("unreadable", "nested too deep")
    except ValueError:
        return ("unreadable", "not JSON")
    if isinstance(value, (Members, list)) and deepest_container(value) > DEPTH_MAX:
        return ("unreadable", "nested too deep")
    if not isinstance(value, Members):
        return ("unreadable", "not a JSON object")
    if pointer:
        return at_pointer(text, pointer)

    at = skip(text, 0)
    tokens, body, has_data, data_has_id, has_own_id, keys = [], None, False, False, False, []
    for key, start, end in members(text, at):
        token = text[start:end]
        keys.append(key)
        if key in ("id", "id_str") and token != "null":
            has_own_id = True
            tokens.append(token)
        if key == "data" and token != "null":
            has_data = True
            if token[0] == "{":
                body = body or (start, end)
                ids = [text[s:e] for k, s, e in members(text, start) if k == "id"]
                ids = [token for token in ids if token != "null"]
                data_has_id = data_has_id or bool(ids)
                tokens += ids
    if not has_data and not has_own_id:
        return notice(text, at, keys)
    ids = [read_id(token) for token in tokens]
    if len({identity for identity in ids if identity is not None}) > 1:
        return ("unreadable", "two different ids")
    if None in ids:
        return ("unreadable", "an id that is not a decimal from 1 to 2^63 - 1")
    if not ids or (has_data and not data_has_id):
        return ("unreadable", "no id at its place")
    return ("record", ids[0], *(body or (0, len(text))))


class Members(dict):
    """An object, with members of the same name kept apart."""

    def __init__(self, pairs):
        super().__init__(enumerate(value for _, value in pairs))


def main():
    with open(sys.argv[1], "rb") as file:
        lines = file.read().split(b"\n")[:-1]
    for line in lines:
        print(*("-" if part is None else part for part in classify(line, *sys.argv[2:])))


if __name__ == "__main__":
    main()
