"""What ``tape.observe`` is given: a clear sentence for everything that cannot be right."""

import pytest
import torch
from torch import nn

import gradviz as gv
from gradviz import vocabulary as v
from gradviz.cell_descriptions import SQUASH
from gradviz.errors import UnknownName

STATE = torch.zeros(2, 4)
HALF = torch.full((2, 4), 0.5)


def observe(**given):
    with gv.record(nn.Linear(1, 1)) as tape:
        tape.observe("h", STATE, **given)


@pytest.mark.filterwarnings("ignore:nothing was recorded", "ignore:not recorded")
@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"gates": [HALF]}, TypeError, r"from names of gates, such as \{'update': z\}; got list"),
        ({"gates": {3: HALF}}, TypeError, "got the name 3"),
        ({"gates": {"": HALF}}, ValueError, "the name '': must not be empty"),
        ({"gates": {"a/b": HALF}}, ValueError, "'a/b'.*without '/'"),
        ({"gates": {"z": 0.5}}, TypeError, "as gate 'z', not float"),
        ({"gates": {"z": HALF.long()}}, TypeError, r"as gate 'z', not torch\.int64"),
        ({"gates": {"z": HALF[:1]}}, ValueError, r"gate 'z' has shape \(1, 4\), .* must have \(2, unit\)"),
        ({"gates": {"z": HALF[:, 0]}}, ValueError, r"has shape \(2, 1\), as unsqueeze\(1\) makes it"),
        ({"gates": {"z": torch.ones(2, 3, 4)}}, ValueError, r"\(2, 3, 4\); flatten its units"),
        (
            {"gates": {"z": HALF[None]}},
            ValueError,
            r"4\); give its only layer, .* state\[0\]",
        ),
        ({"cell_state": 1}, TypeError, "as cell_state, not int"),
        (
            {"cell_state": (HALF, HALF)},
            TypeError,
            "not tuple; give one tensor, and the .* as cell_state=",
        ),
        ({"keeps": "z"}, UnknownName, r"keeps = 'z': no gates were given; give this one in gates="),
        ({"cell_state": torch.zeros(3, 4)}, ValueError, r"cell_state has shape \(3, 4\)"),
        ({"cell_state": torch.zeros(2, 4, 4)}, ValueError, r"cell_state has shape .*flatten\(1\)"),
        ({"squash": {"z": "tanh"}}, UnknownName, "unknown gate in squash: 'z'; there is none"),
        (
            {"gates": {"update": HALF}, "squash": {"updat": "tanh"}},
            UnknownName,
            r"unknown gate in squash: 'updat'; did you mean 'update'\?",
        ),
        ({"gates": {"z": HALF}, "squash": "tanh"}, TypeError, "squash is a mapping .* got str"),
        (
            {"gates": {"z": HALF}, "squash": {"z": "sigmoide"}},
            UnknownName,
            "squashing function of gate 'z': 'sigmoide'; did you mean 'sigmoid'",
        ),
        ({"gates": {"forget": HALF}, "keeps": "forgt"}, UnknownName, "gate in keeps: .*mean 'forget'"),
        (
            {"gates": {"z": HALF}, "squash": {"z": "exp"}, "keeps": "z"},
            ValueError,
            "keeps = 'z': this gate is squashed by exp; .*must be a sigmoid",
        ),
        (
            {"gates": {"z": 2.5 * HALF}},
            ValueError,
            r"gate 'z' is 1\.25, outside of the range of sigmoid, from 0 to 1; .*squash=\{'z': 'relu'\}",
        ),
        ({"gates": {"z": -HALF}}, ValueError, r"gate 'z' is -0\.5, .*squash=\{'z': 'tanh'\}"),
        (
            {"gates": {"z": HALF - 2}, "squash": {"z": "tanh"}},
            ValueError,
            r"is -1\.5, outside of the range of tanh, from -1 to 1; .*, not the pre-activation$",
        ),
        ({"gates": {"z": -HALF}, "squash": {"z": "exp"}}, ValueError, "range of exp, from 0 to inf"),
        ({"gates": {"z": -HALF}, "squash": {"z": "relu"}}, ValueError, "range of relu, from 0 to inf"),
        ({"gates": {"z": HALF * torch.nan}}, ValueError, "gate 'z' is NaN where the state is finite"),
    ],
)
def test_what_is_refused(given, error, message):
    with pytest.raises(error, match=message):
        observe(**given)


def test_a_complex_state_is_told_how_to_become_real():
    tape = gv.record(nn.Linear(1, 1))
    with pytest.raises(TypeError, match=r"not torch\.complex64; give .*view_as_real"), tape:
        tape.observe("h", torch.zeros(2, 4, dtype=torch.complex64))


