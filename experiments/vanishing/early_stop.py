"""The early warning, chosen on the even seeds of the trials and judged on the odd ones.

Run from the root of the repository::

    python -m experiments.vanishing.early_stop
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from experiments.vanishing.table import read

MOST_STOPPED = 0.02  # of the trainings that would have learned
FROM = (30, 60, 100)
IN_A_ROW = (1, 2)
DECADES = np.arange(3.0, 25.5, 0.5)


class Rule(NamedTuple):
    """Stop as soon as so many recorded steps in a row, from a step on, have lost so many decades."""

    decades: float
    first: int = 30
    in_a_row: int = 1


class Judged(NamedTuple):
    """What a rule does to trainings.

    Attributes
    ----------
    learned, learned_stopped : int
        Trainings that learned, and how many of them the rule would have stopped before.
    failed, failed_stopped : int
        The same for those that did not.
    steps, saved : int
        Training steps made, and those that the rule would have saved.
    """

    learned: int
    learned_stopped: int
    failed: int
    failed_stopped: int
    steps: int
    saved: int


def stopped_at(trials: pd.DataFrame, rule: Rule) -> np.ndarray:
    """The recorded step at which each training would have been stopped; NaN if it would not."""
    steps = [step for step in recorded(trials) if step >= rule.first]
    lost = trials[[f"lost_{step}" for step in steps]].to_numpy() >= rule.decades  # False for NaN
    for _ in range(rule.in_a_row - 1):
        lost = np.column_stack([np.zeros(len(lost), bool), lost[:, 1:] & lost[:, :-1]])
    first = np.where(lost.any(1), lost.argmax(1), 0)
    return np.where(lost.any(1), np.array(steps)[first], np.nan)


def recorded(trials: pd.DataFrame) -> list[int]:
    """The recorded training steps."""
    return [int(name.removeprefix("lost_")) for name in trials if name.startswith("lost_")]


def judge(trials: pd.DataFrame, rule: Rule) -> Judged:
    """Apply a rule to trainings that have ended."""
    at = stopped_at(trials, rule)
    stopped, learned = ~np.isnan(at), (trials["learned"] == 1).to_numpy()
    steps = trials["steps"].to_numpy()
    saved = np.where(stopped, np.maximum(steps - (at + 1), 0), 0)
    return Judged(
        int(learned.sum()),
        int((learned & stopped).sum()),
        int((~learned).sum()),
        int((~learned & stopped).sum()),
        int(steps.sum()),
        int(saved.sum()),
    )


def allowed(judged: Judged) -> bool:
    """Whether few enough of the trainings that would have learned are stopped."""
    return judged.learned_stopped <= MOST_STOPPED * judged.learned


def choose(trials: pd.DataFrame, *, first: int = FROM[0], in_a_row: int = 1) -> Rule:
    """The allowed rule that saves the most steps; of equal ones, that with the most decades."""
    rules = [Rule(float(decades), first, in_a_row) for decades in DECADES]
    fit = [(judge(trials, rule).saved, rule) for rule in rules if allowed(judge(trials, rule))]
    return max(fit)[1]


def halves(trials: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Even seeds, to choose on, and odd ones, to report."""
    even = trials["seed"] % 2 == 0
    return trials[even], trials[~even]


def comparison(trials: pd.DataFrame) -> str:
    """One row a kind of rule, chosen on the even seeds: what it does to the odd ones."""
    chosen_on, reported = halves(trials[trials["lags"] == "fixed"])
    lines = [
        "| judged from step | recordings in a row | decades | of those that learned, stopped | of those that "
        "failed, stopped | training steps saved |",
        "|---|---|---|---|---|---|",
    ]
    for first in FROM:
        for in_a_row in IN_A_ROW:
            rule = choose(chosen_on, first=first, in_a_row=in_a_row)
            lines.append(f"| {first} | {in_a_row} | {rule.decades:g} | {_in_words(judge(reported, rule))} |")
    return "\n".join(lines)


def _in_words(judged: Judged) -> str:
    return (
        f"{judged.learned_stopped} of {judged.learned} ({judged.learned_stopped / judged.learned:.1%}) "
        f"| {judged.failed_stopped} of {judged.failed} | {judged.saved / judged.steps:.0%}"
    )


def main() -> None:
    trials = read()
    rule = choose(halves(trials[trials["lags"] == "fixed"])[0])
    spread = trials[trials["lags"] == "spread"]
    print(
        comparison(trials), "", rule, f"where shorter lags are rewarded too: {judge(spread, rule)}", sep="\n"
    )


if __name__ == "__main__":
    main()
