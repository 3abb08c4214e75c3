"""Make a figure: run its experiment and write its files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt

from gradviz.gallery.cache import Cache
from gradviz.gallery.caption import Caption
from gradviz.gallery.claim import Claim
from gradviz.gallery.figure_settings import figure_settings
from gradviz.gallery.gallery_figure import gallery_figure
from gradviz.gallery.panel import keep_panel
from gradviz.gallery.save_figure import save_figure
from gradviz.gallery.translate import translate
from gradviz.gallery.words import use_language
from gradviz.plots.drawing.headline import check_title, write_headline
from gradviz.plots.drawing.style import use_style
from gradviz.recording.atomic import write_atomically


@dataclass(frozen=True)
class Look:
    """How figures are written.

    Parameters
    ----------
    style : {"slides", "paper", "notebook"}
    dark : bool
        Light ink on a dark background.
    formats : tuple of {"png", "svg", "pdf"}
    data : bool
        Also write the numbers, as a CSV file beside the picture.
    transparent : bool
        No background.
    text_as_text : bool
        In SVG and PDF, keep letters as letters, which can be searched and edited, and need the font.
    language : {"en", "de"}
    title : str, optional
        Written in place of the claim, in one line or two.
    panel : str, optional
        Draw only the panel of this name, by default its title, without the claim.
    """

    style: str = "slides"
    dark: bool = False
    formats: tuple[str, ...] = ("png",)
    data: bool = False
    transparent: bool = False
    text_as_text: bool = False
    language: str = "en"
    title: str | None = None
    panel: str | None = None


@dataclass(frozen=True)
class Made:
    """A figure that was written.

    Parameters
    ----------
    name : str
    caption : Caption
    claims : tuple of Claim
    paths : tuple of Path
        Pictures in the order of the formats, then the CSV if there is one.
    """

    name: str
    caption: Caption
    claims: tuple[Claim, ...]
    paths: tuple[Path, ...]


def figure_claims(
    name: str, *, cache: Cache, language: str = "en", changes: Sequence[str] = ()
) -> Sequence[Claim]:
    """Run a figure's experiment, unless it is in the cache, and say what its data show.

    Parameters
    ----------
    name : str
        A key of ``figure_table.FIGURES``.
    cache : Cache
    language : {"en", "de"}
    changes : sequence of str
        Changes of the figure's settings, each ``key=value``.

    Returns
    -------
    sequence of Claim

    Raises
    ------
    UnknownName, BadSetting, ClaimRefused
        As `make_figure` raises them.
    """
    module, settings = gallery_figure(name), figure_settings(name, changes)
    with use_language(language):
        return module.claims(module.experiment(cache, settings), settings)


def make_figure(name: str, folder: Path, *, cache: Cache, look: Look, changes: Sequence[str] = ()) -> Made:
    """Run a figure's experiment, unless it is in the cache, and write the figure.

    Parameters
    ----------
    name : str
        A key of ``figure_table.FIGURES``.
    folder : Path
        Created if it is missing; files with the same names are replaced.
    cache : Cache
    look : Look
    changes : sequence of str
        Changes of the figure's settings, each ``key=value``; see `figure_settings`.

    Returns
    -------
    Made

    Raises
    ------
    UnknownName
        If there is no such figure, style, format, language, setting or panel.
    BadSetting
        If a setting cannot have that value.
    TitleDoesNotFit
        If the title takes more than two lines.
    ClaimRefused
        If the data fit none of the outcomes that the figure has words for; then nothing is written.
    """
    module, settings = gallery_figure(name), figure_settings(name, changes)
    mpl.use("agg")
    if look.title is not None:
        with use_style(look.style):
            check_title(look.title)  # the experiment may take minutes
    data = module.experiment(cache, settings)
    with use_language(look.language), use_style(look.style, dark=look.dark):
        claims = module.claims(data, settings)
        caption = module.caption(data, settings)
        figure = module.compose(data, settings)
        translate(figure)
        if look.panel is not None:
            keep_panel(figure, look.panel)
        if look.title is not None:
            write_headline(figure, look.title)
        paths = save_figure(
            figure,
            folder,
            name,
            formats=look.formats,
            caption=caption,
            transparent=look.transparent,
            text_as_text=look.text_as_text,
        )
        plt.close(figure)
    if look.data:
        paths.append(folder / f"{name}.csv")
        numbers = module.numbers(data, settings)
        table = numbers.to_csv(index=False, float_format="%.6g", lineterminator="\n")
        write_atomically(paths[-1], table.encode())
    return Made(name, caption, tuple(claims), tuple(paths))
