"""Recordings of format 1, made before ``length`` and ``batch_size`` were variables."""

import gzip
import inspect
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
import xarray as xr

import gradviz as gv
from gradviz import vocabulary as v
from gradviz.errors import BadRecording
from gradviz.plots.plot_table import PLOTS
from gradviz.recording.parts import Limits, PartWriter, keep_parts
from gradviz.recording.save import write
from gradviz.recording.validate import validate_tree

STORED = Path(__file__).parent / "stored" / "format_1.nc.gz"
NEED_FULL_DETAIL = {"gradient_paths", "gate_heatmap", "gate_histogram", "unit_saturation"}


@pytest.fixture
def file(tmp_path):
    """A recording of three training steps with sequences of 5, 9 and 3 time steps."""
    path = tmp_path / "format_1.nc"
    path.write_bytes(gzip.decompress(STORED.read_bytes()))
    return path


def test_it_is_loaded_as_it_was(file):
    tree = gv.load(file)
    validate_tree(tree)
    assert tree.attrs["gradviz_format"] == 1
    dataset = tree["encoder"].to_dataset(inherit=False)
    assert dict(dataset.sizes) == {
        "step": 3, "layer": 1, "direction": 1, "time": 9, "sample": 4, "gate": 4, "unit": 4
    }  # fmt: skip
    assert v.LENGTH not in dataset.variables
    assert dataset.attrs[v.LENGTH] == 5
    known = dataset[v.LOG10_GRAD_H].notnull().any("sample").sum("time")
    assert known.values.reshape(-1).tolist() == [5, 9, 3]


def test_it_is_diagnosed_at_its_last_step(file):
    found = gv.diagnose(gv.load(file))
    assert "encoder (LSTM, 1 layer, 4 units), 3 time steps at training step 2" in str(found)
    assert not found.findings  # sequences of other steps are not padding


def test_it_can_be_plotted(file):
    tree = gv.load(file)
    for name in sorted(set(PLOTS) - NEED_FULL_DETAIL):
        options = {"text": "abc"} if "text" in inspect.signature(PLOTS[name]).parameters else {}
        axes = PLOTS[name](tree, **options)
        assert axes.has_data(), name
        plt.close(axes.figure)


def test_parts_of_it_are_merged_but_not_continued(record, file, tmp_path):
    tree = gv.load(file)
    (tmp_path / "run" / "parts").mkdir(parents=True)
    for number, steps in enumerate(([0], [1, 2])):
        piece = tree.copy()
        piece["encoder"] = xr.DataTree(tree["encoder"].to_dataset(inherit=False).sel(step=steps))
        write(piece, tmp_path / "run" / "parts" / f"part-{number:06d}.nc", compress=False)
    found = gv.load(tmp_path / "run")
    assert found.attrs["gradviz_format"] == 1
    xr.testing.assert_identical(
        found["encoder"].to_dataset(inherit=False), tree["encoder"].to_dataset(inherit=False)
    )
    with pytest.raises(BadRecording, match=r"part-000000\.nc has format 1, and this gradviz writes format 2"):
        keep_parts(tmp_path / "run", 1)
    assert len(list((tmp_path / "run" / "parts").iterdir())) == 2
    keep_parts(tmp_path / "run", 0)  # nothing of it is kept
    writer = PartWriter(tmp_path / "run", limits=Limits(steps=1), origin={"gradviz_format": 1})
    writer.add(record(0))
    writer.close()
    assert gv.load(tmp_path / "run").attrs["gradviz_format"] == 2


def test_a_metric_whose_name_is_now_that_of_a_variable(record, recording, tmp_path):
    tree = recording(record(0), record(1))
    root, module = tree.to_dataset(inherit=False), tree["lstm"].to_dataset(inherit=False)
    former = {
        "/": root.assign(length=("iteration", [4.0, 6.0])).assign_attrs(gradviz_format=1),
        "/lstm": module.assign(length=("step", [4.0, 6.0])),
    }
    xr.DataTree.from_dict(former).to_netcdf(tmp_path / "x.nc", engine="h5netcdf")
    found = gv.load(tmp_path / "x.nc")
    for dataset in (found, found["lstm"]):
        np.testing.assert_array_equal(dataset["metric_length"], [4, 6])
        assert "length" not in dataset.variables
