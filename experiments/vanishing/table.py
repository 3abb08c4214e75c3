"""Tables of the trials: what decades lost, and the loss, predict early in training.

Run from the root of the repository; it prints the tables of the README and writes the counts that the
diagnosis uses, ``gradviz/diagnosis/outcome_counts.py``::

    python -m experiments.vanishing.table
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from gradviz.diagnosis.area_under_curve import area_under_curve

TRIALS = Path(__file__).with_name("trials.csv")
AT = 30  # the training step at which README and diagnosis judge
CELLS = ("rnn", "lstm", "gru")
COUNTED = (0, 10, 30, 100)  # training steps at which the decades lost are counted
EDGES = (1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 10.0, 13.0)
COUNTS = Path(__file__).parents[2] / "gradviz" / "diagnosis" / "outcome_counts.py"
MEANINGS = {"fixed": "one fixed lag", "spread": "shorter lags too", "every": "loss at every step"}


def read(path: Path = TRIALS) -> pd.DataFrame:
    """The trainings, one row each; a training without a finite loss has failed."""
    return pd.read_csv(path)


def keep(raw: pd.DataFrame) -> pd.DataFrame:
    """The columns that are kept; seeds for which a training is missing are left out."""
    whole = raw.groupby("seed").size()
    whole = whole[whole == whole.max()].index
    columns = [name for name in raw if name not in ("seconds", "baseline") and not _is_left_out(name)]
    return raw[raw["seed"].isin(whole)][columns].sort_values(
        ["seed", "task", "cell", "rate", "start"], ascending=[True, True, True, False, True]
    )


def _is_left_out(name: str) -> bool:
    return name.startswith("loss_") and name not in ("loss_0", "loss_30", "loss_100")


def auc(values: pd.Series, failed: pd.Series) -> float:
    """Probability that the value of a training that failed is larger than that of one that learned.

    Ties count half. NaN if all ended alike.
    """
    known = values.notna()
    values, ill = values[known], failed[known].astype(bool)
    return area_under_curve(values[ill].to_numpy(), values[~ill].to_numpy())


def overview(trials: pd.DataFrame) -> str:
    """One row a task: how many learned, AUC of decades lost (all, by cell, by rate), AUC of the loss."""
    lines = [
        f"| task | lags | learned | AUC of decades lost at step {AT} | RNN, LSTM, GRU | rate 1e-2, 1e-3 "
        f"| AUC of the loss at step {AT} | RNN, LSTM, GRU | rate 1e-2, 1e-3 |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name, rows in _by_task(trials):
        kind = rows["lags"].iloc[0]
        texts = [name, MEANINGS[kind], f"{rows['learned'].sum()} of {len(rows)}"]
        for column in (f"lost_{AT}", f"loss_{AT}"):
            texts.append(f"**{_text(rows, column)}**")
            texts.append(", ".join(_text(rows[rows["cell"] == cell], column) for cell in CELLS))
            texts.append(", ".join(_text(rows[rows["rate"] == rate], column) for rate in (1e-2, 1e-3)))
        lines.append("| " + " | ".join(texts) + " |")
    return "\n".join(lines)


def in_detail(trials: pd.DataFrame) -> str:
    """One row a task and cell, for each rate: how many learned, AUC of decades lost, AUC of the loss."""
    lines = [
        "| task | cell | 1e-2: learned | lost | loss | 1e-3: learned | lost | loss |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, of_task in _by_task(trials):
        for cell in CELLS:
            texts = [name, cell]
            for rate in (1e-2, 1e-3):
                rows = of_task[(of_task["cell"] == cell) & (of_task["rate"] == rate)]
                texts += [f"{rows['learned'].sum()} of {len(rows)}"]
                texts += [_text(rows, f"{what}_{AT}") for what in ("lost", "loss")]
            lines.append("| " + " | ".join(texts) + " |")
    return "\n".join(lines)


Counts = dict[int, dict[str, tuple[tuple[int, ...], tuple[int, ...]]]]


def counts(trials: pd.DataFrame) -> Counts:
    """How many failed and how many there were, by training step, kind of lags, and bin between `EDGES`."""
    table: Counts = {}
    for step in COUNTED:
        for kind in ("fixed", "spread"):
            rows = trials[(trials["lags"] == kind) & trials[f"lost_{step}"].notna()]
            places = np.searchsorted(EDGES, rows[f"lost_{step}"], side="right")
            failed = (rows["learned"] == 0).to_numpy()
            bins = [places == place for place in range(len(EDGES) + 1)]
            in_bins = tuple(int(failed[one].sum()) for one in bins), tuple(int(one.sum()) for one in bins)
            table.setdefault(step, {})[kind] = in_bins
    return table


def as_module(table: Counts) -> str:
    """The source of `gradviz.diagnosis.outcome_counts`."""
    lines = [
        '"""How many trainings failed, by decades lost; ``experiments/vanishing/table.py`` writes it."""',
        "",
        "from __future__ import annotations",
        "",
        f"EDGES = {EDGES}",
        '"""Between the bins, in decades lost over the lag; a value on an edge is in the bin above it."""',
        "",
        "BY_STEP: dict[int, dict[str, tuple[tuple[int, ...], tuple[int, ...]]]] = {",
    ]
    for step, kinds in table.items():
        lines.append(f"    {step}: {{")
        lines += [f'        "{kind}": {row},' for kind, row in kinds.items()]
        lines.append("    },")
    about = (
        '"""Trainings that failed, and all trainings, in each bin: by training step, and by whether the task '
        'has one\nfixed lag or rewards shorter lags too. At later steps only those that were still going."""'
    )
    return "\n".join([*lines, "}", about, ""])


def _by_task(trials: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    return [
        (str(name), rows)
        for kind in MEANINGS
        for name, rows in trials[trials["lags"] == kind].groupby("task", sort=False)
    ]


def _text(rows: pd.DataFrame, column: str) -> str:
    found = auc(rows[column], rows["learned"] == 0)
    return "–" if np.isnan(found) else f"{found:.2f}".lstrip("0")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--keep", type=Path, help="output of trials.py to keep as trials.csv")
    given = parser.parse_args()
    if given.keep:
        keep(pd.read_csv(given.keep)).to_csv(TRIALS, index=False)
    trials = read()
    COUNTS.write_text(as_module(counts(trials)), encoding="utf-8")
    print(overview(trials), in_detail(trials), sep="\n\n")


if __name__ == "__main__":
    main()
