"""The units of deploy/ under a real systemd: restarts, credentials, reload, rotation, the merger.

Not collected by itself, since it needs root and a systemd to boot: `pytest Tests/Deploy/booted_units.py`.
"""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import time

import pytest

import logrotate
from simulator import ROOT, binary, wait_for

HERE = pathlib.Path(__file__).resolve().parent
DEPLOY = ROOT / "deploy"
TOKEN = "token-a"
PORT = 8080
LISTENER_CONF = f"""\
LISTENER_ZONE=a
LISTENER_STORE=file:///srv/store
LISTENER_STREAM_URL=http://127.0.0.1:{PORT}/2/tweets/search/stream
"""
# A directory as store lies outside of what the units may write to, and wants one owner for both.
STORE_USERS = {"listener": "", "merger": "DynamicUser=no\nUser=tributary-listener\n"}
RECEIVED = "/var/log/tributary/tweets.ndjson.gz"


class Machine:
    def __init__(self, folder):
        self.folder = folder
        self.files = folder / "files"

    def _script(self, *arguments, **options):
        return subprocess.run(
            [HERE / "systemd-machine", *map(str, arguments)], timeout=120, text=True, **options)

    def boot(self):
        self._script("start", self.folder, check=True)

    def stop(self):
        self._script("stop", self.folder)

    def run(self, *command, check=True):
        """The result of a command in the machine."""
        result = self._script("run", self.folder, *command, capture_output=True)
        assert not check or result.returncode == 0, f"{command}: {result.stdout}{result.stderr}"
        return result

    def text(self, *command):
        return self.run(*command).stdout.strip()

    def lines(self, command):
        """What a shell command prints, as bytes: posts hold every kind of white space."""
        result = subprocess.run(
            [HERE / "systemd-machine", "run", self.folder, "sh", "-c", command], timeout=120,
            capture_output=True, check=True)
        return result.stdout.split(b"\n")[:-1]

    def property(self, unit, name):
        return self.text("systemctl", "show", "--value", "--property", name, unit)

    def journal(self, unit):
        return self.text("journalctl", "--quiet", "--output", "cat", "--unit", unit)

    def write(self, path, text, mode=0o644):
        target = self.files / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        target.chmod(mode)

    def copy(self, source, path):
        target = self.files / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)


def copy_libraries(machine, program):
    """A debug build finds the toolchain's libraries where a service may not look."""
    for line in subprocess.check_output(["ldd", program], text=True).splitlines():
        path = line.partition("=> ")[2].split(" ")[0]
        if path and not path.startswith(("/lib", "/usr")):
            machine.copy(path, f"/usr/local/lib/{pathlib.Path(path).name}")


@pytest.fixture(scope="module")
def machine(tmp_path_factory):
    if os.geteuid() != 0:
        pytest.skip("only root can boot a systemd")
    if not pathlib.Path("/lib/systemd/systemd").exists():
        pytest.skip("systemd is not installed")
    machine = Machine(tmp_path_factory.mktemp("machine"))
    for name in ("listener", "merger", "simulator"):
        machine.copy(binary(name), f"/usr/local/bin/{name}")
        copy_libraries(machine, binary(name))
    for unit in ("listener.service", "merger.service", "merger.timer"):
        machine.copy(DEPLOY / "systemd" / unit, f"/etc/systemd/system/{unit}")
    machine.copy(DEPLOY / "sysusers.d" / "tributary.conf", "/etc/sysusers.d/tributary.conf")
    machine.write("/etc/tributary/listener.conf", LISTENER_CONF)
    machine.write("/etc/tributary/merger.conf", "MERGER_STORE=file:///srv/store\n")
    machine.write("/etc/credstore/LISTENER_BEARER_TOKEN", TOKEN + "\n", mode=0o600)
    for unit, user in STORE_USERS.items():
        machine.write(
            f"/etc/systemd/system/{unit}.service.d/store.conf",
            f"[Service]\n{user}ReadWritePaths=/srv/store\n")
    try:
        machine.boot()
        machine.run("ldconfig")
        machine.run("systemd-sysusers")
        machine.run("install", "-d", "-o", "tributary-listener", "/srv/store")
        machine.run(
            "systemd-run", "--unit=simulator", "/usr/local/bin/simulator", "serve", "--port", PORT,
            "--zones", "a", "--posts", 1000000, "--rate", 500, "--wait-for", 1,
            "--truth", "/run/truth.ndjson")
        wait_for(
            lambda: machine.run(
                "curl", "-sf", f"http://127.0.0.1:{PORT}/_simulator/status",
                check=False).returncode == 0, "the simulator")
        machine.run("systemctl", "start", "listener.service")
        wait_for(
            lambda: delivered(machine) > 500 or machine.run(
                "systemctl", "is-failed", "listener.service", check=False).returncode == 0,
            "the first posts")
        assert delivered(machine) > 500, machine.journal("listener.service")
        yield machine
    finally:
        machine.stop()


