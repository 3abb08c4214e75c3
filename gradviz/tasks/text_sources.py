"""Where a text comes from: one that is at hand, or a file."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from gradviz.arguments import check_one_of

SENTENCE = "hello pytorch, this is a simple character-level language model."


def read_corpus(name: str) -> str:
    """A text that needs no file.

    Parameters
    ----------
    name : {"sentence", "pydoc"}
        ``"sentence"``: the 63 characters of the course.  ``"pydoc"``: the language reference that
        Python's own ``help()`` shows, about half a million characters of English, in the order of its
        topics; it differs a little between versions of Python.

    Raises
    ------
    UnknownName
        For another name.
    ValueError
        When this Python was installed without that text.
    """
    return CORPORA[check_one_of("corpus", name, CORPORA)]()


def read_file(file: str | os.PathLike[str]) -> str:
    """The text of a UTF-8 file, without byte order mark, every line end as ``\\n``.

    Parameters
    ----------
    file : path
        A relative one is looked for where the program was started.

    Raises
    ------
    ValueError
        When it cannot be read, is not UTF-8 (with the first bad byte's offset) or is empty.
    TypeError
        For what is no path.
    """
    if not isinstance(file, (str, os.PathLike)):
        raise TypeError(f"file = {file!r}: must be the path of a text file")
    path = Path(file)
    try:
        raw = path.read_bytes()
    except (OSError, ValueError) as error:  # a ValueError is a path with a NUL in it
        reason = error.strerror if isinstance(error, OSError) else error
        raise ValueError(f"file = {str(path)!r}: {reason} (looked at {str(path.absolute())!r})") from None
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(
            f"file = {str(path)!r}: byte {raw[error.start]:#04x} at offset {error.start} is not UTF-8; "
            "convert the file to UTF-8"
        ) from None
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if not text:
        raise ValueError(f"file = {str(path)!r}: is empty; it must have some text")
    return text


def _sentence() -> str:
    return SENTENCE


def _pydoc() -> str:
    try:
        from pydoc_data.topics import topics
    except ImportError:
        raise ValueError(
            "corpus = 'pydoc': this Python was installed without its pydoc_data; give a file instead"
        ) from None
    return "\n".join(topics[name] for name in sorted(topics))


CORPORA: dict[str, Callable[[], str]] = {"sentence": _sentence, "pydoc": _pydoc}
