"""The direct gradient is what ``retain_grad`` shows; the total one is everywhere."""

import numpy as np
import pytest
import torch

from gradviz.gallery.figures import direct_vs_total as figure
from gradviz.gallery.untrained import BATCH
from gradviz.models.sequence import SequenceModel
from gradviz.recording.tree import select_module
from gradviz.tasks.adding import Adding


@pytest.fixture
def data(small):
    return small("direct_vs_total")


def test_the_claim(data):
    direct, total = (figure.quartiles(data, kind) for kind in figure.KINDS)
    assert np.isneginf(direct[:, :-1]).all()
    assert np.isfinite(direct[:, -1]).all()
    assert np.isfinite(total).all()
    measured = figure.caption(data).measured
    assert "exactly 0 at 99 of 100 time steps. The total gradient is exactly 0 at 0 of them;" in measured


def test_it_is_what_retain_grad_shows(data):
    torch.manual_seed(0)
    task = Adding(length=figure.LENGTH)
    model = SequenceModel("lstm", task.input_size, figure.HIDDEN, task.output_size)
    model.recurrent.reset_parameters()
    inputs, targets = task.batch(BATCH, torch.Generator().manual_seed(0))
    states, _ = model.recurrent(inputs)
    states.retain_grad()
    task.loss(model.head(states[:, -1]), targets).backward()
    norms = states.grad.norm(dim=-1).numpy().T  # (time, sample)
    recorded = select_module(data["LSTM"])["log10_grad_h_direct"].squeeze().transpose("time", "sample").values
    np.testing.assert_allclose(10**recorded, norms, rtol=1e-5)


def test_the_zeros_are_counted_on_the_figure(data):
    left, right = figure.compose(data).axes
    assert "exactly 0 at 99 of 100 time steps" in [text.get_text() for text in left.texts]
    drawn = right.lines[0].get_ydata()
    np.testing.assert_array_equal(drawn, figure.quartiles(data, "log10_grad_h")[1])
    assert np.isfinite(left.lines[0].get_ydata()).sum() == 1
