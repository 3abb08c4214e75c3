"""The schema: valid values, and that nothing is converted."""

import pytest
from pydantic import ValidationError

from gradviz.experiment.config.schema import Experiment, ModelConfig, RecordingConfig, TrainingConfig


def test_the_defaults(small):
    experiment = Experiment.model_validate(small())
    assert experiment.seed == 0
    assert experiment.model == ModelConfig(cell="gru", hidden_size=4, num_layers=1, init="default")
    assert TrainingConfig().learning_rate == 1e-3
    assert RecordingConfig() == RecordingConfig(every=20, samples=16, detail="norms")
    assert experiment.task.options == {"length": 8}


def test_samples_as_the_recorder_takes_them():
    assert RecordingConfig(samples="all").sample_count is None
    assert RecordingConfig(samples=3).sample_count == 3


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("seed", True),
        ("seed", "0"),
        ("seed", -1),
        ("seed", 2**63),
        ("name", "a/b"),
        ("name", ""),
        ("name", ".hidden"),
        ("training__steps", 10.0),
        ("training__steps", "10"),
        ("training__learning_rate", True),
        ("training__learning_rate", float("nan")),
        ("training__learning_rate", float("inf")),
        ("training__clip_norm", -1.0),
        ("model__dropout", 1.0),
        ("model__bidirectional", 1),
        ("recording__samples", 0),
        ("recording__samples", True),
        ("recording__samples", "some"),
        ("recording__every", 0),
        ("expect", [{"metric": "loss", "at": -1}]),
        ("expect", "loss"),
    ],
)
def test_what_is_not_taken(small, key, value):
    with pytest.raises(ValidationError):
        Experiment.model_validate(small(**{key: value}))


def test_a_whole_number_is_a_number(small):
    assert Experiment.model_validate(small(training__learning_rate=1)).training.learning_rate == 1.0


def test_nothing_changes_afterwards(small):
    with pytest.raises(ValidationError, match="frozen"):
        Experiment.model_validate(small()).seed = 3


def test_one_claim_or_several(small):
    one = {"metric": "loss", "below": 0.1}
    assert Experiment.model_validate(small(expect=one)) == Experiment.model_validate(small(expect=[one]))
    assert Experiment.model_validate(small(expect=one)).expect[0].at == "end"


def test_the_table_leaves_out_what_is_empty(small):
    experiment = Experiment.model_validate(small(expect=[{"metric": "loss", "below": 0.1}]))
    table = experiment.table()
    assert Experiment.model_validate(table) == experiment
    assert "clip_value" not in table["training"]
    assert "init_options" not in table["model"]
    assert table["expect"] == [{"metric": "loss", "at": "end", "over": 1, "below": 0.1}]
    assert table["task"] == {"name": "adding", "length": 8}
    assert table["model"]["bidirectional"] is False
    assert table["seed"] == 0
