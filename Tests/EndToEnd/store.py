"""Reads stores with nothing of ours: json, gzip, sqlite3 and the commands of the system."""

import gzip
import hashlib
import json
import pathlib
import shutil
import sqlite3
import subprocess
from dataclasses import dataclass

import boto3
import botocore.config


@dataclass(frozen=True)
class Segment:
    """A manifest and the lines that its object holds."""

    manifest: dict
    lines: list

    @property
    def zone(self):
        return self.manifest["zone"]

    @property
    def name(self):
        start = self.manifest["received"]["first"].replace("-", "").replace(":", "")
        return f"{start}-{self.manifest['instance']}-{self.manifest['sequence']:08}"

    @property
    def key(self):
        date = self.manifest["received"]["first"][:10]
        return f"segments/zone={self.zone}/date={date}/{self.name}.ndjson.gz"


class Store:
    """What the programs keep in a store, by its keys and their content."""

    environment = {}

    def digest(self, key):
        return hashlib.sha256(self.read(key)).hexdigest()

    def manifests(self, zone="*"):
        folder = "manifests" if zone == "*" else f"manifests/zone={zone}"
        return [json.loads(self.read(key)) for key in self.keys(folder)]

    def lines_shipped(self, zone):
        return sum(manifest["lines"] for manifest in self.manifests(zone))

    def segments(self, zone="*"):
        return [self._segment(manifest) for manifest in self.manifests(zone)]

    def _segment(self, manifest):
        if "object" not in manifest:
            return Segment(manifest, [])
        content = gzip.decompress(self.read(manifest["object"]["key"]))
        return Segment(manifest, content.split(b"\n")[:-1])

    @property
    def canonical_keys(self):
        return self.keys("canonical")

    @property
    def hours(self):
        """The partitions with an index, as `2026-11-22T18`."""
        return [hour_of(key) for key in self.keys("index")]


class DirectoryStore(Store):
    """A store that is a directory."""

    def __init__(self, root):
        self.root = pathlib.Path(root)

    @property
    def url(self):
        return f"file://{self.root}"

    def path(self, key):
        return self.root / key

    def keys(self, folder=""):
        """In order, without what the store itself keeps there."""
        paths = sorted(self.root.glob(f"{folder}/**/*" if folder else "**/*"))
        return [
            str(path.relative_to(self.root)) for path in paths
            if path.is_file() and not path.name.startswith(".tributary-")]

    def read(self, key):
        return self.path(key).read_bytes()

    def copy(self, root):
        shutil.copytree(self.root, root)
        return DirectoryStore(root)

    def state(self):
        """What would show that something was written: inode, time of change and digest."""
        stats = {key: self.path(key).stat() for key in self.keys()}
        return {
            key: (stat.st_ino, stat.st_mtime_ns, self.digest(key)) for key, stat in stats.items()}

    def zcat(self, *keys):
        """What the system's zcat makes of objects."""
        if not keys:
            return b""
        paths = [self.path(key) for key in keys]
        return subprocess.run(["zcat", *paths], check=True, stdout=subprocess.PIPE).stdout

    def open_index(self, hour):
        return Index(self.path(index_key(hour)))


class S3Store(Store):
    """A prefix of a bucket, read by boto3. `facts` are an entry of TRIBUTARY_TEST_STORES."""

    def __init__(self, facts, prefix):
        self.name = facts["name"]
        self.url = f"{facts['url']}/{prefix}"
        self._bucket, self._prefix = self.url.removeprefix("s3://").split("/", 1)
        self.environment = dict(facts["environment"])
        if self.name == "moto":
            # It takes any; its own is a word that logs are full of.
            self.environment["AWS_SECRET_ACCESS_KEY"] = "secret-of-these-tests"
        self._client = boto3.client(
            "s3", endpoint_url=self.environment["AWS_ENDPOINT_URL_S3"],
            region_name=self.environment["AWS_REGION"],
            aws_access_key_id=self.environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self.environment["AWS_SECRET_ACCESS_KEY"],
            config=botocore.config.Config(s3={"addressing_style": "path"}))
        if "conditionalReplace" not in facts["capabilities"]:
            self.environment["TRIBUTARY_CONDITIONAL_WRITES"] = "false"

    def keys(self, folder=""):
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=f"{self._prefix}/{folder}")
        found = [entry["Key"] for page in pages for entry in page.get("Contents", [])]
        return sorted(key.removeprefix(f"{self._prefix}/") for key in found)

    def read(self, key):
        reply = self._client.get_object(Bucket=self._bucket, Key=f"{self._prefix}/{key}")
        return reply["Body"].read()

    def write(self, key, content):
        self._client.put_object(Bucket=self._bucket, Key=f"{self._prefix}/{key}", Body=content)

    def remove(self, key):
        self._client.delete_object(Bucket=self._bucket, Key=f"{self._prefix}/{key}")

    def state(self):
        """What would show that something was written: time of change and digest."""
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=f"{self._prefix}/")
        return {
            entry["Key"]: (entry["LastModified"], entry["ETag"])
            for page in pages for entry in page.get("Contents", [])}

    def copy(self, root):
        """A directory with the same objects."""
        store = DirectoryStore(root)
        for key in self.keys():
            store.path(key).parent.mkdir(parents=True, exist_ok=True)
            store.path(key).write_bytes(self.read(key))
        return store


class Index:
    """An index file, read by Python's sqlite3."""

    # These say how the rows came to be, not what they are.
    HISTORY = {"segment": "added", "partition": "replacesSHA256"}

    def __init__(self, path):
        self.database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        self.database.row_factory = sqlite3.Row

    def rows(self, query):
        return [tuple(row) for row in self.database.execute(query)]

    def dictionaries(self, query):
        return [dict(row) for row in self.database.execute(query)]

    def content(self):
        """All rows of all tables, but what tells of the order of merging."""
        names = [name for [name] in self.rows("SELECT name FROM sqlite_master WHERE type='table'")]
        return {name: self._rows_of(name) for name in names}

    def _rows_of(self, table):
        rows = self.dictionaries(f"SELECT * FROM {table}")
        for row in rows:
            row.pop(self.HISTORY.get(table), None)
        return sorted((tuple(row.items()) for row in rows), key=repr)


def hour_of(key):
    """The partition of an index or a canonical object."""
    _, date, hour, _ = key.split("/")
    return f"{date.removeprefix('date=')}T{hour.removeprefix('hour=')}"


def index_key(hour):
    date, number = hour.split("T")
    return f"index/date={date}/hour={number}/index.sqlite"


def canonical_key(hour):
    date, number = hour.split("T")
    return f"canonical/date={date}/hour={number}/tweets.ndjson.gz"


def outcome(store):
    """Everything that G5 speaks of: canonical bytes, and rows but those that tell of history."""
    return {
        hour: (store.read(canonical_key(hour)), store.open_index(hour).content())
        for hour in store.hours}


def split(store, folder):
    """A copy of a store without the last manifest of each zone, and what was held back."""
    copy = store.copy(folder / "store")
    held_back = {}
    for zone in "abc":
        key = copy.keys(f"manifests/zone={zone}")[-1]
        held_back[key] = copy.read(key)
        copy.path(key).unlink()
    return copy, held_back
