"""What the verdicts of a result say together, and how many more seeds a share of runs would need."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import ValidationError

from gradviz.diagnosis.reliability import wilson
from gradviz.experiment.config.claim_schema import Expectation
from gradviz.experiment.run.expectations import in_words
from gradviz.experiment.sweep.sweep_verdict import MET, NOT_MET, OPEN
from gradviz.reproductions.claim_words import claim_in_words
from gradviz.reproductions.numbers_in_words import listed
from gradviz.reproductions.result_file import ClaimRecord, ReproductionResult

_MOST_RUNS = 2000


def counts_of(claims: Sequence[ClaimRecord]) -> dict[str, int]:
    """How many claims have each outcome, without those that no claim has."""
    found = {outcome: sum(claim.outcome == outcome for claim in claims) for outcome in (MET, NOT_MET, OPEN)}
    return {outcome: count for outcome, count in found.items() if count}


def verdict_of(result: ReproductionResult) -> str:
    """The outcome of all claims of a paper in a few words.

    Examples
    --------
    >>> from gradviz.reproductions.result_file import ClaimRecord, ReproductionResult
    >>> from gradviz.reproductions.verdict_words import verdict_of
    >>> about = {"name": "a", "told": {}, "table": {}, "sweep": {}, "environments": (), "runs": ()}
    >>> claims = [ClaimRecord(claim="c", point={}, outcome=one, numbers="") for one in ("met", "not met")]
    >>> verdict_of(ReproductionResult(**about, claims=claims)), verdict_of(ReproductionResult(**about))
    ('1 of 2 met, 1 not met', 'nothing judged')
    """
    counts, total = counts_of(result.claims), len(result.claims)
    if not total:
        return "nothing judged"
    if len(counts) == 1:
        (outcome,) = counts
        return outcome if total == 1 else f"all {total} {outcome}" if outcome != OPEN else f"{OPEN} ({total})"
    words: dict[str, str] = {MET: MET, NOT_MET: NOT_MET, OPEN: "open"}
    parts = [f"{count} {words[outcome]}" for outcome, count in counts.items()]
    parts[0] = parts[0].replace(" ", f" of {total} ", 1)
    return ", ".join(parts)


def short_claim(result: ReproductionResult) -> str:
    """The claim in a few words, where its file has such; without a full stop."""
    told = result.told
    return " ".join(str(told.get("title") or told.get("claim") or result.name).split()).rstrip(".")


def title_of(result: ReproductionResult) -> str:
    """The claim in a few words behind its verdict, as a title."""
    counts, total = counts_of(result.claims), len(result.claims)
    claim = short_claim(result)
    if not total:
        said = "Not judged"
    elif len(counts) == 1:
        (outcome,) = counts
        said = outcome[0].upper() + outcome[1:]
    else:
        said = f"Met in {counts.get(MET, 0)} of {total} parts" if MET in counts else "Not met or not told"
    return f"{said}: {claim}"


def is_not_met(result: ReproductionResult) -> bool:
    """Whether a claim is not met."""
    return NOT_MET in counts_of(result.claims)


def is_open(result: ReproductionResult) -> bool:
    """Whether the seeds do not tell of a claim."""
    return OPEN in counts_of(result.claims)


def runs_that_would_tell(result: ReproductionResult, claim: ClaimRecord) -> int | None:
    """How many runs would decide an open claim about a share of the runs, if the share stays as it is.

    Parameters
    ----------
    result : ReproductionResult
    claim : ClaimRecord

    Returns
    -------
    int or None
        The fewest runs whose Wilson interval has the wanted share outside; None for other claims, if the
        observed share is the wanted one, or if more than 2000 runs would be needed.
    """
    wanted = _wanted_share(result, claim)
    if claim.outcome != OPEN or wanted is None or claim.value is None or not claim.runs:
        return None
    for runs in range(claim.runs + 1, _MOST_RUNS + 1):
        low, high = wilson(round(claim.value * runs), runs)
        if low >= wanted or high < wanted:
            return runs
    return None


def _wanted_share(result: ReproductionResult, claim: ClaimRecord) -> float | None:
    tables = [*result.table.get("expect", ()), *result.told.get("expect", ())]
    for given in tables:
        try:
            known = Expectation.model_validate(given)
            if known.share_of_seeds is not None and in_words(known) == claim.claim:
                return known.share_of_seeds
        except (ValidationError, TypeError, ValueError):
            continue
    return None


def open_claims_in_words(result: ReproductionResult) -> str:
    """What more seeds would tell, in one sentence; empty where that cannot be computed."""
    found = []
    for claim in result.claims:
        needed = runs_that_would_tell(result, claim)
        if needed is not None:
            found.append(f"{needed} runs in place of {claim.runs} for “{claim_in_words(result, claim)}”")
    if not found:
        return ""
    return f"If the share of the runs stays as it is, it would take {listed(found)}."
