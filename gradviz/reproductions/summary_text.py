"""What all runs together say: does the gradient of the first steps tell which of them will learn?"""

from __future__ import annotations

import math
from collections.abc import Sequence

from gradviz.reproductions.all_runs import FEWEST, FIXED, SPREAD, Area, EarlySign, area_of, early_signs
from gradviz.reproductions.numbers_in_words import counted, listed, table
from gradviz.reproductions.result_file import ReproductionResult

CHANCE = 0.5
LAGS = {FIXED: "one fixed lag", SPREAD: "shorter lags rewarded too"}
TRIALS = {FIXED: (0.86, 0.97), SPREAD: (0.50, 0.75)}
"""The smallest and the largest AUC of a task in ``experiments/vanishing/README.md``."""

GROWN = 3.0
"""Decades by which a gradient grows over the lag, from which on it is counted as one that explodes."""

_NAMES = {FIXED: "one fixed lag", SPREAD: "spread lags"}


def summary_title(fixed: Area, spread: Area) -> str:
    """What the two areas say, as a title; words for each outcome."""
    areas = {"one fixed lag": fixed, "spread lags": spread}
    tells = [name for name, area in areas.items() if is_told(area) and area.low > CHANCE]
    reverse = [name for name, area in areas.items() if is_told(area) and area.high < CHANCE]
    chance = [name for name, area in areas.items() if is_told(area) and name not in (*tells, *reverse)]
    if not tells and not reverse and not chance:
        return "Too few runs of both outcomes to say whether the first steps tell them apart"
    parts = []
    if tells:
        parts.append(f"tell the outcome with {listed(tells)}")
    if chance:
        parts.append(f"do not clearly tell it with {listed(chance)}")
    if reverse:
        parts.append(f"are fewer in runs that fail with {listed(reverse)}")
    return f"Decades lost in the first steps {', '.join(parts)}"


def is_told(area: Area) -> bool:
    """Whether an area has an interval, by which it is judged."""
    return not math.isnan(area.low)


def area_in_words(area: Area) -> str:
    """An area with its interval: "AUC .91 (.80 to .97)"; or why there is none."""
    if not area.runs:
        return "no run"
    failed = area.runs - area.learned
    if math.isnan(area.value) or min(area.learned, failed) < FEWEST:
        return f"no AUC: {area.learned} learned, {failed} did not"
    if not is_told(area):
        return f"AUC {fraction(area.value)}, no interval ({counted(area.points, 'point')})"
    return f"AUC {fraction(area.value)} ({fraction(area.low)} to {fraction(area.high)})"


def fraction(value: float) -> str:
    """A number between 0 and 1 with two digits, as ".91"."""
    if math.isnan(value):
        return "–"
    return f"{value:.2f}".removeprefix("0")


def summary_text(results: Sequence[ReproductionResult], *, trials: str = "") -> list[str]:
    """Markdown lines on all runs: the areas, what is left out, and what other trials found.

    ``trials`` is the address of those trials; without it they are told without a link.
    """
    signs, left_out = early_signs(results)
    areas = {kind: area_of([sign for sign in signs if sign.lags == kind]) for kind in LAGS}
    lines = [f"{summary_title(areas[FIXED], areas[SPREAD])}.", ""]
    lines.append(
        "AUC is the share of pairs of a run that did not learn and one that did in which the first had "
        "lost more decades of gradient over the lag, at the first recorded step from step 30 on; .5 is "
        "chance. Its interval (95 %) is a bootstrap over points of the sweeps: the runs of a point "
        "differ in their seed only, so they are drawn together. Papers differ in task, lag and steps, so "
        "the pairs within one paper are also given alone. It holds for runs like these."
    )
    lines += ["", *_table(signs, areas), "", _compared_with_trials(areas, trials)]
    if grown := grown_in_words(signs):
        lines += ["", grown]
    if left_out:
        parts = [f"{counted(count, 'run')} ({reason})" for reason, count in left_out.items()]
        lines += ["", f"Left out: {listed(parts)}."]
    return lines


def grown_in_words(signs: Sequence[EarlySign]) -> str:
    """What became of runs whose gradient grew over the lag instead; empty if there are none.

    The area counts more decades lost as the worse sign, and so takes such runs for the best ones.
    """
    grown = [sign for sign in signs if sign.lost < -GROWN]
    if not grown:
        return ""
    failed = sum(not sign.learned for sign in grown)
    papers = listed([f"[{paper}](#{paper})" for paper in dict.fromkeys(sign.paper for sign in grown)])
    return (
        f"In {counted(len(grown), 'run')} (of {papers}) the gradient grew by more than {GROWN:g} decades "
        f"over the lag instead, and {failed} of them did not learn. AUC counts these as runs with the best "
        "sign, since they lost the least."
    )


def _table(signs: Sequence[EarlySign], areas: dict[str, Area]) -> list[str]:
    rows = []
    for kind, area in areas.items():
        rows.append([f"**{LAGS[kind]}**", *_row(area), fraction(area.within)])
        for paper in dict.fromkeys(sign.paper for sign in signs if sign.lags == kind):
            its = area_of([sign for sign in signs if sign.lags == kind and sign.paper == paper])
            rows.append([f"[{paper}](#{paper})", *_row(its), ""])
    return table(["lags", "learned", "AUC of decades lost early", "pairs within one paper"], rows)


def _row(area: Area) -> list[str]:
    return [f"{area.learned} of {area.runs}", area_in_words(area)]


def _compared_with_trials(areas: dict[str, Area], address: str) -> str:
    """Our areas beside those of trials that were made for this question; words for each outcome."""
    said = [_beside(areas[kind], *TRIALS[kind], name) for kind, name in _NAMES.items()]
    (low, high), (spread_low, spread_high) = TRIALS[FIXED], TRIALS[SPREAD]
    what = "Trials made for this question"
    return (
        f"{f'[{what}]({address})' if address else what} had an AUC of {fraction(low)} to "
        f"{fraction(high)} in each of six tasks with one fixed lag (.91 and .89 in the first two trials), "
        f"and {fraction(spread_low)} to {fraction(spread_high)} in four with spread lags (.61 in the "
        f"first two). {' '.join(said)}"
    )


def _beside(area: Area, low: float, high: float, name: str) -> str:
    if not is_told(area):
        return f"With {name} there are too few runs or points here to compare."
    if area.low > high:
        return f"With {name} our interval lies above that."
    if area.high < low:
        return f"With {name} our interval lies below that."
    return f"With {name} our interval meets that range."
