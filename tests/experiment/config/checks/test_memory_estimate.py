"""The memory of a training: what its optimizer keeps, in the bytes of its numbers."""

import pytest

from gradviz.experiment.config.checks.memory_estimate import least_memory
from gradviz.experiment.config.resolve import resolve
from gradviz.training.optimisation import OPTIMIZERS


@pytest.mark.parametrize(
    ("optimizer", "momentum", "copies"),
    [
        ("sgd", 0.0, 2),
        ("sgd", 0.9, 3),
        ("rmsprop", 0.0, 3),
        ("rmsprop", 0.9, 4),
        ("adam", 0.0, 4),
        ("adamw", 0.0, 4),
    ],
)
def test_copies_of_the_weights(small, optimizer, momentum, copies):
    training = {"steps": 6, "batch_size": 3, "optimizer": optimizer, "momentum": momentum}
    weights = 3 * 4 * (2 + 4 + 2) + 5  # three gates of four units with two inputs; one output
    batch = 3 * 8 * (2 + 4 * 4)
    assert least_memory(resolve(small(training=training))) == 4 * (copies * weights + batch)
    doubled = resolve(small(training={**training, "dtype": "float64"}))
    assert least_memory(doubled) == 8 * (copies * weights + batch)


@pytest.mark.parametrize(("optimizer", "option"), [("adam", "amsgrad"), ("rmsprop", "centered")])
def test_an_option_that_keeps_one_more_average(small, optimizer, option):
    without, kept = (
        least_memory(resolve(small(training={"optimizer": optimizer, "optimizer_options": {option: given}})))
        for given in (False, True)
    )
    assert kept - without == 4 * (3 * 4 * (2 + 4 + 2) + 5)


def test_every_optimizer_is_known(small):
    found = [least_memory(resolve(small(training={"optimizer": name}))) for name in OPTIMIZERS]
    assert len(found) == 4
