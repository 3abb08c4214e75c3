"""The caption of a lecture figure."""

from __future__ import annotations

from typing import NamedTuple

from gradviz.gallery.words import figure_words


class Notes(NamedTuple):
    """What a lecturer says about a figure.

    Attributes
    ----------
    point : str
        What to point at, in which order.
    ask : str
        A question to the class.
    answer : str
        Its answer.
    """

    point: str
    ask: str
    answer: str


class Caption(NamedTuple):
    """Text that describes a figure; its numbers are computed from the data that the figure draws.

    Attributes
    ----------
    claim : str
        What the figure shows, the same sentence as its title.
    reading : str
        How to read the figure.
    setting : str
        What was run: task, sizes, seed, steps.
    measured : str
        The measured numbers, with their units.
    source : str
        Where the idea or the claim was published, or what it is derived from.
    alt : str
        Description of the picture for readers who cannot see it.
    """

    claim: str
    reading: str
    setting: str
    measured: str
    source: str
    alt: str

    def markdown(self) -> str:
        """The caption in Markdown, one paragraph per part, in the language in force."""
        words = figure_words("page")
        parts = {
            "reading": self.reading,
            "setting": self.setting,
            "measured": self.measured,
            "source": self.source,
        }
        return "\n\n".join(f"**{words(f'part.{name}')}.** {text}" for name, text in parts.items())
