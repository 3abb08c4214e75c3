"""Make lecture figures, or only their claims, with a progress bar."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from gradviz.cli.verbosity import is_quiet, say
from gradviz.progress_bar import progress_bar

if TYPE_CHECKING:
    from gradviz.errors import GradvizError
    from gradviz.gallery.cache import Cache
    from gradviz.gallery.claim import Claim
    from gradviz.gallery.make import Look, Made
    from gradviz.training.loop import TrainingStep

T = TypeVar("T")
OnRefused = Callable[["GradvizError"], None]


def make_figures(
    names: Sequence[str],
    folder: Path,
    cache: Path | None,
    look: Look,
    *,
    changes: Sequence[str] = (),
    on_refused: OnRefused | None = None,
) -> Iterator[Made]:
    """Make figures; each is yielded as soon as it is written.

    Parameters
    ----------
    names : sequence of str
    folder : Path
    cache : Path, optional
        The platform's cache folder by default.
    look : Look
    changes : sequence of str
        Changes of the settings of every figure, each ``key=value``.
    on_refused : callable, optional
        Called with the error of a figure whose data fit none of its outcomes; without it the error is raised.

    Yields
    ------
    Made

    Raises
    ------
    UnknownName
        If a figure or a setting does not exist; raised before anything is made.
    BadSetting
        If a setting cannot have that value; likewise.
    ClaimRefused
        If the data of a figure fit none of its outcomes.
    """
    from gradviz.gallery.figure_settings import figure_settings
    from gradviz.gallery.make import make_figure

    for name in names:
        figure_settings(name, changes)

    def make(name: str, figure_cache: Cache) -> Made:
        return make_figure(name, folder, cache=figure_cache, look=look, changes=changes)

    yield from (made for _, made in _with_bar(names, cache, make, on_refused))


def check_figures(
    names: Sequence[str], cache: Path | None, language: str, *, on_refused: OnRefused | None = None
) -> Iterator[tuple[str, Sequence[Claim]]]:
    """The claims of figures, by name, in a language; the options are those of `make_figures`."""
    from gradviz.gallery.make import figure_claims

    def claims(name: str, figure_cache: Cache) -> Sequence[Claim]:
        return figure_claims(name, cache=figure_cache, language=language)

    yield from _with_bar(names, cache, claims, on_refused)


def _with_bar(
    names: Sequence[str], cache: Path | None, make: Callable[[str, Cache], T], on_refused: OnRefused | None
) -> Iterator[tuple[str, T]]:
    """What is made of each figure, by name, while a bar shows the trainings."""
    from gradviz.gallery.cache import Cache, cache_folder
    from gradviz.gallery.claim import ClaimRefused

    with progress_bar(len(names), unit="figure", at_once=True, hidden=is_quiet()) as bar:

        def show(run: str, step: TrainingStep) -> None:
            bar.set_postfix_str(f"{run}: step {step.step + 1}", refresh=False)
            bar.update(0)

        figure_cache = Cache(cache or cache_folder(), on_step=show)
        for name in names:
            bar.set_description(name)
            try:
                yield name, make(name, figure_cache)
            except ClaimRefused as error:
                if on_refused is None:
                    raise
                on_refused(error)
            else:
                say(f"made {name}")
            bar.set_postfix_str("", refresh=False)
            bar.update()
