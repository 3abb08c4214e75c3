"""The examples in experiments/README.md can be used as they stand."""

import re
from pathlib import Path

import pytest
import tomli_w

from gradviz.experiment.config.experiment_file import read_file
from gradviz.experiment.sweep.check_claims import claims_elsewhere
from gradviz.experiment.sweep.grid import points_of
from gradviz.experiment.sweep.plan import read_plan
from gradviz.experiment.sweep.search import first_points

TEXT = (Path(__file__).parents[3] / "experiments" / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```toml\n(.*?)```", TEXT[TEXT.index("## Sweeps") :], re.DOTALL)
CELLS = '[sweep]\nseed = "0..2"\n"model.cell" = ["rnn", "lstm"]\n'


def examples(start):
    return [block for block in BLOCKS if block.startswith(start)]


@pytest.fixture
def read(small, tmp_path):
    """A function: the file of a small experiment with some text at its end."""

    def make(text):
        path = tmp_path / "example.toml"
        task = {"name": "delayed_recall", "length": 6}
        path.write_text(f"{tomli_w.dumps(small(task=task))}\n{text}")
        return read_file(path)

    return make


@pytest.mark.parametrize(("block", "count"), list(zip(examples("[sweep"), [20, 12, 36, 60, 2], strict=True)))
def test_a_sweep(read, block, count):
    file = read(block)
    plan = read_plan(file)
    found = first_points(file, plan) if plan.search else points_of(file, plan, [{}])
    assert len(found) == count  # of a search: at both ends of its learning rate
    assert plan.notes == []


@pytest.mark.parametrize("block", examples("[[expect]]"))
def test_claims(read, block):
    file = read(CELLS + block)
    found = [point.experiment for point in points_of(file, read_plan(file), [{}])]
    assert claims_elsewhere(file, found) == []
    assert len(found[0].expect) == block.count("[[expect]]")


def test_there_are_claims():
    assert len(examples("[[expect]]")) == 7
    assert len(BLOCKS) >= 6
