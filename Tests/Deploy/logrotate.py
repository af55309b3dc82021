"""Finds logrotate: on this machine, or in packages that are unpacked beside the build."""

import os
import pathlib
import shutil
import subprocess

import pytest

from simulator import ROOT

PACKAGES = ("logrotate", "libpopt0")


def find():
    """The program and the environment it needs; skips the test where there is none to be had."""
    program = shutil.which("logrotate", path=os.environ["PATH"] + ":/usr/sbin:/sbin")
    if program:
        return pathlib.Path(program), {}
    folder = ROOT / ".build" / "deploy-tools"
    program = folder / "usr" / "sbin" / "logrotate"
    if not program.exists():
        unpack(folder)
    libraries = {path.parent for path in folder.rglob("libpopt.so*")}
    return program, {"LD_LIBRARY_PATH": ":".join(sorted(map(str, libraries)))}


def unpack(folder):
    if not shutil.which("apt-get"):
        pytest.skip("logrotate is not installed, and there is no apt-get to fetch it with")
    folder.mkdir(parents=True, exist_ok=True)
    download = subprocess.run(
        ["apt-get", "download", "-q", *PACKAGES], cwd=folder, capture_output=True, text=True)
    if download.returncode != 0:
        pytest.skip(f"logrotate is not installed and cannot be fetched: {download.stderr.strip()}")
    for package in sorted(folder.glob("*.deb")):
        subprocess.run(["dpkg", "-x", package, folder], check=True)
        package.unlink()
