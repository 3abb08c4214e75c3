"""Table of what else one can do: what each way gives, what not, and what it is compared with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec

import torch
from torch import Tensor, nn

from gradviz.benchmark.cases import CASES, Case
from gradviz.benchmark.jacobian_norms import by_jacrev, in_closed_form
from gradviz.benchmark.other_tools import with_backpack, with_torchlens
from gradviz.benchmark.settings import LIMIT_LENGTH
from gradviz.benchmark.steps import Workload
from gradviz.capture.record import record
from gradviz.errors import GradvizError
from gradviz.vocabulary import DIRECTION, LAYER, LOG10_GRAD_H, SAMPLE, STEP, TIME

CLOSE_ENOUGH = 1e-4  # largest difference of two ways, relative to the largest number

OTHER_CASES = {
    "torchlens": Case("cell in a loop, TorchLens", with_torchlens, max_length=LIMIT_LENGTH, max_pairs=3),
    "backpack": Case(
        "native layer, BackPACK's BatchGrad", with_backpack, max_length=LIMIT_LENGTH, max_pairs=7
    ),
    "jacrev": Case(
        "torch.func.jacrev under vmap",
        by_jacrev,
        native=in_closed_form,
        max_length=LIMIT_LENGTH,
        max_pairs=7,
        batch_size=1,
    ),
}


class DifferentNumbers(GradvizError, RuntimeError):
    """Two ways to the same numbers give different ones, so that their times say nothing."""

    exit_code = 1


@dataclass(frozen=True)
class Way:
    """Another way to what a recording tells, or a part of it.

    Attributes
    ----------
    title : str
    gives, lacks : str
    case : Case
    compare : callable ``(numbers, Workload) -> float``, optional
        The largest difference from what is right, relative to the largest number.
    package : str, optional
        The package that it needs, by the name that it is imported by.
    cells : tuple of str, optional
        Those that it takes; all if None.
    """

    title: str
    gives: str
    lacks: str
    case: Case
    compare: Callable[[Tensor, Workload], float] | None = None
    package: str | None = None
    cells: tuple[str, ...] | None = None

    def why_not(self, cell: str) -> str | None:
        """Why it cannot be measured here, in words; None if it can."""
        if self.package is not None and find_spec(self.package) is None:
            return "not installed"
        if self.cells is not None and cell not in self.cells:
            return "not supported"
        return None


def difference_of_states(norms: Tensor, workload: Workload) -> float:
    """Largest difference of norms at h from those of a recording.

    Parameters
    ----------
    norms : Tensor, shape (time, batch) or (2 * time, batch)
        Of the first step; h and c of an LSTM alternate.
    workload : Workload
        As it was before that step.

    Returns
    -------
    float
        Relative to the largest norm.
    """
    with record(workload.model, samples=None) as tape:
        nn.functional.mse_loss(workload.model(workload.inputs), workload.targets).backward()
    found = tape.dataset[LOG10_GRAD_H].isel({STEP: 0, LAYER: 0, DIRECTION: 0}).transpose(TIME, SAMPLE)
    right = 10.0 ** torch.from_numpy(found.values)
    at_h = norms.detach().unflatten(0, (len(right), -1))[:, 0]
    return _difference(at_h.cpu(), right)


def difference_of_jacobians(norms: Tensor, workload: Workload) -> float:
    """Largest difference of norms of step Jacobians, (time, 1), from those in closed form, as a fraction."""
    with in_closed_form(workload) as step:
        right = step()
    assert isinstance(right, Tensor)
    return _difference(norms.detach(), right)


def difference_of_weight_gradients(gradients: Tensor, workload: Workload) -> float:
    """Largest difference of the summed gradients of sequences from autograd's, as a fraction."""
    nn.functional.mse_loss(workload.model(workload.inputs), workload.targets).backward()
    right = workload.model.recurrent.get_parameter("weight_hh_l0").grad
    assert right is not None
    return _difference(gradients.detach().sum(0), right)


def _difference(found: Tensor, right: Tensor) -> float:
    return float((found - right).abs().max() / right.abs().max())


_ALL_OF_IT = "gradients of h and c (total and direct), of every gate and at the weights; gates, saturation"
_OF_STATES = "total gradients of h and c"
_REWRITTEN = "gates, direct gradients, weights; the layer must be rewritten as a loop"

WAYS: Mapping[str, Way] = {
    "samples_16": Way(
        "gradviz, 16 samples", _ALL_OF_IT, "the other sequences of the batch", CASES["samples_16"]
    ),
    "samples_all": Way("gradviz, all samples", _ALL_OF_IT, "", CASES["samples_all"]),
    "loop_retain_grad": Way(
        "cell in a loop, retain_grad",
        _OF_STATES,
        _REWRITTEN,
        CASES["loop_retain_grad"],
        compare=difference_of_states,
    ),
    "loop_hooks": Way(
        "cell in a loop, hooks", _OF_STATES, _REWRITTEN, CASES["loop_hooks"], compare=difference_of_states
    ),
    "torchlens": Way(
        "cell in a loop, TorchLens",
        "every operation's output and gradient, the graph",
        "gates (inside the cell's operation), direct gradients; the layer must be rewritten as a loop",
        OTHER_CASES["torchlens"],
        compare=difference_of_states,
        package="torchlens",
    ),
    "backpack": Way(
        "BackPACK, BatchGrad",
        "gradients of the weights for each sequence",
        "anything for each time step; states, gates; a GRU",
        OTHER_CASES["backpack"],
        compare=difference_of_weight_gradients,
        package="backpack",
        cells=("rnn", "lstm"),
    ),
}

JACOBIAN_WAYS: Mapping[str, Way] = {
    "step_jacobian_norms": Way(
        "torch.autograd.functional.jacobian",
        "the Jacobian of each step",
        "the cell must be called by hand, step by step",
        CASES["step_jacobian_norms"],
    ),
    "jacrev": Way(
        "torch.func.jacrev under vmap",
        "the Jacobian of each step",
        "the cell must be called by hand; memory of all Jacobians at once",
        OTHER_CASES["jacrev"],
        compare=difference_of_jacobians,
    ),
}
