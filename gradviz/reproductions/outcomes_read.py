"""Whether the texts on what is not met were written about the outcomes that a result has."""

from __future__ import annotations

from gradviz.experiment.config.toml_values import as_toml
from gradviz.reproductions.numbers_in_words import counted, listed
from gradviz.reproductions.provenance_text import processors_of
from gradviz.reproductions.result_file import ReproductionResult

TEXTS = ("why_not", "would_decide")
"""Keys of ``[reproduction]`` whose texts are about outcomes."""

_READ_OF, _READ_ON = "read_of", "read_on"


def outcomes_of(result: ReproductionResult) -> list[str]:
    """The outcomes of all claims, in their order."""
    return [claim.outcome for claim in result.claims]


def is_read(result: ReproductionResult) -> bool:
    """Whether the texts of a result were written about its outcomes; true if there are no such texts.

    Examples
    --------
    >>> from gradviz.reproductions.outcomes_read import is_read
    >>> from gradviz.reproductions.result_file import ClaimRecord, ReproductionResult
    >>> claims = [ClaimRecord(claim="c", point={}, outcome="not met", numbers="")]
    >>> about = {"name": "a", "table": {}, "sweep": {}, "environments": (), "runs": (), "claims": claims}
    >>> told = {"why_not": "Too few steps.", "read_of": ["not met"]}
    >>> is_read(ReproductionResult(**about, told=told))
    True
    >>> is_read(ReproductionResult(**about, told={**told, "read_of": ["met"]}))
    False
    """
    return not has_texts(result) or list(result.told.get(_READ_OF, ())) == outcomes_of(result)


def why_left_out(result: ReproductionResult) -> str:
    """Why the texts are not told: which claims came out otherwise when they were written."""
    given, now = list(result.told.get(_READ_OF, ())), outcomes_of(result)
    begin = "What was written on why it is not met and what would decide it is left out"
    if not given:
        return f"{begin}: it is not noted which outcomes it is about."
    if len(given) != len(now):
        return f"{begin}: it is about {counted(len(given), 'claim')}, not {len(now)}."
    pairs = enumerate(zip(given, now, strict=True), 1)
    differ = [f"of claim {number} “{then}”" for number, (then, here) in pairs if then != here]
    on = f", of runs on {then}" if (then := str(result.told.get(_READ_ON) or "")) else ""
    return f"{begin}: it is about other outcomes, {listed(differ)}{on}. Another processor trains otherwise."


def where_read(result: ReproductionResult) -> str:
    """On which processor the numbers in the texts were read, and whether these results are of another."""
    then, now = str(result.told.get(_READ_ON) or ""), listed(processors_of(result))
    if not then:
        return ""
    said = f"Numbers in these words were read from runs on {then}"
    return f"{said}." if then == now else f"{said}; the results here are of {now or 'an unknown processor'}."


def lines_to_note(result: ReproductionResult) -> str:
    """The lines of ``[reproduction]`` that say which outcomes the texts are about, of this result."""
    of, on = as_toml(outcomes_of(result)), as_toml(listed(processors_of(result)))
    return f"{_READ_OF} = {of}\n{_READ_ON} = {on}"


def has_texts(result: ReproductionResult) -> bool:
    """Whether there are texts about outcomes."""
    return any(str(result.told.get(key) or "").strip() for key in TEXTS)
