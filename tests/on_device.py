"""Checks of the recorder on a device: plain functions that need only torch and gradviz.

Each gives its worst error and the most that is allowed.  ``tests/gpu`` runs them as tests, and
``scripts/gpu_check.sh`` on a machine without pytest.
"""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import NamedTuple
from unittest import mock

import numpy as np
import torch
from steps_on_device import STEP_CHECKS
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence
from torch_modules import CELLS, LAYERS
from twin import Unrolled, log10_norm

import gradviz as gv
from gradviz import vocabulary as v
from gradviz.cell_descriptions import describe_cell

STEPS, BATCH, FEATURES, UNITS = 50, 5, 3, 24
DTYPES = (torch.float32, torch.float64)


class Outcome(NamedTuple):
    """The worst error that a check found, and the most that it allows."""

    worst: float
    limit: float

    @property
    def passed(self) -> bool:
        return self.worst <= self.limit  # False for NaN


Check = Callable[[str], Outcome]


def limit(device: str, dtype: torch.dtype) -> float:
    """Allowed relative error of a gradient against the float64 twin.

    On a GPU float32 states are themselves farther from float64 than on a CPU, and the gradient with them.
    """
    if dtype == torch.float64:
        return 1e-10
    return 1e-5 if device == "cpu" else 5e-5


@contextmanager
def full_precision() -> Iterator[None]:
    """Without TensorFloat-32, which keeps 10 bits of every factor of a float32 product."""
    flags = torch.backends.cudnn.allow_tf32, torch.backends.cuda.matmul.allow_tf32
    torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = False
    try:
        yield
    finally:
        torch.backends.cudnn.allow_tf32, torch.backends.cuda.matmul.allow_tf32 = flags


@contextmanager
def as_on_a_gpu(device: str) -> Iterator[None]:
    """On a CPU, the formulation that GPUs use; and anywhere, a doubtful recording is an error."""
    with ExitStack() as stack:
        if device == "cpu":
            from gradviz.capture import recorded_layer
            from gradviz.cells import launch_bound

            stack.enter_context(mock.patch.object(launch_bound, "LAUNCH_BOUND", frozenset({"cpu"})))
            stack.enter_context(mock.patch.object(recorded_layer, "state_nodes", return_value=[]))
        stack.enter_context(warnings.catch_warnings())
        warnings.filterwarnings("error", category=RuntimeWarning)
        warnings.filterwarnings("ignore", category=UserWarning)
        torch.manual_seed(0)
        yield


def error_of(values: np.ndarray, expected: torch.Tensor) -> float:
    """Largest relative error over time steps and sequences, of the last axis.

    Of float64 the 2-norm of the difference, of float32 the difference of 2-norms.
    """
    found = torch.as_tensor(values).double()
    size = expected.norm(dim=-1)
    difference = (found - expected).norm(dim=-1) if values.dtype == np.float64 else found.norm(dim=-1) - size
    return float((difference.abs() / size.clamp(min=1e-30)).max())


def error_of_norms(found: np.ndarray, expected: np.ndarray) -> float:
    """Largest relative error of norms that are given as log10."""
    return float(np.abs(10.0 ** (np.asarray(found, dtype=np.float64) - expected) - 1).max())


def worst_against(twin: Unrolled, dataset, *, sample: int | slice = slice(None)) -> float:
    """Worst relative error of states and gradients of a recording, for all layers and directions."""
    worst = 0.0
    data = dataset.isel(step=0).isel(sample=[sample] if isinstance(sample, int) else sample)
    gates = describe_cell(dataset.attrs[v.CELL]).gates
    for layer, direction in twin.seen:
        here = data.isel(layer=layer, direction=direction, time=slice(len(twin.out)))
        total = twin.gradient("h", layer, direction)
        units = total.shape[-1]
        errors = [
            error_of(here[v.GRAD_H].values[..., :units], total),
            error_of(here[v.H].values[..., :units], twin.value("h", layer, direction)),
            *(
                error_of(here[v.GRAD_GATES].isel(gate=k).values, twin.gradient(gate, layer, direction))
                for k, gate in enumerate(gates)
                if gate != "reset"  # its gradient is a small difference, which rounding hits harder
            ),
        ]
        if v.GRAD_C in here:
            errors.append(error_of(here[v.GRAD_C].values, twin.gradient("c", layer, direction)))
        worst = max(worst, *errors)
    return worst


