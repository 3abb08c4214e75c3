"""Bytes as text within a page: base64, compressed where that is shorter."""

from __future__ import annotations

import base64
import gzip

NONE, GZIP = "none", "gzip"
_LEVEL = 6


def packed(raw: bytes) -> dict[str, str]:
    """Bytes as two entries of a JSON object.

    Parameters
    ----------
    raw : bytes

    Returns
    -------
    dict
        ``compression`` is "none" or "gzip", whichever is shorter; ``base64`` holds the bytes. The same bytes
        always give the same text.
    """
    squeezed = gzip.compress(raw, _LEVEL, mtime=0)
    compression, shorter = (GZIP, squeezed) if len(squeezed) < len(raw) else (NONE, raw)
    return {"compression": compression, "base64": base64.b64encode(shorter).decode("ascii")}


def unpacked(entries: dict[str, str]) -> bytes:
    """The bytes that `packed` was given.

    Parameters
    ----------
    entries : dict
        Has ``compression`` and ``base64``.

    Returns
    -------
    bytes
    """
    raw = base64.b64decode(entries["base64"])
    return gzip.decompress(raw) if entries["compression"] == GZIP else raw
