"""Claims in units of the trivial predictor's loss, by hand."""

import pytest

from gradviz.experiment.config.resolve import resolve
from gradviz.experiment.config.validation import BadExperiment
from gradviz.experiment.run.expectations import judge
from gradviz.experiment.sweep.compared_runs import PointCurves
from gradviz.experiment.sweep.grid import Point
from gradviz.experiment.sweep.judge_points import judge_points

ADDING = {"name": "adding", "length": 8}  # its baseline is 1/6
IN_UNITS = {"metric": "loss", "in_units_of": "baseline"}


@pytest.mark.parametrize(
    ("claim", "loss", "value", "met"),
    [
        ({"below": 0.5}, 0.08, 0.48, True),
        ({"below": 0.5}, 0.09, 0.54, False),
        ({"near": 1.0, "tolerance": 0.1}, 0.18, 1.08, True),
    ],
)
def test_the_value_is_divided_by_the_baseline(small, claim, loss, value, met):
    experiment = resolve(small(task=ADDING, expect={**IN_UNITS, **claim}))
    (found,) = judge(experiment, {"loss": [0.9, loss]})
    assert (found.value, found.met) == (pytest.approx(value), met)
    assert found.claim.startswith("loss in units of the baseline 0.1667 at the end ")


def test_steps_until_a_part_of_the_baseline(small):
    experiment = resolve(small(task=ADDING, expect={**IN_UNITS, "until_below": 0.5}))
    (found,) = judge(experiment, {"loss": [0.9, 0.1, 0.08, 0.9]})
    assert (found.value, found.met) == (3, True)
    assert found.claim == "loss in units of the baseline 0.1667 < 0.5 at some step"


def test_every_run_of_a_sweep_has_the_baseline_of_its_own_task(small):
    """The baseline of copying is less the longer the delay: 10 letters of 20 + delay steps."""
    points = []
    for delay in (10, 30):
        task = {"name": "copy_memory", "delay": delay}
        claim = {**IN_UNITS, "over_seeds": "median", "near": 0.5, "tolerance": 1e-6}
        for seed in range(5):
            experiment = resolve(small(task=task, seed=seed, expect=claim))
            loss = [0.5 * experiment.built_task.baseline]
            points.append(PointCurves(Point({"task.delay": delay, "seed": seed}, experiment), {"loss": loss}))
    found = judge_points(points)
    assert [(one.outcome, one.value) for one in found] == [("met", pytest.approx(0.5))] * 2
    baselines = [points[place].experiment.built_task.baseline for place in (0, 5)]
    assert baselines[0] > 1.3 * baselines[1]
    assert found[0].claim.startswith(f"loss in units of the baseline {baselines[0]:.4g} at the end")


def test_only_a_loss_has_a_baseline(small):
    claim = {**IN_UNITS, "metric": "grad_norm", "below": 1.0}
    with pytest.raises(BadExperiment, match=r"in_units_of = 'baseline': is for the metrics loss and valid"):
        resolve(small(task=ADDING, expect=claim))
    with pytest.raises(BadExperiment, match="unknown unit 'base'; did you mean 'baseline'"):
        resolve(small(task=ADDING, expect={**IN_UNITS, "in_units_of": "base", "below": 1.0}))
