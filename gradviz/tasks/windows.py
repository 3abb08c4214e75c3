"""Windows of a text and the character after each: the training data of the course's model."""

from __future__ import annotations

from torch import Tensor


def windows(numbers: Tensor, width: int) -> tuple[Tensor, Tensor]:
    """All windows of ``width`` consecutive characters, and the character after each.

    Parameters
    ----------
    numbers : Tensor of int, shape (characters,)
    width : int

    Returns
    -------
    patterns : Tensor of int, shape (characters - width, width)
        A view.
    following : Tensor of int, shape (characters - width,)

    Raises
    ------
    ValueError
        If the text is not longer than a window.
    """
    if width < 1 or len(numbers) <= width:
        raise ValueError(
            f"a text of {len(numbers)} characters has no window of {width} characters with a next character"
        )
    return numbers.unfold(0, width, 1)[:-1], numbers[width:]
