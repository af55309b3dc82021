"""Man pages and completions: of every command, made by the programs themselves, and readable."""

import functools
import json
import os
import pathlib
import subprocess

import jsonschema
import pytest

import schemas
from simulator import binary

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAMS = ["listener", "merger"]


def tree(program):
    """Every command of a program as (words, what the program says of it), `help` left out."""
    dumped = subprocess.run([binary(program), "--experimental-dump-help"], capture_output=True, check=True)

    def below(command, words):
        yield words, command
        for part in command.get("subcommands", []):
            if part["commandName"] != "help":
                yield from below(part, [*words, part["commandName"]])
    return list(below(json.loads(dumped.stdout)["command"], [program]))


@functools.cache
def commands():
    return [pair for program in PROGRAMS for pair in tree(program)]


@pytest.fixture(scope="module")
def share(tmp_path_factory):
    out = tmp_path_factory.mktemp("share")
    subprocess.run(
        [ROOT / "deploy/manuals", out, *map(binary, PROGRAMS)], check=True,
        env=os.environ | {"SOURCE_DATE_EPOCH": "1700000000"})
    return out


def test_there_is_a_page_for_every_command_and_no_other(share):
    assert len(commands()) > 15
    pages = {path.name for path in (share / "man/man1").iterdir()}
    assert pages == {"-".join(words) + ".1" for words, _ in commands()}


def test_pages_are_without_fault(share):
    pages = sorted((share / "man/man1").iterdir())
    lint = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", *pages], capture_output=True, text=True)
    assert (lint.returncode, lint.stdout) == (0, "")


def test_a_page_reads_as_the_help_does(share):
    for words, command in commands():
        page = share / f"man/man1/{'-'.join(words)}.1"
        text = subprocess.run(
            ["mandoc", "-T", "ascii", "-O", "width=1000", page], capture_output=True, text=True, check=True).stdout
        # An overstruck character is a bold or underlined one.
        text = " ".join("".join(c for c, n in zip(text, text[1:] + " ") if n != "\b" and c != "\b").split())
        assert "November 14, 2023" in text
        for sentence in (command["abstract"], *command["discussion"].split("\n")):
            assert " ".join(sentence.split()).removesuffix("Examples:").removesuffix("Example:") in text
        for argument in command["arguments"]:
            for name in argument.get("names", []):
                assert ("--" if name["kind"] == "long" else "-") + name["name"] in text
        assert "EXIT STATUS" in text


def test_every_command_shows_an_example_that_its_own_words_begin():
    for words, command in commands():
        _, found, examples = command.get("discussion", "").partition("Example")
        assert found, words
        lines = [line.strip() for line in examples.split("\n")[1:] if line.startswith("  ")]
        assert any(" ".join(words) in line for line in lines), (words, lines)


def test_every_command_that_prints_json_has_a_schema_that_refuses_what_is_empty():
    printing = [
        "-".join(words[1:]) for words, command in commands()
        if any(name["name"] == "json" for a in command["arguments"] for name in a.get("names", []))]
    assert len(printing) > 10
    # The rows of a query of one's own have columns of their own.
    for name in {*printing, "run-plan"} - {"sql"} - schemas.UNSETTLED:
        with pytest.raises(jsonschema.ValidationError):
            schemas.checked(name, [{}] if schemas.validator(name).schema.get("type") == "array" else {})
        assert f"`{schemas.SAME.get(name, name)}`" in (schemas.FOLDER / "README.md").read_text()


@pytest.mark.parametrize("program", PROGRAMS)
def test_bash_completes_commands_and_options(share, program):
    script = share / "bash-completion/completions" / program
    words = {words[1] for words, _ in commands() if words[0] == program and len(words) == 2}

    def completed(line):
        """What bash offers for the last word of a command line."""
        parts = line.split(" ")
        asked = f"""
            set -eo pipefail
            source {script}
            read -ra entry <<<"$(complete -p {program})"
            function_name=
            for ((i = 0; i < ${{#entry[@]}}; i++)); do
                [[ ${{entry[i]}} == -F ]] && function_name=${{entry[i + 1]}}
            done
            set +e
            COMP_WORDS=({' '.join(f"'{part}'" for part in parts)})
            COMP_CWORD={len(parts) - 1}
            COMP_LINE='{line}'
            COMP_POINT=${{#COMP_LINE}}
            "$function_name" {program} '{parts[-1]}' '{parts[-2]}'
            printf '%s\\n' "${{COMPREPLY[@]}}"
        """
        result = subprocess.run(
            ["bash", "-c", asked], capture_output=True, text=True, check=True,
            env=os.environ | {"PATH": f"{pathlib.Path(binary(program)).parent}:{os.environ['PATH']}"})
        assert result.stderr == ""
        return {reply.strip() for reply in result.stdout.splitlines()}

    assert words <= completed(f"{program} ")
    assert {"--config", "--store", "--log-level"} <= completed(f"{program} run --")


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("place", ["zsh/site-functions/_{}", "fish/vendor_completions.d/{}.fish"])
def test_other_shells_are_told_of_every_command(share, program, place):
    text = (share / place.format(program)).read_text()
    for words, _ in commands():
        if words[0] == program:
            assert words[-1] in text