def loss_weights(*shape: int) -> torch.Tensor:
    """Zero but at the first, the middle and the last of the time steps."""
    weights = torch.zeros(*shape, dtype=torch.float64)
    for t in (0, shape[0] // 2, shape[0] - 1):
        weights[t] = torch.randn(shape[1:])
    return weights


def fused(device: str, *, cell: str, dtype: torch.dtype, cudnn: bool = True, **options) -> Outcome:
    """A fused module against its unrolled float64 twin."""
    with full_precision(), as_on_a_gpu(device), torch.backends.cudnn.flags(enabled=cudnn, allow_tf32=False):
        module = LAYERS[cell](FEATURES, UNITS, **options).to(dtype)
        x = torch.randn(STEPS, BATCH, FEATURES, dtype=dtype)
        twin = Unrolled(copy.deepcopy(module), x)
        weights = loss_weights(*twin.out.shape)
        (twin.out * weights).sum().backward()
        module.to(device)
        with gv.record(module, samples=None, detail="full") as tape:
            (module(x.to(device))[0] * weights.to(device, dtype)).sum().backward()
        return Outcome(worst_against(twin, tape.dataset), limit(device, dtype))


def packed(device: str, *, cell: str, dtype: torch.dtype, **options) -> Outcome:
    """A packed batch of unequal lengths, against a twin of every sequence."""
    lengths = [STEPS, 7, 23, 1, 40]
    with full_precision(), as_on_a_gpu(device):
        module = LAYERS[cell](FEATURES, UNITS, **options).to(dtype)
        x = torch.randn(STEPS, len(lengths), FEATURES, dtype=dtype)
        twins = [Unrolled(copy.deepcopy(module), x[:n, b : b + 1]) for b, n in enumerate(lengths)]
        weights = torch.randn(STEPS, len(lengths), twins[0].out.shape[-1], dtype=torch.float64)
        for b, (twin, n) in enumerate(zip(twins, lengths, strict=True)):
            (twin.out * weights[:n, b : b + 1]).sum().backward()
        module.to(device)
        with gv.record(module, samples=None, detail="full") as tape:
            batch = pack_padded_sequence(x.to(device), torch.tensor(lengths), enforce_sorted=False)
            out = pad_packed_sequence(module(batch)[0])[0]
            (out * weights.to(device, dtype)).sum().backward()
        errors = [worst_against(twin, tape.dataset, sample=b) for b, twin in enumerate(twins)]
        return Outcome(max(errors), limit(device, dtype))


def looped(device: str, *, cell: str, dtype: torch.dtype) -> Outcome:
    """A cell in a Python loop against the twin of the fused module with its weights."""
    with full_precision(), as_on_a_gpu(device):
        layer, model = LAYERS[cell](FEATURES, UNITS).to(dtype), CELLS[cell](FEATURES, UNITS).to(dtype)
        for name, parameter in model.named_parameters():
            parameter.data.copy_(getattr(layer, f"{name}_l0").data)
        x = torch.randn(STEPS, BATCH, FEATURES, dtype=dtype)
        twin = Unrolled(layer, x)
        weights = loss_weights(*twin.out.shape)
        (twin.out * weights).sum().backward()
        model.to(device)
        zeros = torch.zeros(BATCH, UNITS, dtype=dtype, device=device)
        with gv.record(model, samples=None, detail="full") as tape:
            state, states = (zeros, zeros.clone()) if cell == "lstm" else zeros, []
            for x_t in x.to(device):
                state = model(x_t, state)
                states.append(state[0] if cell == "lstm" else state)
            (torch.stack(states) * weights.to(device, dtype)).sum().backward()
        return Outcome(worst_against(twin, tape.dataset), limit(device, dtype))


def far_below_range(device: str) -> Outcome:
    """A gradient that falls far below the range of float32, in decades of its norm."""
    with full_precision(), as_on_a_gpu(device):
        module = nn.LSTM(FEATURES, UNITS)
        with torch.no_grad():
            module.bias_ih_l0[UNITS : 2 * UNITS] = -1.0
        x = torch.randn(400, BATCH, FEATURES)
        twin = Unrolled(copy.deepcopy(module), x)
        twin.out[-1].sum().backward()
        module.to(device)
        with gv.record(module, samples=None) as tape:
            module(x.to(device))[0][-1].sum().backward()
        found = tape.dataset[v.LOG10_GRAD_H].values[0, 0, 0]
        expected = log10_norm(twin.gradient("h", 0, 0))
        if expected.min() > -60:
            raise AssertionError("the gradient stays within the range of float32")
        return Outcome(float(np.abs(found - expected).max()), 5e-3)


def chaotic(device: str) -> Outcome:
    """A chaotic network, against the adjoint along the states that the device itself computed."""
    with full_precision(), as_on_a_gpu(device):
        module = nn.RNN(FEATURES, 64)
        nn.init.normal_(module.weight_hh_l0, std=2.5 / 8)
        x = 0.1 * torch.randn(300, BATCH, FEATURES)
        module.to(device)
        with gv.record(module, samples=None) as tape:
            out = module(x.to(device))[0]
            out[-1].sum().backward()
        h, w_hh = out.detach().double().cpu(), module.weight_hh_l0.detach().double().cpu()
        gradient, norms = torch.ones(BATCH, 64, dtype=torch.float64), []
        for h_t in reversed(h):
            norms.append(gradient)
            gradient = (1 - h_t**2) * gradient @ w_hh
        expected = log10_norm(torch.stack(norms[::-1]))
        return Outcome(error_of_norms(tape.dataset[v.LOG10_GRAD_H].values[0, 0, 0], expected), 1e-3)


def default_flags(device: str) -> Outcome:
    """Float32 with PyTorch's own flags, TensorFloat-32 where it uses it: no warning, and plausible values."""
    with as_on_a_gpu(device):
        module = nn.LSTM(FEATURES, 128)
        x = torch.randn(STEPS, BATCH, FEATURES)
        twin = Unrolled(copy.deepcopy(module), x)
        twin.out[-1].sum().backward()
        module.to(device)
        with gv.record(module, samples=None, detail="full") as tape:
            module(x.to(device))[0][-1].sum().backward()
        return Outcome(worst_against(twin, tape.dataset), 1e-2)


def autocast(device: str, *, dtype: torch.dtype) -> Outcome:
    """Autocast: the replay error is within the limit of the dtype, and the gradient is finite."""
    with as_on_a_gpu(device):
        module = nn.LSTM(FEATURES, UNITS, 2).to(device)
        x = torch.randn(STEPS, BATCH, FEATURES, device=device)
        with gv.record(module, detail="full") as tape:
            with torch.autocast(device, dtype):
                loss = module(x)[0][-1].float().sum()
            loss.backward()
        dataset = tape.dataset
        if not np.isfinite(dataset[v.LOG10_GRAD_H]).all():
            raise AssertionError("a gradient is not finite")
        limit = v.replay_error_limit(dataset.attrs[v.COMPUTE_DTYPE])
        return Outcome(float(dataset.attrs[v.REPLAY_ERROR]), limit)


def _train(device: str, cell: str, dtype: torch.dtype, *, record: bool) -> list[torch.Tensor]:
    """Losses, weights and the state of the random numbers after a short training without dropout."""
    torch.manual_seed(0)
    module = nn.Sequential(LAYERS[cell](FEATURES, UNITS, 2, batch_first=True)).to(device, dtype)
    optimizer = torch.optim.SGD(module.parameters(), lr=0.1)
    x = torch.randn(8, STEPS, FEATURES).to(device, dtype)
    losses = []
    with ExitStack() as stack:
        tape = stack.enter_context(gv.record(module)) if record else None
        for _ in range(5):
            optimizer.zero_grad()
            loss = module(x)[0].pow(2).mean()
            loss.backward()
            optimizer.step()
            losses.append(loss.detach())
            if tape is not None:
                tape.step(loss)
    random = torch.cuda.get_rng_state() if device == "cuda" else torch.get_rng_state()
    return [torch.stack(losses), *(p.detach() for p in module.parameters()), random]


def passive(device: str, *, cell: str, dtype: torch.dtype) -> Outcome:
    """Training with a recording against the same without; random numbers are the same to the bit."""
    with full_precision(), as_on_a_gpu(device):
        *plain, random = _train(device, cell, dtype, record=False)
        *watched, random_after = _train(device, cell, dtype, record=True)
        if not torch.equal(random, random_after):
            raise AssertionError("recording has drawn random numbers")
        errors = [float((a - b).norm() / a.norm()) for a, b in zip(plain, watched, strict=True)]
        return Outcome(max(errors), limit(device, dtype))


def _warnings_of(act: Callable[[], object]) -> set[str]:
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        act()
    return {str(warning.message) for warning in seen}


def quiet(device: str, *, cell: str) -> Outcome:
    """How many warnings a recorded training gives that the plain one does not."""
    torch.set_warn_always(True)
    try:
        plain, watched = (
            _warnings_of(partial(_train, device, cell, torch.float32, record=record))
            for record in (False, True)
        )
    finally:
        torch.set_warn_always(False)
    if watched - plain:
        raise AssertionError("; ".join(sorted(text.split(". ")[0] for text in watched - plain)))
    return Outcome(0.0, 0.0)


def step_jacobians(device: str, *, cell: str) -> Outcome:
    """Jacobians of a module on the device against those of its copy on the CPU."""
    with full_precision(), as_on_a_gpu(device):
        module = LAYERS[cell](FEATURES, UNITS).double()
        x = torch.randn(STEPS, 2, FEATURES, dtype=torch.float64)
        expected = gv.step_jacobians(module, x).values
        found = gv.step_jacobians(copy.deepcopy(module).to(device), x.to(device)).values
        return Outcome(float(np.abs(found - expected).max()), 1e-10)


def probe(device: str) -> Outcome:
    """A probe of a model on the device against one on the CPU, in decades."""
    with full_precision(), as_on_a_gpu(device):
        model = gv.SequenceModel("gru", FEATURES, UNITS, 1).double()
        expected, found = (
            gv.probe(copy.deepcopy(model).to(where), length=STEPS)["recurrent"][v.LOG10_GRAD_H].values
            for where in ("cpu", device)
        )
        return Outcome(float(np.abs(found - expected).max()), 1e-5)


def exactness_checks() -> dict[str, Check]:
    """Recordings against float64 twins, by what is recorded."""
    checks: dict[str, Check] = {}
    for dtype in DTYPES:
        name = str(dtype).removeprefix("torch.")
        for cell in LAYERS:
            checks[f"{cell}, {name}"] = partial(fused, cell=cell, dtype=dtype)
            checks[f"{cell}, 2 layers, both directions, {name}"] = partial(
                fused, cell=cell, dtype=dtype, num_layers=2, bidirectional=True
            )
            checks[f"{cell} cell in a loop, {name}"] = partial(looped, cell=cell, dtype=dtype)
        checks[f"lstm, projected, 2 layers, {name}"] = partial(
            fused, cell="lstm", dtype=dtype, num_layers=2, proj_size=10
        )
        for cell in ("lstm", "gru"):
            checks[f"{cell}, packed, both directions, {name}"] = partial(
                packed, cell=cell, dtype=dtype, bidirectional=True
            )
            checks[f"{cell}, without cuDNN, {name}"] = partial(fused, cell=cell, dtype=dtype, cudnn=False)
    return checks


EXACTNESS = exactness_checks()
RANGE: dict[str, Check] = {
    "lstm, gradient below the range of float32": far_below_range,
    "rnn, chaotic": chaotic,
    "lstm, PyTorch's own flags (TF32)": default_flags,
    "lstm, autocast float16": partial(autocast, dtype=torch.float16),
    "lstm, autocast bfloat16": partial(autocast, dtype=torch.bfloat16),
    "gru, probe": probe,
    **{f"{cell}, step Jacobians": partial(step_jacobians, cell=cell) for cell in ("rnn", "lstm", "gru")},
}
PASSIVITY: dict[str, Check] = {
    **{
        f"{cell}, training unchanged, {str(dtype).removeprefix('torch.')}": partial(
            passive, cell=cell, dtype=dtype
        )
        for cell in ("rnn", "lstm", "gru")
        for dtype in DTYPES
    },
    **{f"{cell}, no warning": partial(quiet, cell=cell) for cell in ("rnn", "lstm", "gru")},
}


def of_steps(device: str, *, name: str) -> Outcome:
    """One of the checks of whole steps, forward recordings and compiled models."""
    check, *options = STEP_CHECKS[name]
    with full_precision(), as_on_a_gpu(device):
        worst, most = check(device, *options)
        return Outcome(float(worst), most)


WHOLE_STEPS: dict[str, Check] = {name: partial(of_steps, name=name) for name in STEP_CHECKS}
CHECKS = {**EXACTNESS, **RANGE, **PASSIVITY, **WHOLE_STEPS}
NEEDS_A_GPU = {
    "lstm, autocast float16",  # on a CPU PyTorch has no such layer
    "lstm, compiled (inductor)",  # on a CPU a test of its own
}


def checks_for(device: str) -> dict[str, Check]:
    """The checks that can be made on a device, by name."""
    return {name: check for name, check in CHECKS.items() if device != "cpu" or name not in NEEDS_A_GPU}
