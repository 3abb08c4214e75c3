"""A text, character by character: windows as in the course, or streams for a language model."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Literal

import torch
from torch import Tensor

from gradviz.arguments import check_finite, check_one_of, check_whole_number
from gradviz.tasks.alphabet import ENCODINGS, Alphabet
from gradviz.tasks.corpus import Corpus
from gradviz.tasks.generator import check_generator
from gradviz.tasks.likelihood import bits_per_character, cross_entropy, unigram_entropy
from gradviz.tasks.streams import Segment, segment
from gradviz.tasks.text_sources import read_corpus, read_file
from gradviz.tasks.windows import windows

SEQUENCE_LENGTH = {"windows": "window", "stream": "bptt"}


@dataclass(frozen=True)
class Text:
    """Predict the next character of a text.

    With the defaults it is the data of the course: 22 characters, 53 windows of 10 scalars, all in one
    batch.

    Parameters
    ----------
    corpus : {"sentence", "pydoc"}
        The 63 characters of the course, or half a million characters of English; see `read_corpus`.
    file : str, optional
        Path of a UTF-8 file, instead of a corpus.
    form : {"windows", "stream"}
        ``"windows"``: predict the character after a window, starting from zero state.  ``"stream"``:
        predict the next character at every step, and carry the state from one segment to the next.
    window, bptt : int
        Time steps of a window, and of the segment of a stream that the gradient can cross.
    encoding : {"scalar", "one_hot", "embedding"}
        Input for a character; for an embedding it is the character's number.
    held_out : float
        Fraction of the text, at its end, that is not trained on; in [0, 1).

    Raises
    ------
    UnknownName, ValueError, TypeError
        If a name, a size or a file is not valid, or the text is too short for one sequence.

    References
    ----------
    Karpathy, Johnson and Fei-Fei (2015), "Visualizing and understanding recurrent networks", for the streams.

    Examples
    --------
    >>> import torch
    >>> import gradviz as gv
    >>> task = gv.tasks.text()
    >>> inputs, targets = task.batch(1, torch.Generator().manual_seed(0))
    >>> inputs.shape, targets.shape
    (torch.Size([53, 10, 1]), torch.Size([53]))
    >>> stream = gv.tasks.text(form="stream", bptt=6, encoding="one_hot")
    >>> stream.segment(3, step=0).inputs.shape
    torch.Size([3, 6, 22])
    """

    corpus: str = "sentence"
    file: str | None = None
    form: str = "windows"
    window: int = 10
    bptt: int = 64
    encoding: str = "scalar"
    held_out: float = 0.0

    name: ClassVar[str] = "text"
    baseline_meaning: ClassVar[str] = "every character equally likely"
    metric_name: ClassVar[str] = "bits_per_character"
    metric_goal: ClassVar[Literal["max", "min"]] = "min"

    def __post_init__(self) -> None:
        check_one_of("form", self.form, SEQUENCE_LENGTH)
        check_whole_number("window", self.window, at_least=1)
        check_whole_number("bptt", self.bptt, at_least=1)
        check_one_of("encoding", self.encoding, ENCODINGS)
        check_finite("held_out", self.held_out, at_least=0, below=1)
        if self.file is not None and self.corpus != "sentence":
            raise ValueError(f"corpus = {self.corpus!r} and file = {self.file!r}: leave one of them out")
        self._check_long_enough("the text to train on", self._data.training)
        if self.held_out:
            self._check_long_enough("the held-out part", self._data.validation)

    @cached_property
    def _data(self) -> Corpus:
        text = read_corpus(self.corpus) if self.file is None else read_file(self.file)
        return Corpus(text, self.held_out)

    @property
    def text(self) -> str:
        """The whole text, with the held-out part."""
        return self._data.text

    @property
    def alphabet(self) -> Alphabet:
        """Characters of the whole text, with the held-out part."""
        return self._data.alphabet

    @property
    def every_step(self) -> bool:
        """Whether the next character is predicted at every step."""
        return self.form == "stream"

    @property
    def carries_state(self) -> bool:
        """Whether training reads the text by `segment` and carries the state from one to the next."""
        return self.form == "stream"

    @property
    def length(self) -> int:
        """Time steps of a sequence."""
        length: int = getattr(self, SEQUENCE_LENGTH[self.form])
        return length

    @property
    def input_size(self) -> int:
        """Size of the input: 1 for scalars, else the number of characters."""
        return 1 if self.encoding == "scalar" else len(self.alphabet)

    @property
    def output_size(self) -> int:
        """Number of characters."""
        return len(self.alphabet)

    @property
    def lag(self) -> int:
        """Steps from the last character of a sequence back to its first."""
        return self.length - 1

    @property
    def fixed_lag(self) -> bool:
        """False: near characters tell the most about the next one."""
        return False

    @property
    def baseline(self) -> float:
        """Cross-entropy of equally likely characters, in nats."""
        return math.log(len(self.alphabet))

    @cached_property
    def unigram_entropy(self) -> float:
        """Cross-entropy of predicting the character frequencies, in nats: a stricter `baseline`."""
        return unigram_entropy(self.text)

    @property
    def informative(self) -> range:
        """Every time step."""
        return range(self.length)

    def batch(self, size: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Draw sequences from anywhere in the text, each starting from zero state.

        Parameters
        ----------
        size : int
            Number of sequences; for the default sentence the batch is always all windows, in their order.
        generator : torch.Generator

        Returns
        -------
        inputs : Tensor, shape (size, length, 1), (size, length, characters) or, of int, (size, length)
        targets : Tensor of int, shape (size,), or (size, length) for a stream

        Raises
        ------
        ValueError, TypeError
            If the size is below 1, or the generator is not a ``torch.Generator``.
        """
        check_whole_number("size", size, at_least=1)
        check_generator(generator)
        training = self._data.training
        if self.form == "windows" and self.file is None and self.corpus == "sentence":
            return self._all_windows(training)
        first = torch.randint(len(training) - self.length, (size,), generator=generator)
        runs = training.unfold(0, self.length + 1, 1)[first]  # (size, length + 1)
        return self._encode(runs[:, :-1]), runs[:, 1:] if self.every_step else runs[:, -1]

    def segment(self, size: int, step: int) -> Segment:
        """Segment that a training step reads of each stream; see `gradviz.tasks.streams.segment`.

        Parameters
        ----------
        size : int
            Number of parallel streams.
        step : int
            Training step, counted from 0.

        Returns
        -------
        inputs : Tensor, shape (size, bptt, 1), (size, bptt, characters) or, of int, (size, bptt)
        targets : Tensor of int, shape (size, bptt)
        begins : bool
            Whether the state starts from zero: at step 0, and each time the text starts again.

        Raises
        ------
        ValueError
            If the task is not a stream, the size is below 1, the step is below 0, or the text is too short
            for that many streams.
        """
        if not self.carries_state:
            raise ValueError(f"form = {self.form!r}: only form = 'stream' is read in segments")
        check_whole_number("size", size, at_least=1)
        check_whole_number("step", step, at_least=0)
        piece = segment(self._data.training, size, self.bptt, step)
        return piece._replace(inputs=self._encode(piece.inputs))

    def validation(self) -> tuple[Tensor, Tensor]:
        """Held-out part, with the shapes of a `batch`: all its windows, or one sequence of all of it.

        Raises
        ------
        ValueError
            If nothing is held out.
        """
        if not self.held_out:
            raise ValueError("held_out = 0: nothing is held out; give a fraction, for example 0.05")
        if self.form == "windows":
            return self._all_windows(self._data.validation)
        numbers = self._data.validation.unsqueeze(0)
        return self._encode(numbers[:, :-1]), numbers[:, 1:]

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Mean cross-entropy, in nats, of outputs (size, characters) or (size, length, characters).

        Raises
        ------
        ValueError
            If the outputs have another shape.
        """
        return cross_entropy(outputs, targets, self.output_size)

    def metric(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Bits per character, from the same arguments as `loss`."""
        return bits_per_character(self.loss(outputs, targets))

    def _all_windows(self, numbers: Tensor) -> tuple[Tensor, Tensor]:
        patterns, following = windows(numbers, self.window)
        return self._encode(patterns), following

    def _encode(self, numbers: Tensor) -> Tensor:
        return self.alphabet.encode(numbers, self.encoding)

    def _check_long_enough(self, what: str, numbers: Tensor) -> None:
        if len(numbers) <= self.length:
            raise ValueError(
                f"{what} has {len(numbers)} characters: {SEQUENCE_LENGTH[self.form]} = {self.length} needs "
                f"at least {self.length + 1}"
            )
