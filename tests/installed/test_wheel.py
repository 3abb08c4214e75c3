"""The wheel alone in a clean environment: what an installation without extras does, far from the sources."""

import pytest
from installed.built import ROOT, build
from installed.commands import COMMANDS, Command
from installed.environment import Environment

pytest.importorskip("build")
pytestmark = pytest.mark.slow
WITHOUT_EXTRAS = [command for command in COMMANDS if not command.extra]
WITH_EXTRAS = {command.extra: command for command in COMMANDS if command.extra}


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    (wheel,) = build(folder, "--wheel")
    return Environment(folder / "environment", [str(wheel)], ROOT / "constraints.txt")


def test_nothing_comes_with_it_that_slows_its_start(environment, place):
    """seaborn imports scipy wherever there is one, for nothing that gradviz draws."""
    installed = environment.python("-m", "pip", "list", "--format=freeze", folder=place)
    assert "gradviz==" in installed
    assert "scipy==" not in installed
    environment.python("-m", "pip", "check", folder=place)


def test_it_runs_from_the_installation(environment, place):
    home = environment.python("-c", "import gradviz; print(gradviz.__file__)", folder=place)
    assert "site-packages" in home


@pytest.mark.parametrize("command", WITHOUT_EXTRAS, ids=lambda command: command.words[:50])
def test_a_command(environment, place, command):
    environment.run(command, place)


@pytest.mark.parametrize("extra", WITH_EXTRAS)
def test_what_needs_an_extra_names_it(environment, place, extra):
    command = WITH_EXTRAS[extra]._replace(prints="", makes=(), codes=(2,))
    environment.run(command, place)


def test_a_new_file_is_an_experiment(environment, place):
    (place / "new.toml").write_text(environment.run(Command("new parity"), place))
    run = "run new.toml -s training.steps=2 -s task.length=8 -s model.hidden_size=4 --runs new"
    environment.run(Command(run, "new/", ("new/*/recording.nc",)), place)


def test_the_demo(environment, place):
    environment.run(
        Command("demo", "gradviz-demo/", ("gradviz-demo/*/recording.nc", "gradviz-demo/**/*.png")), place
    )
