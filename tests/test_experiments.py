"""The experiments of the project: each is described, can be run, and meets the claims of its source."""

from pathlib import Path

import pytest

from gradviz.experiment.config.experiment_file import read_experiment, read_file
from gradviz.experiment.run.run import run
from gradviz.experiment.sweep.grid import points

FOLDER = Path(__file__).parents[1] / "experiments"
FILES = sorted(FOLDER.glob("*.toml"))


def test_all_expected_experiments_exist():
    assert {path.stem for path in FILES} >= {"adding", "copy_memory", "temporal_order", "char", "char_corpus"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_can_be_read_claims_something_and_is_described(path):
    experiment = read_experiment(path)
    assert experiment.expect
    assert all(claim.source for claim in experiment.expect)
    assert path.read_text(encoding="utf-8").startswith("# ")
    assert f"[{path.name}]({path.name})" in (FOLDER / "README.md").read_text(encoding="utf-8")
    if read_file(path).sweep is not None:
        assert points(read_file(path))


@pytest.mark.slow
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_does_what_its_source_says(path, tmp_path):
    result = run(read_experiment(path), tmp_path)
    assert result.outcome == "done"
    assert result.as_expected, result.verdicts
