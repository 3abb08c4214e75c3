"""The commands on the pages of the site run, in order, in an empty folder; no code stands there unrun."""

import ast
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest
from docs.page_blocks import blocks_of

import gradviz as gv
from gradviz.cli.main import cli
from gradviz.runs.parse_toml import parse as parse_toml

ROOT = Path(__file__).parents[2]
PAGES = [
    ROOT / "README.md",
    ROOT / "docs/start.md",
    *sorted((ROOT / "docs/how-to").glob("*.md")),
    *sorted((ROOT / "docs/explanation").glob("*.md")),
]
BLOCKS = {str(page.relative_to(ROOT)): blocks_of(page) for page in PAGES}
LONGEST = 300  # seconds for one command


def parse(command):
    """Check the words of a ``gradviz`` command as click reads them, without running it."""
    at, context = cli, click.Context(cli, info_name="gradviz")
    words = shlex.split(command.replace("\\\n", " "))[1:]
    while isinstance(at, click.Group) and words and not words[0].startswith("-"):
        name, *words = words
        found = at.get_command(context, name)
        assert found is not None, f"gradviz has no command {name!r}"
        at, context = found, click.Context(found, context, name)
        if not isinstance(at, click.Group) or not words or words[0] not in at.list_commands(context):
            break
    at.make_parser(context).parse_args(words)


def gradviz_commands(text):
    """The ``gradviz`` commands of some lines, without what the shell does around them."""
    for line in re.split(r"\n|&&|\|", text.replace("\\\n", " ")):
        command = re.split(r"\s[<>#]|\s&$", line.removeprefix("$ ").strip())[0]
        if command.startswith("gradviz "):
            yield command


def shows(line, output):
    """Whether a line of output, in which ``...`` stands for anything, is among what was printed."""
    pattern = ".*".join(re.escape(part) for part in re.split(r"\.\.\.", line.strip()))
    return any(re.fullmatch(pattern, printed.strip()) for printed in output.splitlines())


@pytest.mark.parametrize("page", BLOCKS)
def test_code_on_a_page_is_run_or_says_why_not(page):
    for block in BLOCKS[page]:
        if block.language.split(" ")[0] in {"python", "py"} and not block.directive:
            ast.parse(block.body)
            on_github = page == "README.md"  # which knows no code cells
            assert on_github or block.reason_not_to_run, f"{page}:{block.line} is not a code-cell"


@pytest.mark.parametrize("page", BLOCKS)
def test_commands_on_a_page_have_a_prompt_and_known_options(page):
    for block in BLOCKS[page]:
        assert block.language not in {"sh", "bash", "shell"}, f"{page}:{block.line}: use console, with $"
        if block.language == "console":
            assert block.body.startswith("$ "), f"{page}:{block.line}"
            for command, _ in block.commands:
                for one in gradviz_commands(command):
                    parse(one)


@pytest.mark.parametrize("page", BLOCKS)
def test_names_and_commands_in_the_text_of_a_page_exist(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    for name in set(re.findall(r"\bgv\.([A-Za-z_]\w*)", text)):
        assert name in dir(gv), f"{page}: gv.{name}"
    for code in re.findall(r"`(gradviz [^`]+)`", text):
        for command in gradviz_commands(code):
            parse(command)


@pytest.mark.parametrize("page", BLOCKS)
def test_toml_on_a_page_can_be_read(page):
    for block in BLOCKS[page]:
        if block.language == "toml":
            parse_toml(block.body)


def test_a_wrong_command_or_an_unknown_option_is_found():
    for wrong in ("gradviz diagnos runs/mine", "gradviz diagnose runs/mine --lags 3"):
        with pytest.raises((AssertionError, click.UsageError)):
            parse(wrong)


def pages_with_commands():
    """Pages that have something to run in a shell."""
    for page, blocks in BLOCKS.items():
        if any(block.language == "console" and not block.reason_not_to_run for block in blocks):
            yield page


@pytest.mark.slow
@pytest.mark.parametrize("page", list(pages_with_commands()))
def test_the_commands_of_a_page_run(page, tmp_path):
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "MPLBACKEND": "Agg",
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
    }
    folder = tmp_path / "empty"
    folder.mkdir()
    for block in BLOCKS[page]:
        if block.directive == "code-block" and "caption" in block.options:
            (folder / block.options["caption"]).write_text(block.body, encoding="utf-8")
        if block.language != "console" or block.reason_not_to_run:
            continue
        for command, shown in block.commands:
            done = subprocess.run(
                ["bash", "-c", command],
                cwd=folder,
                env=environment,
                capture_output=True,
                text=True,
                timeout=LONGEST,
                check=False,
            )
            place = f"{page}:{block.line}: {command}\n{done.stdout}\n{done.stderr}"
            wanted = block.exit_code if command == block.commands[-1][0] else 0
            assert done.returncode == wanted, place
            assert "Warning" not in done.stderr, place
            for line in shown:
                assert shows(line, done.stdout), f"{line!r} is not in {place}"
