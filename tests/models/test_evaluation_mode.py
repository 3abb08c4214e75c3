"""Every part is in evaluation mode inside the block, and in its own mode afterwards."""

import pytest
from torch import nn

from gradviz.models.evaluation_mode import evaluation_mode


def modes(model):
    return [part.training for part in model.modules()]


@pytest.mark.parametrize("error", [None, RuntimeError])
def test_modes_are_restored(error):
    model = nn.Sequential(nn.Dropout(), nn.Sequential(nn.LSTM(2, 3)))
    model[1].eval()
    before = modes(model)
    try:
        with evaluation_mode(model):
            inside = modes(model)
            if error:
                raise error
    except RuntimeError:
        assert error
    assert inside == [False] * 4
    assert modes(model) == before == [True, True, False, False]