def delivered(machine):
    status = json.loads(machine.text("curl", "-sf", f"http://127.0.0.1:{PORT}/_simulator/status"))
    return status["zones"]["a"]["counts"]["delivered"]


def main_process(machine):
    return int(machine.property("listener.service", "MainPID"))


def stored_segments(machine):
    return machine.text("find", "/srv/store", "-name", "*.ndjson.gz").split()


def spooled(machine):
    return machine.text("ls", "/var/lib/tributary-listener").split()


def test_the_listener_runs_as_its_own_user_with_its_spool(machine):
    process = main_process(machine)
    assert machine.text("stat", "-c", "%U", f"/proc/{process}") == "tributary-listener"
    assert machine.text(
        "stat", "-c", "%U %a", "/var/lib/tributary-listener") == "tributary-listener 750"
    assert "lock" in spooled(machine)


def test_the_token_comes_by_credential_and_is_seen_by_nobody_else(machine):
    # The simulator answers 401 without it.
    assert delivered(machine) > 0
    path = "/run/credentials/listener.service/LISTENER_BEARER_TOKEN"
    assert machine.text("cat", path) == TOKEN
    for user in ("nobody", "daemon"):
        refused = machine.run(
            "setpriv", "--reuid", user, "--clear-groups", "cat", path, check=False)
        assert refused.returncode != 0
        assert "Permission denied" in refused.stderr
    process = main_process(machine)
    for file in ("environ", "cmdline"):
        assert TOKEN not in machine.text("cat", f"/proc/{process}/{file}")
    assert TOKEN not in machine.journal("listener.service")


def test_there_is_no_core_dump(machine):
    limits = machine.text("cat", f"/proc/{main_process(machine)}/limits")
    [line] = [line for line in limits.splitlines() if line.startswith("Max core file size")]
    assert line.split()[4:6] == ["0", "0"]


def complaints(machine, unit):
    """What the runtime says of calls that the sandbox refused.

    Where this machine is a container that may not raise limits, LimitNICE= has no effect, and
    raising a priority ends with EACCES (13).
    """
    return [
        line for line in machine.journal(unit).splitlines()
        if line.startswith("Failed to") and not line.endswith("errno=13")]


def test_the_sandbox_holds(machine):
    process = main_process(machine)
    status = dict(
        line.split(":\t", 1) for line in machine.text("cat", f"/proc/{process}/status").splitlines()
        if ":\t" in line)
    assert status["CapEff"].strip("0") == ""
    assert status["NoNewPrivs"] == "1"
    assert status["Seccomp"] == "2"
    root = machine.text("nsenter", "--target", process, "--mount", "findmnt", "-no", "OPTIONS", "/")
    assert root.split(",")[0] == "ro"
    assert complaints(machine, "listener.service") == []


def test_a_reload_ships_a_segment_and_keeps_the_process(machine):
    process, before = main_process(machine), len(stored_segments(machine))
    seen = delivered(machine)
    wait_for(lambda: delivered(machine) > seen + 100, "more posts")
    machine.run("systemctl", "reload", "listener.service")
    wait_for(lambda: len(stored_segments(machine)) > before, "the segment")
    assert main_process(machine) == process
    assert "SIGHUP: rotating" in machine.journal("listener.service")


def test_after_a_kill_it_is_back_in_two_seconds_and_saves_the_open_segment(machine):
    process, seen = main_process(machine), delivered(machine)
    wait_for(lambda: delivered(machine) > seen + 1000, "more posts")
    machine.run("kill", f"-{signal.SIGKILL}", process)
    killed = time.monotonic()
    wait_for(lambda: main_process(machine) not in (0, process), "the next process", 10)
    assert 1.5 < time.monotonic() - killed < 5
    wait_for(
        lambda: "an earlier run left it open" in machine.journal("listener.service"), "recovery")
    assert machine.property("listener.service", "NRestarts") == "1"


