"""The folders of the processes of a launch, as their variables of the environment tell them."""

import pickle
import warnings

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.parallel import DistributedDataParallel

import gradviz as gv
from gradviz.capture import open_sink
from gradviz.capture.recurrent_modules import recurrent_modules
from gradviz.capture.wrapped_modules import original_modules
from gradviz.errors import BadRecording, NothingRecorded
from gradviz.recording.parts import Limits, PartWriter


@pytest.fixture
def as_rank(monkeypatch):
    """A function that makes this process one of several."""

    def become(rank, processes):
        monkeypatch.setenv("RANK", str(rank))
        monkeypatch.setenv("WORLD_SIZE", str(processes))

    return become


def train(path, steps=2, **options):
    torch.manual_seed(0)
    lstm = nn.LSTM(2, 3)
    with gv.record(lstm, path=path, samples=None, **options) as tape:
        for _ in range(steps):
            loss = lstm(torch.randn(5, 3, 2))[0].square().sum()
            loss.backward()
            tape.step(loss)
    return tape


def test_some_ranks_only(as_rank, tmp_path):
    tapes = []
    for rank in range(3):
        as_rank(rank, 3)
        tapes.append(train(gv.storage(tmp_path, ranks=[0, 2])))
    assert sorted(child.name for child in tmp_path.iterdir()) == ["rank-0", "rank-2"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tree = gv.load(tmp_path)
    assert tree["lstm"]["rank"].values.tolist() == [0, 0, 0, 2, 2, 2]
    assert tree["lstm"]["sample"].values.tolist() == list(range(6))
    with pytest.raises(NothingRecorded, match=r"this process is of rank 1, .*only rank 0, 2 records"):
        tapes[1].dataset["h"]
    assert "this process is of rank 1" in repr(tapes[1])


def test_ranks_that_are_none(as_rank, tmp_path):
    with pytest.raises(ValueError, match=r"ranks = \[1\]: there is one process, of rank 0"):
        train(gv.storage(tmp_path / "a", ranks=1))
    as_rank(0, 2)
    with pytest.raises(ValueError, match=r"ranks = \[0, 2\]: there are 2 processes, of rank 0 to 1"):
        train(gv.storage(tmp_path / "a", ranks=[0, 2]))
    assert not (tmp_path / "a").exists()
    for ranks in (True, -1, 0.5, "0", [0, None]):
        with pytest.raises(ValueError, match=r"ranks = .*: must be a whole number of at least 0"):
            gv.storage(tmp_path, ranks=ranks)
    with pytest.raises(ValueError, match=r"ranks = \[\]: must hold at least one rank"):
        gv.storage(tmp_path, ranks=[])
    assert repr(gv.storage("a", ranks=0)) == "gv.storage('a', ranks=[0])"


def test_one_process_and_several_do_not_hide_each_other(as_rank, tmp_path):
    train(tmp_path / "alone")
    as_rank(1, 2)
    for append in (False, True):
        with pytest.raises(
            FileExistsError, match="holds what one process alone recorded, and this is one of 2"
        ):
            train(gv.storage(tmp_path / "alone", append=append))
    assert not (tmp_path / "alone" / "rank-1").exists()
    train(tmp_path / "both")
    as_rank(0, 1)
    for append in (False, True):
        with pytest.raises(FileExistsError, match=r"recorded \(rank-1\), and this is one process alone"):
            train(gv.storage(tmp_path / "both", append=append))


def test_ranks_that_lost_different_steps_go_on_with_one_number(as_rank, tmp_path, monkeypatch):
    monkeypatch.setattr(open_sink, "PartWriter", lambda *a, **k: PartWriter(*a, limits=Limits(steps=1), **k))
    for rank, steps in enumerate((7, 5)):
        as_rank(rank, 2)
        train(tmp_path, steps)
    lstm, tapes = nn.LSTM(2, 3), []
    for rank in range(3):  # and one more
        as_rank(rank, 3)
        tapes.append(gv.record(lstm, path=gv.storage(tmp_path, append=True)))
    for tape in tapes:
        with tape:
            lstm(torch.randn(5, 3, 2))[0].sum().backward()
    ds = gv.load(tmp_path)["lstm"]
    assert ds["step"].values.tolist() == list(range(8))
    counts = ds["log10_grad_h"].notnull().any(("layer", "direction", "time")).sum("step")
    assert counts.groupby("rank").first().values.tolist() == [8, 6, 1]


def test_a_rank_that_is_missing_or_damaged_is_named(as_rank, tmp_path):
    for rank in range(3):
        as_rank(rank, 3)
        train(tmp_path)
    (tmp_path / "rank-1" / "recording.nc").unlink()
    with pytest.warns(UserWarning, match=r"no recording of rank 1: .* sequences of rank 0, 2 only") as told:
        tree = gv.load(tmp_path)
    assert told[0].filename == __file__
    assert tree["lstm"]["rank"].values.tolist() == [0, 0, 0, 2, 2, 2]
    file = tmp_path / "rank-2" / "recording.nc"
    whole = file.read_bytes()
    file.write_bytes(whole[:-700] + b"\xff" * 300 + whole[-400:])
    with pytest.warns(UserWarning, match="rank") as told:
        tree = gv.load(tmp_path)
    first, second = (str(each.message) for each in told)
    assert first.startswith("left out a rank that cannot be read: ")
    assert str(file) in first
    assert "no recording of rank 1:" in second
    assert {each.filename for each in told} == {__file__}
    assert tree["lstm"]["rank"].values.tolist() == [0, 0, 0]
    (tmp_path / "rank-0" / "recording.nc").write_bytes(b"\x89HDF")
    with (
        pytest.warns(UserWarning, match="left out a rank"),
        pytest.raises(BadRecording, match="none of the 2 ranks"),
    ):
        gv.load(tmp_path)


def test_the_coordinate_goes_where_the_samples_go(as_rank, tmp_path):
    for rank in range(2):
        as_rank(rank, 2)
        train(tmp_path, detail="full")
    tree = gv.load(tmp_path)
    ds = tree["lstm"].to_dataset()
    assert ds.where(ds["rank"] == 1, drop=True).sizes["sample"] == 3
    both = [gv.decay_rate(ds.isel(sample=part)) for part in (slice(3), slice(3, 6))]
    for rank, expected in enumerate(both):
        found = gv.decay_rate(ds.sel(sample=ds["rank"] == rank))
        np.testing.assert_array_equal(found["decay_rate"], expected["decay_rate"])
    assert gv.plot_gradient_heatmap(ds.sel(sample=ds["rank"] == 1)) is not None


def test_the_folder_of_several_processes_is_one_run(as_rank, tmp_path):
    for name in ("a", "b"):
        for rank in range(2):
            as_rank(rank, 2)
            train(tmp_path / "runs" / name)
    for source in (tmp_path / "runs", [tmp_path / "runs" / "a", tmp_path / "runs" / "b"]):
        runs = gv.load_runs(source, measures="horizon", steps="last")
        assert runs["run"].values.tolist() == ["a", "b"]
    assert gv.load_runs(tmp_path / "runs" / "a")["run"].values.tolist() == ["a"]
    for file in (tmp_path / "runs" / "b").glob("*/recording.nc"):
        file.write_bytes(b"no recording")
    with pytest.warns(UserWarning, match="rank") as told:
        runs = gv.load_runs(tmp_path / "runs", measures="horizon", steps="last")
    assert "1 of 2 runs are damaged: b (none of the 2 ranks" in str(told[-1].message)
    assert runs["outcome"].values.tolist()[1] == "damaged"


@pytest.fixture
def one_process(tmp_path):
    torch.distributed.init_process_group(
        "gloo", init_method=(tmp_path / "meeting").as_uri(), rank=0, world_size=1
    )
    yield
    torch.distributed.destroy_process_group()


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.module = nn.GRU(2, 3)
        self.parts = nn.ModuleDict({"module": nn.LSTM(3, 3), "_orig_mod": nn.RNN(3, 3)})

    def forward(self, x):
        return self.parts["module"](self.module(x)[0])[0]


def test_names_are_those_without_the_wrapper(one_process):
    del one_process
    inner = Model()
    names = ["module", "parts.module"]
    assert [*recurrent_modules(DistributedDataParallel(inner))][:2] == names
    assert [*recurrent_modules(inner)][:2] == names
    outside = torch.compile(DistributedDataParallel(Model()), backend="eager")
    assert [*recurrent_modules(outside)][:2] == names
    within = DistributedDataParallel(torch.compile(Model(), backend="eager"))
    assert [*recurrent_modules(within)][:2] == names
    inner.module = DistributedDataParallel(inner.module)
    assert [*recurrent_modules(inner)][:2] == names
    assert [name for name, _ in original_modules(inner)][:4] == ["", "module", "module", "parts"]
    layer = DistributedDataParallel(nn.GRU(2, 3))
    with gv.record(layer) as tape:
        layer(torch.randn(4, 2, 2))[0].sum().backward()
    assert tape.names == ["gru"]
    assert pickle.loads(pickle.dumps(layer.module)).hidden_size == 3
