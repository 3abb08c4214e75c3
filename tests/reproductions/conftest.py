"""A paper's claim that takes a second, and its runs."""

import copy

import pytest
import tomli_w

from gradviz.experiment.sweep.job import do_job
from gradviz.experiment.sweep.run_plan import run_plan
from gradviz.reproductions.paper_file import read_paper

SEEDS = 5
TINY = {
    "name": "tiny",
    "task": {"name": "adding", "length": 8},
    "model": {"cell": "rnn", "hidden_size": 3},
    "training": {"steps": 3, "batch_size": 2},
    "recording": {"every": 1, "samples": "all"},
    "sweep": {"model.init": ["default", "orthogonal"], "seed": list(range(SEEDS))},
    "expect": [
        {"metric": "loss", "over_seeds": "median", "below": 1e6, "source": "S"},
        {"metric": "loss", "at": 1, "below": 1e6, "where": {"model.init": "orthogonal"}},
    ],
    "reproduction": {
        "claim": "It learns.",
        "source": "Nobody (2026)",
        "protocol": "Three steps.",
        "differs": ["All of it."],
        "theirs": "0.1",
        "full_size": "an hour",
        "minutes": 4.0,
        "learned": {"metric": "loss", "over": 2, "below": 0.5},
    },
}


@pytest.fixture(scope="session")
def tiny():
    """The table of the paper's file, with values replaced by dotted keys."""

    def make(**changes):
        table = copy.deepcopy(TINY)
        for key, value in changes.items():
            *tables, last = key.split("__")
            inner = table
            for name in tables:
                inner = inner[name]
            inner[last] = value
        return table

    return make


@pytest.fixture
def write(tmp_path):
    """Writes a table as the file of a paper; returns its path."""

    def make(table, name="tiny"):
        path = tmp_path / f"{name}.toml"
        path.write_text(tomli_w.dumps(table))
        return path

    return make


@pytest.fixture(scope="session")
def done(tmp_path_factory):
    """The paper, the folder of its runs, and how they ended, in this process."""
    folder = tmp_path_factory.mktemp("tiny")
    (folder / "tiny.toml").write_text(tomli_w.dumps(TINY))
    paper = read_paper(folder / "tiny.toml")

    def here(jobs):
        return ((place, do_job(job)) for place, job in enumerate(jobs))

    ends, _ = run_plan(paper.file, paper.plan, paper.points, folder / "runs", here)
    return paper, folder / "runs", ends
