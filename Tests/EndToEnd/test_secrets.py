"""Secrets, planted in every setting that takes one, in nothing that the listener writes."""

import pathlib
import re
import subprocess

import pytest

from feed import Feed
from listener import Listener
from program import environment_of
from simulator import ROOT, binary
from store import DirectoryStore

MARK = "PLANTED"
OPERATIONS = ROOT / "docs" / "OPERATIONS.md"
SECRETS = re.findall(
    r"^\| `((?!AWS)\w+)` \|[^|]*\| Secret\.", OPERATIONS.read_text(), re.MULTILINE)
HELP = [["--help"], ["run", "--help"], ["rules", "--help"], ["rules", "sync", "--help"]]


def planted(name):
    value = f"{MARK}-{name}-0123456789"
    return f"X-API-Key: {value}" if name == "LISTENER_STREAM_HEADER" else value


def output_of(*arguments, **settings):
    done = subprocess.run(
        [binary("listener"), *arguments], env=environment_of(settings), stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
    return done.returncode, done.stdout.decode()


def test_the_document_names_the_secrets_of_the_program():
    settings = (ROOT / "Sources" / "listener" / "ListenerSettings.swift").read_text()
    definitions = re.split(r"SettingDefinition\(", settings)[1:]
    names = [re.search(r'"(\w+)"', text)[1] for text in definitions if "isSecret: true" in text]
    assert sorted(names) == sorted(SECRETS)


@pytest.mark.parametrize("arguments", HELP)
def test_help_shows_none(arguments):
    code, output = output_of(*arguments, **{name: planted(name) for name in SECRETS})
    assert code == 0 and "USAGE" in output
    assert MARK not in output


@pytest.mark.parametrize("settings", [
    {"LISTENER_STREAM_URL": f"http://user:{MARK}@127.0.0.1/"},
    {"LISTENER_STREAM_URL": f"http://203.0.113.1/feed?key={MARK}"},
    {"LISTENER_STREAM_URL": "http://203.0.113.1/feed", "LISTENER_STREAM_HEADER": f"X: {MARK}"},
    {"LISTENER_STREAM_URL": f"no url {MARK}"},
    {"LISTENER_STREAM_URL": "http://127.0.0.1:1/", "LISTENER_STREAM_HEADER": f"bad {MARK}"},
    {"LISTENER_STREAM_URL": "http://127.0.0.1:1/", "LISTENER_BEARER_TOKEN": MARK,
     "LISTENER_STREAM_HEADER": f"X: {MARK}"},
    {"LISTENER_STREAM_URL": "http://127.0.0.1:1/", "LISTENER_SEGMENT_AGE": "nonsense"},
])
def test_a_configuration_that_is_refused_shows_none(tmp_path, settings):
    base = {
        "LISTENER_SOURCE": "ndjson", "LISTENER_ZONE": "a", "HOME": tmp_path,
        "LISTENER_STORE": f"file://{tmp_path}/store", "LISTENER_SPOOL": tmp_path / "spool",
        "LISTENER_BEARER_TOKEN_FILE": ""}
    base |= {name: planted(name) for name in SECRETS if not name.startswith("LISTENER")}
    if "LISTENER_STREAM_HEADER" not in settings:
        base["LISTENER_BEARER_TOKEN"] = planted("LISTENER_BEARER_TOKEN")
    code, output = output_of("run", **(base | settings))
    assert code == 78, output
    assert MARK not in output


@pytest.mark.parametrize("name", ["LISTENER_BEARER_TOKEN", "LISTENER_STREAM_HEADER"])
@pytest.mark.parametrize("place", ["environment", "file", "credential"])
def test_a_server_that_repeats_what_it_was_sent_does_not_spread_it(tmp_path, name, place):
    store = DirectoryStore(tmp_path / "store")
    directory = tmp_path / "credentials"
    directory.mkdir()
    (directory / name).write_text(planted(name) + "\n")
    environment = {
        "environment": {name: planted(name)}, "file": {name + "_FILE": directory / name},
        "credential": {"CREDENTIALS_DIRECTORY": directory}}[place]
    environment |= {other: planted(other) for other in SECRETS if "LISTENER" not in other}
    with Feed([b"{}"], ("X-API-Key", "another")) as feed:
        listener = Listener(
            tmp_path, "a", store, environment=environment, SOURCE="ndjson", STREAM_URL=feed.url,
            SEGMENT_AGE="1s")
        try:
            listener.wait_for_log("refused with HTTP 401")
            assert listener.stop() == 0
        finally:
            listener.end_for_sure()
        assert feed.refused > 0
    assert MARK not in listener.log
    assert store.manifests("a")
    files = [path for path in pathlib.Path(tmp_path).rglob("*") if path.is_file()]
    spread = [path for path in files if MARK.encode() in path.read_bytes()]
    assert spread == [directory / name]
