"""Own code, validation, curriculum, claims over seeds and searches, each with another."""

import math
from dataclasses import dataclass

import pytest
import torch

import gradviz as gv
from gradviz.experiment.config.claim_schema import Expectation
from gradviz.experiment.config.validation import BadExperiment
from gradviz.experiment.run.claim_curve import SparseCurve, of_evaluations
from gradviz.experiment.run.claim_value import steps_until, value_at_step
from gradviz.training.learning_rate_schedule import Schedule
from gradviz.training.loop import Training
from gradviz.training.optimisation import Optimisation


@dataclass(frozen=True)
class Last:
    """Say the last number of a sequence."""

    length: int = 4
    input_size = output_size = 1

    def batch(self, size, generator):
        inputs = torch.rand(size, self.length, 1, generator=generator)
        return inputs, inputs[:, -1]

    def loss(self, outputs, targets):
        return torch.nn.functional.mse_loss(outputs, targets)


def half(outputs, targets):
    return (outputs - targets).abs().mean() / 2


def groups(parameters, lr, momentum=0.0):
    """The last of the parameters learns at a tenth of the rate."""
    *most, last = parameters
    return torch.optim.SGD([{"params": most}, {"params": [last], "lr": lr / 10}], lr=lr, momentum=momentum)


def table(**changes):
    made = {
        "name": "together",
        "task": Last,
        "model": {"cell": "gru", "hidden_size": 2},
        "training": {"steps": 6, "batch_size": 3, "learning_rate": 0.1, "metric": half, "metric_goal": "min"},
        "validation": {"every": 2, "batches": 1},
    }
    return {**made, **changes}


def test_an_own_task_with_an_own_metric_is_validated_and_grows(tmp_path):
    found = gv.run(
        table(curriculum={"lengths": [3, 5], "advance_at": 10.0}, task={"name": Last, "length": 5}),
        runs=tmp_path,
    )
    assert found.outcome == "done"
    assert list(found.metrics["sequence_length"]) == [3, 3, 5, 5, 5, 5]
    assert {"half", "loss"} <= set(found.metrics)
    text = (found.folder / "validation.csv").read_text().splitlines()
    assert text[0] == "step,loss,half,sequence_length"
    assert [line.split(",")[0] for line in text[1:]] == ["1", "3", "5"]


def test_claims_over_seeds_may_be_about_evaluations(tmp_path):
    claims = [
        {"metric": "validation_half", "below": 9.0, "over_seeds": "median"},
        {"metric": "validation_loss", "until_below": 9.0, "share_of_seeds": 0.1},
        {"metric": "validation_loss", "below": 0.0, "over_seeds": "median"},
    ]
    found = gv.sweep(table(sweep={"seed": "0..4"}, expect=claims), runs=tmp_path, workers=0)
    assert [verdict.outcome for verdict in found.verdicts] == ["met", "met", "not met"]
    assert [verdict.runs for verdict in found.verdicts] == [5, 5, 5]
    assert (found.folder / "claims.json").exists()
    (line,) = [line for line in repr(found).splitlines() if "claim not met" in line]
    assert line.split("claim not met")[1].strip().startswith("median 0.")


def test_evaluations_are_counted_by_their_training_steps():
    curve = of_evaluations(SparseCurve([9, 19, 29], [3.0, 1.0, 0.5]), taken=35)
    claim = Expectation(metric="validation_loss", until_below=2.0)
    assert steps_until(claim, curve) == 20
    assert value_at_step(Expectation(metric="validation_loss", at=28, below=1), curve) == 1.0
    assert value_at_step(Expectation(metric="validation_loss", at=8, below=1), curve) is None
    assert value_at_step(Expectation(metric="validation_loss", at=35, below=1), curve) is None


def test_a_search_by_the_validation_is_not_pruned_by_its_patience(tmp_path):
    pytest.importorskip("optuna")
    search = {"trials": 2, "metric": "validation_loss", "training.learning_rate": {"low": 1e-9, "high": 2e-9}}
    validation = {"every": 1, "batches": 1, "patience": 1}
    found = gv.sweep(table(sweep={"search": search}, validation=validation), runs=tmp_path, workers=0)
    assert [trial.state for trial in found.trials] == ["complete", "complete"]
    assert all(math.isfinite(trial.value) for trial in found.trials)


