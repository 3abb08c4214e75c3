"""Runs of version 0.1 keep their names, and a key that came later changes a name where it is set."""

from pathlib import Path
from typing import Annotated, ClassVar

import pytest
from pydantic import Field

from gradviz.experiment.config.claim_schema import Expectation
from gradviz.experiment.config.experiment_file import read_experiment
from gradviz.experiment.config.fingerprint import fingerprint
from gradviz.experiment.config.resolve import resolve
from gradviz.experiment.config.schema import Experiment
from gradviz.experiment.config.training_schema import TrainingConfig

NAMES_OF_0_1 = {
    "adding": "c328409a",
    "char": "19c764e2",
    "char_corpus": "1683adbc",
    "copy_memory": "d5772537",
    "temporal_order": "67b2e0d0",
}


@pytest.mark.parametrize("name", NAMES_OF_0_1)
def test_a_run_of_version_0_1_keeps_its_name(name):
    path = Path(__file__).parents[3] / "experiments" / f"{name}.toml"
    assert fingerprint(read_experiment(path)) == NAMES_OF_0_1[name]


class _Claim(Expectation):
    added: ClassVar = Expectation.added | {"later"}
    later: int = 1


class _Training(TrainingConfig):
    added: ClassVar = TrainingConfig.added | {"later"}
    later: int = 1


class _Later(Experiment):
    added: ClassVar = Experiment.added | {"notes"}
    training: _Training = _Training()
    expect: Annotated[tuple[_Claim, ...], Field(strict=False)] = ()
    notes: str = ""


@pytest.mark.parametrize("change", [{"notes": "x"}, {"training": {"later": 2}}, {"expect": [{"later": 2}]}])
def test_a_later_key_counts_only_where_it_is_set(small, change):
    table = {**small(expect=[{"metric": "loss", "below": 1.0}])}
    same = _Later.model_validate(table)
    assert fingerprint(same) == fingerprint(Experiment.model_validate(table))
    assert fingerprint(same) == fingerprint(_Later.model_validate(same.table()))
    together = {
        "notes": change.get("notes", ""),
        "training": {**table["training"], **change.get("training", {})},
        "expect": [{**table["expect"][0], **change.get("expect", [{}])[0]}],
    }
    assert fingerprint(_Later.model_validate({**table, **together})) != fingerprint(same)


def test_every_resolved_experiment_has_the_name_of_its_table(small):
    experiment = resolve(small(model__cell="lstm", model__init="forget_bias"))
    assert fingerprint(resolve(experiment.table())) == fingerprint(experiment)
