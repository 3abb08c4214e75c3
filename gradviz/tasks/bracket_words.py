"""Words of one kind of bracket, of bounded depth: how many there are, a random one, and what matches what."""

from __future__ import annotations

import math

import torch
from torch import Tensor


class BracketWords:
    """Words with up to ``pairs`` pairs of brackets, at most ``depth`` open at a time; all are equally likely.

    Parameters
    ----------
    pairs, depth : int
        At least 1.

    Attributes
    ----------
    log_count : float
        Natural logarithm of the number of words with ``pairs`` pairs.

    References
    ----------
    Flajolet and Sedgewick (2009), "Analytic combinatorics", section V.4: paths of bounded height.

    Examples
    --------
    >>> import math
    >>> from gradviz.tasks.bracket_words import BracketWords
    >>> round(math.exp(BracketWords(pairs=4, depth=4).log_count))
    14
    """

    def __init__(self, pairs: int, depth: int):
        depth = min(depth, pairs)
        row = torch.zeros(depth + 1, dtype=torch.float64)
        row[0] = 1
        opening, self.log_count = [], 0.0
        for _ in range(2 * pairs):  # row[d] is proportional to the number of ways to close d brackets in time
            nothing = torch.zeros(1, dtype=torch.float64)
            up, down = torch.cat([row[1:], nothing]), torch.cat([nothing, row[:-1]])
            total = up + down
            opening.append(torch.where(total > 0, up / total.clamp(min=1e-300), 0.0))
            self.log_count += math.log(float(total.max()))
            row = total / total.max()
        self.log_count += math.log(float(row[0]))
        self._opening = torch.stack(opening)  # probability to open, by steps left - 1 and depth

    def draw(self, pairs: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Random words.

        Parameters
        ----------
        pairs : Tensor of int, shape (size,)
            Number of pairs of each word, at most that of the class.
        generator : torch.Generator

        Returns
        -------
        opens : Tensor of bool, shape (size, 2 * longest)
            Whether a bracket opens; after the end of a word pairs of brackets follow.
        order : Tensor of int, shape (size, 2 * longest)
            The positions, so that a bracket and the one that closes it follow each other.
        """
        steps = len(self._opening)
        chance = torch.rand(len(pairs), steps, dtype=torch.float64, generator=generator)
        opens = torch.empty(len(pairs), steps, dtype=torch.bool)
        depth = torch.zeros_like(pairs)
        for step in range(steps):
            left = 2 * pairs - step
            inside = self._opening[(left - 1).clamp(min=0), depth]
            after = (depth == 0).double()
            opens[:, step] = chance[:, step] < torch.where(left > 0, inside, after)
            depth += torch.where(opens[:, step], 1, -1)
        return opens, in_pairs(opens, ~opens)


def in_pairs(opens: Tensor, closes: Tensor) -> Tensor:
    """Positions of the brackets of each word, every bracket followed by the one that closes it; others last.

    Brackets of one level of depth open and close in turn, so that a stable sort by level puts them together.

    Parameters
    ----------
    opens, closes : Tensor of bool, shape (size, time)

    Returns
    -------
    Tensor of int, shape (size, time)
    """
    depth = (opens.long() - closes.long()).cumsum(1)
    level = torch.where(opens, depth, depth + 1)
    level[~opens & ~closes] = opens.shape[1] + 1
    return level.argsort(dim=1, stable=True)


def matching_pairs(opens: Tensor, closes: Tensor) -> tuple[Tensor, Tensor]:
    """Positions of the opening and of the closing brackets, pair by pair.

    Parameters
    ----------
    opens, closes : Tensor of bool, shape (size, time)
        Where brackets open and close in well-formed words; both are False in padding.

    Returns
    -------
    opened, closed : Tensor of int, shape (size, pairs of the longest word)
        -1 where a word has fewer pairs.
    """
    most = int(opens.sum(1).max())
    order = in_pairs(opens, closes)[:, : 2 * most].view(len(opens), most, 2)
    missing = torch.arange(most, device=opens.device) >= opens.sum(1, keepdim=True)
    opened, closed = order.unbind(-1)
    return opened.masked_fill(missing, -1), closed.masked_fill(missing, -1)
