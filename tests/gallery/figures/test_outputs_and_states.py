"""What nn.LSTM returns."""

import dataclasses

import numpy as np
import pytest
import torch
from matplotlib.patches import FancyBboxPatch
from torch import nn

from gradviz.gallery.claim import ClaimRefused
from gradviz.gallery.figures import outputs_and_states as figure

SETTINGS = figure.Settings()


def call(**changes):
    settings = dataclasses.replace(SETTINGS, **changes)
    return figure._call(settings), settings


def test_boxes_said_to_be_equal_are_equal():
    data, _ = call()
    returned = data[figure.CALL]
    np.testing.assert_array_equal(returned["output"][:, -1], returned["h_n"][-1])
    assert returned["output"].shape == (3, 10, 8)
    assert returned["h_n"].shape == returned["c_n"].shape == (2, 3, 8)
    np.testing.assert_allclose(returned["h"][-1], returned["h_n"], atol=1e-6)
    np.testing.assert_allclose(returned["c"][-1], returned["c_n"], atol=1e-6)
    top = returned["h"].isel(layer=-1).transpose("sample", "time", "unit")
    np.testing.assert_allclose(top, returned["output"], atol=1e-6)
    for states in (returned["h_n"][0], *returned["c_n"]):
        distance = np.abs(returned["output"] - states).max("unit")
        assert distance.min() > 0.01


def test_it_is_a_call_of_pytorch():
    data, _ = call()
    torch.manual_seed(0)
    lstm = nn.LSTM(4, 8, num_layers=2, batch_first=True)
    output, (_, c_n) = lstm(3 * torch.randn(3, 10, 4))
    np.testing.assert_allclose(data[figure.CALL]["output"], output.detach(), atol=1e-6)
    np.testing.assert_allclose(data[figure.CALL]["c_n"], c_n.detach(), atol=1e-6)


def planted(fault):
    data, settings = call()
    tree = data[figure.CALL].copy(deep=True)
    fault(tree)
    return {figure.CALL: tree}, settings


def _shift(tree):
    tree["output"].values[:, -1] += 0.1


def _copy(tree):
    tree["output"].values[:, 3] = tree["h_n"].values[0]


def _copy_cell_state(tree):
    tree["output"].values[1, 3] = tree["c_n"].values[1, 1]


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        (lambda tree: None, "last"),
        (_shift, "differs"),
        (_copy, "elsewhere"),
        (_copy_cell_state, "elsewhere"),
    ],
)
def test_the_data_decide_the_title(fault, outcome):
    data, settings = planted(fault)
    (title,) = figure.claims(data, settings)
    assert title.outcome == outcome
    drawn = figure.compose(data, settings)
    assert drawn.get_suptitle().replace("\n", " ") == title.sentence
    said = [text.get_text() for text in drawn.axes[0].texts]
    found = said.count("="), said.count("not\nin output")
    assert found == ((1, 3) if outcome == "last" else (0, 0))


def test_one_layer_has_words_of_its_own():
    (title,) = figure.claims(*call(layers=1))
    assert title.outcome == "one_layer"
    figure.compose(*call(layers=3, length=12))


@pytest.mark.parametrize("name", ["output", "c_n"])
def test_without_numbers_nothing_is_said(name):
    def spoil(tree):
        tree[name].values[...] = np.nan

    with pytest.raises(ClaimRefused):
        figure.claims(*planted(spoil))


def test_a_box_for_every_state_and_equal_numbers_in_equal_boxes():
    data, settings = call()
    (ax,) = figure.compose(data, settings).axes
    boxes = [patch for patch in ax.patches if isinstance(patch, FancyBboxPatch)]
    assert len(boxes) == 2 * 2 * 10 + 4
    said = {text.get_position(): text.get_text() for text in ax.texts}
    for layer in range(2):
        assert said[9, figure._level(layer)] == said[11.1, figure._level(layer)]
        value = float(figure.shown_unit(data)["h_n"][layer])
        assert said[9, figure._level(layer)] == f"{value:.2f}".replace("-", "−")
    top = [box for box in boxes if box.get_y() == pytest.approx(figure._level(1) - figure._HEIGHT / 2)]
    assert len({box.get_facecolor()[:3] for box in top}) == 1  # the last column, h_n and output: one colour
    table = figure.numbers(data, settings)
    assert len(table) == 40
