"""The exception of a remedy that does not fit a model or a training."""

from __future__ import annotations

from gradviz.errors import GradvizError


class NotPossible(GradvizError, ValueError):
    """A remedy cannot be applied to this model or training; the message says why."""
