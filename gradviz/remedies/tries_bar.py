"""The progress bar of tried remedies."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from gradviz.progress_bar import progress_bar


@contextmanager
def tries_bar() -> Iterator[Callable[[str, int, int], None]]:
    """A bar whose total may change, as more remedies are advised.

    Yields
    ------
    callable ``(name, done, total)``
    """
    with progress_bar(unit="step") as bar:

        def show(name: str, done: int, total: int) -> None:
            bar.total = total
            bar.set_description(name, refresh=False)
            bar.update(done - bar.n)

        yield show
