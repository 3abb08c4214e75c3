"""Make lecture figures with a progress bar."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gradviz.gallery.make import Look, Made
    from gradviz.training.loop import TrainingStep


def make_figures(names: Sequence[str], folder: Path, cache: Path | None, look: Look) -> Iterator[Made]:
    """Make figures; each is yielded as soon as it is written.

    Parameters
    ----------
    names : sequence of str
    folder : Path
    cache : Path, optional
        The platform's cache folder by default.
    look : Look

    Yields
    ------
    Made

    Raises
    ------
    UnknownName
        If a figure does not exist; raised before anything is made.
    """
    from tqdm import tqdm

    from gradviz.gallery.cache import Cache, cache_folder
    from gradviz.gallery.gallery_figure import gallery_figure
    from gradviz.gallery.make import make_figure

    for name in names:
        gallery_figure(name)
    with tqdm(total=len(names), unit="figure", disable=None) as bar:

        def show(run: str, step: TrainingStep) -> None:
            bar.set_postfix_str(f"{run}: step {step.step + 1}", refresh=False)
            bar.update(0)

        figure_cache = Cache(cache or cache_folder(), on_step=show)
        for name in names:
            bar.set_description(name)
            made = make_figure(name, folder, cache=figure_cache, look=look)
            bar.set_postfix_str("", refresh=False)
            bar.update()
            yield made
