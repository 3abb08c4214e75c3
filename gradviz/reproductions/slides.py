"""The part of the lecture that tells what papers say: a slide that sums them up, and one for each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from gradviz.gallery.lecture.slide import Slide
from gradviz.gallery.lecture.slide_picture import slide_picture
from gradviz.gallery.make import Look
from gradviz.gallery.words import figure_words
from gradviz.reproductions.claim_words import claim_in_words
from gradviz.reproductions.numbers_in_words import counted, sentence
from gradviz.reproductions.paper_picture import caption_of, draw_paper, has_picture, picture_alt
from gradviz.reproductions.result_file import ReproductionResult
from gradviz.reproductions.summary_picture import (
    SUMMARY,
    draw_summary,
    has_summary,
    summary_alt,
    summary_caption,
)
from gradviz.reproductions.verdict_words import title_of, verdict_of

_words = figure_words("lecture")


def paper_slides(
    results: Sequence[ReproductionResult], folder: Path, *, look: Look, on_figure: Callable[[str], None]
) -> list[Slide]:
    """Draw the pictures of the papers, and put them and the words into slides.

    Parameters
    ----------
    results : sequence of ReproductionResult
    folder : Path
        Gets a PNG and an SVG of every picture; created if it is missing.
    look : Look
        Its style and whether it is dark count.
    on_figure : callable
        Called with the name of every picture before it is made.

    Returns
    -------
    list of Slide
        The summary and one for each paper, in English; what introduces the notes is in the language in force.
    """
    slides = []
    if has_summary(results):
        on_figure(SUMMARY)
        caption = summary_caption(results)
        picture = slide_picture(
            partial(draw_summary, results), folder, f"papers-{SUMMARY}", look=look, caption=caption
        )
        notes = _speech(reading=caption.reading, done=caption.setting, numbers=caption.measured)
        slides.append(Slide(caption.claim, picture=picture, alt=summary_alt(results), notes=notes))
    for result in results:
        on_figure(result.name)
        slides.append(_paper_slide(result, folder, look))
    return slides


def _paper_slide(result: ReproductionResult, folder: Path, look: Look) -> Slide:
    told = result.told
    numbers = "; ".join(f"{claim_in_words(result, claim)}: {claim.numbers}" for claim in result.claims)
    differs = " ".join(sentence(str(one)) for one in told.get("differs", ()))
    seeds = counted(len({run.seed for run in result.runs}), "seed")
    notes = _speech(
        paper=f"{sentence(str(told.get('claim', '')))} {told.get('source', '')}",
        done=f"{counted(len(result.runs), 'run')}, {seeds}. {differs}",
        numbers=numbers,
        outcome=verdict_of(result),
    )
    if not has_picture(result):
        lines = tuple(
            f"{claim.outcome}: {claim_in_words(result, claim)}: {claim.numbers}" for claim in result.claims
        )
        return Slide(title_of(result), lines, notes=notes)
    picture = slide_picture(
        partial(draw_paper, result), folder, f"papers-{result.name}", look=look, caption=caption_of(result)
    )
    return Slide(title_of(result), picture=picture, alt=picture_alt(result), notes=notes)


def _speech(**said: str) -> tuple[str, ...]:
    return tuple(_words(f"say.{part}", text=sentence(text)) for part, text in said.items() if text.strip())
