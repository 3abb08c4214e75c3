"""The page that shows a folder of figures with their captions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from gradviz.gallery.make import Made
from gradviz.recording.atomic import write_atomically

INDEX = "README.md"
_SHOWN = (".png", ".svg")  # formats that a page can show


def write_index(folder: Path, figures: Sequence[Made]) -> Path:
    """Write ``README.md``, which shows every figure with its claim, alt text and caption.

    Parameters
    ----------
    folder : Path
        The folder that holds the figures.
    figures : sequence of Made

    Returns
    -------
    Path
        The page.
    """
    sections = [_section(figure) for figure in figures]
    contents = "\n".join(f"- [{made.caption.claim}](#{made.name})" for made in figures)
    page = "\n\n".join(
        [
            "# Figures",
            "Gradients through time, figure by figure. `gradviz gallery` makes all of them, `gradviz figure "
            "NAME` makes one; `--style`, `--format`, `--dark` and `--data` set how they are written.",
            contents,
            *sections,
        ]
    )
    path = folder / INDEX
    write_atomically(path, f"{page}\n".encode())
    return path


def _section(made: Made) -> str:
    links = ", ".join(f"[{path.suffix[1:].upper()}]({path.name})" for path in made.paths)
    shown = next((path.name for path in made.paths if path.suffix in _SHOWN), None)
    picture = [f"![{_in_brackets(made.caption.alt)}]({shown})"] if shown else []
    return "\n\n".join(
        [
            f'<a id="{made.name}"></a>',
            f"## {made.caption.claim}",
            *picture,
            made.caption.markdown(),
            f"`gradviz figure {made.name}` · {links}",
        ]
    )


def _in_brackets(text: str) -> str:
    """Text escaped for Markdown's square brackets."""
    return text.replace("[", "\\[").replace("]", "\\]").replace("\n", " ")
