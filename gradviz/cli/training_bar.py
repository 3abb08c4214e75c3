"""A progress bar for a training, shown only on a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from gradviz.cli.verbosity import is_quiet
from gradviz.progress_bar import progress_bar

if TYPE_CHECKING:
    from gradviz.training.loop import TrainingStep


@contextmanager
def training_bar(steps: int, label: str) -> Iterator[Callable[[TrainingStep], None]]:
    """A progress bar on stderr; for a resumed training it starts where the training stopped.

    Parameters
    ----------
    steps : int
        Number of steps of the whole training.
    label : str

    Yields
    ------
    callable
        Call it with every training step.
    """
    with progress_bar(steps, unit="step", label=label, hidden=is_quiet()) as bar:

        def show(step: TrainingStep) -> None:
            bar.set_postfix(loss=f"{step.loss:.4g}", refresh=False)
            bar.update(step.step + 1 - bar.n)

        yield show
