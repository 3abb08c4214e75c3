"""Progress bars: on a terminal, as a widget or a line in a notebook, and nowhere else."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

DELAY = 2.0  # seconds before a bar is shown


@contextmanager
def progress_bar(
    total: int | None = None,
    *,
    unit: str,
    label: str | None = None,
    at_once: bool = False,
    hidden: bool = False,
) -> Iterator[Any]:
    """A bar of tqdm that moves by ``bar.update(1)``.

    On a terminal it is a line on stderr.  In a notebook it is a widget where ipywidgets is installed, and a
    line of text where it is not.  Elsewhere, as in a script whose stderr is a file, nothing is shown.  The
    environment variable ``TQDM_DISABLE=1`` hides every bar.

    Parameters
    ----------
    total : int, optional
        How many updates there will be, where that is known.
    unit : str
        What is counted.
    label : str, optional
        Stands before the bar.
    at_once : bool
        Show it from the beginning, for updates of which each may take long; by default only after two
        seconds.
    hidden : bool
        Show nothing.

    Yields
    ------
    tqdm.tqdm
    """
    bar_type, disable = _kind()
    options = {"total": total, "unit": unit, "desc": label, "delay": 0.0 if at_once else DELAY}
    with bar_type(**options, disable=True if hidden or _hidden_by_user() else disable) as bar:
        yield bar


def _kind() -> tuple[Any, bool | None]:
    """The type of the bar and what it takes as ``disable``: None for where stderr is not a terminal."""
    if _in_notebook():
        # tqdm.auto would choose the same, but warns where ipywidgets is missing
        from tqdm import notebook

        if notebook.IProgress is not None:
            return notebook.tqdm, False
    from tqdm import tqdm

    return tqdm, (False if _in_notebook() else None)


def _hidden_by_user() -> bool:
    """Whether tqdm's own variable says so, which tqdm itself reads only where it is not told otherwise."""
    return os.environ.get("TQDM_DISABLE", "0") not in {"", "0"}


def _in_notebook() -> bool:
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return shell is not None and "IPKernelApp" in shell.config
