"""Random input: its shape inferred from the first layer, its axes, its dtype."""

import pytest
import torch
from torch import nn

from gradviz.experiment.probe.random_input import UnknownInput, check_shapes_known, random_input


@pytest.mark.parametrize(
    ("model", "shape", "time_axis"),
    [
        (nn.LSTM(3, 4, batch_first=True), (16, 100, 3), 1),
        (nn.LSTM(3, 4), (100, 16, 3), 0),
        (nn.GRUCell(3, 4), (16, 100, 3), 1),
        (nn.Sequential(nn.Linear(7, 3), nn.GRU(3, 4)), (100, 16, 7), 0),
        (nn.Sequential(nn.ReLU(), nn.RNN(5, 4, batch_first=True)), (16, 100, 5), 1),
        (nn.Sequential(nn.Embedding(9, 3), nn.LSTM(3, 4, batch_first=True)), (16, 100), 1),
        (nn.Sequential(nn.Embedding(9, 3), nn.LSTM(3, 4)), (100, 16), 0),
    ],
)
def test_shape_of_the_first_layer(model, shape, time_axis):
    found = random_input(model)
    assert tuple(found.values.shape) == shape
    assert found.time_axis == time_axis
    assert f"of shape {shape}" in found.description


def test_numbers_are_normal():
    values = random_input(nn.LSTM(50, 4)).values
    assert abs(values.mean().item()) < 0.02  # 80 000 of them: five standard errors
    assert abs(values.std().item() - 1) < 0.02


def test_an_embedding_gets_rows_that_it_has():
    values = random_input(nn.Sequential(nn.Embedding(9, 3), nn.LSTM(3, 4))).values
    assert values.dtype == torch.long
    assert set(values.unique().tolist()) == set(range(9))


def test_length_batch_and_description():
    found = random_input(nn.Sequential(nn.LSTM(3, 4, batch_first=True)), length=7, batch=2)
    assert tuple(found.values.shape) == (2, 7, 3)
    assert found.description == (
        "random normal input of shape (2, 7, 3), "
        "shape inferred from its first recurrent, embedding or linear layer, LSTM '0'"
    )


def test_a_given_shape_is_kept_and_its_axes_are_not_guessed():
    found = random_input(nn.LSTM(3, 4), shape=(5, 6, 3))
    assert tuple(found.values.shape) == (5, 6, 3)
    assert found.time_axis is None
    assert found.description == "random normal input of shape (5, 6, 3), shape as given"
    ids = random_input(nn.Sequential(nn.Embedding(9, 3), nn.LSTM(3, 4)), shape=(5, 6))
    assert ids.description == "random numbers below 9 of shape (5, 6), shape as given"


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_in_the_dtype_of_the_model(dtype):
    assert random_input(nn.LSTM(3, 4).to(dtype)).values.dtype == dtype


def test_the_seed_decides_and_the_global_one_is_left_alone():
    model, before = nn.LSTM(3, 4), torch.get_rng_state()
    first, again, other = (random_input(model, seed=seed).values for seed in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert torch.equal(torch.get_rng_state(), before)


def test_swapped():
    found = random_input(nn.LSTM(3, 4), length=7, batch=2)
    other = found.swapped()
    assert torch.equal(other.values, found.values.transpose(0, 1))
    assert (found.time_axis, other.time_axis) == (0, 1)
    assert "of shape (2, 7, 3)" in other.description
    assert random_input(nn.LSTM(3, 4), shape=(5, 6, 3)).swapped().time_axis is None


def test_a_model_without_a_shape():
    with pytest.raises(UnknownInput, match=r"cannot infer the input of Sequential.*--input-shape 16,100,50"):
        random_input(nn.Sequential(nn.Conv1d(2, 3, 4)))


def test_bags_of_words_are_not_sequences():
    model = nn.Sequential(nn.EmbeddingBag(9, 3), nn.LSTM(3, 4))
    assert random_input(
        model
    ).values.is_floating_point()  # the bag does not take floats; the probe reports that


def test_weights_without_a_shape():
    model = nn.Sequential(nn.LazyLinear(3))
    with pytest.raises(UnknownInput, match="LazyLinear '0' is not known before"):
        random_input(nn.Sequential(model[0], nn.LSTM(3, 4)))
    model(torch.ones(2, 5))
    check_shapes_known(model)
    assert tuple(random_input(nn.Sequential(model[0], nn.LSTM(3, 4))).values.shape) == (100, 16, 5)
