"""Try the remedies of a diagnosis, with a progress bar on a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gradviz.remedies.tries import Tries

_SECONDS = 60.0
_DELAY = 2.0  # seconds before the bar is shown


def tried_remedies(spec: str, *, steps: int | None, lag: int | None, seconds: float | None) -> Tries:
    """What comes of trying the remedies of a model.

    Parameters
    ----------
    spec : str
        ``module:factory``.
    steps, lag : int or None
    seconds : float or None
        None for 60.

    Returns
    -------
    Tries
    """
    from gradviz.experiment.probe.factory import made_by
    from gradviz.remedies.try_remedies import try_remedies

    with _tries_bar() as show:
        return try_remedies(
            lambda: made_by(spec), steps=steps, lag=lag, seconds=seconds or _SECONDS, progress=show
        )


@contextmanager
def _tries_bar() -> Iterator[Callable[[str, int, int], None]]:
    """A progress bar on stderr, only on a terminal, and only if it takes longer than two seconds."""
    from tqdm import tqdm

    with tqdm(unit="step", disable=None, delay=_DELAY) as bar:

        def show(name: str, done: int, total: int) -> None:
            bar.total = total
            bar.set_description(name, refresh=False)
            bar.update(done - bar.n)

        yield show
