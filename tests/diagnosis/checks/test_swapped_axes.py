"""Swapped axes of time and batch: what the loss reads, and how the input changes, on the thresholds."""

import numpy as np
import pytest
from diagnosis.models import LastStep
from diagnosis.recorded import called, dataset, tree, with_input
from torch import nn

from gradviz.diagnosis import kinds as k
from gradviz.diagnosis.checks.swapped_axes import other_layout, time_and_batch, wrong_batch_first
from gradviz.diagnosis.context import DiagnosisContext

INF, NAN = np.inf, np.nan


def context(ds, **attributes):
    return DiagnosisContext(tree(ds.assign_attrs(attributes)), "layer", None)


def one_sequence(steps_seen, sequences=4, reached=1, length=6):
    """The loss reads the last ``reached`` sequences, at their last ``steps_seen`` steps."""
    direct = np.full((length, sequences), -INF)
    direct[length - steps_seen :, sequences - reached :] = 0
    ds = dataset(total=np.zeros(length))
    template = ds.isel(sample=[0] * sequences).assign_coords(sample=np.arange(sequences))
    return template.assign(
        log10_grad_h=(template["log10_grad_h"].dims, direct[None, None, None]),
        log10_grad_h_direct=(template["log10_grad_h"].dims, direct[None, None, None]),
    )


@pytest.mark.parametrize(
    ("calls", "text"),
    [
        (
            [one_sequence(6), one_sequence(6)],
            "2 of the 8 recorded sequences, one in each call, at every",
        ),
        ([one_sequence(6), one_sequence(6, reached=0)], "1 of the 8 recorded sequences, at every"),
        ([one_sequence(6), one_sequence(6, reached=2)], None),
        ([one_sequence(6, sequences=1), one_sequence(6, sequences=1)], None),
        ([one_sequence(6, sequences=1), one_sequence(6, sequences=1, reached=0)], None),
    ],
)
def test_axes_are_swapped_in_every_call_or_not(calls, text):
    """One sequence in each of two calls is a pair, and no batch of which the loss reads one."""
    found = list(wrong_batch_first(context(called(*calls))))
    assert [f.kind for f in found] == [k.WRONG_BATCH_FIRST] * (text is not None)
    assert all(text in f.what for f in found)


@pytest.mark.parametrize(
    ("recorded", "is_swapped"),
    [
        (one_sequence(6), True),
        (one_sequence(5), False),
        (one_sequence(6, reached=2), False),
        (one_sequence(6, sequences=2), True),
        (one_sequence(6, sequences=1), False),
        (one_sequence(1, length=1), False),
        (one_sequence(2, length=2), True),
    ],
)
def test_wrong_batch_first(recorded, is_swapped):
    found = [(f.kind, f.severity) for f in wrong_batch_first(context(recorded))]
    assert found == [(k.WRONG_BATCH_FIRST, "trouble")] * is_swapped


@pytest.mark.parametrize(
    ("attributes", "code", "layout"),
    [
        (
            {"batch_first": 0},
            "model.layer.batch_first = True",
            "(time, batch, features), here 64 sequences of 6",
        ),
        (
            {"batch_first": 1},
            "model.layer.batch_first = False",
            "(batch, time, features), here 64 sequences of 6",
        ),
        ({"in_a_loop": 1}, "for x_t in x.unbind(dim=1): ...  # (batch, time, features)", "64 sequences of 6"),
    ],
)
def test_the_text_names_the_layout_that_the_layer_reads(attributes, code, layout):
    (finding,) = wrong_batch_first(context(one_sequence(6), batch_size=64, **attributes))
    assert finding.remedy.code == code
    assert layout in finding.what
    assert [amount.value for amount in finding.amounts] == [0.25, 1]


@pytest.mark.parametrize(
    ("change", "spread", "swapped"),
    [(3, 1, True), (2.99, 1, False), (1, 3, False), (3, 0, False), (3, NAN, False), (0, 0, False)],
)
def test_time_and_batch(change, spread, swapped):
    findings = list(time_and_batch(context(with_input(change, spread), batch_first=1)))
    assert [(f.kind, f.severity) for f in findings] == [(k.TIME_AND_BATCH, "warning")] * swapped
    if swapped:
        assert "changes 3.0 times as much" in findings[0].what
        assert findings[0].remedy.code == "model.layer.batch_first = False"


def test_a_decoder_that_reads_its_own_outputs_may_get_the_same_input_in_every_sequence():
    assert list(time_and_batch(context(with_input(3, 1), continues="encoder"))) == []


def test_one_step():
    one_step = with_input(0, 0, steps=1)
    assert list(time_and_batch(context(one_step, batch_size=1))) == []
    (finding,) = time_and_batch(context(one_step, batch_size=50))
    assert "50 sequences of a single time step" in finding.what
    assert finding.remedy.code == "model.layer.batch_first = True"
    assert list(time_and_batch(context(one_step, batch_size=50, in_a_loop=1))) == []


def test_no_input():
    assert list(time_and_batch(context(dataset()))) == []


@pytest.mark.parametrize("batch_first", [True, False])
def test_the_other_layout(batch_first):
    model = LastStep(nn.LSTM(3, 4, batch_first=batch_first))
    remedy = other_layout(context(dataset("lstm"), batch_first=int(batch_first)))
    exec(remedy.code, {"model": model})
    assert model.layer.batch_first is not batch_first
    assert "unbind(dim=1)" in other_layout(context(dataset("lstm"), in_a_loop=1)).code
