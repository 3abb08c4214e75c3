"""Which runs solved the task."""

import numpy as np
import pytest
import xarray as xr

from gradviz.gallery.figures import success_by_length as figure


def tree(accuracies):
    curve = ("iteration", np.asarray(accuracies, dtype=float))
    return xr.DataTree(xr.Dataset({"accuracy": curve}, coords={"iteration": np.arange(len(accuracies))}))


def test_solved_is_the_last_batch():
    assert figure.solved_at(tree([0.2, 0.5, 0.98])) == 3
    assert figure.solved_at(tree([0.2, 0.99, 0.9])) is None


def test_full_discs_are_runs_that_solved_it(monkeypatch):
    monkeypatch.setattr(figure, "LENGTHS", (10, 20))
    monkeypatch.setattr(figure, "SEEDS", range(2))
    monkeypatch.setattr(figure, "NETWORKS", {"LSTM": {"cell": "lstm"}, "GRU": {"cell": "gru"}})
    solved = {"LSTM/10/0", "LSTM/10/1", "GRU/20/1"}
    keys = [
        f"{network}/{length}/{seed}" for network in figure.NETWORKS for length in (10, 20) for seed in (0, 1)
    ]
    data = {key: tree([0.2, 1.0] if key in solved else [0.2, 0.3]) for key in keys}
    (ax,) = figure.compose(data).axes
    full = [line.get_markerfacecolor() != "none" for line in ax.lines]
    assert len(full) == 8
    assert sum(full) == 3
    words = [text.get_text() for text in ax.texts]
    assert words.count("2 of 2, at step 2") == words.count("1 of 2, at step 2") == 1
    assert "LSTM: 2 at 10, 0 at 20" in figure.caption(data).measured
    assert figure.numbers(data)["solved_at"].notna().sum() == 3


@pytest.mark.slow
def test_the_claim(full):
    data = full("success_by_length")
    at_60 = {network: figure.outcomes(data, network, 60) for network in figure.NETWORKS}
    assert None not in at_60.pop("LSTM, chrono")
    assert all(outcome.count(None) >= 3 for outcome in at_60.values())
