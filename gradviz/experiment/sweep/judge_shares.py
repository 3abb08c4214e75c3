"""Judge a claim that compares how many runs of two points are as it says."""

from __future__ import annotations

from collections.abc import Sequence

from gradviz.experiment.config.claim_schema import Expectation
from gradviz.experiment.sweep.bounds_in_words import number
from gradviz.experiment.sweep.claim_bounds import share_of
from gradviz.experiment.sweep.difference_of_shares import difference_of_shares, tail_of_shares
from gradviz.experiment.sweep.enough_runs import runs_needed
from gradviz.experiment.sweep.intervals import Bounds
from gradviz.experiment.sweep.sweep_verdict import MET, NOT_MET, OPEN, Found


def judge_shares(claim: Expectation, values: Sequence[Bounds], others: Sequence[Bounds]) -> Found:
    """What the values of two points say of a claim with ``over_seeds = "share"``.

    Parameters
    ----------
    claim : Expectation
    values, others : sequence of Bounds
        Of the runs that it is about, and of those with which it compares; one or more each.

    Returns
    -------
    Found
        Its value is the larger share minus the smaller one, as the claim has it, and its interval that of
        `difference_of_shares`. Met if the interval is above 0, not met if it is below.
    """
    share, other = share_of(claim, values), share_of(claim, others)
    top, bottom = (share, other) if claim.above_that_of else (other, share)
    interval = difference_of_shares(top, bottom)
    apart = top.value - bottom.value
    ends = f"{number(round(interval.low, 4))} to {number(round(interval.high, 4))}"
    numbers = (
        f"{share.met} of {share.of} runs against {other.met} of {other.of}: "
        f"apart by {number(apart)} ({ends}, {interval.coverage:.0%})"
    )
    outcome = MET if interval.low > 0 else NOT_MET if interval.high < 0 else OPEN
    if few := runs_needed(tail_of_shares, share.of, other.of):
        return Found(OPEN, f"{numbers}; {few}", apart, interval)
    return Found(outcome, numbers, apart, interval)
