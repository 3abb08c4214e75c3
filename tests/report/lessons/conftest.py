import pytest
import torch

from gradviz.gallery.character_lesson import as_arrays
from gradviz.models.char import CharModel


@pytest.fixture(scope="session")
def char_model():
    """A small character model without training, as a lesson carries it.

    With its large recurrent weight, the gradient of some predictions grows on its way back.
    """
    torch.manual_seed(3)
    model = CharModel(hidden_size=6)
    with torch.no_grad():
        model.recurrent.weight_hh_l1.mul_(12)
    return as_arrays(model, seed=3)
