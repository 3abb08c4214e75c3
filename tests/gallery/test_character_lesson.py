"""The lesson's model is the gallery's, and what is said of its rounding is measured."""

import numpy as np
import pytest
import torch

from gradviz.gallery.character_lesson import as_arrays
from gradviz.models.char import CharModel
from gradviz.report.lessons.character_model import rounded


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(1)
    return CharModel(hidden_size=8)


def restored(model, weights):
    """The model with the rounded weights."""
    copy = CharModel(hidden_size=8).double()
    with torch.no_grad():
        for part in (copy.recurrent, copy.head):
            for name, weight in part.named_parameters():
                codes, unit = rounded(weights[name])
                weight.copy_(torch.from_numpy(codes * unit))
    return copy


def test_weights_are_those_of_the_model_which_stays_as_it_was(model):
    before = {name: weight.clone() for name, weight in model.state_dict().items()}
    found = as_arrays(model, seed=1)
    assert all(torch.equal(before[name], weight) for name, weight in model.state_dict().items())
    assert (found.weights["weight_hh_l1"] == model.recurrent.weight_hh_l1.detach().double().numpy()).all()
    assert (found.weights["bias"] == model.head.bias.detach().double().numpy()).all()
    assert (found.text, found.characters, found.window) == (model.text, model.alphabet.characters, 10)


def test_what_the_rounding_costs_is_measured(model):
    learned = as_arrays(model, seed=1).learned
    copy = restored(model, as_arrays(model, seed=1).weights)
    inputs, targets = model.patterns()
    with torch.no_grad():
        exact, rough = model.double()(inputs.double()).softmax(1), copy(inputs.double()).softmax(1)
    model.float()
    assert learned.probability_error == pytest.approx(float((exact - rough).abs().max()), rel=1e-6)
    assert 0 < learned.probability_error < 1e-4
    assert 0 < learned.decades_error < 0.01
    assert learned.right == int((rough.argmax(1) == targets).sum())
    assert learned.loss == pytest.approx(float(-rough.gather(1, targets[:, None]).log().mean()))


def test_greedy_continuations_are_compared(model):
    learned = as_arrays(model, seed=1).learned
    copy = restored(model, as_arrays(model, seed=1).weights).float()
    ours, theirs = copy.generate(length=200), model.generate(length=200)
    assert learned.written == 200
    assert ours[: learned.written_alike] == theirs[: learned.written_alike]
    assert ours[: learned.written_alike + 1] != theirs[: learned.written_alike + 1] or ours == theirs
    assert learned.written_alike > 50


def test_a_weight_that_is_not_finite_is_refused():
    broken = CharModel(hidden_size=8)
    with torch.no_grad():
        broken.head.bias[0] = np.inf
    with pytest.raises(ValueError, match="not finite"):
        as_arrays(broken, seed=0)
