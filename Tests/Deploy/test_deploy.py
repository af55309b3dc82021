"""What lies in deploy/ is what the programs and systemd understand."""

import json
import re
import shutil
import subprocess

import pytest

from programs import environment
from simulator import ROOT, binary

DEPLOY = ROOT / "deploy"
OPERATIONS = ROOT / "docs" / "OPERATIONS.md"
SECURITY_MAX = 20  # systemd-analyze counts in tenths: 2.0
UNITS = ("listener.service", "merger.service", "merger.timer")
RECORD = b'{"data":{"id":"1541815603606036480","text":"a"}}\n'
# What an object of ours may be done to. None of it changes the bucket or another's access.
S3_ACTIONS = {
    "s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:ListBucket", "s3:PutObject"}


def definitions(program):
    """The settings of a program by name: the default, or None. Taken from its source."""
    source = (
        ROOT / "Sources" / program / f"{program.capitalize()}Settings.swift").read_text()
    found = {}
    for text in re.findall(r"SettingDefinition\((.*?)\),?\n", source, re.DOTALL):
        name = re.search(r'^\s*"([A-Z0-9_]+)"', text)
        default = re.search(r'default: "([^"]*)"', text)
        computed = re.search(r"default: [A-Za-z]", text)
        if name:
            found[name[1]] = default[1] if default else ... if computed else None
    assert len(found) >= 5
    return found


def secrets(program):
    source = (
        ROOT / "Sources" / program / f"{program.capitalize()}Settings.swift").read_text()
    return set(re.findall(r'SettingDefinition\(\s*"([A-Z0-9_]+)"[^()]*isSecret: true', source))


def example(program):
    """What an example file says of each name: its value, and whether it is in force."""
    settings = {}
    for line in (DEPLOY / f"{program}.example.conf").read_text().splitlines():
        match = re.match(r"(#?)([A-Z][A-Z0-9_]*)=(.*)", line)
        if match:
            assert match[2] not in settings
            settings[match[2]] = (match[3], not match[1])
    return settings


def run(program, *arguments, **options):
    return subprocess.run(
        [binary(program), *map(str, arguments)], env=environment(), capture_output=True,
        timeout=60, **options)


# MARK: Settings


@pytest.mark.parametrize("program", ["listener", "merger"])
def test_the_example_has_every_setting_with_its_default(program):
    known = definitions(program)
    # Not a setting of an operator.
    known.pop("TRIBUTARY_CRASH_AT", None)
    settings = example(program)
    ours = {name for name in settings if not name.startswith("AWS_")}
    files = {name for name in ours if name.endswith("_FILE") and name not in known}
    assert {name.removesuffix("_FILE") for name in files} == secrets(program)
    assert ours - files == set(known) - secrets(program)
    for name, default in known.items():
        value, is_set = settings.get(name, (None, False))
        if isinstance(default, str):
            assert (value, is_set) == (default, False), name


@pytest.mark.parametrize("program", ["listener", "merger"])
def test_the_operations_page_has_every_setting_with_its_default(program):
    rows = {}
    for name, default in re.findall(
            r"^\| `([A-Z0-9_]+)` \|([^|]*)\|", OPERATIONS.read_text(), re.MULTILINE):
        rows.setdefault(name, default.strip().strip("`"))
    for name, default in definitions(program).items():
        if name == "TRIBUTARY_CRASH_AT":
            continue
        assert name in rows
        if isinstance(default, str):
            assert rows[name] == default, name


def uncommented(program, path, *left_out):
    """The example with every line in force."""
    lines = []
    for name, (value, is_set) in example(program).items():
        if is_set or name not in left_out:
            lines.append(f"{name}={value}\n")
    path.write_text("".join(lines))
    return path


def test_a_listener_runs_on_the_example_with_every_line_in_force(tmp_path):
    for number, left_out in enumerate((set(example("listener")), {"LISTENER_OUTPUT_FILE"})):
        folder = tmp_path / str(number)
        folder.mkdir()
        conf = uncommented("listener", folder / "listener.conf", *left_out)
        if number:
            # The files of secrets are the machine's.
            text = re.sub(r"(?m)^(\w+_FILE)=.*$", rf"\1={folder}/secret", conf.read_text())
            conf.write_text(text)
            (folder / "secret").write_text("x\n")
        result = run(
            "listener", "run", "--config", conf, "--source", "stdin",
            "--store", f"file://{folder}/store", "--spool", folder / "spool", input=RECORD)
        assert result.returncode == 0, result.stderr
        [segment] = (folder / "store").rglob("*.ndjson.gz")
        assert subprocess.check_output(["zcat", segment]) == RECORD
        assert "zone=ZONE" in str(segment)


def test_a_listener_with_the_example_s_output_file_needs_neither_zone_nor_store(tmp_path):
    conf = tmp_path / "listener.conf"
    conf.write_text(f"LISTENER_OUTPUT_FILE={tmp_path}/out.gz\n")
    result = run("listener", "run", "--config", conf, "--source", "stdin", input=RECORD)
    assert result.returncode == 0, result.stderr
    assert subprocess.check_output(["zcat", tmp_path / "out.gz"]) == RECORD


def test_a_merger_runs_on_the_example_with_every_line_in_force(tmp_path):
    conf = uncommented("merger", tmp_path / "merger.conf")
    result = run(
        "merger", "run", "--config", conf, "--store", f"file://{tmp_path}/store",
        "--cache", tmp_path / "cache", "--scratch", tmp_path / "scratch")
    assert result.returncode == 0, result.stderr
    assert b"0 segments admitted" in result.stdout


