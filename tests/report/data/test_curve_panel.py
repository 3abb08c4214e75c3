"""Training curves: the recording's numbers, the loss first."""

import numpy as np
import pytest
from report.data.made import module, recording, two_modules

from gradviz.plots.drawing.running_median import running_median
from gradviz.recording.assemble import assemble
from gradviz.recording.metrics import curves as complete
from gradviz.report.data.curve_panel import curve, curves


def test_every_metric_with_the_loss_first():
    metrics = complete({"accuracy": {0: 0.5, 1: 0.75}, "loss": {0: 2.0, 1: 1.0}})
    found = curves(assemble({"recurrent": module((0, 1))}, metrics, {}), 10**6)
    assert list(found) == ["loss", "accuracy"]
    assert found["accuracy"].values.values.tolist() == [0.5, 0.75]
    assert found["accuracy"].steps.values.tolist() == [0, 1]
    assert found["loss"].long_name == "loss"


def test_a_short_curve_is_whole():
    loss = np.random.default_rng(0).uniform(1, 2, 300)
    found = curve(recording((0,), loss=loss), "loss")
    np.testing.assert_array_equal(found.values.values, loss)
    np.testing.assert_array_equal(found.median.values, running_median(loss))
    assert found.note == ""


def test_of_a_long_curve_the_extremes_and_the_first_broken_value_stay():
    loss = np.linspace(2, 1, 5000)
    loss[[1234, 2345, 3456]] = 9, 0.1, np.nan
    found = curve(recording((0,), loss=loss), "loss", 100)
    assert {0, 1234, 2345, 3456, 4999} <= set(found.steps.values.tolist())
    np.testing.assert_array_equal(found.values.values, loss[found.steps.values])
    assert found.note == f"loss: {len(found.steps.values)} of 5,000 training steps"
    assert 100 <= len(found.steps.values) <= 103


def test_a_loss_known_at_recorded_steps_only():
    tree = two_modules(module((0, 1)), module((0, 1)))
    bare = type(tree).from_dict(
        {f"/{name}": node.to_dataset(inherit=False) for name, node in tree.children.items()}
    )
    found = curves(bare, 10**6)["loss"]
    assert found.values.values.tolist() == [1.0, 0.5]


@pytest.mark.parametrize("budget", [0, 10**7])
def test_no_curve_takes_more_than_its_share(budget):
    found = curves(recording((0,), loss=np.ones(30_000)), budget)["loss"]
    assert len(found.values.values) == (500 if budget == 0 else 20_000)
