"""Bytes as text within a page: base64, compressed where that saves something."""

from __future__ import annotations

import base64
import gzip

NONE, GZIP = "none", "gzip"
_LEVEL = 6
_WORTH = 2048  # bytes; a browser takes longer to start decompressing than to read so few
_SAVES = 0.9  # of the size; a smaller saving is not worth the time either


def packed(raw: bytes) -> dict[str, str]:
    """Bytes as two entries of a JSON object.

    Parameters
    ----------
    raw : bytes

    Returns
    -------
    dict
        ``compression`` is "none" or "gzip", which is used where it makes 2 KiB or more shorter by a tenth;
        ``base64`` holds the bytes. The same bytes always give the same text.
    """
    squeezed = gzip.compress(raw, _LEVEL, mtime=0) if len(raw) >= _WORTH else raw
    compression, shorter = (GZIP, squeezed) if len(squeezed) < _SAVES * len(raw) else (NONE, raw)
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
