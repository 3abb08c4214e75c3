"""The job of each gate."""

import dataclasses

import numpy as np
import pytest
import torch

from gradviz.gallery.claim import ClaimRefused
from gradviz.gallery.figures import gate_jobs as figure

SETTINGS = figure.Settings()


def made(**changes):
    settings = dataclasses.replace(SETTINGS, **changes)
    return figure._pass(settings), settings


def test_the_traces_by_hand():
    data, settings = made()
    traces, asked = data[figure.PASS], figure.script(settings)
    inputs = figure._inputs(settings).double().numpy()
    sigmoid = lambda a: 1 / (1 + np.exp(-a))  # noqa: E731
    c = 0.0
    for step in range(asked.length):
        value, write, forget, read = inputs[step]
        i, f, o = sigmoid(12 * write - 6), sigmoid(6 - 12 * forget), sigmoid(12 * read - 6)
        c = f * c + i * np.tanh(value)
        for name, expected in (("input", i), ("forget", f), ("output", o), ("c", c)):
            assert float(traces[name][step]) == pytest.approx(expected, abs=1e-5)
        assert float(traces["h"][step]) == pytest.approx(o * np.tanh(c), abs=1e-5)


def test_it_is_an_lstm_of_pytorch():
    data, settings = made(seed=3)
    output, _ = figure.hand_made(settings.gain)(figure._inputs(settings).unsqueeze(1))
    np.testing.assert_allclose(data[figure.PASS]["h"], output.detach().squeeze(), atol=1e-6)
    assert torch.is_tensor(output)


def test_the_numbers_by_hand():
    found = figure.measures(*made())
    open_, shut = 1 / (1 + np.exp(-6)), 1 / (1 + np.exp(6))
    assert found["written"] == pytest.approx(open_, abs=1e-5)
    assert found["shown"] == pytest.approx(open_, abs=1e-5)
    assert found["kept"] == pytest.approx(open_**9, abs=0.01)  # noise that comes in changes it a little
    assert found["let_in"] <= shut
    assert found["left"] == pytest.approx(shut, abs=0.003)


def test_half_open_gates_do_not_do_their_jobs():
    data, settings = made(gain=1.0)
    title, *jobs = figure.claims(data, settings)
    assert title.outcome == "not_all"
    assert [job.outcome for job in jobs] == ["fails"] * 3
    assert figure.compose(data, settings).get_suptitle() == title.sentence


def planted(name, step, value):
    data, settings = made()
    tree = data[figure.PASS].copy(deep=True)
    tree[name].values[step] = value
    return {figure.PASS: tree}, settings


@pytest.mark.parametrize(
    ("name", "step", "value", "gate"),
    [
        ("c", 11, 0.5, "forget"),  # not kept until it is to be forgotten
        ("c", 12, 0.2, "forget"),  # not forgotten
        ("h", 4, 0.3, "output"),  # shown unasked
        ("h", 7, 0.3, "output"),  # not all that was asked for
        ("candidate", 2, 0.9, "input"),  # not all of it was written
        ("c", 5, 0.9, "input"),  # something came in unasked
    ],
)
def test_the_data_decide_every_claim(name, step, value, gate):
    as_made = {claim.name: claim.outcome for claim in figure.claims(*made())}
    assert as_made == {"title": "all", "forget": "does", "input": "does", "output": "does"}
    asked = figure.script(SETTINGS)
    assert (asked.write[0], asked.read[0], asked.forget) == (2, 7, 12)
    outcomes = {claim.name: claim.outcome for claim in figure.claims(*planted(name, step, value))}
    assert outcomes[gate] == "fails"
    assert outcomes["title"] == "not_all"


@pytest.mark.parametrize("name", ["c", "h", "candidate"])
def test_without_numbers_nothing_is_said(name):
    with pytest.raises(ClaimRefused, match="gate_jobs"):
        figure.claims(*planted(name, slice(None), np.nan))


def test_longer_holding_takes_more_time_steps():
    data, settings = made(hold=20)
    assert data[figure.PASS].sizes["time"] == figure.script(settings).length > 60
    found = figure.measures(data, settings)
    assert found["kept"] < figure.measures(*made())["kept"]
    assert len(figure.numbers(data, settings)) == figure.script(settings).length


def test_the_traces_are_drawn_under_each_other():
    data, settings = made()
    axes = figure.compose(data, settings).axes
    sentences = [claim.sentence for claim in figure.claims(data, settings)[1:]]
    assert [ax.get_title(loc="left") or ax.get_title() for ax in axes[1:4]] == sentences
    bars = [bar.get_height() for bar in axes[5].patches if bar.get_width() == pytest.approx(0.5)]
    np.testing.assert_allclose(bars, data[figure.PASS]["h"])
