"""``gradviz explore`` writes lessons, and asks for the trained model only where a lesson needs it."""

import json
import re

import pytest
import torch
from click.testing import CliRunner

from gradviz.cli.main import cli
from gradviz.errors import UnknownName
from gradviz.gallery import character_lesson
from gradviz.models.char import CharModel


@pytest.fixture
def asked(monkeypatch):
    """How often the trained model was asked for; it is a small one."""
    calls = []

    def small(cache):
        calls.append(cache)
        torch.manual_seed(0)
        return character_lesson.as_arrays(CharModel(hidden_size=4), seed=0)

    monkeypatch.setattr(character_lesson, "character_lesson", small)
    return calls


def data_of(page):
    text = page.read_text(encoding="utf-8")
    found = re.search(r'<script type="application/json" id="gradviz-data">(.*?)</script>', text, re.DOTALL)
    return json.loads(found[1])


def test_a_lesson_without_the_model_does_not_ask_for_it(asked, tmp_path):
    page = tmp_path / "page.html"
    done = CliRunner().invoke(cli, ["explore", "step_through", "-o", str(page)])
    assert (done.exit_code, done.output) == (0, f"{page}\n")
    assert list(data_of(page)["lessons"]) == ["step_through"]
    assert asked == []


@pytest.mark.parametrize("names", [["which_letters"], []])
def test_the_lesson_that_needs_the_model_has_it(asked, tmp_path, names):
    page = tmp_path / "page.html"
    done = CliRunner().invoke(cli, ["explore", *names, "-o", str(page)])
    assert done.exit_code == 0
    assert data_of(page)["lessons"]["which_letters"]["model"]["hidden"] == 4
    assert len(asked) == 1


def test_an_unknown_lesson_is_refused(asked, tmp_path):
    with pytest.raises(UnknownName, match="did you mean 'which_letters'"):
        cli(["explore", "which_leters", "-o", str(tmp_path / "page.html")], standalone_mode=False)
    assert asked == []
    assert list(tmp_path.iterdir()) == []