def test_systemd_knows_how_the_listener_is(machine):
    assert machine.property("listener.service", "Type") == "notify"
    wait_for(
        lambda: machine.property("listener.service", "StatusText").startswith("connected since 20"),
        "the status")
    assert " records, " in machine.property("listener.service", "StatusText")
    metrics = machine.text("curl", "-sf", "http://127.0.0.1:9464/metrics")
    assert 'listener_connection_state{zone="a"} 1' in metrics.splitlines()
    assert machine.text(
        "curl", "-s", "-o", "/dev/null", "-w", "%{http_code}",
        "http://127.0.0.1:9464/healthz") == "200"


def test_a_start_succeeds_only_once_the_listener_has_its_spool(machine):
    machine.run("systemctl", "stop", "listener.service")
    machine.run(
        "systemd-run", "--unit=holder", "flock", "/var/lib/tributary-listener/lock",
        "sleep", "infinity")
    wait_for(
        lambda: machine.run(
            "flock", "--nonblock", "/var/lib/tributary-listener/lock", "true",
            check=False).returncode == 1, "the lock")
    refused = machine.run("systemctl", "start", "listener.service", check=False)
    assert refused.returncode != 0
    assert "another listener uses it" in machine.journal("listener.service")
    machine.run("systemctl", "stop", "holder.service")
    # Neither stream nor store has to answer for the start to succeed.
    machine.run("systemctl", "stop", "listener.service")
    machine.run("systemctl", "kill", "--signal=SIGSTOP", "simulator.service")
    try:
        machine.run("systemctl", "start", "listener.service")
        assert machine.property("listener.service", "ActiveState") == "active"
    finally:
        machine.run("systemctl", "kill", "--signal=SIGCONT", "simulator.service")
    seen = delivered(machine)
    wait_for(lambda: delivered(machine) > seen, "the stream")


def test_a_listener_that_hangs_is_restarted_and_one_that_works_is_not(machine):
    machine.run("mkdir", "-p", "/run/systemd/system/listener.service.d")
    machine.run(
        "sh", "-c", "printf '[Service]\\nWatchdogSec=2\\nTimeoutAbortSec=1\\n' "
        ">/run/systemd/system/listener.service.d/watchdog.conf")
    machine.run("systemctl", "daemon-reload")
    machine.run("systemctl", "restart", "listener.service")
    process = main_process(machine)

    def fed():
        return int(machine.property("listener.service", "WatchdogTimestampMonotonic"))

    first = fed()
    wait_for(lambda: fed() > first + 5_000_000, "more than two intervals")
    assert main_process(machine) == process
    assert machine.property("listener.service", "NRestarts") == "0"
    machine.run("kill", f"-{signal.SIGSTOP}", process)
    wait_for(lambda: main_process(machine) not in (0, process), "the next process")
    assert "Watchdog timeout" in machine.journal("listener.service")
    assert machine.property("listener.service", "NRestarts") == "1"
    machine.run("rm", "/run/systemd/system/listener.service.d/watchdog.conf")
    machine.run("systemctl", "daemon-reload")
    machine.run("systemctl", "restart", "listener.service")
    assert machine.property("listener.service", "WatchdogUSec") == "3min"


def test_the_journal_has_the_level_of_each_line(machine):
    # Debian's journal has it under PRIORITY: 6 is info, 4 a warning.
    entries = [json.loads(line) for line in machine.text(
        "journalctl", "--quiet", "--output", "json", "--unit", "listener.service").splitlines()]
    said = {entry["MESSAGE"]: entry["PRIORITY"] for entry in entries
            if entry.get("SYSLOG_IDENTIFIER") == "listener"}
    assert said["stream: connected (live)"] == "6"
    assert said["SIGHUP: rotating"] == "6"
    [warning] = {level for message, level in said.items() if "left it open" in message}
    assert warning == "4"


def test_a_stop_ships_everything_within_its_time(machine):
    machine.run("systemctl", "stop", "listener.service")
    assert machine.property("listener.service", "Result") == "success"
    assert machine.property("listener.service", "ExecMainStatus") == "0"
    assert set(spooled(machine)) == {"attempts", "dataset.json", "heard", "lock"}


