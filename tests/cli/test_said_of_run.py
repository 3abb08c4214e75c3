"""What a verbose and a quiet run say beside the folder."""

import pytest
import tomli_w
from click.testing import CliRunner

from gradviz.cli import run as run_module
from gradviz.cli.main import cli

TABLE = {
    "name": "small",
    "task": {"name": "adding", "length": 6},
    "model": {"cell": "rnn", "hidden_size": 3, "init": ["orthogonal"]},
    "training": {"steps": 3, "batch_size": 2},
    "expect": [{"metric": "loss", "above": 0}, {"metric": "loss", "above": 99}],
}


OWN = """
import torch

class Sum:
    input_size = output_size = 1
    {known}

    def batch(self, size, generator):
        inputs = torch.rand(size, 6, 1, generator=generator)
        return inputs, inputs.sum(1)

    def loss(self, outputs, targets):
        return (outputs - targets).pow(2).mean()
"""


@pytest.fixture
def said(tmp_path, monkeypatch):
    """Standard output and error of ``gradviz run`` with these options; without figures."""
    (tmp_path / "small.toml").write_text(tomli_w.dumps(TABLE))
    monkeypatch.setattr(run_module, "figures_exist", lambda folder: True)

    def call(*options):
        given = ["run", str(tmp_path / "small.toml"), "--runs", str(tmp_path / "runs"), *options]
        done = CliRunner().invoke(cli, given, standalone_mode=False, catch_exceptions=False)
        return done.stdout, done.stderr.splitlines()

    return call


def test_a_verbose_run_tells_what_it_trains(said, tmp_path):
    out, lines = said("-v")
    folder = out.strip()
    assert out.count("\n") == 1
    assert lines[0].startswith("gradviz ")
    assert lines[1:4] == ['name = "small"', "seed = 0", '[task] name = "adding", length = 6']
    assert 'init = "orthogonal", init_options = {gain = 1.0}' in lines[4]
    assert lines[7:9] == [
        "lag 5; the trivial predictor has 0.1667 (always predict 1)",
        f"folder {folder} (new)",
    ]
    assert lines[9].startswith("done: 3 steps in ")
    assert "; loss 0." in lines[9] or "; loss 1." in lines[9]
    assert [line.partition(":")[0] for line in lines[10:12]] == ["met", "NOT MET"]
    _, again = said("-v")
    assert f"folder {folder} (done)" in again


def test_a_quiet_run_tells_what_went_wrong_alone(said):
    out, lines = said("-q")
    assert out.count("\n") == 1
    (line,) = lines
    assert line.startswith("NOT MET: loss at the end above 99")
    assert said("-q") == (out, lines)


def test_stop_at_says_why_the_run_is_over(said):
    line = "stop_at: mse reached 99 on one training batch after 1 of 3 steps"
    assert line in said("-s", "training.stop_at=99")[1]
    assert not [one for one in said("-s", "training.stop_at=0.0")[1] if one.startswith("stop_at")]
    assert line not in said("-s", "training.stop_at=99", "-s", "training.steps=1")[1]
    validated = said("-s", "training.stop_at=99", "-s", "validation={every=2, batches=1}")[1]
    assert "stop_at: mse reached 99 in the validation after 2 of 3 steps" in validated


@pytest.mark.parametrize(
    ("known", "line"),
    [
        ("", None),
        ("lag = 3", "lag 3"),
        ("baseline = 0.25", "the trivial predictor has 0.25"),
        (
            "lag, baseline, baseline_meaning = 3, 1, 'always 1'",
            "lag 3; the trivial predictor has 1 (always 1)",
        ),
    ],
)
def test_a_task_of_the_users_own_need_not_say_its_lag_or_its_baseline(said, tmp_path, known, line):
    (tmp_path / "mine.py").write_text(OWN.format(known=known or "pass"))
    (tmp_path / "small.toml").write_text(tomli_w.dumps({**TABLE, "task": {"name": "mine.py:Sum"}}))
    out, lines = said("-v")
    assert f"folder {out.strip()} (new)" in lines
    assert lines[lines.index(f"folder {out.strip()} (new)") - 1] == line or line is None
    assert line is not None or not any("predictor" in one for one in lines)
