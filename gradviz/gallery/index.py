"""The page that shows a folder of figures with their captions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from gradviz.gallery.figure_table import PARTS
from gradviz.gallery.make import Made
from gradviz.gallery.words import figure_words, use_language
from gradviz.recording.atomic import write_atomically

INDEX = "README.md"
_SHOWN = (".png", ".svg")  # formats that a page can show


def write_index(folder: Path, figures: Sequence[Made], *, language: str = "en") -> Path:
    """Write ``README.md``, which shows every figure with its claim, alt text and caption.

    Parameters
    ----------
    folder : Path
        The folder that holds the figures.
    figures : sequence of Made
    language : {"en", "de"}
        That of the figures.

    Returns
    -------
    Path
        The page; its contents follow the parts of the lecture.
    """
    with use_language(language):
        words = figure_words("page")
        page = "\n\n".join(
            [
                f"# {words('title')}",
                words("about"),
                words("may_differ"),
                *_contents({made.name: made for made in figures}),
                *map(_section, figures),
            ]
        )
    path = folder / INDEX
    write_atomically(path, f"{page}\n".encode())
    return path


def _contents(figures: Mapping[str, Made]) -> Iterator[str]:
    """A list of the figures for each part of the lecture; those that are in none come last."""
    of_lecture = figure_words("lecture")
    lists = {of_lecture(f"part.{part}"): names for part, names in PARTS.items()}
    in_parts = {name for names in PARTS.values() for name in names}
    for heading, names in [*lists.items(), ("", [name for name in figures if name not in in_parts])]:
        lines = [f"- [{figures[name].caption.claim}](#{name})" for name in names if name in figures]
        if lines:
            yield "\n".join([f"**{heading}**\n", *lines] if heading else lines)


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
