"""Whose steps the weight's gradient comes from."""

import dataclasses

import numpy as np
import pytest
import torch
import xarray as xr
from gallery.small import small_settings

from gradviz.capture.record import record
from gradviz.gallery.claim import ClaimRefused
from gradviz.gallery.figures import whose_steps as figure
from gradviz.models.sequence import SequenceModel

SETTINGS = figure.Settings(length=8)
FAR = [0.0, 0.01, 0.01, 0.01, 0.02, 0.05, 0.3, 0.6]  # the last two steps have 0.9
EVEN = [0.0, 0.15, 0.15, 0.15, 0.15, 0.1, 0.15, 0.15]  # they have 0.3, the first two 0.15
BETWEEN = [0.0, 0.01, 0.01, 0.03, 0.3, 0.25, 0.2, 0.2]  # they have 0.4, the first two only 0.01


def cell(before, after, final=(0.1, 0.1, 1.0)):
    shares = np.tile(np.array([before, after]), (len(final), 1, 1))
    table = {"share": (("seed", "moment", "time"), shares), "final": ("seed", list(final))}
    return xr.DataTree(xr.Dataset(table, {"moment": ["before", "after"]}))


@pytest.mark.parametrize("name", ["rnn", "lstm"])
def test_a_share_is_that_of_the_weights_gradient(name):
    torch.manual_seed(0)
    model = SequenceModel(name, 2, 5, 1).double()
    inputs = torch.randn(1, 6, 2, dtype=torch.float64)
    with record(model) as tape:
        model(inputs).sum().backward()
    shares = figure.share(tape.tree, 0)
    assert shares.sum() == pytest.approx(1)
    assert shares[0] == 0  # the state before the first step is zero
    # each step with a weight of its own: the gradient of each is that step's contribution
    weights = [model.recurrent.weight_hh_l0.detach().clone().requires_grad_() for _ in range(6)]
    state, rest = None, model.recurrent.named_parameters()
    rest = {key: value.detach() for key, value in rest if key != "weight_hh_l0"}
    for step, weight in enumerate(weights):
        arguments = (inputs[:, step : step + 1],) if state is None else (inputs[:, step : step + 1], state)
        output, state = torch.func.functional_call(
            model.recurrent, {**rest, "weight_hh_l0": weight}, arguments
        )
    model.head(output[:, -1]).sum().backward()
    norms = np.array([float(weight.grad.norm()) for weight in weights])
    np.testing.assert_allclose(shares, norms / norms.sum(), rtol=1e-6)


@pytest.mark.parametrize(
    ("before", "after", "title", "rnn"),
    [
        (FAR, EVEN, "opens", "opens"),
        (FAR, FAR, "stays", "stays"),
        (FAR, BETWEEN, "stays", "opens"),
        (EVEN, FAR, "open_before", "open_before"),
    ],
)
def test_the_data_decide_the_claims(before, after, title, rnn):
    data = {"rnn": cell(FAR, FAR), "lstm": cell(before, after)}
    found = figure.claims(data, SETTINGS)
    assert [claim.outcome for claim in found[:2]] == [title, "stays"]
    assert found[0].numbers["before"] == pytest.approx(sum(before[-2:]))
    assert found[0].numbers["after"] == pytest.approx(sum(after[-2:]))
    assert found[0].numbers["first"] == pytest.approx(sum(after[:2]))
    assert figure.compose(data, SETTINGS).get_suptitle().replace("\n", " ") == found[0].sentence
    other = figure.claims({"rnn": cell(before, after), "lstm": cell(FAR, EVEN)}, SETTINGS)
    assert [claim.outcome for claim in other[:2]] == ["opens", rnn]


def test_a_seed_that_stays_steep_is_named():
    data = {"rnn": cell(FAR, FAR), "lstm": cell(FAR, EVEN)}
    data["lstm"]["share"][1, 1] = FAR
    assert figure.steep_seeds(data, "lstm", SETTINGS).tolist() == [1]
    assert figure.steep_seeds(data, "rnn", SETTINGS).tolist() == [0, 1, 2]
    said = [[text.get_text() for text in ax.texts] for ax in figure.compose(data, SETTINGS).axes]
    assert said[1][-1] == "steep in 1 of 3 seeds:\nlast 2 steps at least 80\u202f%"
    assert not [text for text in said[0] if text.startswith("steep")]


@pytest.mark.parametrize(
    ("lstm", "rnn", "outcome"),
    [
        ((0.1, 0.1, 1), (1, 1, 0.1), "lstm_only"),
        ((0.1, 0.1, 1), (0.1, 0.1, 0.1), "both"),
        ((1, 1, 1), (0.1, 0.1, 0.1), "rnn_only"),
        ((1, 1, 0.1), (1, 1, 1), "neither"),
    ],
)
def test_the_data_decide_who_has_learned(lstm, rnn, outcome):
    data = {"rnn": cell(FAR, FAR, rnn), "lstm": cell(FAR, EVEN, lstm)}
    learned = figure.claims(data, SETTINGS)[2]
    assert learned.outcome == outcome
    assert learned.sentence in figure.caption(data, SETTINGS).measured


@pytest.mark.parametrize("fault", [("lstm", "share"), ("rnn", "share"), ("rnn", "final")])
def test_without_numbers_nothing_is_said(fault):
    data = {"rnn": cell(FAR, FAR), "lstm": cell(FAR, EVEN)}
    data[fault[0]][fault[1]].values[...] = np.nan
    with pytest.raises(ClaimRefused, match="whose_steps"):
        figure.claims(data, SETTINGS)


def test_every_setting_acts(small):
    settings = small_settings("whose_steps")
    data = small("whose_steps")
    assert dict(data["lstm"].sizes) == {"seed": 2, "moment": 2, "time": settings.length}
    run = figure.training("rnn", 3, dataclasses.replace(settings, steps=9))
    assert (run.seed, run.training.steps, run.recording.every) == (3, 9, 8)
    assert len(figure.numbers(data, settings)) == 2 * 2 * 2 * settings.length


@pytest.mark.slow
def test_the_lstm_opens_at_full_size(full):
    title, rnn, _ = figure.claims(full("whose_steps"), figure.Settings())
    assert (title.outcome, rnn.outcome) == ("opens", "stays")
