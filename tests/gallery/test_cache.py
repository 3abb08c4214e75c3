"""Experiments are run once, on one thread."""

import sys

import pytest
import torch
import xarray as xr

from gradviz.experiment.config.resolve import resolve
from gradviz.gallery.cache import Cache, cache_folder

CALLS = []
LABELS = [*(f"LSTM, bias {place}" for place in range(11)), "RNN (tanh)", "GRU"]

SMALL = resolve(
    {
        "name": "small",
        "task": {"name": "adding", "length": 5},
        "model": {"cell": "gru", "hidden_size": 3},
        "training": {"steps": 4, "batch_size": 2},
        "recording": {"every": 2},
    }
)


def draws():
    CALLS.append(torch.get_num_threads())
    dataset = xr.Dataset({"drawn": ("time", torch.rand(3).numpy())})
    return {label: xr.DataTree(dataset) for label in LABELS}


def test_what_was_computed_is_read_back_the_same(tmp_path):
    CALLS.clear()
    first = Cache(tmp_path).computed("draws", draws)
    torch.rand(7)  # moves the global generator on
    again = Cache(tmp_path).computed("draws", draws)
    assert len(CALLS) == 1
    assert list(first) == list(again) == LABELS
    for label in LABELS:
        assert first[label]["drawn"].values.tobytes() == again[label]["drawn"].values.tobytes()
    (file,) = tmp_path.rglob("*.nc")
    file.unlink()
    torch.rand(7)
    anew = Cache(tmp_path).computed("draws", draws)
    assert len(CALLS) == 2
    assert first["GRU"]["drawn"].values.tobytes() == anew["GRU"]["drawn"].values.tobytes()


def test_a_changed_file_is_computed_again(tmp_path, monkeypatch):
    CALLS.clear()
    Cache(tmp_path).computed("draws", draws)
    monkeypatch.setattr("inspect.getsource", lambda module: f"another text of {module.__name__}")
    Cache(tmp_path).computed("draws", draws)
    assert len(CALLS) == 2


def test_a_run_is_done_once_and_reports_its_steps(tmp_path):
    reported = []
    cache = Cache(tmp_path, on_step=lambda name, step: reported.append((name, step.step)))
    first = cache.recording(SMALL)
    assert reported == [("small", step) for step in range(4)]
    assert first["recurrent"].sizes["step"] == 2
    again = cache.recording(SMALL)
    assert len(reported) == 4
    xr.testing.assert_identical(first, again)


@pytest.mark.slow
def test_runs_at_the_same_time_give_the_same_bits(tmp_path):
    reported = []
    experiments = {name: resolve({**SMALL.table(), "name": name, "seed": 3}) for name in ("a", "b", "c")}
    alone = {name: Cache(tmp_path / "alone").recording(one) for name, one in experiments.items()}
    cache = Cache(tmp_path / "pool", on_step=lambda name, step: reported.append((name, step.step, step.loss)))
    together = cache.recordings(experiments, workers=2)
    assert list(together) == list(experiments)
    for name, tree in together.items():
        assert float(tree["loss"][-1]) == float(alone[name]["loss"][-1])
        recorded = [one["recurrent"]["log10_grad_h"].values.tobytes() for one in (tree, alone[name])]
        assert recorded[0] == recorded[1]
    assert sorted(reported) == [(name, 3, float(tree["loss"][-1])) for name, tree in together.items()]
    cache.recordings(experiments, workers=2)
    assert len(reported) == 3
    for name, tree in Cache(tmp_path / "pool").recordings(experiments).items():
        xr.testing.assert_identical(tree, together[name])


def test_one_missing_run_is_done_here_and_reports_each_step(tmp_path):
    reported = []
    cache = Cache(tmp_path, on_step=lambda _, step: reported.append(step.step))
    assert list(cache.recordings({"only": SMALL})) == ["only"]
    assert reported == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("system", "variable", "parts"),
    [
        ("linux", "XDG_CACHE_HOME", ("gradviz",)),
        ("win32", "LOCALAPPDATA", ("gradviz", "Cache")),
    ],
)
def test_the_platforms_folder(monkeypatch, tmp_path, system, variable, parts):
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setenv(variable, str(tmp_path))
    assert cache_folder() == tmp_path.joinpath(*parts)


def test_without_a_setting_it_is_in_the_home(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    assert cache_folder() == tmp_path / ".cache" / "gradviz"
    monkeypatch.setattr(sys, "platform", "darwin")
    assert cache_folder() == tmp_path / "Library" / "Caches" / "gradviz"
