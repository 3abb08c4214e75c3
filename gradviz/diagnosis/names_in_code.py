"""What a module is called in a line of code."""

from __future__ import annotations

from keyword import iskeyword


def in_model(module: str) -> str:
    """A module's dotted name as Python; parts of a list are indexed by their number.

    Parameters
    ----------
    module : str

    Returns
    -------
    str
        Such as ``model.encoder.layers[0]``.
    """
    return "model" + "".join(map(_attribute, module.split(".")))


def _attribute(part: str) -> str:
    if part.isdigit():
        return f"[{part}]"
    return f".{part}" if part.isidentifier() and not iskeyword(part) else f"._modules[{part!r}]"
