"""What the runs of a sweep say of claims, over several runs and of single ones, as records of a result."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from gradviz.diagnosis.reliability import wilson
from gradviz.experiment.config.claim_schema import Expectation
from gradviz.experiment.run.claim_curve import as_curve
from gradviz.experiment.run.expectations import Verdict, in_words, judge, until_limit
from gradviz.experiment.sweep.claims_file import verdict_table
from gradviz.experiment.sweep.compared_runs import Group, PointCurves, groups
from gradviz.experiment.sweep.judge_points import judge_points
from gradviz.experiment.sweep.sweep_verdict import MET, NOT_MET
from gradviz.reproductions.plain_values import as_json, rounded
from gradviz.reproductions.result_file import ClaimRecord, SeedValue

_COVERAGE = 0.95  # of Wilson's interval


def claim_records(
    claims: Iterable[Expectation], points: Sequence[PointCurves], *, open_keys: Collection[str] = ()
) -> list[ClaimRecord]:
    """A record for every claim, and for every group of runs that it is about.

    Parameters
    ----------
    claims : iterable of Expectation
    points : sequence of PointCurves
        All points of the sweep.
    open_keys : collection of str
        Keys whose values a search has chosen.

    Returns
    -------
    list of ClaimRecord
        In the order of the claims. A claim of a single run is about every run: it is met if all runs with a
        result meet it. Its value is the share of the runs that do, with Wilson's interval.
    """
    found: list[ClaimRecord] = []
    for claim in claims:
        about = [_with_claim(one, claim) for one in points]
        found += [
            ClaimRecord.model_validate(_rounded(verdict_table(verdict)))
            for verdict in judge_points(about, open_keys=open_keys)
        ]
        if claim.is_of_the_run:
            found += [_of_every_run(claim, group) for group in groups(claim, about)]
    return found


def verdict_on_run(claim: Expectation, run: PointCurves) -> Verdict | None:
    """The verdict on a claim of a single run; None if the claim is not about it, or it has no result."""
    if run.metrics is None or claim.metric not in run.metrics:
        return None
    one = _with_claim(run, claim)
    return next(iter(judge(one.experiment, run.metrics, diverged=run.diverged)), None)


def _with_claim(run: PointCurves, claim: Expectation) -> PointCurves:
    experiment = run.experiment.model_copy(update={"expect": (claim,)})
    return run._replace(point=run.point._replace(experiment=experiment))


def _of_every_run(claim: Expectation, group: Group) -> ClaimRecord:
    pairs = [(run, verdict_on_run(claim, run)) for run in group.runs]
    known = [verdict for _, verdict in pairs if verdict is not None]
    record = ClaimRecord(
        claim=f"{in_words(claim)}, in every run",
        point=as_json(group.values),
        outcome=NOT_MET,
        numbers="no run that it is about has a result",
        source=claim.source,
        values=tuple(_seed_values(claim, pairs)),
    )
    if not known:
        return record
    met, missing = sum(verdict.met for verdict in known), len(pairs) - len(known)
    low, high = wilson(met, len(known))
    more = f"; {missing} more without a result" if missing else ""
    numbers = f"{met} of {len(known)} runs ({low:.2f} to {high:.2f}, {_COVERAGE:.0%}){more}"
    told = {
        "outcome": MET if met == len(known) else NOT_MET,
        "numbers": numbers,
        "value": rounded(met / len(known)),
        "low": rounded(low),
        "high": rounded(high),
        "coverage": _COVERAGE,
        "runs": len(known),
    }
    return record.model_copy(update=told)


def _seed_values(
    claim: Expectation, pairs: Iterable[tuple[PointCurves, Verdict | None]]
) -> Iterator[SeedValue]:
    for run, verdict in pairs:
        value = None if verdict is None or verdict.value is None else rounded(verdict.value)
        at_least = None
        if verdict is not None and value is None and until_limit(claim) is not None and run.metrics:
            at_least = float(as_curve(run.metrics[claim.metric]).taken)
        yield SeedValue(seed=run.experiment.seed, value=value, at_least=at_least)


def _rounded(value: object) -> object:
    """A verdict's table, with the numbers as a file of results has them."""
    if isinstance(value, dict):
        return {key: _rounded(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(inner) for inner in value]
    return rounded(value) if isinstance(value, float) else value
