"""A target (batch,) against an output (batch, 1)."""

import numpy as np
from diagnosis.mistakes import findings, training

import gradviz as gv

KIND = "target_broadcast"


def test_found_with_the_shapes():
    tree = training(task="numbers", broadcast=True)
    (found,) = findings(tree, KIND, lag=5)
    assert found.severity == "trouble"
    assert "(16, 1)" in found.what
    assert "(16, 16)" in found.what
    assert found.amounts[0].value == found.amounts[0].recompute(tree) == 1
    assert [change.name for change in found.remedy.changes] == ["match_target"]


def test_the_mean_is_predicted():
    """What the finding says happens: with the mistake the outputs no longer vary, without it they do."""
    spread = {
        broadcast: float(
            gv.batch_variation(training(task="numbers", broadcast=broadcast))["output_spread_over_target"]
        )
        for broadcast in (True, False)
    }
    assert spread[True] < 0.1
    assert spread[False] > 0.5


def test_batches_of_several_sizes():
    tree = training(task="numbers", broadcast=True)
    sizes = tree["layer"]["batch_size"]
    changed = tree["layer"].to_dataset(inherit=False).assign(batch_size=sizes + np.arange(sizes.size))
    other = tree.copy()
    other["layer"] = type(tree)(changed)
    assert "(batch, 1)" in findings(other, KIND, lag=5)[0].what


def test_healthy_twin():
    assert not findings(training(task="numbers"), KIND, lag=5)
