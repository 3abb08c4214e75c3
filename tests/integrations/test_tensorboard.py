"""What TensorBoard itself reads back is what was recorded."""

import sys
import warnings
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

import gradviz as gv

pytestmark = pytest.mark.slow  # .ci/run runs them

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of what TensorBoard itself imports
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from torch.utils.tensorboard import SummaryWriter


def train(log=None, **options):
    torch.manual_seed(0)
    model = nn.ModuleDict({"encoder": nn.GRU(2, 6, bidirectional=True), "decoder": nn.LSTM(2, 4)})
    with gv.record(model, log=log, every=2, **options) as tape:
        for _ in range(5):
            x = torch.randn(7, 3, 2)
            loss = model["encoder"](x)[0].sum() + model["decoder"](x)[0][-1].sum()
            loss.backward()
            tape.step(loss)
    return tape.tree


def read(folder):
    events = EventAccumulator(str(folder), size_guidance={"scalars": 0, "histograms": 0, "images": 0})
    events.Reload()
    return events


def scalars_of(events):
    found = {}
    for name in events.Tags()["scalars"]:
        for event in events.Scalars(name):
            found.setdefault(event.step, {})[name] = event.value
    return found


def assert_equal_scalars(events, expected):
    found = scalars_of(events)
    assert {step: set(values) for step, values in found.items()} == {
        step: set(values) for step, values in expected.items()
    }
    for step, values in expected.items():
        assert found[step] == pytest.approx(values, rel=1e-6)  # TensorBoard keeps float32


@pytest.mark.parametrize("given", ["folder", "writer"])
def test_live(given, tmp_path):
    to = tmp_path / "logs" if given == "folder" else SummaryWriter(tmp_path / "logs")
    tree = train(gv.tensorboard_log(to))
    assert_equal_scalars(read(tmp_path / "logs"), gv.scalars(tree))
    if given == "writer":
        to.close()


@pytest.mark.parametrize("detail", ["norms", "full"])
def test_a_finished_recording(detail, tmp_path):
    tree = train(detail=detail)
    gv.to_tensorboard(tree, tmp_path)
    events = read(tmp_path)
    assert_equal_scalars(events, gv.scalars(tree))
    tags = [
        *(f"gradviz/encoder/layer0/{side}" for side in ("forward", "reverse")),
        "gradviz/decoder/layer0/forward",
    ]
    assert events.Tags()["images"] == [f"{tag}/gradient_heatmap" for tag in tags]
    assert len(events.Tags()["histograms"]) == 4 + 4 + 5  # gates and the gradient
    dataset = tree["decoder"].to_dataset()
    kept = dataset["gates" if detail == "full" else "unit_mean"].sel(gate="forget")
    for event in events.Histograms("gradviz/decoder/layer0/forward/forget_activation"):
        values = kept.sel(step=event.step).values
        told = event.histogram_value
        assert told.num == values.size
        assert (told.min, told.max) == pytest.approx((values.min(), values.max()))
        assert told.sum == pytest.approx(values.sum())
    events_of_gradient = events.Histograms("gradviz/decoder/layer0/forward/log10_grad_h")
    assert [event.step for event in events_of_gradient] == [0, 2, 4]
    norms = dataset["log10_grad_h"].sel(step=2).values
    assert events_of_gradient[1].histogram_value.sum == pytest.approx(norms.sum(), rel=1e-5)
    (image,) = events.Images("gradviz/decoder/layer0/forward/gradient_heatmap")
    assert (image.step, image.encoded_image_string[1:4]) == (4, b"PNG")
    assert min(image.width, image.height) > 200


def test_a_gradient_that_is_nowhere_has_no_histogram_and_no_open_figure(tmp_path):
    import matplotlib.pyplot as plt

    tree = train()
    dataset = tree["decoder"].to_dataset()
    silent = dataset.assign(log10_grad_h=dataset["log10_grad_h"] * 0 - np.inf)
    with SummaryWriter(tmp_path) as writer:
        gv.to_tensorboard(silent, writer)
    tags = read(tmp_path).Tags()
    assert "gradviz/decoder/layer0/forward/log10_grad_h" not in tags["histograms"]
    assert "gradviz/decoder/unreached" in tags["scalars"]
    assert not plt.get_fignums()


def test_what_is_neither_a_folder_nor_a_writer():
    with pytest.raises(TypeError, match=r"needs a folder or a .*SummaryWriter; got int"):
        gv.tensorboard_log(3)
    with pytest.raises(TypeError, match="got type"):
        gv.tensorboard_log(SummaryWriter)
    with pytest.raises(TypeError, match="a recording is an xarray"):
        gv.to_tensorboard("runs/mine", SimpleNamespace())


def test_without_tensorboard(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(ModuleNotFoundError, match=r'pip install "gradviz\[tensorboard\]"'):
        gv.tensorboard_log(tmp_path)
    with pytest.raises(ModuleNotFoundError, match=r'pip install "gradviz\[tensorboard\]"'):
        gv.to_tensorboard(train(), tmp_path)
