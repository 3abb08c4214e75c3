"""Which remedies of a diagnosis are tried."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from math import isfinite
from typing import TYPE_CHECKING, NamedTuple

from gradviz.diagnosis.finding import Change, Finding, Remedy

if TYPE_CHECKING:
    from gradviz.remedies.one_try import Try


class Proposal(NamedTuple):
    """Changes to try, the kinds of the findings that advise them, and what these print."""

    changes: tuple[Change, ...]
    kinds: tuple[str, ...]
    remedies: tuple[Remedy, ...]


def proposals(findings: Iterable[Finding]) -> tuple[Proposal, ...]:
    """The remedies of trouble and warnings that can be tried, each once, in the order of the findings.

    Parameters
    ----------
    findings : iterable of Finding

    Returns
    -------
    tuple of Proposal
    """
    found: list[Proposal] = []
    for finding in _advising(findings):
        changes = finding.remedy.changes
        same = [place for place, known in enumerate(found) if known.changes == changes]
        if not changes:
            continue
        if same:
            known = found[same[0]]
            found[same[0]] = known._replace(kinds=tuple(dict.fromkeys((*known.kinds, finding.kind))))
        else:
            found.append(Proposal(changes, (finding.kind,), (finding.remedy,)))
    return tuple(found)


def only_by_author(findings: Iterable[Finding]) -> tuple[Remedy, ...]:
    """The remedies of trouble and warnings that only the author of the model can apply, each once.

    Parameters
    ----------
    findings : iterable of Finding

    Returns
    -------
    tuple of Remedy
    """
    remedies = [finding.remedy for finding in _advising(findings)]
    found = {remedy.code: remedy for remedy in reversed(remedies) if remedy.advice and not remedy.changes}
    return tuple(reversed(found.values()))


def together(tried: Sequence[Try]) -> Iterator[Proposal]:
    """The two remedies with the lowest losses that do not contradict each other, as one.

    Parameters
    ----------
    tried : sequence of Try

    Yields
    ------
    Proposal
        At most one.
    """
    usable = [each for each in tried if not each.failed and isfinite(each.loss)]
    by_loss = sorted(usable, key=lambda each: each.loss)
    pairs = sorted(combinations(range(len(by_loss)), 2), key=sum)
    for first, second in pairs:
        pair = sorted((by_loss[first], by_loss[second]), key=usable.index)
        changes = tuple(_each_once(change for each in pair for change in each.changes))
        if _contradict(changes) or any(len(changes) == len(each.changes) for each in pair):
            continue
        yield Proposal(
            changes,
            tuple(dict.fromkeys(kind for each in pair for kind in each.kinds)),
            tuple(remedy for each in pair for remedy in each.remedies),
        )
        return


def _advising(findings: Iterable[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.severity in ("trouble", "warning")]


def _each_once(changes: Iterable[Change]) -> list[Change]:
    found: list[Change] = []
    for change in changes:
        if change not in found:
            found.append(change)
    return found


def _contradict(changes: Sequence[Change]) -> bool:
    """Whether two changes set the same thing to different values."""
    things = [_thing(change) for change in changes]
    return len(set(things)) < len(things)


def _thing(change: Change) -> tuple[object, ...]:
    """What a change sets."""
    options = change.options
    return change.name, options.get("module"), options.get("scheme")
