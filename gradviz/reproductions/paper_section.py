"""The section of one paper in RESULTS.md."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from gradviz.reproductions.claim_table import claim_table
from gradviz.reproductions.gradients_text import gradients_text, measured_table
from gradviz.reproductions.numbers_in_words import sentence
from gradviz.reproductions.outcomes_read import has_texts, is_read, where_read, why_left_out
from gradviz.reproductions.paper_picture import has_picture, picture_alt
from gradviz.reproductions.provenance_text import provenance_text
from gradviz.reproductions.result_file import ReproductionResult
from gradviz.reproductions.verdict_words import is_not_met, is_open, open_claims_in_words, verdict_of

OUTDATED = (
    "The file of this claim has changed since these runs; `gradviz reproduce {name}` makes the results again."
)

_YEAR = re.compile(r".*?\(\d{4}\)")
_WHY_NOT, _DECIDES = "Why it is not met, as we think", "What would decide it"


def paper_section(result: ReproductionResult, *, pictures: str, outdated: bool = False) -> list[str]:
    """Markdown lines of a paper, beginning with its heading.

    Parameters
    ----------
    result : ReproductionResult
    pictures : str
        Folder of the pictures, relative to the page, with slashes.
    outdated : bool
        Whether the claim's file has changed since.
    """
    told, name = result.told, result.name
    blocks: list[Sequence[str]] = [[f'<a id="{name}"></a>'], [f"## {name}: {verdict_of(result)}"]]
    if outdated:
        blocks.append([f"**{OUTDATED.format(name=name)}**"])
    blocks += [
        [f"**Claim.** {sentence(_text(told, 'claim'))}"],
        [f"**Source.** {_source(told)}"],
        _named("In the paper", told, "protocol"),
        _differs(told),
        _named("Their number", told, "theirs"),
        ["**Ours.**"],
        claim_table(result),
    ]
    if has_picture(result):
        blocks.append([f"![{_in_brackets(picture_alt(result))}]({pictures}/{name}.svg)"])
    blocks += [["**The gradients that explain it.**"], gradients_text(result)]
    if measured := measured_table(result):
        blocks += [["Measured on the finished runs:"], measured]
    blocks += [_named("The paper's picture beside ours", told, "picture"), *_what_remains(result)]
    blocks += [["**Seeds, versions, processors, durations.**"], provenance_text(result)]
    return [line for block in blocks if block for line in (*block, "")]


def _what_remains(result: ReproductionResult) -> list[list[str]]:
    """Why a claim is not met, and what would decide it; nothing if all are met.

    What the file says of it is told only if it was written about the outcomes of these runs.
    """
    if not is_not_met(result) and not is_open(result):
        return []
    told = result.told if is_read(result) else {}
    why = _named(_WHY_NOT, told, "why_not") if is_not_met(result) else []
    decide = _named(_DECIDES, told, "would_decide")
    if more := open_claims_in_words(result):
        decide = [f"{decide[0] if decide else f'**{_DECIDES}.**'} {more}"]
    where = [where_read(result)] if is_read(result) else [why_left_out(result)]
    return [why, decide, where if has_texts(result) and where[0] else []]


def _named(heading: str, told: dict[str, Any], key: str) -> list[str]:
    text = sentence(_text(told, key))
    return [f"**{heading}.** {text}"] if text else []


def _differs(told: dict[str, Any]) -> list[str]:
    points = [sentence(str(one)) for one in told.get("differs", ())]
    return ["**What differs here, and why.**", "", *(f"- {one}" for one in points)] if points else []


def short_source(result: ReproductionResult) -> str:
    """The authors and the year with a link to the paper; the whole source if it has no year."""
    source, link = _text(result.told, "source"), _text(result.told, "link")
    year = _YEAR.match(source)
    short = _in_brackets(year[0] if year else source)
    return f"[{short}]({link})" if link else short


def _source(told: dict[str, Any]) -> str:
    source, link = _text(told, "source"), _text(told, "link")
    return f"[{_in_brackets(source)}]({link})" if link else sentence(source)


def _text(told: dict[str, Any], key: str) -> str:
    return " ".join(str(told.get(key) or "").split())


def _in_brackets(text: str) -> str:
    return text.replace("[", r"\[").replace("]", r"\]")
