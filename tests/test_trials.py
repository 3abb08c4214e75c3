"""The trials of `experiments/vanishing`: what the package takes from them is what they say."""

import importlib
import math
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradviz.diagnosis.outcome_counts import BY_STEP, EDGES
from gradviz.diagnosis.thresholds import HOPELESS, HOPELESS_FROM
from gradviz.tasks.task_table import make_task

ROOT = Path(__file__).parents[1]
README = (ROOT / "experiments" / "vanishing" / "README.md").read_text(encoding="utf-8")


def _module(name):
    sys.path.insert(0, str(ROOT))
    try:
        return importlib.import_module(f"experiments.vanishing.{name}")
    finally:
        sys.path.remove(str(ROOT))


table, early_stop, trials = _module("table"), _module("early_stop"), _module("trials")


@pytest.fixture(scope="module")
def kept():
    return table.read()


def test_every_training_is_there(kept):
    names = ["seed", "task", "cell", "rate", "start"]
    ran = {tuple(row) for row in kept[names].itertuples(index=False)}
    assert len(ran) == len(kept)
    assert ran == {tuple(trial) for trial in trials.trials(kept["seed"].nunique())}
    assert kept["seed"].nunique() >= 5


def test_the_counts_of_the_package(kept):
    assert table.counts(kept) == BY_STEP
    assert table.EDGES == EDGES
    assert table.as_module(BY_STEP) == table.COUNTS.read_text(encoding="utf-8")


def test_the_counts_are_counted(kept):
    """By a plain loop, at one step."""
    bins = [[0, 0] for _ in range(len(EDGES) + 1)]
    for row in kept.itertuples():
        if row.lags == "fixed" and not math.isnan(row.lost_30):
            place = sum(row.lost_30 >= edge for edge in EDGES)
            bins[place][0] += row.learned == 0
            bins[place][1] += 1
    assert tuple(zip(*bins, strict=True)) == BY_STEP[30]["fixed"]


def test_the_early_warning_of_the_package(kept):
    fixed = kept[kept["lags"] == "fixed"]
    chosen_on, reported = early_stop.halves(fixed)
    rule = early_stop.choose(chosen_on)
    assert (rule.decades, rule.first) == (HOPELESS, HOPELESS_FROM)
    assert early_stop.allowed(early_stop.judge(chosen_on, rule))
    judged = early_stop.judge(reported, rule)
    assert early_stop.allowed(judged)
    assert judged.saved > judged.steps / 4
    of_spread = early_stop.judge(kept[kept["lags"] == "spread"], rule)
    assert not early_stop.allowed(of_spread)  # where shorter lags are rewarded it must not be used
    assert f"stop {of_spread.learned_stopped} of {of_spread.learned} trainings that learned" in README


def test_the_readme_has_these_tables(kept):
    for made in (table.overview(kept), table.in_detail(kept), early_stop.comparison(kept)):
        assert made in README


def test_fixed_lags_are_those_of_the_tasks():
    for lags, name, options in trials.TASKS.values():
        assert make_task(name, **options).fixed_lag is (lags == "fixed")


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=1, max_size=20))
def test_auc_is_the_fraction_of_pairs_in_order(rows):
    values, failed = pd.Series([row[0] for row in rows]), pd.Series([row[1] for row in rows])
    pairs = [
        (value > other) + 0.5 * (value == other)
        for value, is_ill in rows
        if is_ill
        for other, other_is_ill in rows
        if not other_is_ill
    ]
    assert table.auc(values, failed) == pytest.approx(np.mean(pairs) if pairs else math.nan, nan_ok=True)


def invented(*rows):
    """Trainings: learned, steps, and decades lost at steps 30, 60 and 100."""
    columns = ["learned", "steps", "lost_30", "lost_60", "lost_100"]
    return pd.DataFrame([dict(zip(columns, row, strict=True)) for row in rows])


def test_what_a_rule_stops_and_saves():
    made = invented((0, 600, 12, 12, 12), (0, 600, 0, 0, 12), (1, 600, 12, 0, 0), (1, 90, 0, 0, np.nan))
    one, two = early_stop.Rule(10.0), early_stop.Rule(10.0, in_a_row=2)
    assert early_stop.stopped_at(made, one).tolist() == pytest.approx([30, 100, 30, np.nan], nan_ok=True)
    assert early_stop.stopped_at(made, two).tolist() == pytest.approx([60, *[np.nan] * 3], nan_ok=True)
    assert early_stop.judge(made, one) == (2, 1, 2, 2, 1890, 569 + 499 + 569)
    assert early_stop.judge(made, early_stop.Rule(10.0, first=60)) == (2, 0, 2, 2, 1890, 539 + 499)


def test_the_rule_that_saves_the_most_of_those_that_are_allowed():
    learns = [(1, 600, lost, 0, 0) for lost in [8.0] + [0.0] * 49]  # one of fifty may be stopped
    made = invented(*learns, (0, 600, 9, 9, 9), (0, 600, 7.5, 7.5, 7.5))
    assert early_stop.choose(made) == early_stop.Rule(7.5)
    assert early_stop.choose(invented(*learns[:49], *made.tail(2).to_numpy())) == early_stop.Rule(9.0)


@pytest.mark.slow
def test_a_trial():
    trial = trials.Trial(0, "recall 8", "gru", 1e-2, "keeps")
    row = trials.train(trial)
    assert set(row) == set(trials.COLUMNS)
    assert row["learned"] == 1
    assert row["steps"] < trials.STEPS
    assert float(row["lost_0"]) < 1 < float(row["loss_0"])
    assert row["lost_300"] == row["loss_300"] == ""


def test_trials_go_on_where_they_were_interrupted(tmp_path, monkeypatch):
    def first_of(seeds):
        return iter(
            [trials.Trial(0, "recall 8", "gru", 1e-2, start) for start in ("keeps", "orthogonal")][:seeds]
        )

    class InThisProcess:
        def __init__(self, *_, **__):
            pass

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def submit(self, function, trial):
            trained.append(trial.start)
            future = trials.Future()
            future.set_result(dict.fromkeys(trials.COLUMNS, 0) | trial._asdict())
            return future

    trained = []
    monkeypatch.setattr(trials, "trials", first_of)
    monkeypatch.setattr(trials, "ProcessPoolExecutor", InThisProcess)
    out = tmp_path / "out.csv"
    trials.run(workers=1, seconds=60, seeds=1, out=out)
    trials.run(workers=1, seconds=60, seeds=2, out=out)
    assert trained == ["keeps", "orthogonal"]
    assert pd.read_csv(out)["start"].tolist() == trained
