"""The digits of scikit-learn: pixels in their order, held-out images, and what is said where they lack."""

import math
import sys
from collections import Counter

import pytest
import torch
from batches import mean_loss, seeded

import gradviz as gv
from gradviz.tasks.digits import NoDigits, _all_digits

PIXELS, CLASSES = pytest.importorskip("sklearn.datasets").load_digits(return_X_y=True)
IMAGES = [tuple(image) for image in PIXELS.astype(int).tolist()]


def shown(inputs):
    return [tuple(sequence) for sequence in (16 * inputs[..., 0]).round().long().tolist()]


def test_images_to_train_on_come_first_and_the_last_are_held_out():
    task = gv.tasks.digits(held_out=0.25)
    class_of = dict(zip(IMAGES, CLASSES.tolist(), strict=True))
    inputs, targets = task.batch(500, seeded(0))
    held, held_targets = task.validation_batch(500, seeded(0))
    assert inputs.shape == held.shape == (500, 64, 1)
    assert set(shown(inputs)) <= set(IMAGES[:1348])
    assert set(shown(held)) <= set(IMAGES[1348:])
    assert [class_of[image] for image in shown(inputs)] == targets.tolist()
    assert [class_of[image] for image in shown(held)] == held_targets.tolist()


def test_permuted_pixels_have_one_order_for_all():
    plain, _ = gv.tasks.digits().batch(5, seeded(1))
    permuted, _ = gv.tasks.digits(permuted=True, permutation_seed=4).batch(5, seeded(1))
    assert torch.equal(permuted, plain[:, torch.randperm(64, generator=seeded(4))])
    assert not torch.equal(permuted, plain)


def test_predicting_the_frequencies_costs_the_baseline():
    task = gv.tasks.digits()
    counts = Counter(CLASSES[:1438].tolist())
    shares = [counts[digit] / 1438 for digit in range(10)]
    assert task.baseline == pytest.approx(-sum(share * math.log(share) for share in shares))
    mean, error = mean_loss(task, lambda targets: torch.tensor(shares).log().expand(len(targets), 10))
    assert abs(mean - task.baseline) < 5 * error
    assert task.baseline_meaning == "every class by its frequency"
    assert (task.lag, task.informative, task.fixed_lag) == (63, range(64), False)


def test_a_batch_depends_on_the_generator_alone():
    task, before = gv.tasks.digits(), torch.get_rng_state()
    assert torch.equal(task.batch(4, seeded(5))[0], task.batch(4, seeded(5))[0])
    assert not torch.equal(task.batch(4, seeded(5))[0], task.batch(4, seeded(6))[0])
    assert torch.equal(torch.get_rng_state(), before)
    for draw in (task.batch, task.validation_batch):
        with pytest.raises(TypeError, match=r"generator = None: must be a torch.Generator"):
            draw(4, None)
        with pytest.raises(ValueError, match="size = 0: must be a whole number of at least 1"):
            draw(0, seeded(0))


def test_bad_options():
    for value in (0, 1, float("nan"), "half"):
        with pytest.raises(ValueError, match=r"held_out = .*: must be a finite number above 0 and below 1"):
            gv.tasks.digits(held_out=value)
    with pytest.raises(ValueError, match="permuted = 1: must be true or false"):
        gv.tasks.digits(permuted=1)
    with pytest.raises(ValueError, match="permutation_seed = -1: must be a whole number of at least 0"):
        gv.tasks.digits(permutation_seed=-1)
    smallest = gv.tasks.digits(held_out=0.9999)
    assert len(set(shown(smallest.batch(20, seeded(0))[0]))) == 1


def test_without_scikit_learn_it_is_said_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    _all_digits.cache_clear()
    with pytest.raises(
        NoDigits, match=r"from scikit-learn, which is not installed: pip install \"gradviz\[digits]"
    ):
        gv.tasks.digits()
