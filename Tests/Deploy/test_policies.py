"""The policies of deploy/iam allow every request that the programs really make."""

import fnmatch
import gzip
import json
import re
import subprocess
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from programs import environment
from simulator import ROOT, binary, wait_for

TOOLS = ROOT / "Tests" / "Tools"
BUCKET = "tributary-policies"
STORE = f"s3://{BUCKET}/posts"
ACTIONS = {"GET": "s3:GetObject", "HEAD": "s3:GetObject", "PUT": "s3:PutObject",
           "DELETE": "s3:DeleteObject"}
OLD_RECORD = b'{"data":{"id":"1541815603606036480","text":"a"}}\n'


class Server:
    def __init__(self, port, log):
        self.log = log
        self._environment = environment(
            AWS_ENDPOINT_URL_S3=f"http://127.0.0.1:{port}", AWS_REGION="us-east-1",
            AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test")
        self._seen = len(self._requests())

    def run(self, program, *arguments, **options):
        """Runs a program to its end; returns what it asked the store for, as (action, resource)."""
        result = subprocess.run(
            [binary(program), *map(str, arguments)], env=self._environment, timeout=60,
            capture_output=True, **options)
        assert result.returncode == 0, result.stderr
        requests = self._requests()
        new, self._seen = requests[self._seen:], len(requests)
        return {self._meaning(method, url) for method, url in new}

    def _requests(self):
        # Requests that did not end with 200 stand there in colour.
        text = re.sub(r"\x1b\[[0-9;]*m", "", self.log.read_text())
        return re.findall(r'"([A-Z]+) (\S+) HTTP/1\.[01]"', text)

    def _meaning(self, method, url):
        parts = urlsplit(url)
        bucket, _, key = unquote(parts.path).removeprefix("/").partition("/")
        assert bucket == BUCKET
        if not key:
            assert "list-type" in parse_qs(parts.query)
            return "s3:ListBucket", f"arn:aws:s3:::{bucket}"
        return ACTIONS[method], f"arn:aws:s3:::{bucket}/{key}"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("moto")
    port = subprocess.check_output([TOOLS / "free-ports", "1"], text=True).split()[0]
    process = subprocess.Popen([TOOLS / "s3-moto", folder, port])
    try:
        wait_for(
            lambda: subprocess.run(
                [TOOLS / "make-s3-bucket", port, BUCKET, "test", "test"],
                capture_output=True).returncode == 0, "moto", 180)
        yield Server(port, folder / "moto.log")
    finally:
        process.kill()
        process.wait()


def refused(requests, policy, zone="ZONE"):
    """Those of the requests that a policy does not allow."""
    text = (ROOT / "deploy" / "iam" / policy).read_text()
    text = text.replace("BUCKET", BUCKET).replace("PREFIX", "posts").replace("ZONE", zone)
    allowed = [
        (action, resource)
        for statement in json.loads(text)["Statement"]
        for action in as_list(statement["Action"])
        for resource in as_list(statement["Resource"])
    ]
    return {
        (action, resource) for action, resource in requests
        if not any(action == a and fnmatch.fnmatchcase(resource, r) for a, r in allowed)
    }


def as_list(value):
    return value if isinstance(value, list) else [value]


def test_what_the_programs_ask_for_is_allowed_and_nothing_is_allowed_to_the_wrong_one(
        server, tmp_path):
    listened = server.run(
        "listener", "run", "--source", "stdin", "--zone", "a", "--store", STORE, "--spool",
        tmp_path / "spool", input=OLD_RECORD * 3)
    assert any(action == "s3:PutObject" for action, _ in listened)
    assert refused(listened, "listener.json", "a") == set()
    # Another zone's role may not write what this one wrote.
    assert refused(listened, "listener.json", "b")

    old = tmp_path / "old.gz"
    old.write_bytes(gzip.compress(OLD_RECORD))
    merger = ("--store", STORE, "--cache", tmp_path / "cache")
    adopted = server.run("merger", "adopt", "--zone", "seed", *merger, old)
    assert any("/pending/" in resource for _, resource in adopted)
    assert refused(adopted, "listener.json", "seed") == set()

    merged = server.run("merger", "run", *merger) | server.run("merger", "run", "--full", *merger)
    assert any(action == "s3:DeleteObject" for action, _ in merged)
    assert any("/canonical/" in resource for _, resource in merged)
    assert refused(merged, "merger.json") == set()
    assert refused(merged, "listener.json", "a")
    assert refused(listened, "merger.json")

    read = server.run("merger", "verify", "--segments", *merger)
    assert refused(read, "merger.json") == set()
