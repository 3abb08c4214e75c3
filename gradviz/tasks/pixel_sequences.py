"""Images read pixel by pixel: what the digits of scikit-learn and MNIST share."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, NamedTuple

import torch
from torch import Tensor

from gradviz.arguments import check_bool, check_whole_number
from gradviz.tasks.answers import Classification
from gradviz.tasks.generator import check_generator


class Images(NamedTuple):
    """Images, one in a row, and their classes."""

    pixels: Tensor  # (images, pixels)
    classes: Tensor  # of int, (images,)


@dataclass(frozen=True)
class PixelSequences(Classification):
    """An image of a digit, read pixel by pixel, row after row; the class is the digit.

    Parameters
    ----------
    permuted : bool
        Whether the pixels of all images are read in one random order, so that neighbours are far apart.
    permutation_seed : int
        Seed of that order; it does not depend on the seed of the training.

    Raises
    ------
    ValueError
        If an option is not valid.
    """

    permuted: bool = False
    permutation_seed: int = 0

    input_size: ClassVar[int] = 1
    output_size: ClassVar[int] = 10
    baseline_meaning: ClassVar[str] = "every class by its frequency"
    length: ClassVar[int]
    brightest: ClassVar[int]

    def __post_init__(self) -> None:
        check_bool("permuted", self.permuted)
        check_whole_number("permutation_seed", self.permutation_seed, at_least=0)
        _ = self._images  # so that what is missing is said at once

    def __getstate__(self) -> dict[str, Any]:
        """The options alone: the images are read again."""
        return {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}

    @cached_property
    def _images(self) -> tuple[Images, Images]:
        """Images to train on, and held-out ones."""
        raise NotImplementedError

    @cached_property
    def _order(self) -> Tensor:
        """Numbers of the pixels in the order in which they are read, shape (length,)."""
        if not self.permuted:
            return torch.arange(self.length)
        return torch.randperm(self.length, generator=torch.Generator().manual_seed(self.permutation_seed))

    @property
    def baseline(self) -> float:
        """Entropy in nats of the frequencies of the classes among the images to train on."""
        counts = torch.bincount(self._images[0].classes, minlength=self.output_size).tolist()
        fractions = [count / sum(counts) for count in counts if count]
        return -math.fsum(fraction * math.log(fraction) for fraction in fractions)

    @property
    def lag(self) -> int:
        """Steps from the answer back to the first pixel; most pixels that tell the class are nearer."""
        return self.length - 1

    @property
    def fixed_lag(self) -> bool:
        """False: the pixels that tell the class lie anywhere, near ones too."""
        return False

    @property
    def informative(self) -> range:
        """All time steps."""
        return range(self.length)

    def batch(self, size: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Draw images to train on, with replacement.

        Parameters
        ----------
        size : int
            Number of images.
        generator : torch.Generator

        Returns
        -------
        inputs : Tensor, shape (size, pixels, 1)
            Brightness in [0, 1].
        targets : Tensor of int, shape (size,)

        Raises
        ------
        ValueError, TypeError
            If the size is below 1, or the generator is not a ``torch.Generator``.
        """
        return self._draw(self._images[0], size, generator)

    def validation_batch(self, size: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Draw held-out images, which `batch` never draws; otherwise as `batch`."""
        return self._draw(self._images[1], size, generator)

    def _draw(self, images: Images, size: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        check_whole_number("size", size, at_least=1)
        drawn = torch.randint(len(images.classes), (size,), generator=check_generator(generator))
        pixels = images.pixels[drawn][:, self._order].to(torch.get_default_dtype()) / self.brightest
        return pixels.unsqueeze(-1), images.classes[drawn]