@pytest.mark.parametrize("function", SQUASH)
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
def test_rounding_is_allowed(function, dtype):
    low, high = SQUASH[function].range
    eps = torch.finfo(dtype).eps
    ends = [low - 2 * eps, (high if high < 9 else 1.0) + 2 * eps]
    h = torch.ones(1, 2, dtype=dtype, requires_grad=True) * 1
    with gv.record(nn.Linear(1, 1)) as tape:
        gate = h * torch.tensor([ends], dtype=dtype)
        tape.observe("h", h, gates={"z": gate}, squash={"z": function})
        gate.sum().backward()
    assert tape["h"][v.LOG10_GRAD_GATE].notnull().all()


def test_a_diverged_training_goes_on():
    """Where the state is NaN too the recording shows it; an error would end a training that runs without."""
    h = torch.full((2, 4), torch.nan, requires_grad=True)
    with gv.record(nn.Linear(1, 1)) as tape:
        gate = torch.sigmoid(h)
        tape.observe("h", gate * h, gates={"z": gate})
        (gate * h).sum().backward()
    assert gv.diagnose(tape.tree).kinds == ("not_finite",)


@pytest.mark.filterwarnings("ignore:nothing was recorded", "ignore:not recorded")
@pytest.mark.parametrize(
    ("first", "then", "message"),
    [
        ({"gates": {"z": HALF}}, {}, r"the gates were z \(sigmoid\) before, and are none now"),
        ({}, {"gates": {"z": HALF}}, r"were none before, and are z \(sigmoid\) now"),
        ({"gates": {"z": HALF}}, {"gates": {"u": HALF}}, r"z \(sigmoid\) before, and are u \(sigmoid\) now"),
        (
            {"gates": {"z": HALF}},
            {"gates": {"z": HALF}, "squash": {"z": "tanh"}},
            r"and are z \(tanh\) now; give the same gates",
        ),
        ({"gates": {"z": HALF}}, {"gates": {"z": HALF}, "keeps": "z"}, r"z \(sigmoid\), kept by z now"),
        ({"cell_state": HALF}, {}, "a cell_state before, and none now"),
        ({}, {"cell_state": HALF}, "no cell_state before, and one now"),
    ],
)
def test_gates_that_change(first, then, message):
    with gv.record(nn.Linear(1, 1), every=2) as tape:
        tape.observe("h", STATE, **first)
        tape.step()
        with pytest.raises(ValueError, match=message):
            tape.observe("h", STATE, **then)
        tape.observe("other", STATE, **then)


@pytest.mark.parametrize(
    ("then", "message"),
    [
        ((5, 4, 3), "the state has 5 units, and had 4 at the step before"),
        ((4, 5, 3), "gate 'z' has 5 units, and had 4"),
        ((4, 4, 2), "cell_state has 2 units, and had 3"),
    ],
)
def test_units_that_change(then, message):
    def observe(tape, state, gate, cell):
        h = torch.ones(2, state, requires_grad=True) * 1
        tape.observe("h", h, gates={"z": torch.ones(2, gate)}, cell_state=torch.ones(2, cell))
        return h

    with gv.record(nn.Linear(1, 1)) as tape:
        h = observe(tape, 4, 4, 3)
        with pytest.raises(ValueError, match=message):
            observe(tape, *then)
        h.sum().backward()
    assert tape["h"].sizes["time"] == 1


def test_a_refused_call_leaves_nothing_behind():
    """The same call, mended, is recorded as if the first had not been made."""
    h = torch.ones(2, 4, requires_grad=True) * 1
    with gv.record(nn.Linear(1, 1)) as tape:
        with pytest.raises(ValueError, match="outside of the range"):
            tape.observe("h", h, gates={"z": 2 * h})
        assert tape.names == []
        tape.observe("h", h, gates={"z": 2 * h}, squash={"z": "exp"})
        h.sum().backward()
    assert tape["h"].sizes["time"] == 1


def test_the_order_of_gates_is_the_first_one_given():
    h = torch.ones(2, 4, requires_grad=True) * 1
    with gv.record(nn.Linear(1, 1)) as tape:
        tape.observe("h", h, gates={"b": 0.25 * HALF, "a": HALF})
        tape.observe("h", h, gates={"a": HALF, "b": 0.25 * HALF})
        h.sum().backward()
    assert tape["h"]["gate"].values.tolist() == ["b", "a"]
    assert tape["h"][v.GATE_MEAN].values.reshape(2, 2).tolist() == [[0.125, 0.5]] * 2


def test_a_name_is_a_str():
    with (
        pytest.raises(TypeError, match="name is of type int: must be a str"),
        gv.record(nn.Linear(1, 1)) as tape,
    ):
        tape.observe(3, STATE)
