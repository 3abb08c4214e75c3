"""A digest of a zip file, such as PyTorch writes, in the comment at its end, which other programs ignore."""

from __future__ import annotations

import hashlib
import io
import zipfile

from gradviz.recording.seal import BrokenSeal

_NAME = b"sha256 "
_DIGITS = 64
_END, _END_SIZE, _NO_COMMENT = (
    b"PK\x05\x06",
    22,
    b"\0\0",
)  # its length comes last


def sealed_zip(file: io.BytesIO) -> bytes:
    """A zip file with the SHA-256 of all its bytes but the last 64, which are its hexadecimal digits.

    Parameters
    ----------
    file : BytesIO
        The zip file, without a comment.

    Returns
    -------
    bytes
    """
    with zipfile.ZipFile(file, "a") as opened:
        opened.comment = _NAME + bytes(_DIGITS)
    content = file.getvalue()[:-_DIGITS]
    return content + hashlib.sha256(content).hexdigest().encode("ascii")


def check_sealed_zip(content: bytes) -> None:
    """Compare a zip file with its seal; one that ends without a comment is not judged.

    Parameters
    ----------
    content : bytes

    Raises
    ------
    BrokenSeal
        If the bytes are not those that were sealed.
    """
    end = content[-_END_SIZE:]
    if end.startswith(_END) and end.endswith(_NO_COMMENT):
        return
    digest = hashlib.sha256(content[:-_DIGITS]).hexdigest().encode("ascii")
    if content[:-_DIGITS][-len(_NAME) :] != _NAME or content[-_DIGITS:] != digest:
        raise BrokenSeal("its bytes are not those that were written")
