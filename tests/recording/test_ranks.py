"""The recordings of several processes of one training."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

import gradviz as gv
from gradviz.recording.merge import merge
from gradviz.recording.ranks import join_ranks


def train(model, batches, path=None):
    with gv.record(model, path=path, samples=None) as tape:
        for x in batches:
            model.zero_grad()
            loss = model(x)[0][-1].square().sum()
            loss.backward()
            tape.step(loss)
    return tape.tree


@settings(deadline=None, max_examples=10)
@given(st.lists(st.integers(1, 4), min_size=1, max_size=3), st.integers(1, 3))
def test_ranks_are_as_one_process_with_the_whole_batch(sizes, steps):
    """The loss is a sum, so that each sequence has the same gradient in a part of the batch."""
    torch.manual_seed(0)
    lstm = nn.LSTM(2, 3)
    whole = [torch.randn(6, sum(sizes), 2) for _ in range(steps)]
    parts = list(zip(*(x.split(sizes, dim=1) for x in whole), strict=True))
    joined = join_ranks({rank: train(lstm, part) for rank, part in enumerate(parts)})["lstm"]
    expected = train(lstm, whole)["lstm"]
    assert joined["sample"].values.tolist() == list(range(sum(sizes)))
    for name in ("log10_grad_h", "log10_grad_c", "state_h", "log10_grad_gate"):
        np.testing.assert_allclose(joined[name].values, expected[name].values, atol=1e-5, rtol=1e-5)
    assert joined["batch_size"].values.tolist() == [sum(sizes)] * steps
    assert joined.attrs.get("batch_size", sum(sizes)) == sum(sizes)
    losses = np.array([[train(lstm, [x])["loss"].item() for x in part] for part in parts])
    np.testing.assert_allclose(joined["loss"].values, losses.mean(0), rtol=1e-5)


def test_means_sums_and_ranks_that_lack_a_step(record, recording):
    one, two = recording(record(0), record(1)), recording(record(0, fill=7.0), record(2, module="other"))
    two["lstm"]["gate_mean"].values[:] = 0.1
    joined = join_ranks({0: one, 1: two})
    assert joined.attrs["ranks"] == 2
    assert list(joined.children) == ["lstm", "other"]
    ds = joined["lstm"]
    assert ds["sample"].values.tolist() == [0, 2, 3, 5]  # two of three sequences each
    np.testing.assert_allclose(ds["gate_mean"].sel(step=0), 0.3)
    np.testing.assert_allclose(ds["gate_mean"].sel(step=1), 0.5)
    assert np.isnan(ds["log10_grad_h"].sel(step=1, sample=[3, 5])).all()
    assert (ds["log10_grad_h"].sel(step=0, sample=[3, 5]) == 7).all()
    np.testing.assert_allclose(joined["loss"], [1, 0.5, 1 / 3])


def test_calls_of_some_ranks_only(record, recording):
    one, two = recording(record(0)), recording(record(0), record(0, call=1))
    ds = join_ranks({0: one, 1: two})["lstm"]
    assert ds.sizes["call"] == 2
    assert np.isnan(ds["log10_grad_h"].sel(call=1, sample=0)).all()
    assert np.isfinite(ds["log10_grad_h"].sel(call=1, sample=3)).all()


def test_under_a_distributed_launch_each_process_has_its_own_folder(tmp_path, monkeypatch):
    torch.manual_seed(0)
    lstm, trees = nn.LSTM(2, 3), []
    monkeypatch.setenv("WORLD_SIZE", "2")
    for rank in ("1", "0"):
        monkeypatch.setenv("RANK", rank)
        trees.append(train(lstm, [torch.randn(5, 3, 2)] * 2, tmp_path / "run"))
    assert sorted(child.name for child in (tmp_path / "run").iterdir()) == ["rank-0", "rank-1"]
    found = gv.load(tmp_path / "run")
    assert found["lstm"].sizes["sample"] == 6
    assert found["lstm"]["log10_grad_h"].sel(sample=slice(3, 5)).values == pytest.approx(
        trees[0]["lstm"]["log10_grad_h"].values
    )
    assert gv.diagnose(found) is not None
    monkeypatch.setenv("WORLD_SIZE", "1")
    train(lstm, [torch.randn(5, 3, 2)], tmp_path / "alone")
    assert (tmp_path / "alone" / "recording.nc").exists()


def test_one_rank_is_the_recording_itself(record, recording):
    tree = recording(record(0), record(1))
    joined = join_ranks({0: tree})["lstm"].to_dataset()
    for name, values in tree["lstm"].to_dataset().items():
        np.testing.assert_allclose(joined[name], values, rtol=1e-6)
    assert merge([tree]) is tree


def of_two_ranks(folder, monkeypatch, processes="2"):
    monkeypatch.setenv("WORLD_SIZE", processes)
    for rank in ("0", "1"):
        monkeypatch.setenv("RANK", rank)
        rnn = nn.RNN(2, 3)
        with gv.record(rnn, path=folder):
            rnn(torch.ones(4, 3, 2))[0].sum().backward()
    return folder


def test_ranks_without_a_training_curve(tmp_path, monkeypatch):
    found = gv.load(of_two_ranks(tmp_path / "a", monkeypatch))
    assert found["rnn"]["rank"].values.tolist() == [0, 0, 0, 1, 1, 1]
    assert not found.data_vars


@pytest.mark.parametrize("name", ["rank-²", "rank-00", "rank-99999999999999999999", "rank-"])
def test_folders_with_other_names_are_not_ranks(name, tmp_path, monkeypatch):
    folder = of_two_ranks(tmp_path / "a", monkeypatch)
    (folder / "rank-1").rename(folder / name)
    with pytest.warns(
        UserWarning, match="no recording of rank 1: what is loaded holds the sequences of rank 0"
    ):
        assert gv.load(folder)["rnn"].sizes["sample"] == 3


def test_many_missing_ranks_are_counted(tmp_path, monkeypatch):
    folder = of_two_ranks(tmp_path / "a", monkeypatch, "50")
    with pytest.warns(UserWarning, match=r"of rank 2, 3, .*, 16, 17 and 32 more: what is loaded"):
        gv.load(folder)


def test_a_folder_in_which_no_rank_has_written_yet(tmp_path, monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setenv("RANK", "1")
    with (
        pytest.warns(gv.errors.NothingRecordedWarning),
        gv.record(nn.RNN(2, 3), path=tmp_path / "a"),
        pytest.raises(gv.errors.BadRecording, match=r"no recording\.nc, and no finished part in rank-1$"),
    ):
        gv.load(tmp_path / "a")
