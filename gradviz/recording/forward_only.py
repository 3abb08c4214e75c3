"""Recordings of forward passes only."""

from __future__ import annotations

import xarray as xr

from gradviz.vocabulary import DETAIL, FORWARD_ONLY


def is_forward_only(dataset: xr.Dataset) -> bool:
    """Whether a module was recorded with ``detail="forward"``: gates and states, and no gradients."""
    return bool(dataset.attrs.get(DETAIL) == FORWARD_ONLY)