@pytest.mark.parametrize("program", ["listener", "merger"])
def test_a_slip_of_the_pen_in_the_example_is_refused_with_78(program, tmp_path):
    conf = tmp_path / "settings.conf"
    text = (DEPLOY / f"{program}.example.conf").read_text()
    conf.write_text(text.replace("_STORE=", "_STROE=", 1))
    result = run(program, "run", "--config", conf)
    assert result.returncode == 78
    assert f"did you mean {program.upper()}_STORE?".encode() in result.stderr


# MARK: Units


@pytest.fixture(scope="module")
def analyze():
    program = shutil.which("systemd-analyze")
    if not program:
        pytest.skip("systemd-analyze is not installed: the units were not checked")

    def call(*arguments):
        return subprocess.run(
            [program, *map(str, arguments)], capture_output=True, text=True, timeout=60)

    return call


def test_systemd_understands_the_units(analyze, tmp_path):
    for unit in UNITS:
        text = (DEPLOY / "systemd" / unit).read_text()
        # A program that is not installed would be an error.
        text = re.sub(r"/usr/local/bin/(\w+)", lambda match: str(binary(match[1])), text)
        (tmp_path / unit).write_text(text)
    dropin = "listener.service.d"
    shutil.copytree(DEPLOY / "systemd" / dropin, tmp_path / dropin)
    result = analyze("verify", "--man=no", *(tmp_path / unit for unit in UNITS))
    # A misspelt key is a warning only.
    assert (result.returncode, result.stdout + result.stderr) == (0, "")


@pytest.mark.parametrize("unit", ["listener.service", "merger.service"])
def test_the_exposure_of_a_unit_is_low(analyze, unit):
    result = analyze(
        "security", "--offline=true", f"--threshold={SECURITY_MAX}", DEPLOY / "systemd" / unit)
    assert result.returncode == 0, result.stdout[-200:]


def unit_settings(unit):
    settings = {}
    for line in (DEPLOY / "systemd" / unit).read_text().splitlines():
        name, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            settings.setdefault(name, []).append(value)
    return settings


def test_the_unit_waits_longer_than_the_listener_ships():
    deadline = definitions("listener")["LISTENER_SHUTDOWN_DEADLINE"]
    [stop] = unit_settings("listener.service")["TimeoutStopSec"]
    assert int(stop) >= int(deadline.removesuffix("s")) + 10


def test_the_unit_loads_a_credential_for_every_secret():
    loaded = set(unit_settings("listener.service")["LoadCredential"])
    assert loaded - {"tributary-aws"} == secrets("listener")


def test_the_unit_of_the_listener_leaves_no_core_and_says_whether_it_lives():
    settings = unit_settings("listener.service")
    assert settings["LimitCORE"] == ["0"]
    assert settings["Type"] == ["notify"]
    [watchdog] = settings["WatchdogSec"]
    assert int(watchdog.removesuffix("min")) > 0
    assert settings["RestartPreventExitStatus"] == ["64 78"]


def test_the_unit_has_the_spool_where_the_listener_has_it():
    [state] = unit_settings("listener.service")["StateDirectory"]
    assert definitions("listener")["LISTENER_SPOOL"] == f"/var/lib/{state}"


# MARK: Policies


def statements(name):
    policy = json.loads((DEPLOY / "iam" / name).read_text())
    assert policy["Version"] == "2012-10-17"
    return policy["Statement"]


def listed(value):
    return value if isinstance(value, list) else [value]


def allowed(name):
    """Pairs of an action and the key it is allowed on, below the prefix."""
    pairs = set()
    for statement in statements(name):
        assert statement["Effect"] == "Allow"
        for action in listed(statement["Action"]):
            assert action in S3_ACTIONS
            for resource in listed(statement["Resource"]):
                if action == "s3:ListBucket":
                    assert resource == "arn:aws:s3:::BUCKET"
                    continue
                prefix = "arn:aws:s3:::BUCKET/PREFIX/"
                assert resource.startswith(prefix)
                pairs.add((action, resource.removeprefix(prefix)))
    return pairs


def test_a_zone_writes_under_its_own_prefixes_only():
    pairs = allowed("listener.json")
    written = {key for action, key in pairs if action == "s3:PutObject"}
    assert written == {
        "_tributary.json", "pending/*", "segments/zone=ZONE/*", "manifests/zone=ZONE/*",
        "quarantine/zone=ZONE/*", "beacons/zone=ZONE.json", "check/zone=ZONE/*"}
    assert {key for action, key in pairs if action == "s3:DeleteObject"} == {"check/zone=ZONE/*"}


def test_the_merger_changes_no_segment():
    pairs = allowed("merger.json")
    written = {key for action, key in pairs if action == "s3:PutObject"}
    assert written == {"_tributary.json", "index/*", "canonical/*"}
    assert {key for action, key in pairs if action == "s3:DeleteObject"} == {"pending/*"}


def test_who_expires_may_delete_data_and_nothing_else():
    assert allowed("expire.json") == {("s3:DeleteObject", "segments/*")}


def test_the_bucket_takes_segments_and_manifests_only_once():
    [once, _] = statements("bucket.json")
    assert once["Effect"] == "Deny"
    assert once["Action"] == "s3:PutObject"
    assert once["Condition"]["Null"] == {"s3:if-none-match": "true"}
    for prefix in ("segments", "manifests"):
        assert f"arn:aws:s3:::BUCKET/PREFIX/{prefix}/*" in once["Resource"]
    for statement in statements("bucket.json"):
        assert all(action.startswith("s3:") for action in listed(statement["Action"]))
