"""A claim in the words of a reader: what it is about by name, and for which runs."""

from __future__ import annotations

import re

from gradviz.experiment.sweep.short_values import short_points
from gradviz.reproductions.measured_labels import label_and_unit
from gradviz.reproductions.result_file import ClaimRecord, ReproductionResult
from gradviz.reproductions.runs_by_point import differing_keys, name_of

_IN_BRACKETS = re.compile(r" \([^()]*\)")


def claim_in_words(result: ReproductionResult, claim: ClaimRecord) -> str:
    """The claim with names of numbers in words, and the point that it is about.

    What is measured once on a finished run is not said to be so "at the end". Values that it is compared with
    stand as in the file.

    Examples
    --------
    >>> from gradviz.reproductions.claim_words import claim_in_words
    >>> from gradviz.reproductions.result_file import ClaimRecord, ReproductionResult
    >>> about = {"name": "a", "table": {}, "sweep": {}, "environments": (), "runs": ()}
    >>> told = {"expect": [{"metric": "steepest", "above": 1}]}
    >>> words = {"claim": "steepest at the end above 1", "point": {"model.cell": "lstm"}, "numbers": ""}
    >>> claim_in_words(ReproductionResult(**about, told=told), ClaimRecord(**words, outcome="met"))
    'largest norm of the gradient before clipping above 1, for LSTM'
    """
    text = claim.claim
    for name in sorted(_metrics(result.told.get("expect")), key=len, reverse=True):
        text = _replaced(text, f"{name} at the end", label_and_unit(name)[0])
        text = _replaced(text, name, label_and_unit(name)[0])
    for name in _metrics(result.table.get("expect")):
        text = _replaced(text, name, name.replace("_", " "))
    about = point_in_words(result, claim)
    return f"{text}, for {about}" if about else text


def point_in_words(result: ReproductionResult, claim: ClaimRecord) -> str:
    """The values that a claim is about, in a few words; empty if it is about all runs.

    Of the swept values those that all runs have are left out.
    """
    *others, short = short_points([*(run.point for run in result.runs), claim.point])
    keys = differing_keys(others) if others else []
    return name_of(short, keys) or name_of(short, list(short))


def metric_in_words(result: ReproductionResult, claim: ClaimRecord) -> str:
    """What a claim is about: the name of its metric, or of a measured number; empty if it is not known."""
    for table in (result.told, result.table):
        for name in sorted(_metrics(table.get("expect")), key=len, reverse=True):
            if _replaced(claim.claim, name, "") != claim.claim:
                return label_and_unit(name)[0]
    return ""


def numbers_in_short(claim: ClaimRecord) -> str:
    """The numbers of a claim without intervals and counts, which stand in its table.

    Examples
    --------
    >>> from gradviz.reproductions.claim_words import numbers_in_short
    >>> from gradviz.reproductions.result_file import ClaimRecord
    >>> numbers = "2 (median of 5 runs) against 1: 0.5 × (0.4 to 0.7, 97%); reached by 2 of 5"
    >>> numbers_in_short(ClaimRecord(claim="c", point={}, outcome="met", numbers=numbers))
    '2 against 1: 0.5 ×'
    """
    return _IN_BRACKETS.sub("", claim.numbers).partition(";")[0]


def _metrics(expected: object) -> list[str]:
    tables = expected if isinstance(expected, list | tuple) else ()
    return list(dict.fromkeys(str(one["metric"]) for one in tables if "metric" in one))


def _replaced(text: str, name: str, label: str) -> str:
    """The text with a label in place of a name that is no part of another one, of a key or of a value."""
    return re.sub(rf'(?<![\w.="]){re.escape(name)}(?![\w.="])', lambda _: label, text)
