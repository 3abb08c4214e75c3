"""What a vanishing gradient predicts: many small trainings, one row each.

Run from the root of the repository::

    python -m experiments.vanishing.trials --workers 2 --seconds 3600 --out build/trials.csv

It can be interrupted; the same line goes on. Seeds are the outermost loop, so that after any time all tasks
have about equally many trainings.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import math
import os
import time
import zlib
from collections import deque
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import nn

from gradviz.capture.record import record
from gradviz.errors import BadRecording
from gradviz.measures.gradient_across_lag import LOST, gradient_across_lag
from gradviz.models.initialise import initialise
from gradviz.models.sequence import SequenceModel
from gradviz.tasks.task_table import make_task
from gradviz.training.loop import Diverged, Training
from gradviz.training.optimisation import Optimisation

RECORDED = (0, 10, 20, 30, 40, 60, 80, 100, 150, 200, 300)
STEPS = 600
UNITS, BATCH, CLIP = 24, 32, 1.0
AVERAGED = 50  # training steps over which the score is averaged
SOLVED = 0.95  # a training whose score reaches this has learned its task, and ends
LEARNED = 0.5  # half-way from the trivial predictor to a perfect one
LOSS_OVER = 10  # training steps over which an early loss is averaged

CELLS = ("rnn", "lstm", "gru")
RATES = (1e-2, 1e-3)
STARTS = ("default", "keeps", "orthogonal", "forgets")

# name: (kind of lags, task, its options). "fixed": one lag; "spread": shorter lags are rewarded too;
# "every": one lag, but the loss also reads the time steps between, so that its gradient hides the memory.
TASKS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "recall 8": ("fixed", "delayed_recall", {"length": 9, "symbols": 4, "distractors": 4}),
    "recall 15": ("fixed", "delayed_recall", {"length": 16, "symbols": 4, "distractors": 4}),
    "recall 40": ("fixed", "delayed_recall", {"length": 41, "symbols": 4, "distractors": 4}),
    "latch 37": ("fixed", "latch", {"length": 40, "signal": 3}),
    "order 45": ("fixed", "temporal_order", {"length": 50, "symbols": 2}),
    "xor 15": ("fixed", "parity", {"length": 16, "bits": 2}),
    "recall 1-40": ("spread", "delayed_recall", {"length": (2, 41), "symbols": 4, "distractors": 4}),
    "adding 39": ("spread", "adding", {"length": 40}),
    "multiplication 39": ("spread", "multiplication", {"length": 40}),
    "latch 1-37": ("spread", "latch", {"length": (4, 40), "signal": 3}),
    "parity 1-11": ("spread", "parity", {"length": (1, 12)}),
    "copy 13": ("every", "copy_memory", {"delay": 10, "symbols": 3, "alphabet": 4}),
    "permutation 15": ("every", "random_permutation", {"length": 16, "alphabet": 6}),
}


class Trial(NamedTuple):
    """One training: what is varied."""

    seed: int
    task: str
    cell: str
    rate: float
    start: str

    @property
    def key(self) -> str:
        return f"{self.seed},{self.task},{self.cell},{self.rate:g},{self.start}"

    @property
    def generator_seed(self) -> int:
        """Every training has its own weights and batches."""
        return zlib.crc32(self.key.encode())


COLUMNS = (
    *("seed", "task", "lags", "lag", "cell", "rate", "start", "steps", "score", "learned", "diverged"),
    *(f"lost_{step}" for step in RECORDED),
    *(f"loss_{step}" for step in RECORDED),
    *("baseline", "seconds"),
)


def trials(seeds: int) -> Iterator[Trial]:
    """All trainings, seed by seed."""
    for seed, *rest in itertools.product(range(seeds), TASKS, CELLS, RATES, STARTS):
        yield Trial(seed, *rest)  # type: ignore[arg-type]


def train(trial: Trial) -> dict[str, Any]:
    """One training, recorded at `RECORDED`, as a row of the table."""
    torch.set_num_threads(1)
    began = time.monotonic()
    lags, name, options = TASKS[trial.task]
    task = make_task(name, **options)
    torch.manual_seed(trial.generator_seed)
    model = SequenceModel(trial.cell, task.input_size, UNITS, task.output_size, every_step=task.every_step)
    _start(model.recurrent, trial.start)
    how = Optimisation(
        steps=STEPS,
        batch_size=BATCH,
        learning_rate=trial.rate,
        clip_norm=CLIP,
        seed=trial.generator_seed,
    )
    training = Training(model, task, how)
    losses: list[float] = []
    scores: deque[float] = deque(maxlen=AVERAGED)
    diverged = False
    with record(model, every=lambda step: step in RECORDED) as tape:
        try:
            for step in training:
                tape.step()
                losses.append(step.loss)
                scores.append(_score(task, step.metrics[task.metric_name]))
                if len(scores) == AVERAGED and _mean(scores) >= SOLVED:
                    break
        except Diverged:
            diverged = True
    score = -math.inf if diverged else _mean(scores)
    return {
        **{"seed": trial.seed, "task": trial.task, "lags": lags, "lag": task.lag, "cell": trial.cell},
        **{"rate": f"{trial.rate:g}", "start": trial.start, "steps": training.step},
        **{"score": f"{score:.3f}", "learned": int(score >= LEARNED), "diverged": int(diverged)},
        **_lost(tape.dataset, task.lag),
        **{f"loss_{at}": _loss_until(losses, at) for at in RECORDED},
        **{"baseline": f"{task.baseline:.4g}", "seconds": f"{time.monotonic() - began:.2f}"},
    }


def _start(layer: nn.RNNBase, start: str) -> None:
    """Weights that keep the state long, or for a short time only."""
    if start == "orthogonal":
        initialise(layer, "orthogonal")
    elif start in ("keeps", "forgets") and isinstance(layer, nn.RNN):
        with torch.no_grad():
            layer.weight_hh_l0 *= 1.6 if start == "keeps" else 0.3
    elif start in ("keeps", "forgets"):
        initialise(layer, "forget_bias", value=3.0 if start == "keeps" else -3.0)


def _score(task: Any, metric: float) -> float:
    """0 for the trivial predictor, 1 for a perfect one."""
    if task.metric_goal == "min":
        return 1 - metric / float(task.baseline)
    classes = {"copy_memory": lambda: task.alphabet, "random_permutation": lambda: 2}
    chance = 1 / classes.get(task.name, lambda: task.output_size)()
    return (metric - chance) / (1 - chance)


def _loss_until(losses: list[float], step: int) -> str:
    """Mean of the losses up to a step; empty if the training ended before it."""
    near = losses[max(step + 1 - LOSS_OVER, 0) : step + 1]
    return f"{_mean(near):.4g}" if step < len(losses) else ""


def _mean(values: Any) -> float:
    return sum(values) / len(values) if len(values) else math.nan


def _lost(dataset: Any, lag: int) -> dict[str, str]:
    """Decades lost over the lag at each recorded step; at most over the longest sequence of that step."""
    columns = {f"lost_{step}": "" for step in RECORDED}
    for step in dataset["step"].values:
        one = dataset.sel(step=[step])
        try:
            lost = gradient_across_lag(one, lag=lag)[LOST]
        except BadRecording:
            lost = gradient_across_lag(one)[LOST]
        columns[f"lost_{int(step)}"] = f"{float(lost.squeeze()):.2f}"
    return columns


def run(*, workers: int, seconds: float, seeds: int, out: Path) -> None:
    """Train what is not in the file yet, until the time is over."""
    deadline = time.monotonic() + seconds
    done = _done(out)
    left = (trial for trial in trials(seeds) if trial.key not in done)
    out.parent.mkdir(parents=True, exist_ok=True)
    os.environ["OMP_NUM_THREADS"] = "1"
    with (
        out.open("a", newline="", encoding="utf-8") as file,
        ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool,
    ):
        table = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        if not out.stat().st_size:
            table.writeheader()
        running: set[Future[Any]] = {
            pool.submit(train, trial) for trial in itertools.islice(left, 2 * workers)
        }
        while running:
            ended, running = wait(running, return_when=FIRST_COMPLETED)
            for future in ended:
                table.writerow(future.result())
                if time.monotonic() < deadline and (trial := next(left, None)) is not None:
                    running.add(pool.submit(train, trial))
            file.flush()
            if time.monotonic() >= deadline:
                running = {future for future in running if not future.cancel()}
    print(f"{len(_done(out))} trainings in {out}")


def _done(out: Path) -> set[str]:
    if not out.exists():
        return set()
    with out.open(newline="", encoding="utf-8") as file:
        return {
            ",".join(row[name] for name in ("seed", "task", "cell", "rate", "start"))
            for row in csv.DictReader(file)
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--seconds", type=float, default=3600.0, help="no training begins later")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--out", type=Path, default=Path("build/trials.csv"))
    given = parser.parse_args()
    run(workers=given.workers, seconds=given.seconds, seeds=given.seeds, out=given.out)


if __name__ == "__main__":
    main()
