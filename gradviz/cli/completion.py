"""What the shell offers after TAB: names of figures, tasks, cells, initialisations, experiments and plots.

The names are repeated here, since their own tables import torch or matplotlib, which takes longer than one
waits after TAB; the tests compare them.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click
from click.shell_completion import CompletionItem

TASKS = (
    *("adding", "adding_1997", "copy_memory", "delayed_recall", "digits", "dyck", "latch", "mnist"),
    *("multiplication", "parity", "random_permutation", "temporal_order", "text", "two_sequences"),
)
CELLS = ("rnn", "rnn_relu", "lstm", "gru")
INITS = ("chrono", "default", "forget_bias", "identity", "orthogonal", "unit_gate")
PLOTS = (
    *("gradient_heatmap", "gradient_norms", "gradient_paths", "gate_heatmap", "gate_histogram"),
    *("gate_saturation", "saturation_heatmap", "unit_saturation", "time_constants", "learning_curve", "text"),
)
ANIMATED = ("gradient_heatmap", "saturation_heatmap", "gradient_norms", "gate_saturation", "gate_histogram")
PAPERS = "papers"  # the part of the lecture that is drawn from results of papers
_SETTINGS = {"task.name": TASKS, "model.cell": CELLS, "model.init": INITS}
_EXPERIMENTS = Path("experiments")

Items = list[CompletionItem]


def _beginning(names: Iterable[str], incomplete: str) -> Items:
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]


def complete_tasks(_: click.Context, __: click.Parameter, incomplete: str) -> Items:
    """Tasks whose name begins so."""
    return _beginning(TASKS, incomplete)


def complete_cells(_: click.Context, __: click.Parameter, incomplete: str) -> Items:
    """Cells whose name begins so."""
    return _beginning(CELLS, incomplete)


def complete_figures(_: click.Context, __: click.Parameter, incomplete: str) -> Items:
    """Lecture figures whose name begins so."""
    from gradviz.gallery.figure_table import FIGURES

    return _beginning(FIGURES, incomplete)


def complete_slides(_: click.Context, __: click.Parameter, incomplete: str) -> Items:
    """Lecture figures, and the part on papers, whose name begins so."""
    from gradviz.gallery.figure_table import FIGURES

    return _beginning((*FIGURES, PAPERS), incomplete)


def complete_settings(_: click.Context, __: click.Parameter, incomplete: str) -> Items:
    """``KEY=VALUE`` of the task, the cell and the initialisation, so far as they begin so."""
    pairs = (f"{key}={name}" for key, names in _SETTINGS.items() for name in names)
    return _beginning(pairs, incomplete)


def complete_experiments(_: click.Context, __: click.Parameter, incomplete: str) -> Items:
    """Files in ``experiments/`` of the current folder whose path or name begins so.

    If there are none: names of the experiments that come with gradviz and begin so, and any file.
    """
    from gradviz.experiment.config.shipped_experiments import shipped_experiments

    paths = [str(path) for path in sorted(_EXPERIMENTS.glob("*.toml"))]
    found = [path for path in paths if path.startswith(incomplete) or Path(path).stem.startswith(incomplete)]
    if found:
        return [CompletionItem(path) for path in found]
    return [*_beginning(shipped_experiments(), incomplete), CompletionItem(incomplete, type="file")]


def complete_papers(_: click.Context, __: click.Parameter, incomplete: str) -> Items:
    """Papers whose name begins so; any file if there are none."""
    from gradviz.experiment.config.shipped_experiments import shipped_reproductions

    here = [path.stem for path in sorted((_EXPERIMENTS / "papers").glob("*.toml"))]
    return _beginning(here or shipped_reproductions(), incomplete) or [
        CompletionItem(incomplete, type="file")
    ]


def complete_runs_and_plots(ctx: click.Context, __: click.Parameter, incomplete: str) -> Items:
    """Kinds of plots that begin so, where a run is given already; folders where none does."""
    given = ctx.params.get("runs") or ctx.params.get("kind")  # a single word is taken for the kind
    found = _beginning(PLOTS, incomplete) if given else []
    return found or [CompletionItem(incomplete, type="file")]


def complete_animated(_: click.Context, __: click.Parameter, incomplete: str) -> Items:
    """Kinds of plots that can be animated and begin so."""
    return _beginning(ANIMATED, incomplete)
