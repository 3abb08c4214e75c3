"""Lecture figures one after the other, with a progress bar on a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gradviz.gallery.make import Look, Made
    from gradviz.training.loop import TrainingStep


def make_figures(names: Sequence[str], folder: Path, cache: Path | None, look: Look) -> Iterator[Made]:
    """Make figures; each is given as soon as it is written.

    Parameters
    ----------
    names : sequence of str
    folder : Path
    cache : Path, optional
        By default the platform's.
    look : Look

    Raises
    ------
    UnknownName
        Before anything is made, when there is no such figure.
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

        kept = Cache(cache or cache_folder(), on_step=show)
        for name in names:
            bar.set_description(name)
            made = make_figure(name, folder, cache=kept, look=look)
            bar.set_postfix_str("", refresh=False)
            bar.update()
            yield made
