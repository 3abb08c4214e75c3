"""The oldest versions that setup.cfg allows, all extras at once: every command runs with them."""

import re
import signal
import urllib.request

import pytest
from installed.built import ROOT
from installed.commands import COMMANDS
from installed.environment import Environment

pytestmark = pytest.mark.slow
EXTRAS = "cluster,html,lightning,parquet,search,slides,tensorboard,video"


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    folder = tmp_path_factory.mktemp("minimum") / "environment"
    return Environment(folder, [f"{ROOT}[{EXTRAS}]"], ROOT / "constraints-minimum.txt")


def test_these_versions_go_together(environment, place):
    assert "No broken requirements" in environment.python("-m", "pip", "check", folder=place)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.words[:50])
def test_a_command(environment, place, command):
    environment.run(command, place)


def test_watch_serves_the_page_of_a_run(environment, place):
    (run,) = (path.name for path in (place / "one").iterdir())
    with environment.start("watch", f"one/{run}", "--port", "8765", folder=place) as watched:
        try:
            address = watched.stdout.readline().strip()
            assert re.fullmatch(r"http://127\.0\.0\.1:\d+/", address)
            with urllib.request.urlopen(address, timeout=60) as page:
                assert b"<title>" in page.read()
        finally:
            watched.send_signal(signal.SIGINT)
        assert watched.wait(timeout=60) in (0, 130)
