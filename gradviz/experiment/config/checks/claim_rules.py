"""Which keys of a claim go together."""

from __future__ import annotations

from gradviz.experiment.config.claim_schema import ALL, COMPARISONS, MEAN, MEDIAN, SHARE, TRENDS, Expectation
from gradviz.experiment.config.validation import Mistake, bad_value

_LIMITS = ("below", "above", "near", "tolerance")
_OF_SHARES = ("below_that_of", "above_that_of")


def comparison_mistakes(path: str, claim: Expectation) -> list[Mistake]:
    """All mistakes in how a claim compares its value.

    Parameters
    ----------
    path : str
        Path of the claim, for example ``expect[0]``.
    claim : Expectation

    Returns
    -------
    list of Mistake
    """
    found = _mistakes_of_seeds(path, claim) + _mistakes_of_until(path, claim)
    found += _mistakes_of_steps(path, claim)
    if claim.compared_with:
        found += _mistakes_between_runs(path, claim)
    found += _mistakes_of_trend(path, claim)
    if claim.is_of_shares or not claim.compares_runs:
        found += _mistakes_of_limits(path, claim)
    if claim.best_over and not claim.compared_with:
        said = f"is for one of {', '.join(COMPARISONS)}"
        found.append(bad_value(f"{path}.best_over", list(claim.best_over), said))
    if claim.factor is not None and not claim.compared_with:
        together = ", ".join(COMPARISONS)
        found.append(bad_value(f"{path}.factor", claim.factor, f"is for one of {together}"))
    return found


def _mistakes_of_limits(path: str, claim: Expectation) -> list[Mistake]:
    is_open = claim.below is None and claim.above is None and claim.near is None
    if is_open and not _has_until(claim):
        return [Mistake(path, ": has no comparison; give below, above, or near with tolerance")]
    if (claim.near is None) != (claim.tolerance is None):
        return [Mistake(path, ": near and tolerance must be given together")]
    return []


def _mistakes_of_seeds(path: str, claim: Expectation) -> list[Mistake]:
    if claim.over_seeds is not None and claim.share_of_seeds is not None:
        return [Mistake(path, ": give only one of over_seeds and share_of_seeds")]
    if claim.is_of_shares and not any(getattr(claim, name) for name in (*_OF_SHARES, *TRENDS)):
        said = f"is for one of {', '.join((*_OF_SHARES, *TRENDS))}; of one point share_of_seeds tells"
        return [bad_value(f"{path}.over_seeds", SHARE, said)]
    return []


def _mistakes_of_steps(path: str, claim: Expectation) -> list[Mistake]:
    if claim.over_steps is not None and claim.over == 1:
        return [bad_value(f"{path}.over_steps", claim.over_steps, "needs over, the number of steps")]
    one_value = claim.compares_runs and not claim.is_of_shares
    if claim.over_steps == ALL and one_value and not _has_until(claim):
        name = claim.comparison or ("falls_with" if claim.falls_with else "rises_with")
        said = f"must be {MEDIAN!r} or {MEAN!r} with {name}, which compares one value"
        return [bad_value(f"{path}.over_steps", claim.over_steps, said)]
    return []


def _mistakes_of_until(path: str, claim: Expectation) -> list[Mistake]:
    if claim.until_below is not None and claim.until_above is not None:
        return [Mistake(path, ": give only one of until_below and until_above")]
    if _has_until(claim) and claim.at != "end":
        return [bad_value(f"{path}.at", claim.at, "must be left out with until_below and until_above")]
    return []


def _mistakes_between_runs(path: str, claim: Expectation) -> list[Mistake]:
    given = [name for name in COMPARISONS if getattr(claim, name)]
    if len(given) > 1:
        return [Mistake(path, f": give only one of {' and '.join(given)}")]
    if claim.is_of_shares:
        if claim.factor is not None:
            said = f"must be left out with over_seeds = {SHARE!r}, which compares the difference"
            return [bad_value(f"{path}.factor", claim.factor, said)]
        return []
    too_much = [name for name in (*_LIMITS, "share_of_seeds") if getattr(claim, name) is not None]
    for_shares = f"; or give over_seeds = {SHARE!r} too" if given[0] in _OF_SHARES else ""
    said = f": must be left out with {given[0]}, which compares with other runs{for_shares}"
    found = [Mistake(f"{path}.{name}", said) for name in too_much]
    if given[0] == "faster_than" and not _has_until(claim):
        found.append(Mistake(path, ": faster_than needs until_below or until_above: what is to be reached"))
    if given[0] == "within_factor_of" and (claim.factor is None or claim.factor <= 1):
        found.append(Mistake(path, ": within_factor_of needs a factor above 1"))
    if given[0] == "within_factor_of" and claim.best_over:
        said = f"must be left out with {given[0]}, which does not say what is better"
        found.append(bad_value(f"{path}.best_over", list(claim.best_over), said))
    if given[0] in _OF_SHARES and _has_until(claim):
        said = f": {given[0]} compares values; to compare numbers of steps use faster_than{for_shares}"
        found.append(Mistake(path, said))
    return found


def _mistakes_of_trend(path: str, claim: Expectation) -> list[Mistake]:
    empty = [name for name in TRENDS if getattr(claim, name) == ""]
    if empty:
        return [bad_value(f"{path}.{empty[0]}", "", "must be a swept key, as 'task.length'")]
    if not claim.trend_key:
        return []
    given = [name for name in (*TRENDS, *COMPARISONS) if getattr(claim, name)]
    if len(given) > 1:
        return [Mistake(path, f": give only one of {' and '.join(given)}")]
    if claim.is_of_shares:
        return []
    too_much = [name for name in (*_LIMITS, "share_of_seeds") if getattr(claim, name) is not None]
    said = f": must be left out with {given[0]}, which is about the value itself"
    for_shares = f"; for the share of the runs that are so give over_seeds = {SHARE!r} too"
    return [Mistake(f"{path}.{name}", said + for_shares) for name in too_much]


def _has_until(claim: Expectation) -> bool:
    return claim.until_below is not None or claim.until_above is not None
