"""The class of Lightning's callbacks, of whichever of its two packages is in use."""

from __future__ import annotations

import importlib.util
import sys
from typing import Any

_PACKAGES = ("lightning.pytorch", "pytorch_lightning")  # the same code under two names


def callback_class() -> Any:
    """``Callback`` of ``lightning.pytorch`` or ``pytorch_lightning``.

    A trainer of either package takes the callbacks of the other one. Where both are imported, the class is a
    child of both, so that ``isinstance`` holds in both.

    Raises
    ------
    ModuleNotFoundError
        If neither package is installed.
    """
    imported = [name for name in _PACKAGES if name in sys.modules]
    kinds = [_callback_of(name) for name in imported or _installed()[:1]]
    if not kinds:
        raise ModuleNotFoundError('GradientFlow needs Lightning: pip install "gradviz[lightning]"')
    return kinds[0] if len(kinds) == 1 else type("Callback", tuple(kinds), {})


def _installed() -> list[str]:
    return [name for name in _PACKAGES if importlib.util.find_spec(name.partition(".")[0]) is not None]


def _callback_of(package: str) -> Any:
    if package == "pytorch_lightning":
        from pytorch_lightning import Callback

        return Callback
    from lightning.pytorch import Callback as SameCallback

    return SameCallback
