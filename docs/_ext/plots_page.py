"""The grid of all plots, each with its picture, which leads to its page."""

from __future__ import annotations

from plot_pictures import CODE, RUNS

import gradviz as gv


def plots() -> str:
    """A card for each plot, and the code of the recordings that they show."""
    cards = "\n".join(_card(name) for name in CODE)
    return (
        f"::::{{grid}} 2 2 3 3\n:gutter: 2\n\n{cards}\n::::\n\n"
        "(plot-runs)=\n\n## What they show\n\n"
        "Each picture is drawn when this site is built, from four small trainings:\n\n"
        f"```python\n{RUNS}```"
    )


def _card(name: str) -> str:
    about = (getattr(gv, name).__doc__ or "").partition("\n")[0].replace("``", "`")
    pictures = "\n".join(
        f"```{{image}} pictures/{name}-{kind}.png\n:alt: {about}\n:class: only-{kind}\n```"
        for kind in ("light", "dark")
    )
    return (
        f":::{{grid-item-card}} `{name}`\n:link: generated/gradviz.{name}\n:link-type: doc\n"
        f":class-card: gv-thumbnail\n\n{pictures}\n\n{about}\n:::\n"
    )
