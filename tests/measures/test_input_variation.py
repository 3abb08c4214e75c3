"""How an input varies: by hand, with padding, with one sequence and with one step."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

import gradviz as gv
from gradviz.errors import BadRecording
from gradviz.measures.input_variation import input_variation


def of(x, **options):
    """The variation of an input of shape (time, batch, features), or packed."""
    features = x.data.shape[-1]
    layer = nn.RNN(features, 2, **options).to(x.data.dtype)
    with gv.record(layer) as tape:
        output = layer(x)[0]
        (output if isinstance(output, torch.Tensor) else output.data).sum().backward()
    found = input_variation(tape.dataset).squeeze()
    return {name.replace("_input", ""): found[name].item() for name in found.data_vars}


def test_hand_computed():
    x = torch.tensor([[[3.0, 4], [0, 0]], [[3, 4], [6, 8]], [[0, 0], [6, 8]]])  # (time, batch, features)
    assert of(x) == {
        "typical_norm": 5,  # of 5, 0, 5, 10, 0, 10
        "typical_change": 2.5,  # of 0, 10, 5, 0
        "typical_spread": 5,  # of 5, 5, 10
        "largest_change": 10,
        "largest_spread": 10,
    }


def test_padding_does_not_count():
    long, short = torch.tensor([1.0, 1, 2, 2, 9]), torch.tensor([4.0, 4, 4, -50, 70])
    packed = pack_padded_sequence(torch.stack([long, short])[..., None], [5, 3], batch_first=True)
    found = of(packed)
    assert found["typical_change"] == 0  # of 0, 1, 0, 7, 0, 0
    assert found["largest_change"] == 7
    assert found["largest_spread"] == 3
    assert found["typical_norm"] == 3  # of 1, 1, 2, 2, 9, 4, 4, 4


def test_both_directions_have_one_input():
    x = torch.randn(6, 3, 2)
    assert of(x, bidirectional=True) == of(x)


def test_one_sequence_and_one_step():
    found = of(torch.randn(5, 1, 2))
    assert np.isnan([found["typical_spread"], found["largest_spread"]]).all()
    assert found["typical_change"] > 0
    found = of(torch.randn(1, 4, 2))
    assert np.isnan([found["typical_change"], found["largest_change"]]).all()
    assert found["typical_spread"] > 0


@settings(max_examples=15, deadline=None)
@given(st.integers(2, 6), st.integers(2, 5), st.integers(1, 3), st.integers(0, 99))
def test_agrees_with_differences(steps, batch, features, seed):
    x = torch.randn(
        steps, batch, features, generator=torch.Generator().manual_seed(seed), dtype=torch.float64
    )
    found, x = of(x), x.numpy()
    change = np.linalg.norm(np.diff(x, axis=0), axis=-1)
    spread = np.linalg.norm(np.diff(x, axis=1), axis=-1).mean(1)
    expected = {
        "typical_norm": np.median(np.linalg.norm(x, axis=-1)),
        "typical_change": np.median(change),
        "typical_spread": np.median(spread),
        "largest_change": change.max(),
        "largest_spread": spread.max(),
    }
    assert found == pytest.approx(expected, rel=1e-5)


def test_errors():
    with gv.record(layer := nn.RNN(2, 3)) as tape:
        layer(torch.randn(4, 2, 2))[0].sum().backward()
    older = tape.dataset.drop_vars(["input_norm", "input_change", "input_spread"])
    with pytest.raises(BadRecording, match="no variable 'input_norm'"):
        input_variation(older)
