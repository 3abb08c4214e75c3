"""Results as `gradviz reproduce` collects them, made up: runs that learned and that did not."""

import math

import numpy as np

from gradviz.reproductions.result_file import (
    ClaimRecord,
    ReproductionResult,
    RunRecord,
    SeedValue,
    Series,
)

ENVIRONMENT = {
    "gradviz": "0.9.0",
    "torch": "2.4.0",
    "python": "3.11.9",
    "git_commit": "abcdef0123456789",
    "processor": "x86_64",
    "processor_model": "A Processor | 3000",
    "cpu_capability": "AVX2",
    "threads": 1,
}
TOLD = {
    "claim": "A ReLU RNN that starts as the identity learns to add as an LSTM does, a tanh RNN does not",
    "source": "Somebody [and others] (2015), figure 2",
    "link": "https://doi.org/10.1000/xyz",
    "protocol": "150 to 400 steps, 100 units, gradient descent",
    "differs": ["20 steps in place of 150, so that it takes minutes", "50 units"],
    "theirs": "the IRNN ends near 0 at 150 steps",
    "picture": "Their figure shows the test error falling from 0.167.",
    "full_size": "About 40 processor hours.",
    "minutes": 4.0,
    "learned": {"metric": "loss", "over": 50, "below": 0.05},
    "why_not": "The rate is too low for this many steps.",
    "would_decide": "The same with ten times the steps.",
}
TABLE = {
    "task": {"name": "adding", "length": 20},
    "model": {"hidden_size": 50},
    "training": {"steps": 600},
    "expect": [{"metric": "loss", "below": 0.05, "share_of_seeds": 0.5}],
}
CELLS = ({"model.cell": "lstm"}, {"model.cell": "rnn"})
STEPS = tuple(range(0, 600, 15))


def a_run(point, seed, *, learned=True, lost=(2.0, 0.5), outcome="done", **changes):
    """A run whose loss falls to .01 or stays at 1/6, and whose decades lost go from one number to another."""
    rng = np.random.default_rng(seed)
    fall = np.array(STEPS) / STEPS[-1]
    noise = np.exp(0.1 * rng.standard_normal(len(STEPS)))
    loss = (1 / 6) * (0.06 ** np.clip(1.6 * fall - 0.5, 0, 1) if learned else 1.0) * noise
    curves = {"loss": Series(steps=STEPS, values=tuple(loss))}
    if lost is not None:
        middle = lost[0] + (lost[1] - lost[0]) * fall + 0.1 * rng.standard_normal(len(STEPS))
        curves["decades_lost"] = Series(steps=STEPS, values=(*middle[:-1], lost[1]))
    about = {
        "point": point,
        "seed": seed,
        "folder": f"a-{seed}",
        "outcome": outcome,
        "ended_by": "steps" if outcome == "done" else outcome,
        "steps": 600,
        "seconds": 12.0,
        "cpu_seconds": 9.0,
        "learned": learned,
        "final": {"loss": math.nan if outcome == "diverged" else float(loss[-1])},
        "curves": curves,
        "task": "adding",
        "lag": 19,
        "fixed_lag": True,
        "lost_early": None if lost is None else lost[0],
        "lost_early_step": None if lost is None else 30,
    }
    return RunRecord(**{**about, **changes})


def some_runs(*, fixed=True, lost=True):
    """Two points, six seeds each: LSTMs learn but one, RNNs do not but one; one RNN diverges."""
    found = []
    for seed in range(6):
        decades = (2.0 + 0.2 * seed, 0.5) if lost else None
        found.append(a_run(CELLS[0], seed, learned=seed != 5, lost=decades, fixed_lag=fixed))
    for seed in range(5):
        decades = (6.0 + 0.3 * seed, 8.0) if lost else None
        outcome = "diverged" if seed == 3 else "done"
        found.append(a_run(CELLS[1], seed, learned=seed == 4, lost=decades, outcome=outcome, fixed_lag=fixed))
    return tuple(found)


def claims():
    """One claim of each outcome."""
    values = tuple(SeedValue(seed=seed, value=0.01 * (seed + 1)) for seed in range(5))
    compared = tuple(SeedValue(seed=seed, value=0.16, compared=True) for seed in range(5))
    never = SeedValue(seed=5, value=None, at_least=600)
    return (
        ClaimRecord(
            claim="the loss is below that of model.cell=rnn",
            point={"model.cell": "lstm"},
            outcome="met",
            numbers="5.3 times below (3.2 to 16, 97%)",
            value=5.3,
            low=3.2,
            high=16.0,
            coverage=0.974,
            runs=6,
            source="figure 2",
            values=(*values, never, *compared),
        ),
        ClaimRecord(
            claim="loss is below 0.05 in at least 50% of the seeds",
            point={},
            outcome="not met",
            numbers="1 of 6 runs (0.03 to 0.56, 95%) | by step 600",
            value=1 / 6,
            low=0.03,
            high=0.49,
            coverage=0.95,
            runs=6,
            values=values,
        ),
        ClaimRecord(
            claim="c",
            point={},
            outcome="the seeds do not tell",
            numbers="4 of 6 runs",
            value=4 / 6,
            low=0.3,
            high=0.9,
            coverage=0.95,
            runs=6,
        ),
    )


def a_result(name="le2015", *, runs=None, its_claims=None, **told):
    """A result with runs of two points, and three claims; the texts are about their outcomes."""
    found = claims() if its_claims is None else tuple(its_claims)
    about = {"read_of": [claim.outcome for claim in found], "read_on": "A Processor | 3000 (AVX2)"}
    return ReproductionResult(
        name=name,
        told={**TOLD, **about, **told},
        table=TABLE,
        sweep={"seed": "0..5", "model.cell": ["lstm", "rnn"]},
        environments=(ENVIRONMENT,),
        runs=some_runs() if runs is None else tuple(runs),
        missing={"seed=5 model.cell=rnn": "no free disk space"},
        claims=found,
    )


def by_length():
    """Three lengths and two ways to clip: the shorter, the more runs learn."""
    found = []
    for length, learn in ((10, 6), (20, 3), (40, 0)):
        for clip, more in ((None, 0), (1.0, 1)):
            for seed in range(6):
                point = {"task.length": length, "training.clip_norm": clip}
                lost = (length / 8 + 0.2 * seed, length / 10)
                found.append(
                    a_run(point, seed, learned=seed < learn + more, lost=lost, lag=length, fixed_lag=False)
                )
    return a_result("pascanu2013", runs=found)


def measured():
    """No decades lost, but measured numbers."""
    found = []
    for run in some_runs(lost=False):
        gate = 0.3 + 0.05 * run.seed
        numbers = {
            "lyapunov_before": -0.4 - 0.01 * run.seed,
            "lyapunov_after": -0.02 * run.seed,
            "gate": gate,
        }
        found.append(run.model_copy(update={"measured": numbers, "task": "copy_memory"}))
    return a_result("engelken2023", runs=found, expect=[{"metric": "lyapunov_after", "above": -0.1}])


def some_results():
    """One result of each kind."""
    return [a_result(), by_length(), measured()]
