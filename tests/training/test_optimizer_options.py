"""Options of an optimizer by torch's names: which there are, and what is wrong with them."""

import inspect

import pytest
import torch

from gradviz.training.optimisation import OPTIMIZERS, Optimisation
from gradviz.training.optimizer_options import KEYS, OPTIONS

TORCHS = {
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
    "rmsprop": torch.optim.RMSprop,
    "sgd": torch.optim.SGD,
}
NOT_OFFERED = {"params", "maximize", "foreach", "fused", "capturable", "differentiable"}
NOT_OFFERED |= {"decoupled_weight_decay"}  # this is adamw


@pytest.mark.parametrize("kind", OPTIONS)
def test_they_are_those_of_torch_with_its_defaults(kind):
    parameters = inspect.signature(TORCHS[kind]).parameters
    theirs = {name: one.default for name, one in parameters.items() if name not in {*KEYS, *NOT_OFFERED}}
    assert OPTIONS[kind] == theirs


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (
            {"optimizer": "rmsprop", "optimizer_options": {"alhpa": 0.9}},
            "alhpa: unknown option of rmsprop 'alhpa'; did you mean 'alpha'? (alpha, centered, eps)",
        ),
        (
            {"optimizer": "adam", "optimizer_options": {"alpha": 0.9}},
            "alpha = 0.9: must be left out for optimizer = 'adam'; rmsprop takes it",
        ),
        (
            {"optimizer": "sgd", "optimizer_options": {"betas": [0.9, 0.99]}},
            "betas = [0.9, 0.99]: must be left out for optimizer = 'sgd'; adam and adamw take it",
        ),
        ({"optimizer_options": {"lr": 0.1}}, "lr: must be given as training.learning_rate"),
        (
            {"optimizer": "rmsprop", "optimizer_options": {"momentum": 0.1}},
            "momentum: must be given as training.momentum",
        ),
        (
            {"optimizer": "rmsprop", "optimizer_options": {"alpha": 1.0}},
            "alpha = 1.0: must be a finite number of at least 0 and below 1",
        ),
        ({"optimizer_options": {"eps": "small"}}, "eps = 'small': must be a finite number of at least 0"),
        ({"optimizer_options": {"betas": 0.9}}, "betas = 0.9: must be two numbers, for example [0.9, 0.999]"),
        (
            {"optimizer_options": {"betas": [0.9, 1.5]}},
            "betas[1] = 1.5: must be a finite number of at least 0 and below 1",
        ),
        ({"optimizer_options": {"amsgrad": 1}}, "amsgrad = 1: must be true or false"),
        (
            {"optimizer": "sgd", "optimizer_options": {"dampening": 0.5}},
            "dampening = 0.5: needs a momentum above 0, for example momentum = 0.9",
        ),
        (
            {"optimizer": "sgd", "momentum": 0.9, "nesterov": True, "optimizer_options": {"dampening": 0.5}},
            "dampening = 0.5: must be 0 or left out with nesterov",
        ),
    ],
)
def test_mistakes(settings, said):
    with pytest.raises(ValueError, match="optimizer_options") as found:
        Optimisation(steps=1, **settings)
    assert str(found.value) == f"optimizer_options.{said}"


def test_what_the_optimizer_gets():
    how = Optimisation(
        steps=1, optimizer="adam", weight_decay=0.1, optimizer_options={"betas": [0.5, 0.9], "eps": 0}
    )
    assert how.optimizer_settings() == {"weight_decay": 0.1, "betas": (0.5, 0.9), "eps": 0}


@pytest.mark.parametrize("kind", ["rmsprop", OPTIMIZERS["rmsprop"]])
def test_a_step_by_hand(kind):
    how = Optimisation(steps=1, optimizer=kind, optimizer_options={"alpha": 0.75, "eps": 0.0})
    weight = torch.nn.Parameter(torch.tensor([1.0]))
    make = OPTIMIZERS.get(kind, kind)
    made = make([weight], lr=0.1, **how.optimizer_settings())
    weight.grad = torch.tensor([2.0])
    made.step()
    assert weight.item() == pytest.approx(0.8)  # the average of squares is 4 / 4, so the step is 0.1 · 2 / 1
