"""How large panels are within a page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gradviz.report.data.panels import as_json


def json_size(*panels: Any) -> int:
    """Characters of base64 of everything within some panels, which is almost all of their size.

    Parameters
    ----------
    *panels : object
        Anything that `as_json` takes.

    Returns
    -------
    int
    """
    return _characters(as_json(panels))


def _characters(found: Any) -> int:
    if isinstance(found, Mapping):
        return sum(len(each) if key == "base64" else _characters(each) for key, each in found.items())
    return sum(map(_characters, found)) if isinstance(found, list) else 0