def test_a_claim_about_no_run_is_a_mistake_in_python_too(tmp_path):
    claim = {"metric": "loss", "below": 1.0, "where": {"model.cel": "gru"}}
    with pytest.raises(BadExperiment, match=r"model\.cel.*did you mean"):
        gv.run(table(expect=claim), runs=tmp_path)
    with pytest.raises(BadExperiment, match=r"model\.cel.*did you mean"):
        gv.sweep(table(expect=claim, sweep={"seed": [0, 1]}), runs=tmp_path, workers=0)
    assert not list(tmp_path.iterdir())


def test_a_schedule_scales_every_rate_of_an_own_optimizer():
    how = Optimisation(
        steps=4,
        optimizer=groups,
        learning_rate=0.5,
        momentum=0.9,
        schedule=Schedule("step", every=2, factor=0.1),
    )
    training = Training(gv.SequenceModel("gru", 1, 2, 1), Last(), how)
    rates = []
    for _ in training:
        rates.append([group["lr"] for group in training._optimizer.param_groups])
    assert training._optimizer.param_groups[0]["momentum"] == 0.9
    assert rates == [[0.5, 0.05]] * 2 + [pytest.approx([0.05, 0.005])] * 2


def test_settings_that_an_own_optimizer_does_not_take_are_named(tmp_path):
    given = table(validation={"every": 1, "batches": 1})
    gv.run({**given, "training": {"steps": 2, "optimizer": groups}}, runs=tmp_path)  # fits without it
    given["training"] = {"steps": 2, "optimizer": groups, "weight_decay": 0.1}
    with pytest.raises(BadExperiment, match="weight_decay"):
        gv.run(given, runs=tmp_path)


class OwnGRU(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.GRU(1, 2, batch_first=True)
        self.head = torch.nn.Linear(2, 1)

    def forward(self, inputs):
        return self.head(self.layer(inputs)[0][:, -1])


def test_own_code_is_trained_in_double_precision(tmp_path):
    training = {"steps": 2, "dtype": "float64"}
    found = gv.run(table(training=training, model={"make": OwnGRU}), runs=tmp_path)
    assert {part.dtype for part in found.model.parameters()} == {torch.float64}


@pytest.mark.parametrize("key", ["model.make", '"model.make"'])
def test_a_claim_may_compare_with_code_of_ones_own(tmp_path, key):
    (tmp_path / "mine.py").write_text(
        "import torch\n\n\n"
        "class Net(torch.nn.Module):\n"
        "    def __init__(self, units):\n"
        "        super().__init__()\n"
        "        self.layer = torch.nn.GRU(2, units, batch_first=True)\n"
        "        self.head = torch.nn.Linear(units, 1)\n\n"
        "    def forward(self, inputs):\n"
        "        return self.head(self.layer(inputs)[0][:, -1])\n\n\n"
        "def small():\n    return Net(2)\n\n\n"
        "def large():\n    return Net(3)\n"
    )
    (tmp_path / "x.toml").write_text(
        'name = "x"\ntask = {name = "adding", length = 4}\n'
        'model = "mine.py:small"\n'
        "[training]\nsteps = 2\nbatch_size = 2\n"
        '[sweep]\n"model.make" = ["mine.py:small", "mine.py:large"]\nseed = [0, 1]\n'
        '[[expect]]\nmetric = "loss"\n'
        f'where = {{{key} = "mine.py:large"}}\nbelow_that_of = {{{key} = "mine.py:small"}}\n'
    )
    found = gv.sweep(tmp_path / "x.toml", runs=tmp_path / "runs", workers=0)
    assert [verdict.runs for verdict in found.verdicts] == [2]
    assert "against" in found.verdicts[0].numbers


def test_notes_of_a_sweep_from_python_name_its_settings(tmp_path):
    tasks = [{"name": "adding", "length": 3}, {"name": "adding", "length": 4}]
    given = table(
        task="adding", training={"steps": 1}, sweep={"task": tasks}, validation={"every": 1, "batches": 1}
    )
    found = gv.sweep(given, runs=tmp_path, workers=0, settings={"task.length": 4})
    assert found.notes == ("settings task.length=4 narrows the sweep over task to 1 of 2 values",)
    with pytest.raises(BadExperiment, match=r"for several write settings sweep\.seed=\[3, 4\]"):
        gv.sweep(table(sweep={"seed": [0, 1]}), runs=tmp_path, workers=0, settings={"seed": [3, 4]})
