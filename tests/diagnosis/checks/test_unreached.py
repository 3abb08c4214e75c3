"""Layers, directions and sequences without any gradient: each slip of an index, and its healthy twin."""

import pytest
import torch
from torch import nn

import gradviz as gv
from gradviz.diagnosis import kinds as k

STEPS, BATCH, UNITS = 6, 5, 8
NONE = {k.LAYER_UNREACHED, k.DIRECTION_UNREACHED, k.SEQUENCES_UNREACHED}


def diagnosed(read, layers=1, *, kind=nn.LSTM, bidirectional=False):
    torch.manual_seed(0)
    layer = kind(4, UNITS, layers, bidirectional=bidirectional)
    with gv.record(layer) as tape:
        output, state = layer(torch.randn(STEPS, BATCH, 4))
        read(output, state[0] if isinstance(state, tuple) else state).square().sum().backward()
    return layer, gv.diagnose(tape.tree)


@pytest.mark.parametrize("kind", [nn.RNN, nn.LSTM, nn.GRU])
@pytest.mark.parametrize(
    ("read", "layers", "both", "at", "text"),
    [
        (lambda y, h: h[0], 2, False, 1, "The loss reads layer 0, which is h_n[0]"),
        (lambda y, h: h[1], 3, False, 2, "The loss reads layer 1, which is h_n[1]"),
        (lambda y, h: h[:2], 2, True, 1, "The loss reads layer 0, which is h_n[:2]"),
        (lambda y, h: h[0], 3, False, 2, "reaches layers 1 to 2 of 3, so they are never trained"),
    ],
)
def test_a_layer_that_is_not_read(kind, read, layers, both, at, text):  # noqa: PLR0917
    layer, found = diagnosed(read, layers, kind=kind, bidirectional=both)
    assert (found[0].kind, found[0].severity, found[0].where.layer) == (k.LAYER_UNREACHED, "trouble", at)
    assert text in found[0].what
    assert getattr(layer, f"weight_hh_l{at}").grad.abs().max() == 0
    assert ("c_n" in found[0].what) == (kind is nn.LSTM)
    assert found[0].remedy.code.startswith(
        "last = torch.cat((h_n[-2], h_n[-1]), dim=1)" if both else "last = h_n[-1]"
    )


@pytest.mark.parametrize(
    ("read", "layers", "missing", "text"),
    [
        (lambda y, h: h[-1], 1, "forward", "The loss reads the reverse direction only, which is h_n[-1]"),
        (lambda y, h: h[-1], 2, "forward", "The loss reads the reverse direction only, which is h_n[-1]"),
        (lambda y, h: h[0], 1, "reverse", "The loss reads the forward direction only, which is h_n[0]"),
        (lambda y, h: y[..., :UNITS], 1, "reverse", "which is output[..., :hidden_size]"),
        (lambda y, h: y[..., UNITS:], 1, "forward", "which is output[..., hidden_size:]"),
    ],
)
def test_a_direction_that_is_not_read(read, layers, missing, text):
    layer, found = diagnosed(read, layers, bidirectional=True)
    where = found[0].where
    assert (found[0].kind, where.layer, where.direction) == (k.DIRECTION_UNREACHED, layers - 1, missing)
    assert text in found[0].what
    suffix = f"_l{layers - 1}" + ("_reverse" if missing == "reverse" else "")
    assert getattr(layer, f"weight_hh{suffix}").grad.abs().max() == 0


@pytest.mark.parametrize(
    ("read", "layers", "both"),
    [
        (lambda y, h: h[-1], 2, False),
        (lambda y, h: y[-1], 3, False),
        (lambda y, h: torch.cat((h[-2], h[-1]), 1), 2, True),
        (lambda y, h: y.mean(0), 1, True),
        (lambda y, h: h, 2, True),
        (lambda y, h: y[-1], 2, True),  # the reverse direction at its first step: read, and its own finding
        (lambda y, h: y[2, :4], 1, False),
    ],
)
def test_what_is_read_is_healthy(read, layers, both):
    _, found = diagnosed(read, layers, bidirectional=both)
    assert not {k.LAYER_UNREACHED, k.DIRECTION_UNREACHED} & set(found.kinds)


def test_half_of_the_batch():
    _, found = diagnosed(lambda y, h: h[0, :2])
    (finding,) = (each for each in found if each.kind == k.SEQUENCES_UNREACHED)
    assert finding.severity == "warning"
    assert "reaches 3 sequences of the 5 recorded (numbers 2, 3, 4)" in finding.what
    assert finding.amounts[0].value == pytest.approx(2 / 5)
    for healthy in (lambda y, h: h[0], lambda y, h: y[3]):
        assert k.SEQUENCES_UNREACHED not in diagnosed(healthy)[1].kinds


def test_the_remedies_help():
    for read, layers, both in ((lambda y, h: h[0], 2, False), (lambda y, h: h[-1], 2, True)):
        _, found = diagnosed(read, layers, bidirectional=both)

        def mended(output, h_n, code=found[0].remedy.code):
            names = {"torch": torch, "h_n": h_n}
            exec(code, names)
            return names["last"]

        assert not NONE & set(diagnosed(mended, layers, bidirectional=both)[1].kinds)
