"""The cells in JavaScript: gates and states are torch's and those of gradviz/cells."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from report.core.javascript import FILES, new_core
from report.core.sequences import NAMES, SHAPES, Sequences, replay_of

from gradviz.cell_descriptions import CELLS

TOLERANCE = {"rtol": 1e-12, "atol": 1e-12}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_file_is_short_strict_and_says_what_it_holds(path):
    text = path.read_text(encoding="utf-8")
    assert text.startswith("/**\n")
    assert text.count("\n") < 300
    assert '*/\n(() => {\n  "use strict";\n' in text  # inside, where it also holds after other scripts
    first, *others = path.stem.split("_")
    name = first + "".join(map(str.capitalize, others))
    assert f"  gradviz.{name} = {{" in text
    assert f"gradviz.{name}:" in text.partition("*/")[0]
    assert max(map(len, text.splitlines())) <= 120


def states_of_torch(case):
    first = case.h0[None] if case.c0 is None else (case.h0[None], case.c0[None])
    out, last = case.module(case.x, first)
    return out.detach().numpy(), None if case.c0 is None else last[1][0].detach().numpy()


def check_forward(core, case):
    found = case.passes(core)
    out, last_c = states_of_torch(case)
    np.testing.assert_allclose(found["h"][0], case.h0)
    np.testing.assert_allclose(found["h"][1:], out, **TOLERANCE)
    replay = replay_of(case, found["h"])
    np.testing.assert_allclose(found["gates"], replay.gates.permute(1, 2, 0, 3), **TOLERANCE)
    if case.name == "lstm":
        np.testing.assert_allclose(found["c"][-1], last_c, **TOLERANCE)
        np.testing.assert_allclose(found["c"][1:], replay.c, **TOLERANCE)


@pytest.mark.parametrize("name", NAMES)
def test_gates_and_states_are_torchs(core, name):
    check_forward(core, Sequences(name, time=40, batch=5, inputs=3, hidden=9))


@pytest.mark.parametrize("name", NAMES)
@given(shape=SHAPES)
@settings(max_examples=15, deadline=None)
def test_for_every_shape(core, name, shape):
    check_forward(core, Sequences(name, **shape))


def test_one_step_of_an_lstm_by_hand(core):
    """Zero weights and biases (i, f, g, o) = (0, ln 3, 1, -ln 3): f = 3/4, o = 1/4."""
    case = Sequences("lstm", time=1, batch=1, inputs=1, hidden=1)
    with torch.no_grad():
        for parameter in case.module.parameters():
            parameter.zero_()
        case.module.bias_ih_l0.copy_(torch.tensor([0, math.log(3), 1, -math.log(3)], dtype=torch.float64))
    case.c0 = torch.full((1, 1), 0.5, dtype=torch.float64)
    found = case.passes(core)
    g = math.tanh(1)
    c = 0.75 * 0.5 + 0.5 * g
    assert found["gates"].ravel().tolist() == pytest.approx([0.5, 0.75, g, 0.25], rel=1e-14)
    assert found["c"].ravel().tolist() == pytest.approx([0.5, c], rel=1e-14)
    assert found["h"][1].item() == pytest.approx(0.25 * math.tanh(c), rel=1e-14)


def test_gates_far_beyond_saturation_stay_in_range(core):
    case = Sequences("gru", time=2, batch=1, inputs=1, hidden=2)
    with torch.no_grad():
        case.module.bias_ih_l0.copy_(torch.tensor([-2000.0, 2000, 2000, -2000, 2000, -2000]))
    found = case.passes(core)
    assert found["gates"][0, 0].tolist() == [[0, 1], [1, 0], [1, -1]]
    np.testing.assert_allclose(found["h"][1:, 0], [[case.h0[0, 0], -1]] * 2)


def test_cells_are_described_as_in_python(core):
    described = core.call("descriptions")
    assert list(described) == NAMES
    for name, cell in described.items():
        known = CELLS[name]
        assert cell["gates"] == list(known.gates)
        assert cell["label"] == known.label
        assert cell["keeps"] == known.keeps
        assert cell["hasCellState"] == known.has_cell_state


def test_an_unknown_cell_is_named(core):
    with pytest.raises(Exception, match=r"unknown cell 'toString' \(rnn, lstm, gru\)"):
        core.call("initialised", name="toString", input=1, hidden=1, seed=0)


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("gru", "(1 - z) * n + z * h[before + j]", "z * n + (1 - z) * h[before + j]"),
        ("gru", "+ r * candidateFromState)", "+ candidateFromState)"),
        ("lstm", "f * c[before + j] + i * g", "i * c[before + j] + f * g"),
        ("rnn", "Math.tanh(gates[at + k] + recurrent[k])", "Math.tanh(gates[at + k] - recurrent[k])"),
    ],
)
def test_a_wrong_equation_is_noticed(name, old, new):
    with pytest.raises(AssertionError, match="Not equal to tolerance"):
        check_forward(new_core([(old, new)]), Sequences(name))
