"""The curve of a metric in the unit of a claim."""

from __future__ import annotations

from collections.abc import Sequence

from gradviz.experiment.config.claim_schema import Expectation
from gradviz.experiment.config.schema import Experiment
from gradviz.experiment.run.claim_curve import Curve, as_curve


def in_units(claim: Expectation, curve: Sequence[float] | Curve, experiment: Experiment) -> Curve:
    """The curve divided by the unit that the claim names; as it is if it names none.

    Parameters
    ----------
    claim : Expectation
    curve : Curve, or sequence of float
        Of the claim's metric; a sequence has a value for every step.
    experiment : Experiment
        Of the run; its task has the baseline.
    """
    found, baseline = as_curve(curve), baseline_of(claim, experiment)
    if baseline is None:
        return found
    return found._replace(values=[value / baseline for value in found.values])


def baseline_of(claim: Expectation, experiment: Experiment) -> float | None:
    """The baseline in whose units the claim is; None if it is in none."""
    return None if claim.in_units_of is None else experiment.built_task.baseline
