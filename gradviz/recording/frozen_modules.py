"""Recurrent modules that ran with frozen weights, so that no gradient of theirs could be recorded.

Each has a training curve, 1 at every recorded step at which it ran so: a module without any record has no
other place in a recording.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import xarray as xr

from gradviz.vocabulary import FROZEN_MODULE


def frozen_curves(modules: Iterable[str]) -> dict[str, float]:
    """The values of a training step for its frozen modules.

    Parameters
    ----------
    modules : iterable of str
        Dotted names.

    Returns
    -------
    dict of str to float
        To be given to a sink as metrics.
    """
    return {f"{FROZEN_MODULE}.{name}": 1.0 for name in sorted(modules) if "/" not in name}


def frozen_modules(recording: xr.DataTree) -> tuple[str, ...]:
    """Names of the modules that ran with frozen weights at a recorded step and have no record at any.

    Parameters
    ----------
    recording : DataTree

    Returns
    -------
    tuple of str
    """
    prefix = f"{FROZEN_MODULE}."
    named = [str(name).removeprefix(prefix) for name in recording.data_vars if str(name).startswith(prefix)]
    return tuple(name for name in named if name not in recording.children)


def why_frozen(modules: Sequence[str]) -> str:
    """Why there is no gradient of modules whose weights are frozen."""
    return (
        f"no gradient is needed in {', '.join(modules)}: all of the weights are frozen "
        "(requires_grad is False), and so is all that comes before; call requires_grad_(True) to train them"
    )
