"""The claims of a paper as Markdown: numbers, intervals, outcomes, and the value in each seed."""

from __future__ import annotations

from collections.abc import Sequence

from gradviz.experiment.sweep.sweep_verdict import MET
from gradviz.reproductions.claim_words import claim_in_words
from gradviz.reproductions.numbers_in_words import short_number, table
from gradviz.reproductions.result_file import ClaimRecord, ReproductionResult, SeedValue


def claim_table(result: ReproductionResult) -> list[str]:
    """Lines of a Markdown table with one row for each claim, and of one with the value in each seed."""
    if not result.claims:
        return ["No claim was judged."]
    header = ["", "claim", "numbers", "interval", "runs", "outcome"]
    rows = [
        [
            str(number),
            _claim(result, claim),
            claim.numbers,
            _interval(claim),
            str(claim.runs),
            _outcome(claim),
        ]
        for number, claim in enumerate(result.claims, 1)
    ]
    of_seeds = _seed_table(result.claims)
    folded = ["", "<details><summary>The value in each run</summary>", "", *of_seeds, "", "</details>"]
    return [*table(header, rows), *(folded if of_seeds else [])]


def _claim(result: ReproductionResult, claim: ClaimRecord) -> str:
    source = f" ({claim.source})" if claim.source else ""
    return f"{claim_in_words(result, claim)}{source}"


def _outcome(claim: ClaimRecord) -> str:
    return claim.outcome if claim.outcome == MET else f"**{claim.outcome}**"


def _interval(claim: ClaimRecord) -> str:
    if claim.low is None or claim.high is None:
        return "–"
    covers = "" if claim.coverage is None else f", {100 * claim.coverage:.3g}%"
    return f"{short_number(claim.low)} to {short_number(claim.high)}{covers}"


def _seed_table(claims: Sequence[ClaimRecord]) -> list[str]:
    """One row for each claim; of a comparison what it compares with stands behind."""
    rows = []
    for number, claim in enumerate(claims, 1):
        about = [one for one in claim.values if not one.compared]
        compared = [one for one in claim.values if one.compared]
        if about or compared:
            rows.append([str(number), _values(about), _values(compared)])
    header = ["claim", "value in each run (seed: value)", "compared with"]
    if not any(row[-1] != "–" for row in rows):
        header, rows = header[:-1], [row[:-1] for row in rows]
    return table(header, rows)


def _values(values: Sequence[SeedValue]) -> str:
    return ", ".join(f"{one.seed}: {_value(one)}" for one in values) or "–"


def _value(one: SeedValue) -> str:
    if one.value is not None:
        return short_number(one.value)
    return "none" if one.at_least is None else f"not within {short_number(one.at_least)}"
