"""The user's own words in a picture: drawn as they are, never read as a formula."""

from __future__ import annotations

import unicodedata

_NOT_A_CHARACTER = "\N{REPLACEMENT CHARACTER}"
_NO_SIGN = {"Cc", "Cs"}  # control characters and halves of a pair, which no font can draw


def plain_text(text: object) -> str:
    r"""A label, title or name, for any function of matplotlib that draws text.

    Matplotlib reads what is between two dollar signs as a formula, unless they are escaped. Line breaks stay.
    Other control characters are drawn as U+FFFD.

    Parameters
    ----------
    text : object
        Names of gates and labels need not be strings.

    Returns
    -------
    str

    Examples
    --------
    >>> print(plain_text("costs $5 or $6"))
    costs \$5 or \$6
    """
    lines = str(text).replace("\r\n", "\n").split("\n")
    return "\n".join("".join(map(_drawn, line)) for line in lines)


def _drawn(character: str) -> str:
    if character == "$":
        return r"\$"
    return _NOT_A_CHARACTER if unicodedata.category(character) in _NO_SIGN else character
