"""One slide of the lecture."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Slide:
    """A title with a picture or with lines of text, and what to say.

    Parameters
    ----------
    title : str
    lines : tuple of str
        Text of a slide without a picture, one paragraph each.
    picture : Path, optional
        A PNG without a title.
    alt : str
        Description of the picture.
    notes : tuple of str
        Paragraphs for the speaker.
    """

    title: str
    lines: tuple[str, ...] = ()
    picture: Path | None = None
    alt: str = ""
    notes: tuple[str, ...] = ()
