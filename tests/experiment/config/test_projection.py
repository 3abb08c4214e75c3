"""The projection in a model's table: what it is refused for, the name of the run, and the memory it saves."""

import pytest

from gradviz.experiment.config.build_model import build
from gradviz.experiment.config.checks.memory_estimate import least_memory
from gradviz.experiment.config.fingerprint import fingerprint
from gradviz.experiment.config.resolve import resolve
from gradviz.experiment.config.validation import BadExperiment


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        (
            {"model__projection": 2},
            "model.projection = 2: must be left out for gru: of the cells only an lstm",
        ),
        (
            {"model__cell": "lstm", "model__projection": 4},
            "model.projection = 4: must be below hidden_size = 4",
        ),
        ({"model__cell": "lstm", "model__projection": 0}, "model.projection = 0: must be at least 1"),
        (
            {"model__cell": "lstm", "model__projection": True},
            "model.projection = true: must be a whole number",
        ),
        (
            {"model__cell": "lstm", "model__projection": 2, "task": {"name": "text"}},
            "model.projection = 2: must be left out for windows of a text",
        ),
    ],
)
def test_what_is_refused(small, changes, line):
    with pytest.raises(BadExperiment) as found:
        resolve(small(**changes))
    assert str(found.value).count("\n") == 0
    assert line in str(found.value)


def test_the_default_size_of_the_state_is_compared(small):
    table = small(model={"cell": "lstm", "projection": 127})
    assert resolve(table).model.projection == 127
    with pytest.raises(BadExperiment, match="must be below hidden_size = 128"):
        resolve(small(model={"cell": "lstm", "projection": 128}))


def test_it_is_in_the_name_only_where_it_is_set(small):
    plain = resolve(small(model__cell="lstm"))
    assert "projection" not in plain.table()["model"]
    projected = resolve(small(model__cell="lstm", model__projection=2))
    assert fingerprint(projected) != fingerprint(plain)
    assert resolve(projected.table()) == projected


@pytest.mark.parametrize(
    "changes", [{}, {"model__projection": 3}, {"model__projection": 1, "model__num_layers": 3}]
)
def test_the_estimate_counts_the_weights_of_the_model(small, changes):
    table = small(model__cell="lstm", model__hidden_size=9, model__bidirectional=True, **changes)
    experiment = resolve(table)
    weights = sum(weight.numel() for weight in build(experiment)[0].parameters())
    one, two = (least_memory(experiment, batch_size=size) for size in (1, 2))
    assert one - (two - one) == 4 * 4 * weights  # float32; with its gradient and the two averages of Adam
