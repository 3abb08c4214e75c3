"""The parameters, or the attributes, of a docstring in numpydoc's form."""

from __future__ import annotations

import inspect
import re

_NEXT = re.compile(r"^\w[\w ]*\n-+$", re.MULTILINE)


def parameters_of(docstring: str, *, section: str = "Parameters") -> dict[str, tuple[str, str]]:
    """Type and description of every parameter, by name; each on one line, without markup.

    Parameters
    ----------
    docstring : str
    section : str
        Heading of what is described: ``"Attributes"`` for those of a class.

    Examples
    --------
    >>> from gradviz.experiment.config.numpydoc_parameters import parameters_of
    >>> from gradviz.tasks import parity
    >>> parameters_of(parity.__doc__)["length"]
    ('int or (int, int)', 'Time steps, at least 1; or the smallest and the largest number of them.')
    """
    text = inspect.cleandoc(docstring)
    heading = re.search(rf"^{section}\n-+\n", text, re.MULTILINE)
    if heading is None:
        return {}
    entries = text[heading.end() :]
    following = _NEXT.search(entries)
    if following is not None:
        entries = entries[: following.start()]
    found = {}
    for entry in re.split(r"\n(?=\S)", entries.strip("\n")):
        head, _, body = entry.partition("\n")
        names, _, kind = head.partition(" : ")
        words = " ".join(body.split()).replace("`", "")
        found.update({name.strip(): (kind.replace("`", ""), words) for name in names.split(",")})
    return found
