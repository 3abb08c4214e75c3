"""Sources of a text: a built-in corpus, or a file."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from gradviz.arguments import check_one_of
from gradviz.recording.regular_file import NotAFile, check_regular_file

_MOST_SHOWN = 161  # characters of a path
SENTENCE = "hello pytorch, this is a simple character-level language model."


def read_corpus(name: str) -> str:
    """Text of a built-in corpus.

    Parameters
    ----------
    name : {"sentence", "pydoc"}
        ``"sentence"``: the 63 characters of the course.  ``"pydoc"``: the language reference that
        Python's ``help()`` shows, about half a million characters of English, sorted by topic; it differs
        a little between versions of Python.

    Raises
    ------
    UnknownName
        If there is no such corpus.
    ValueError
        If this Python was installed without that text.
    """
    return CORPORA[check_one_of("corpus", name, CORPORA)]()


def read_file(file: str | os.PathLike[str]) -> str:
    """Text of a UTF-8 file, without byte order mark, every line ending as ``\\n``.

    Parameters
    ----------
    file : path
        A relative path is relative to the current directory.

    Raises
    ------
    ValueError
        If it cannot be read, is not UTF-8 (the message has the offset of the first bad byte) or is empty.
    TypeError
        If it is not a path.
    """
    if not isinstance(file, (str, os.PathLike)):
        raise TypeError(f"file = {file!r}: must be the path of a text file")
    path = Path(file)
    try:
        check_regular_file(path)
        raw = path.read_bytes()
    except NotAFile as error:
        raise ValueError(f"file = {str(path)!r}: {error}") from None
    except (OSError, ValueError) as error:  # a ValueError is a path with a NUL in it
        reason = error.strerror if isinstance(error, OSError) else error
        raise ValueError(f"file = {str(path)!r}: {reason} (looked at {_shown(path.absolute())})") from None
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(
            f"file = {str(path)!r}: byte {raw[error.start]:#04x} at offset {error.start} is not UTF-8; "
            "convert the file to UTF-8"
        ) from None
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if not text:
        raise ValueError(f"file = {str(path)!r}: the file is empty; give one with some text")
    return text


def _shown(path: Path) -> str:
    """A path in quotes; a long one is cut in the middle, since its ends tell most."""
    text = str(path)
    half = (_MOST_SHOWN - 3) // 2
    return repr(text if len(text) <= _MOST_SHOWN else f"{text[:half]}...{text[-half:]}")


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
