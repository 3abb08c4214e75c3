"""The direct gradient is what ``retain_grad`` shows; the total one is everywhere."""

import numpy as np
import pytest
import torch
from gallery.small import small_settings

from gradviz.gallery.claim import ClaimRefused
from gradviz.gallery.figures import direct_vs_total as figure
from gradviz.gallery.untrained import BATCH
from gradviz.models.sequence import SequenceModel
from gradviz.recording.tree import select_module
from gradviz.tasks.adding import Adding
from gradviz.vocabulary import LOG10_GRAD_H, LOG10_GRAD_H_DIRECT

SETTINGS = small_settings("direct_vs_total")
LENGTH = SETTINGS.length


@pytest.fixture
def data(small):
    return small("direct_vs_total")


def planted(data, *, direct=None, total=None):
    """The data with other norms: log10 by time step."""
    tree = data[figure.LSTM].copy(deep=True)
    for variable, values in ((LOG10_GRAD_H_DIRECT, direct), (LOG10_GRAD_H, total)):
        if values is not None:
            norms = tree["recurrent"][variable]
            shape = [len(values) if dim == "time" else 1 for dim in norms.dims]
            norms.values[...] = np.reshape(values, shape)
    return {figure.LSTM: tree}


def test_the_last_time_step_alone_has_a_direct_gradient(data):
    direct, total = (figure.quartiles(data, kind) for kind in figure.KINDS)
    assert np.isneginf(direct[:, :-1]).all()
    assert np.isfinite(direct[:, -1]).all()
    assert np.isfinite(total).all()
    title, way_back = figure.claims(data, SETTINGS)
    assert (title.outcome, way_back.outcome) == ("hides", "falls")
    assert title.sentence == f"retain_grad() shows the gradient at 1 of {LENGTH} time steps"
    assert way_back.numbers["decades"] == pytest.approx(total[1, -1] - total[1, 0])
    measured = figure.caption(data, SETTINGS).measured
    assert f"exactly 0 at {LENGTH - 1} of {LENGTH} time steps, the total gradient at 0 of them" in measured


NONE = np.full(LENGTH, -np.inf)
FALLING = np.linspace(-9, 0, LENGTH)


@pytest.mark.parametrize(
    ("total", "outcomes", "counts"),
    [
        (np.where(np.arange(LENGTH) < 7, -np.inf, FALLING), ("hides_and_vanishes", "falls"), (1, LENGTH - 7)),
        (np.where(np.arange(LENGTH) < LENGTH - 1, -np.inf, 0), ("shows_all", "level"), (1, 1)),
        (-FALLING, ("hides", "grows"), (1, LENGTH)),
        (np.full(LENGTH, -3.0), ("hides", "level"), (1, LENGTH)),
    ],
)
def test_the_data_decide_what_is_said(total, outcomes, counts, data):
    changed = planted(data, total=total)
    title, way_back = figure.claims(changed, SETTINGS)
    assert (title.outcome, way_back.outcome) == outcomes
    assert (title.numbers["seen"], title.numbers["used"]) == counts
    assert figure.compose(changed, SETTINGS).get_suptitle().replace("\n", " ") == title.sentence
    assert way_back.sentence in figure.caption(changed, SETTINGS).alt


def test_two_time_steps_with_a_direct_gradient_are_no_single_one(data):
    changed = planted(data, direct=np.where(np.arange(LENGTH) > LENGTH - 3, 0.0, -np.inf))
    assert figure.claims(changed, SETTINGS)[0].numbers["seen"] == 2
    texts = [text.get_text() for text in figure.compose(changed, SETTINGS).axes[0].texts]
    assert texts == [f"exactly 0 at {LENGTH - 2} of {LENGTH} time steps"]


@pytest.mark.parametrize("which", ["direct", "total"])
def test_without_numbers_nothing_is_said(which, data):
    with pytest.raises(ClaimRefused, match=r"direct_vs_total: .* = nan"):
        figure.claims(planted(data, **{which: np.full(LENGTH, np.nan)}), SETTINGS)
    with pytest.raises(ClaimRefused, match="decades = nan"):
        figure.claims(planted(data, total=NONE), SETTINGS)


def test_it_is_what_retain_grad_shows(data):
    torch.manual_seed(0)
    task = Adding(length=LENGTH)
    model = SequenceModel("lstm", task.input_size, SETTINGS.hidden_size, task.output_size)
    model.recurrent.reset_parameters()
    inputs, targets = task.batch(BATCH, torch.Generator().manual_seed(0))
    states, _ = model.recurrent(inputs)
    states.retain_grad()
    task.loss(model.head(states[:, -1]), targets).backward()
    norms = states.grad.norm(dim=-1).numpy().T  # (time, sample)
    recorded = select_module(data["LSTM"])["log10_grad_h_direct"].squeeze().transpose("time", "sample").values
    np.testing.assert_allclose(10**recorded, norms, rtol=1e-5)


def test_the_zeros_are_counted_on_the_figure(data):
    left, right = figure.compose(data, SETTINGS).axes
    assert f"exactly 0 at {LENGTH - 1} of {LENGTH} time steps" in [text.get_text() for text in left.texts]
    drawn = right.lines[0].get_ydata()
    np.testing.assert_array_equal(drawn, figure.quartiles(data, "log10_grad_h")[1])
    assert np.isfinite(left.lines[0].get_ydata()).sum() == 1


@pytest.mark.slow
def test_the_numbers_at_full_size(full):
    title, way_back = figure.claims(full("direct_vs_total"), figure.Settings())
    assert (title.outcome, title.numbers["seen"], title.numbers["used"]) == ("hides", 1, 100)
    assert way_back.numbers["decades"] == pytest.approx(20, abs=2)
