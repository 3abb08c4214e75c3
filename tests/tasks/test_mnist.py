"""MNIST from files: pixels in their order, held-out images, and what is said where files are missing."""

import math
import pickle

import pytest
import torch
from batches import seeded
from mnist_files import write_idx, write_mnist

import gradviz as gv


@pytest.fixture(params=["", ".gz"])
def folder(tmp_path, request):
    write_mnist(tmp_path, end=request.param)
    return str(tmp_path)


def test_pixels_are_read_row_by_row(folder):
    inputs, targets = gv.tasks.mnist(folder=folder).batch(20, seeded(0))
    assert inputs.shape == (20, 784, 1)
    for sequence, target in zip(
        (255 * inputs[..., 0]).round().long().tolist(), targets.tolist(), strict=True
    ):
        number = sequence[0]
        assert number % 10 == target
        assert sequence == [(number + step) % 256 for step in range(784)]


def test_permuted_pixels_have_one_order_for_all(folder):
    plain, permuted, other = (
        gv.tasks.mnist(folder=folder, **options)
        for options in ({}, {"permuted": True}, {"permuted": True, "permutation_seed": 1})
    )
    a, b, c = (task.batch(5, seeded(2))[0] for task in (plain, permuted, other))
    order = torch.randperm(784, generator=seeded(0))
    assert torch.equal(a[:, order], b)
    assert not torch.equal(b, c)
    assert torch.equal(
        permuted.validation_batch(3, seeded(0))[0], plain.validation_batch(3, seeded(0))[0][:, order]
    )


def test_the_test_files_are_held_out(tmp_path):
    write_mnist(tmp_path, train=30, test=3)
    task = gv.tasks.mnist(folder=str(tmp_path))
    assert set(task.batch(400, seeded(0))[1].tolist()) == set(range(10))
    assert set(task.validation_batch(400, seeded(0))[1].tolist()) == {0, 1, 2}
    assert task.baseline == pytest.approx(math.log(10))
    assert (task.lag, task.length, task.fixed_lag) == (783, 784, False)
    assert len(pickle.dumps(task)) < 300  # without the images
    assert pickle.loads(pickle.dumps(task)) == task


def test_missing_files_are_named(folder, tmp_path):
    with pytest.raises(
        ValueError, match=r"folder = 'mnist': has no train-images.*t10k-labels.*s3.amazonaws.com"
    ):
        gv.tasks.mnist()
    next(tmp_path.glob("t10k-labels*")).unlink()
    with pytest.raises(ValueError, match=r"has no t10k-labels-idx1-ubyte \(with or without .gz\); download"):
        gv.tasks.mnist(folder=folder)
    with pytest.raises(TypeError, match="folder = 3: must be the path of a folder"):
        gv.tasks.mnist(folder=3)
    with pytest.raises(ValueError, match="folder = 'a"):
        gv.tasks.mnist(folder="a\x00b")


def test_files_that_do_not_fit_are_refused(tmp_path):
    write_mnist(tmp_path)
    labels = torch.arange(29) % 10
    write_idx(tmp_path / "train-labels-idx1-ubyte", labels.numpy())
    with pytest.raises(ValueError, match=r"has images of shape \(30, 28, 28\) for labels of shape \(29,\)"):
        gv.tasks.mnist(folder=str(tmp_path))
    write_idx(tmp_path / "train-labels-idx1-ubyte", torch.full((30,), 11).numpy())
    with pytest.raises(ValueError, match="has the label 11; MNIST has 0 to 9"):
        gv.tasks.mnist(folder=str(tmp_path))
