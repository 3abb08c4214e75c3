"""The gallery: the lecture figures with their captions, from the page that ``gradviz gallery`` writes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from other_files import ROOT, relinked

FIGURES = ROOT / "figures"
_PAGE = ROOT / "docs/gallery.md"
_BEGIN = re.compile(r'^<a id="(\w+)"></a>\n\n## (.*)\n', re.M)
_IMAGE = re.compile(r"^!\[((?:\\.|[^\\\]])*)\]\((\S+)\)$", re.M)


class Shown(NamedTuple):
    """A figure of the gallery."""

    name: str
    claim: str
    alt: str
    image: str
    caption: str


def figures() -> dict[str, Shown]:
    """Every figure of ``figures/README.md``, by its name, in lecture order."""
    pieces = _BEGIN.split(_text())[1:]
    found = {}
    for name, claim, body in zip(pieces[::3], pieces[1::3], pieces[2::3], strict=True):
        image = _IMAGE.search(body)
        if image is None:
            raise ValueError(f"figures/README.md shows no picture for {name!r}")
        found[name] = Shown(name, claim, image[1], image[2], body.replace(image[0], "").strip())
    return found


def parts() -> dict[str, list[str]]:
    """The names of the figures of each part of the lecture."""
    contents = _BEGIN.split(_text())[0]
    pieces = re.split(r"^\*\*(.*)\*\*$", contents, flags=re.M)[1:]
    return {
        title: re.findall(r"\]\(#(\w+)\)$", lines, re.M)
        for title, lines in zip(pieces[::2], pieces[1::2], strict=True)
    }


def gallery() -> str:
    """The Markdown of the gallery: what it is, all thumbnails, and each figure with its caption."""
    about = _BEGIN.split(_text())[0].partition("\n**")[0].partition("\n")[2].strip()
    every = figures()
    shown = {title: [every[name] for name in names] for title, names in parts().items()}
    thumbnails = (f"**{title}**\n\n{_grid(found)}" for title, found in shown.items())
    sections = (f"## {title}\n\n" + "\n".join(map(_entry, found)) for title, found in shown.items())
    return "\n\n".join([about, *thumbnails, *sections])


def _grid(shown: list[Shown]) -> str:
    cards = (
        f":::{{grid-item-card}} {one.claim}\n:img-top: ../figures/{one.image}\n:img-alt: {one.claim}\n"
        f":link: {one.name}\n:link-type: ref\n:class-card: gv-thumbnail\n:::\n"
        for one in shown
    )
    return "::::{grid} 2 2 3 4\n:gutter: 2\n\n" + "\n".join(cards) + "::::"


def _entry(shown: Shown) -> str:
    caption = relinked(shown.caption, FIGURES, _PAGE)
    return (
        f"({shown.name})=\n\n### {shown.claim}\n\n"
        f"```{{image}} ../figures/{shown.image}\n:alt: {shown.alt}\n:class: gv-figure\n```\n\n{caption}\n"
    )


def _text() -> str:
    return Path(FIGURES / "README.md").read_text(encoding="utf-8")
