"""Compiles C that is loaded before a program, with the system's gcc."""

import subprocess

import pytest


def compiled(source, library):
    file = library.with_suffix(".c")
    file.write_text(source)
    try:
        subprocess.run(
            ["gcc", "-shared", "-fPIC", "-O1", "-o", library, file, "-ldl"], check=True)
    except FileNotFoundError:
        pytest.skip("there is no gcc to compile what is preloaded")
    return library
