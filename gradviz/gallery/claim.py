"""What a figure says, decided by its data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from gradviz.errors import GradvizError
from gradviz.gallery.words import Words


class ClaimRefused(GradvizError, ValueError):
    """The data of a figure fit none of the outcomes that it has words for, so that it is not drawn."""

    exit_code = 1


class Claim(NamedTuple):
    """A sentence that follows from a figure's data by a rule.

    Attributes
    ----------
    name : str
        Unique within the figure; the first claim of a figure is its title.
    outcome : str
        Which of the outcomes the data have.
    sentence : str
        The wording of that outcome.
    rule : str
        What the data must be like for each outcome, in words.
    numbers : mapping of str to float
        What was decided by, by name.
    """

    name: str
    outcome: str
    sentence: str
    rule: str
    numbers: Mapping[str, float]


def decide(words: Words, name: str, outcomes: Mapping[str, bool], **numbers: float) -> Claim:
    """The claim of the outcome that the data have.

    Parameters
    ----------
    words : Words
        Has the texts ``NAME.rule`` and, for each outcome, ``NAME.OUTCOME``, in which the numbers may stand.
    name : str
        Name of the claim.
    outcomes : mapping of str to bool
        Whether the data are so; at most one may be true.
    **numbers : float
        What the outcomes were decided by.

    Returns
    -------
    Claim

    Raises
    ------
    ClaimRefused
        If no outcome is true, as with numbers that are NaN.
    ValueError
        If several are.

    Examples
    --------
    >>> from gradviz.gallery.claim import decide
    >>> from gradviz.gallery.words import Words
    >>> rule = dict.fromkeys(("en", "de"), "faster: less than half the steps")
    >>> faster = {"en": "{steps:.0f} steps are enough", "de": "{steps:.0f} Schritte genügen"}
    >>> words = Words("example", {"title": {"rule": rule, "faster": faster}})
    >>> decide(words, "title", {"faster": 90 < 200 / 2}, steps=90).sentence
    '90 steps are enough'
    """
    true = [outcome for outcome, is_so in outcomes.items() if is_so]
    listed = ", ".join(f"{key} = {value:.4g}" for key, value in numbers.items())
    if not true:
        raise ClaimRefused(
            f"{words.name}: the data fit no outcome of the claim {name!r} ({', '.join(outcomes)}); {listed}"
        )
    if len(true) > 1:
        raise ValueError(
            f"{words.name}: the claim {name!r} has several outcomes: {', '.join(true)}; {listed}"
        )
    sentence, rule = words(f"{name}.{true[0]}", **numbers), words(f"{name}.rule", **numbers)
    return Claim(name, true[0], sentence, rule, numbers)
