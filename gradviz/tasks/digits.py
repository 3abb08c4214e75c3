"""The digits of scikit-learn, 8 × 8 pixels, read pixel by pixel."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from typing import ClassVar

import torch

from gradviz.arguments import check_finite
from gradviz.errors import GradvizError
from gradviz.tasks.pixel_sequences import Images, PixelSequences


class NoDigits(GradvizError, ValueError):
    """The digits need scikit-learn, which is not installed."""


@dataclass(frozen=True)
class Digits(PixelSequences):
    """A handwritten digit of 8 × 8 pixels, read pixel by pixel, row after row; the class is the digit.

    The 1797 images come with scikit-learn, so nothing is downloaded: ``pip install "gradviz[digits]"``.

    Parameters
    ----------
    permuted : bool
        Whether the pixels of all images are read in one random order, so that neighbours are far apart.
    permutation_seed : int
        Seed of that order; it does not depend on the seed of the training.
    held_out : float
        Fraction of the images, the last ones, that are not trained on but drawn for validation; above 0 and
        below 1.

    Raises
    ------
    NoDigits
        If scikit-learn is not installed.
    ValueError
        If an option is not valid.

    References
    ----------
    Alpaydin and Kaynak (1998), "Optical recognition of handwritten digits", UCI machine learning repository;
    read pixel by pixel as MNIST in Le, Jaitly and Hinton (2015), "A simple way to initialize recurrent
    networks of rectified linear units".

    Examples
    --------
    >>> import torch
    >>> import gradviz as gv
    >>> task = gv.tasks.digits(permuted=True)
    >>> inputs, targets = task.batch(3, torch.Generator().manual_seed(0))
    >>> inputs.shape, targets.shape, task.lag
    (torch.Size([3, 64, 1]), torch.Size([3]), 63)
    >>> inputs, targets = task.validation_batch(3, torch.Generator().manual_seed(0))
    """

    held_out: float = 0.2

    name: ClassVar[str] = "digits"
    length: ClassVar[int] = 64
    brightest: ClassVar[int] = 16

    def __post_init__(self) -> None:
        check_finite("held_out", self.held_out, above=0, below=1)
        super().__post_init__()

    @cached_property
    def _images(self) -> tuple[Images, Images]:
        pixels, classes = _all_digits()
        count = len(classes)
        trained = min(max(1, round((1 - self.held_out) * count)), count - 1)
        return Images(pixels[:trained], classes[:trained]), Images(pixels[trained:], classes[trained:])


@cache
def _all_digits() -> Images:
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        raise NoDigits(
            "the task 'digits' takes its images from scikit-learn, which is not installed: "
            'pip install "gradviz[digits]"'
        ) from None
    pixels, classes = load_digits(return_X_y=True)
    return Images(torch.from_numpy(pixels).to(torch.uint8), torch.from_numpy(classes).long())
