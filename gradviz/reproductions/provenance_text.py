"""Where the numbers of a result come from: seeds, runs, versions, processors, durations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from gradviz.reproductions.numbers_in_words import counted, in_a_cell, listed, seeds_in_words, short_number
from gradviz.reproductions.result_file import ReproductionResult
from gradviz.runs.run_files import DIVERGED

_VERSIONS = {"gradviz": "gradviz", "torch": "torch", "python": "Python"}


def provenance_text(result: ReproductionResult) -> list[str]:
    """Lines of a Markdown list."""
    minutes = result.told.get("minutes")
    expected = f"; expected on two workers: {short_number(float(minutes))} min" if minutes else ""
    lines = [f"- Seeds: {seeds_in_words([run.seed for run in result.runs]) or 'none'}."]
    lines.append(f"- Runs: {_runs(result)}.")
    lines += [f"- Missing: {in_a_cell(point)}: {in_a_cell(why)}." for point, why in result.missing.items()]
    lines += [f"- {line}." for line in environments_in_words(result)]
    lines.append(f"- Durations: {processor_time(result)}{expected}.")
    full = " ".join(str(result.told.get("full_size", "")).split())
    return [*lines, *([f"- The paper's size: {full}"] if full else [])]


def _runs(result: ReproductionResult) -> str:
    outcomes = Counter(run.outcome for run in result.runs)
    parts = [f"{count} {outcome}" for outcome, count in outcomes.items()]
    if result.missing:
        parts.append(f"{len(result.missing)} missing")
    learned = sum(bool(run.learned) for run in result.runs)
    judged = [run for run in result.runs if run.learned is not None]
    more = f"; {learned} of {len(judged)} learned" if judged else ""
    return (", ".join(parts) or "none") + more


def diverged(result: ReproductionResult) -> int:
    """How many runs ended in a loss or a gradient that was not finite."""
    return sum(run.outcome == DIVERGED for run in result.runs)


def environments_in_words(result: ReproductionResult) -> list[str]:
    """Versions with commits, and processors, each in one line."""
    used = [result.environments[place] for place in sorted({run.environment for run in result.runs})]
    versions = [
        f"{name} {listed(found)}"
        for key, name in _VERSIONS.items()
        if (found := _distinct(str(one.get(key, "")) for one in used))
    ]
    commits = _distinct(str(one.get("git_commit", ""))[:10] for one in used)
    if commits:
        versions.append(f"commit{'' if len(commits) == 1 else 's'} {listed(commits)}")
    processors = _distinct(
        f"{_processor(one)}, {counted(int(str(one.get('threads', 1))), 'thread')} a run" for one in used
    )
    lines = [f"Versions: {', '.join(versions)}"] if versions else []
    if processors:
        lines.append(f"Processor{'' if len(processors) == 1 else 's'}: {'; '.join(processors)}")
    return lines


def processors_of(result: ReproductionResult) -> list[str]:
    """The processors of the runs, each with the instructions that PyTorch uses on it."""
    return _distinct(map(_processor, (result.environments[run.environment] for run in result.runs)))


def _processor(environment: Mapping[str, Any]) -> str:
    model = environment.get("processor_model") or environment.get("processor", "")
    return f"{model} ({environment.get('cpu_capability', 'unknown')})"


def processor_time(result: ReproductionResult) -> str:
    """Processor minutes of all runs together, and those of the longest."""
    if not result.runs:
        return "no run"
    every = [run.cpu_seconds or run.seconds for run in result.runs]
    kind = "processor minutes" if all(run.cpu_seconds for run in result.runs) else "minutes"
    total = counted(len(result.runs), "run")
    return f"{sum(every) / 60:.1f} {kind} for {total}, {max(every) / 60:.1f} for the longest"


def _distinct(texts: Iterable[str]) -> list[str]:
    found = dict.fromkeys(texts)
    return [text for text in found if text]
