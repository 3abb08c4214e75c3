"""Text sampled from a model follows its predictions and does not change the model."""

import math

import pytest
import torch
from torch import nn

import gradviz as gv
from gradviz.errors import UnknownName
from gradviz.tasks.alphabet import Alphabet

ABC = Alphabet("abc")


class Fixed(nn.Module):
    """Always predicts the same scores, and stores the numbers that it is given."""

    shortest_prompt = 2

    def __init__(self, scores):
        super().__init__()
        self.scores = torch.tensor(scores, requires_grad=True)
        self.part = nn.Dropout()
        self.shown = []

    def following(self, numbers, state=None):
        assert not self.training
        assert not self.part.training
        self.shown.append((list(numbers), state))
        scores = self.scores * 1
        assert not scores.requires_grad
        return scores, len(self.shown)


def windowed():
    return decided(gv.CharModel("abcabcaabbcc", cell="gru", hidden_size=8, window=4))


def stateful():
    return decided(gv.LanguageModel(ABC, cell="lstm", hidden_size=8, encoding="embedding"))


def decided(model):
    """A model with large weights, so that the scores depend clearly on the characters."""
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(4)
    return model


def test_the_prompt_in_one_piece_then_character_by_character():
    model = Fixed([0.0, 2.0, 1.0])
    assert gv.sample(model, ABC, "cab", length=3) == "bbb"
    assert model.shown == [([2, 0, 1], None), ([1], 1), ([1], 2)]
    assert gv.sample(model, ABC, "cab", length=0) == ""


@pytest.mark.parametrize("make", [windowed, stateful])
def test_draws_are_those_that_the_whole_text_would_give(make):
    model, text, generator = make(), "abca", torch.Generator().manual_seed(5)
    for _ in range(100):
        numbers = ABC.numbers(text)
        if make is windowed:
            scores = model((numbers[-4:] / 3).reshape(1, 4, 1))[0]
        else:
            scores = model(numbers[None])[0][0, -1]
        fractions = (scores.double() / 2).exp()
        text += ABC.characters[int(torch.multinomial(fractions / fractions.sum(), 1, generator=generator))]
    assert set(text[4:]) == set("abc")
    assert gv.sample(model, ABC, "abca", length=100, temperature=2.0, seed=5) == text[4:]


def test_the_course_model_generates_what_is_sampled_greedily():
    model = windowed()
    assert model.generate("abcabca", 12) == gv.sample(model, ABC, "abcabca", length=12)
    assert len(model.generate()) == 100


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_draws_are_as_frequent_as_the_scores_over_the_temperature_say(temperature):
    weights = [math.exp(score / temperature) for score in (0.0, 1.0, 2.0)]
    drawn = gv.sample(Fixed([0.0, 1.0, 2.0]), ABC, "ab", length=4000, temperature=temperature, seed=3)
    for character, weight in zip("abc", weights, strict=True):
        assert drawn.count(character) / 4000 == pytest.approx(weight / sum(weights), abs=0.03)


def test_a_seed_is_a_text_and_the_global_generator_is_left_alone():
    model, before = stateful(), torch.get_rng_state()
    first, again, other = (
        gv.sample(model, ABC, "a", length=50, temperature=1.0, seed=seed) for seed in (7, 7, 8)
    )
    assert first == again != other
    assert torch.equal(torch.get_rng_state(), before)


def test_a_temperature_near_0_is_greedy():
    drawn = gv.sample(Fixed([1e30, 2e30, -1e30]), ABC, "ab", length=5, temperature=1e-320)
    assert drawn == "bbbbb"


@pytest.mark.parametrize("make", [windowed, stateful])
def test_modes_and_gradients_are_as_they_were(make):
    model = make()
    model.head.eval()
    gv.sample(model, ABC, "abca", length=2)
    assert model.training
    assert model.recurrent.training
    assert not model.head.training
    assert all(parameter.grad is None for parameter in model.parameters())


def test_modes_are_given_back_when_the_model_fails():
    model = Fixed([0.0, math.nan, 1.0])
    model.part.eval()
    with pytest.raises(
        ValueError, match="scores of the model are not finite; check whether its training diverged"
    ):
        gv.sample(model, ABC, "ab")
    assert model.training
    assert not model.part.training


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"prompt": "aZ"}, "does not know the character 'Z'; it knows 'abc'"),
        ({"prompt": "a"}, "the prompt 'a' has 1 characters: it must have at least 2 characters"),
        ({"length": -1}, "length = -1: must be a whole number of at least 0"),
        ({"temperature": -0.5}, "temperature = -0.5: must be a finite number of at least 0"),
        ({"temperature": math.nan}, "temperature = nan: must be a finite number"),
        ({"seed": -3}, "seed = -3: must be a whole number of at least 0"),
    ],
)
def test_what_does_not_work(options, message):
    with pytest.raises(ValueError, match=message):
        gv.sample(Fixed([0.0, 1.0, 2.0]), ABC, **{"prompt": "ab", **options})


def test_an_empty_prompt_of_a_language_model():
    with pytest.raises(
        ValueError, match=r"the prompt '' has 0 characters: it must have at least 1 character$"
    ):
        gv.sample(stateful(), ABC, "")
    with pytest.raises(UnknownName, match="'é'"):
        gv.sample(stateful(), ABC, "é")


def test_other_types():
    with pytest.raises(TypeError, match="prompt = 5: must be a string of at least 1 character"):
        gv.sample(stateful(), ABC, 5)
    with pytest.raises(
        TypeError, match="SequenceModel does not predict characters; use CharModel or LanguageModel"
    ):
        gv.sample(gv.SequenceModel("rnn", 1, 2, 3), ABC, "a")
