"""The claims of a figure as text: what it says, which outcome that is, by which numbers and which rule."""

from __future__ import annotations

from collections.abc import Sequence

from gradviz.gallery.claim import Claim


def claims_text(name: str, claims: Sequence[Claim]) -> str:
    """A few lines for each claim of a figure.

    Parameters
    ----------
    name : str
        Of the figure.
    claims : sequence of Claim

    Returns
    -------
    str
        The name in the first line, then for each claim its sentence, its outcome, its numbers and its rule.
    """
    lines = [name]
    for claim in claims:
        lines.append(f"  {claim.name}: {claim.sentence} [{claim.outcome}]")
        lines.append("    " + ", ".join(f"{key} = {value:.4g}" for key, value in claim.numbers.items()))
        lines.append(f"    {claim.rule}")
    return "\n".join(lines)
