"""MNIST, 28 × 28 pixels, read pixel by pixel, from its four files."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import ClassVar

from torch import Tensor

from gradviz.tasks.idx_file import read_idx
from gradviz.tasks.pixel_sequences import Images, PixelSequences

FILES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)
_SOURCE = "https://ossci-datasets.s3.amazonaws.com/mnist/"


@dataclass(frozen=True)
class Mnist(PixelSequences):
    """A handwritten digit of 28 × 28 pixels, read pixel by pixel, row after row; the class is the digit.

    The images to train on are those of the training files, 60 000; the 10 000 of the test files are held out.
    Nothing is downloaded: the four files must be in ``folder``, each with or without ``.gz``.  A folder
    ``MNIST/raw`` of torchvision has them too.

    Parameters
    ----------
    permuted : bool
        Whether the pixels of all images are read in one random order, so that neighbours are far apart.
    permutation_seed : int
        Seed of that order; it does not depend on the seed of the training.
    folder : str
        Folder with the four files; a relative path is relative to the current directory.

    Raises
    ------
    ValueError
        If an option is not valid, or a file is missing or damaged.
    TypeError
        If the folder is not a path.

    References
    ----------
    LeCun, Bottou, Bengio and Haffner (1998), "Gradient-based learning applied to document recognition"; read
    pixel by pixel, and permuted, as in Le, Jaitly and Hinton (2015), "A simple way to initialize recurrent
    networks of rectified linear units".

    Examples
    --------
    >>> import gradviz as gv
    >>> try:
    ...     task = gv.tasks.mnist(folder="no/such/folder")
    ... except ValueError as error:
    ...     print(str(error).partition(":")[0])
    folder = 'no/such/folder'
    """

    folder: str = "mnist"

    name: ClassVar[str] = "mnist"
    length: ClassVar[int] = 784
    brightest: ClassVar[int] = 255

    @cached_property
    def _images(self) -> tuple[Images, Images]:
        parts = [read_idx(path) for path in self._paths()]
        return self._checked(parts[0], parts[1]), self._checked(parts[2], parts[3])

    def _paths(self) -> list[Path]:
        if not isinstance(self.folder, str):
            raise TypeError(f"folder = {self.folder!r}: must be the path of a folder")
        folder = Path(self.folder)
        both = [(folder / name, folder / f"{name}.gz") for name in FILES]
        try:
            found = [next((path for path in pair if path.exists()), None) for pair in both]
        except (OSError, ValueError) as error:  # a name that is too long, or has a NUL in it
            raise ValueError(f"folder = {self.folder!r}: {error}") from None
        missing = [name for name, path in zip(FILES, found, strict=True) if path is None]
        if missing:
            raise ValueError(
                f"folder = {self.folder!r}: has no {', '.join(missing)} (with or without .gz); download "
                f"the four files, 12 MB, from {_SOURCE} or let torchvision do it (its folder MNIST/raw)"
            )
        return [path for path in found if path is not None]

    def _checked(self, pixels: Tensor, classes: Tensor) -> Images:
        if pixels.shape != (len(classes), 28, 28) or classes.ndim != 1 or not len(classes):
            raise ValueError(
                f"folder = {self.folder!r}: has images of shape {tuple(pixels.shape)} for labels of shape "
                f"{tuple(classes.shape)}; MNIST has (images, 28, 28) and (images,)"
            )
        if int(classes.max()) >= self.output_size:
            raise ValueError(
                f"folder = {self.folder!r}: has the label {int(classes.max())}; MNIST has 0 to 9"
            )
        return Images(pixels.flatten(1), classes.long())