def test_the_merger_makes_the_canonical_stream_of_what_was_shipped(machine):
    machine.run("systemctl", "start", "merger.service")
    assert machine.property("merger.service", "Result") == "success"
    assert complaints(machine, "merger.service") == []
    lines = machine.lines("find /srv/store/segments -name '*.gz' -exec zcat {} + | sort -u")
    records = machine.lines("find /srv/store/canonical -name '*.gz' -exec zcat {} + | sort")
    truth = set(machine.lines("cat /run/truth.ndjson"))
    assert len(records) > 1000
    assert records == lines
    assert truth.issuperset(records)
    machine.run("systemctl", "start", "merger.timer")
    assert machine.property("merger.timer", "ActiveState") == "active"
    verified = machine.text(
        "merger", "verify", "--segments", "--store", "file:///srv/store", "--cache", "/run/cache")
    assert ", 0 problems" in verified


def test_a_wrong_setting_ends_it_for_good(machine):
    conf = "/etc/tributary/listener.conf"
    machine.run("sed", "-i", "s/LISTENER_ZONE/LISTENER_ZOEN/", conf)
    machine.run("systemctl", "start", "listener.service", check=False)
    wait_for(
        lambda: machine.property("listener.service", "ActiveState") == "failed", "the failure")
    time.sleep(3)
    assert machine.property("listener.service", "ActiveState") == "failed"
    assert machine.property("listener.service", "ExecMainStatus") == "78"
    assert machine.property("listener.service", "NRestarts") == "0"
    assert "did you mean LISTENER_ZONE?" in machine.journal("listener.service")
    machine.run("sed", "-i", "s/LISTENER_ZOEN/LISTENER_ZONE/", conf)


def test_logrotate_takes_whole_files_from_a_listener_with_an_output_file(machine):
    program, environment = logrotate.find()
    put(machine, program, "/run/logrotate/logrotate", 0o755)
    for folder in environment.get("LD_LIBRARY_PATH", "").split(":"):
        for library in pathlib.Path(folder).glob("libpopt.so.?") if folder else []:
            put(machine, library, f"/run/logrotate/{library.name}", 0o644)
    put(machine, DEPLOY / "logrotate" / "tributary", "/etc/logrotate.d/tributary", 0o644)
    put(
        machine, DEPLOY / "systemd" / "listener.service.d" / "output-file.conf",
        "/etc/systemd/system/listener.service.d/output-file.conf", 0o644)
    machine.run("systemctl", "daemon-reload")
    machine.run("systemctl", "start", "listener.service")
    process = wait_for(lambda: main_process(machine), "the process")
    for count in range(1, 4):
        seen = delivered(machine)
        wait_for(lambda: delivered(machine) > seen + 500, "more posts")
        # The names differ by the second.
        time.sleep(1)
        said = machine.run(
            "env", "LD_LIBRARY_PATH=/run/logrotate", "/run/logrotate/logrotate", "--verbose",
            "--force", "--state", "/run/logrotate/state", "/etc/logrotate.d/tributary").stderr
        assert machine.text("ls", "/var/log/tributary").count("tweets-") == count, said
    rotated = machine.text(
        "sh", "-c", "ls /var/log/tributary/tweets-*.ndjson.gz").split()
    assert len(rotated) == 3
    for file in rotated:
        machine.run("gunzip", "--test", file)
        assert machine.text("stat", "-c", "%U", file) == "tributary-listener"
    assert main_process(machine) == process
    machine.run("systemctl", "stop", "listener.service")
    machine.run("gunzip", "--test", RECEIVED)
    received = machine.lines(f"zcat {' '.join(rotated)} {RECEIVED}")
    assert len(received) > 1500
    assert len(set(received)) == len(received)
    # One connection, so what it received is one run of the truth without a hole.
    truth = machine.lines("cat /run/truth.ndjson")
    first = truth.index(received[0])
    assert truth[first:first + len(received)] == received


def put(machine, source, path, mode):
    """Copies a file into the machine while it runs."""
    content = pathlib.Path(source).read_bytes()
    machine.run("mkdir", "-p", str(pathlib.PurePosixPath(path).parent))
    subprocess.run(
        [HERE / "systemd-machine", "run", machine.folder, "sh", "-c", f"cat >{path}"],
        input=content, check=True)
    machine.run("chmod", f"{mode:o}", path)
