"""Warnings that name the user's line as their place, not one of gradviz or of PyTorch."""

from __future__ import annotations

import sys
import warnings

_NOT_OF_THE_USER = ("gradviz.", "torch.")


def warn_user(message: str, category: type[Warning]) -> None:
    """Warn at the innermost line that belongs neither to gradviz nor to PyTorch."""
    frame, level = sys._getframe(1), 2
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith(_NOT_OF_THE_USER):
        frame, level = frame.f_back, level + 1
    warnings.warn(message, category, stacklevel=level)
