"""What stands below a lecture figure."""

from __future__ import annotations

from typing import NamedTuple


class Caption(NamedTuple):
    """A figure in words; its numbers are computed from the data that the figure draws.

    Attributes
    ----------
    claim : str
        What the figure shows, the same sentence as its title.
    reading : str
        How to read it.
    setting : str
        What was run: task, sizes, seed, steps.
    measured : str
        The numbers, with their units.
    source : str
        Where the idea or the claim was published, or what it is derived from.
    alt : str
        The picture for somebody who cannot see it.
    """

    claim: str
    reading: str
    setting: str
    measured: str
    source: str
    alt: str

    def markdown(self) -> str:
        """The caption as one paragraph a part."""
        parts = {
            "How to read it": self.reading,
            "What was run": self.setting,
            "Measured": self.measured,
            "Source": self.source,
        }
        return "\n\n".join(f"**{name}.** {text}" for name, text in parts.items())
