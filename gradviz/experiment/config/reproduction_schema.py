"""The schema of [reproduction]: a paper's claim, and what else than its numbers is to be told of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError

from gradviz.experiment.config.claim_schema import Expectation
from gradviz.experiment.config.table import Positive, Table
from gradviz.experiment.config.validation import Mistake, bad_experiment, bad_value, mistakes_of

REPRODUCTION = "reproduction"


def _of_one_run(claim: Expectation) -> Expectation:
    if not claim.is_of_the_run:
        raise ValueError("must say when a single run has learned, without other runs")
    return claim


_Outcome = Literal["met", "not met", "the seeds do not tell"]


def _list(given: object) -> object:
    if not isinstance(given, list | tuple):
        raise ValueError("must be a list of texts")
    return given


def _said(text: str) -> str:
    if not text.strip():
        raise ValueError("must say something")
    return text


_Text = Annotated[str, AfterValidator(_said)]
_Texts = Annotated[tuple[_Text, ...], Field(strict=False), BeforeValidator(_list)]


class Reproduction(Table):
    """What ``gradviz reproduce`` tells of a paper's claim beside the verdicts on ``[[expect]]``.

    Attributes
    ----------
    claim : str
        What the paper says, in one sentence.
    source : str
        The paper, and the place in it.
    link : str
        Address of the paper.
    protocol : str
        What the paper did: task, sizes, optimizer, number of runs.
    differs : tuple of str
        What is different here, and why; one sentence each.
    theirs : str
        The paper's number.
    picture : str
        What the paper's picture shows, in words and numbers, and how ours is to be set beside it.
    full_size : str
        What the paper's size would need.
    minutes : float
        Expected duration on two workers.
    learned : Expectation
        When a run counts as one that has learned.
    measured : tuple of str
        What is measured on every run that is done: names in `gradviz.reproductions.measure_table.MEASURED`.
    expect : tuple of Expectation
        Claims about what is measured, by the name of the number.
    why_not : str
        Why we think that a claim is not met; told only if one is not.
    would_decide : str
        What would decide a claim that is not met, or of which the seeds do not tell; told only then.
    title : str
        The claim in a few words, for titles; the claim itself if it is left out.
    read_of : tuple of str
        The outcomes that ``why_not`` and ``would_decide`` were written about, ``"met"``, ``"not met"`` or
        ``"the seeds do not tell"`` for each claim; with other outcomes these two are not told.
    read_on : str
        The processor of the runs that their numbers were read from.
    """

    claim: _Text
    source: _Text
    link: str = ""
    protocol: _Text
    differs: _Texts
    theirs: _Text
    picture: str = ""
    full_size: _Text
    minutes: Positive
    learned: Annotated[Expectation, AfterValidator(_of_one_run)] | None = None
    measured: _Texts = ()
    expect: Annotated[tuple[Expectation, ...], Field(strict=False)] = ()
    why_not: str = ""
    would_decide: str = ""
    title: str = ""
    read_of: Annotated[tuple[_Outcome, ...], Field(strict=False)] = ()
    read_on: str = ""


def read_reproduction(given: object, place: Callable[[str], str]) -> Reproduction | None:
    """The table ``[reproduction]`` of a file; None if it has none.

    ``place`` tells where the value of a dotted key comes from.

    Raises
    ------
    BadExperiment
        If it has mistakes; the message names all of them.
    """
    if given is None:
        return None
    if not isinstance(given, Mapping):
        raise bad_experiment([bad_value(REPRODUCTION, given, "must be a table")], place)
    try:
        return Reproduction.model_validate(given)
    except ValidationError as error:
        inner = mistakes_of(error, Reproduction)
        found = [Mistake(f"{REPRODUCTION}.{one.path}", one.message) for one in inner]
        raise bad_experiment(found, place) from None
