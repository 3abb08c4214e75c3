"""Verdicts on points that no training made."""

import pytest

from gradviz.experiment.config.resolve import resolve
from gradviz.experiment.sweep.compared_runs import PointCurves
from gradviz.experiment.sweep.grid import Point
from gradviz.experiment.sweep.judge_points import judge_points


@pytest.fixture
def judged(small):
    """A function: verdicts on a claim, for the last losses of the seeds or their curves; a tuple diverged."""

    def make(claim, **by_cell):
        points = []
        for cell, curves in by_cell.items():
            for seed, curve in enumerate(curves):
                experiment = resolve(small(seed=seed, model__cell=cell, expect={"metric": "loss", **claim}))
                values = {"model.cell": cell, "seed": seed}
                diverged = isinstance(curve, tuple)
                losses = [curve] if isinstance(curve, float) else curve
                metrics = None if losses is None else {"loss": list(losses)}
                points.append(PointCurves(Point(values, experiment), metrics, diverged))
        return judge_points(points)

    return make
