"""The steps that are timed: the same training, with and without the recorder."""

from dataclasses import replace

import pytest
import torch

from gradviz.benchmark import steps as timed_steps
from gradviz.benchmark.steps import make_workload, native, recorded
from gradviz.capture.record import record


def test_work_is_the_same_at_every_call_and_leaves_the_generator_alone(tiny):
    before = torch.get_rng_state()
    first, second = make_workload("gru", 5, tiny), make_workload("gru", 5, tiny)
    assert torch.equal(torch.get_rng_state(), before)
    assert first.inputs.shape == (4, 5, 3)
    assert first.targets.shape == (4, 5, 1)
    assert torch.equal(first.inputs, second.inputs)
    for a, b in zip(first.model.parameters(), second.model.parameters(), strict=True):
        assert torch.equal(a, b)


def test_there_are_as_many_layers_as_the_settings_say(tiny):
    assert make_workload("gru", 5, replace(tiny, num_layers=3)).model.recurrent.num_layers == 3


def test_no_gradient_is_subnormal_on_a_long_sequence(tiny):
    workload = make_workload("rnn", 400, tiny)
    with record(workload.model) as tape, native(workload) as step:
        step()
    assert float(tape.dataset["log10_grad_h"].min()) > -10


def test_a_twin_is_equal_and_fractions_no_weights(tiny):
    workload = make_workload("rnn", 5, tiny)
    copy = workload.copy()
    with native(workload) as step:
        step()
    changed = [
        not torch.equal(a, b)
        for a, b in zip(workload.model.parameters(), copy.model.parameters(), strict=True)
    ]
    assert all(changed)


@pytest.mark.parametrize("options", [{}, {"samples": None}, {"every": 2}])
@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_recorded_training_is_the_native_one(tiny, cell, options):
    workload = make_workload(cell, 5, tiny)
    copy = workload.copy()
    with native(workload) as plain, recorded(copy, **options) as watched:
        for _ in range(3):
            plain()
            watched()
    for a, b in zip(workload.model.parameters(), copy.model.parameters(), strict=True):
        assert torch.equal(a, b)


@pytest.mark.parametrize(
    ("options", "kept_steps", "kept_samples"),
    [({}, [0, 1, 2], 16), ({"samples": None}, [0, 1, 2], 20), ({"every": 2}, [0, 2], 16)],
)
def test_the_recorder_really_records(tiny, monkeypatch, options, kept_steps, kept_samples):
    tapes = []

    def remember(*args, **kwargs):
        tapes.append(record(*args, **kwargs))
        return tapes[-1]

    monkeypatch.setattr(timed_steps, "record", remember)
    workload = make_workload("lstm", 5, replace(tiny, batch_size=20))
    with recorded(workload, **options) as step:
        for _ in range(3):
            step()
    found = tapes[0].dataset["log10_grad_h"]
    assert found["step"].values.tolist() == kept_steps
    assert found.sizes["sample"] == kept_samples
