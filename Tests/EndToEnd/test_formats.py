"""What lies in a store is read by programs that know nothing of Tributary."""

import gzip
import json
import pathlib
import subprocess
import sys

import duckdb
import jsonschema
import pytest

from folding import Folding
from merger import Merger
from piped import PipedWorld
from simulator import ROOT
from store import DirectoryStore, canonical_key

SCHEMAS = ROOT / "docs" / "schema"
CHECK_SEGMENT = ROOT / "Tests" / "Tools" / "check_segment.py"


def validator(name):
    path = SCHEMAS / f"{name}.schema.json"
    assert path.exists(), f"{path}: is not written yet"
    schema = json.loads(path.read_text())
    cls = jsonschema.validators.validator_for(schema)
    cls.check_schema(schema)
    return cls(schema, format_checker=cls.FORMAT_CHECKER)


@pytest.fixture(params=["proof", "small"])
def world(request):
    return request.getfixturevalue(request.param)


def gzip_objects(store):
    return [*store.keys("segments"), *store.keys("canonical")]


def test_every_manifest_keeps_the_schema(world):
    schema = validator("manifest")
    manifests = world.store.manifests()
    assert manifests
    for manifest in manifests:
        schema.validate(manifest)


def test_the_dataset_keeps_the_schema(world):
    validator("dataset").validate(json.loads(world.store.read("_tributary.json")))


def test_a_manifest_with_an_unknown_format_breaks_the_schema(small):
    manifest = small.store.manifests("a")[0]
    with pytest.raises(jsonschema.ValidationError):
        validator("manifest").validate(manifest | {"format": 2})


def test_every_manifest_says_of_its_segment_what_a_second_reader_finds(world, tmp_path):
    paths = []
    for key in world.store.keys("manifests"):
        path = tmp_path / pathlib.Path(key).name
        path.write_bytes(world.store.read(key))
        data = key.replace("manifests/", "segments/").replace(".json", ".ndjson.gz")
        if world.store.path(data).exists():
            (tmp_path / pathlib.Path(data).name).write_bytes(world.store.read(data))
        paths.append(path)
    subprocess.run([sys.executable, CHECK_SEGMENT, *paths], check=True)


def test_gunzip_finds_every_object_whole(world):
    paths = [world.store.path(key) for key in gzip_objects(world.store)]
    assert len(paths) > 5
    subprocess.run(["gunzip", "-t", *paths], check=True)


def test_python_and_zcat_read_the_same_bytes(world):
    for key in gzip_objects(world.store):
        assert gzip.decompress(world.store.read(key)) == world.store.zcat(key)


def test_a_partition_with_notices_alone_has_a_canonical_object_without_records(world):
    empty = [hour for hour in world.store.hours if not world.store.zcat(canonical_key(hour))]
    assert empty
    for hour in empty:
        assert world.store.open_index(hour).rows("SELECT count FROM partition") == [(0,)]


# DuckDB, which refuses a file with a half of a surrogate pair, though RFC 8259 allows it


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """A merged store like the small world, of posts in which every reader agrees."""
    folder = tmp_path_factory.mktemp("plain")
    store = DirectoryStore(folder / "store")
    PipedWorld(folder, store, seed=2, awkward=0)
    Merger(folder, store)("run")
    return store


@pytest.fixture(scope="module")
def plain_folding(plain):
    return Folding(plain.segments())


def ids_by_folder(folding):
    """What a Hive table must hold: (date, hour, id as text)."""
    return sorted(
        (hour[:10], int(hour[11:]), str(identity))
        for hour, ids in folding.by_hour.items() for identity in ids
        if not folding.is_left_out(identity))


def test_duckdb_reads_the_canonical_stream_as_one_hive_table(plain, plain_folding):
    rows = duckdb.sql(f"""
        SELECT CAST(date AS VARCHAR), CAST(hour AS INTEGER),
            coalesce(json ->> '$.data.id', json ->> '$.id_str')
        FROM read_json_objects('{plain.root}/canonical/*/*/*.gz',
            format = 'newline_delimited', hive_partitioning = true)
    """).fetchall()
    assert sorted(rows) == ids_by_folder(plain_folding)


def test_duckdb_reads_columns_beside_an_object_without_records(plain, plain_folding):
    assert not all(plain.zcat(key) for key in plain.canonical_keys)
    rows = duckdb.sql(f"""
        SELECT CAST(date AS VARCHAR), CAST(hour AS INTEGER), coalesce(data.id, id_str)
        FROM read_json('{plain.root}/canonical/*/*/*.gz', hive_partitioning = true,
            columns = {{data: 'STRUCT(id VARCHAR)', id_str: 'VARCHAR'}})
    """).fetchall()
    assert sorted(rows) == ids_by_folder(plain_folding)


def test_duckdb_finds_columns_and_partitions_by_itself(plain, plain_folding):
    ids = ids_by_folder(plain_folding)
    found = duckdb.sql(f"""
        SELECT count(*), count(DISTINCT (date, hour))
        FROM read_json('{plain.root}/canonical/*/*/*.gz', hive_partitioning = true)
    """).fetchall()
    assert found == [(len(ids), len({(date, hour) for date, hour, _ in ids}))]


def test_duckdb_counts_the_lines_of_each_zone(plain):
    rows = duckdb.sql(f"""
        SELECT zone, count(*) FROM read_json_objects('{plain.root}/segments/*/*/*.gz',
            format = 'newline_delimited', hive_partitioning = true) GROUP BY zone
    """).fetchall()
    assert dict(rows) == {zone: plain.lines_shipped(zone) for zone in "abc"}


def has_half_a_pair(line):
    try:
        json.dumps(json.loads(line), ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    return False


def test_duckdb_told_to_ignore_errors_leaves_out_halves_of_surrogate_pairs_alone(proof):
    lines = proof.store.zcat(*proof.store.canonical_keys).split(b"\n")[:-1]
    whole = sorted(
        json.loads(line)["data"]["id"] for line in lines if not has_half_a_pair(line))
    assert 20_000 < len(whole) < len(lines)
    rows = duckdb.sql(f"""
        SELECT json ->> '$.data.id' AS id
        FROM read_json_objects('{proof.store.root}/canonical/*/*/*.gz',
            format = 'newline_delimited', ignore_errors = true) WHERE json IS NOT NULL
    """).fetchall()
    assert sorted(identity for [identity] in rows) == whole
