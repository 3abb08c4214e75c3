"""Windows of a text and the character after each: what the course's model is trained on."""

from __future__ import annotations

from torch import Tensor


def windows(numbers: Tensor, width: int) -> tuple[Tensor, Tensor]:
    """Every run of ``width`` characters and the character after it.

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
        When the text has no character after a window.
    """
    if width < 1 or len(numbers) <= width:
        raise ValueError(
            f"a text of {len(numbers)} characters has no window of {width} with a character after it"
        )
    return numbers.unfold(0, width, 1)[:-1], numbers[width:]
