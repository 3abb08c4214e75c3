"""Pascanu's regulariser Ω, which holds the norm of the gradient from one time step to the one before."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pad_packed_sequence

CANNOT = "omega is for plain recurrent networks (rnn, rnn_relu) that read forwards, without dropout"


class VanishingRegulariser:
    """Adds the gradient of Ω to that of the loss, for every ``nn.RNN`` of a model.

    Ω sums, over the time steps of a sequence, the squared deviation from 1 of
    ‖∂L/∂a_{t+1} · ∂a_{t+1}/∂a_t‖ / ‖∂L/∂a_{t+1}‖, where a_t is the argument of tanh or relu, and L the
    loss.  Steps that no gradient reaches are left out.  It is the mean over the sequences of a batch, and the
    sum over the layers.  Only the immediate derivative with respect to the recurrent weight is taken: the
    gradients and the slopes are held fixed.  Gradients are carried back in float64, in which none is lost.

    Use it as a context manager around the forward pass; then call `add_gradient` after the backward pass.

    Parameters
    ----------
    model : nn.Module

    Raises
    ------
    ValueError
        If the model has a recurrent module that is not a forward ``nn.RNN`` without dropout, or none.

    References
    ----------
    Pascanu, Mikolov and Bengio (2013), "On the difficulty of training recurrent neural networks",
    section 3.3, equations 9 and 10.

    Examples
    --------
    >>> import torch
    >>> from gradviz.training.vanishing_regulariser import VanishingRegulariser
    >>> rnn = torch.nn.RNN(2, 3)
    >>> regulariser = VanishingRegulariser(rnn)
    >>> with regulariser:
    ...     states, _ = rnn(torch.randn(5, 4, 2))
    >>> states[-1].sum().backward()
    >>> regulariser.add_gradient(weight=0.5) > 0
    True
    """

    def __init__(self, model: nn.Module):
        recurrent = [part for part in model.modules() if isinstance(part, nn.RNNBase | nn.RNNCellBase)]
        self._modules = [part for part in recurrent if isinstance(part, nn.RNN)]
        usable = all(not one.bidirectional and not one.dropout for one in self._modules)
        if not recurrent or len(self._modules) < len(recurrent) or not usable:
            kinds = sorted({type(part).__name__ for part in recurrent}) or ["no recurrent module"]
            raise ValueError(f"{CANNOT}; this model has {', '.join(kinds)}")
        self._passes: list[_Pass] = []
        self._handles: list[Any] = []

    def __enter__(self) -> VanishingRegulariser:
        self._passes = []
        self._handles = [one.register_forward_hook(self._note) for one in self._modules]
        return self

    def __exit__(self, *_: object) -> None:
        for handle in self._handles:
            handle.remove()

    @torch.no_grad()
    def add_gradient(self, *, weight: float) -> float:
        """Add the gradient of ``weight`` Ω to ``weight_hh_l*.grad``; returns Ω.

        Parameters
        ----------
        weight : float

        Raises
        ------
        ValueError
            If a recurrent module was called more than once, or not on a batch of sequences.
        """
        total = 0.0
        for passed in self._passes:
            for layer, adjoint in enumerate(_adjoints(passed)):
                w_hh = getattr(passed.module, f"weight_hh_l{layer}")
                value, gradient = regulariser(adjoint, w_hh.detach())
                added = weight * gradient
                w_hh.grad = added if w_hh.grad is None else w_hh.grad + added
                total += value
        self._passes = []
        return total

    def _note(self, module: nn.Module, given: tuple[Any, ...], result: tuple[Any, Tensor]) -> None:
        if not torch.is_grad_enabled():
            return
        if any(passed.module is module for passed in self._passes):
            raise ValueError(
                "omega needs one call of a recurrent module for a whole sequence; leave out bptt"
            )
        states, final = result
        arrived: dict[str, Tensor] = {}
        passed = _Pass(module, given, states, arrived)
        for name, tensor in (("states", passed.values), ("final", final)):
            if tensor.requires_grad:
                tensor.register_hook(_keeper(arrived, name))
        self._passes.append(passed)


def _keeper(arrived: dict[str, Tensor], name: str) -> Any:
    def keep(gradient: Tensor | None) -> None:
        if gradient is None:  # of a function with several outputs, of which the loss reads another
            return
        arrived[name] = gradient if name not in arrived else arrived[name] + gradient

    return keep


class _Pass(NamedTuple):
    """One forward pass: what a module was given, its outputs, and the gradients that arrive at them."""

    module: Any
    given: tuple[Any, ...]
    states: Any  # Tensor, or PackedSequence
    arrived: dict[str, Tensor]

    @property
    def values(self) -> Tensor:
        values: Tensor = self.states.data if isinstance(self.states, PackedSequence) else self.states
        return values

    def over_time(self, values: Any) -> Tensor:
        """Inputs or states as float64 (time, batch, feature), zero in the padding."""
        if isinstance(values, PackedSequence):
            return pad_packed_sequence(values)[0].double()
        if values.ndim != 3:
            raise ValueError("omega needs a batch of sequences")
        return (values.transpose(0, 1) if self.module.batch_first else values).double()


class Adjoint(NamedTuple):
    """What Ω holds fixed in one layer.

    Attributes
    ----------
    delta : Tensor of float64, shape (time, batch, hidden)
        ∂L/∂a_t, the total gradient at the argument of tanh or relu.
    slope : Tensor of float64, shape (time, batch, hidden)
        Derivative of tanh or relu at a_t.
    """

    delta: Tensor
    slope: Tensor


def regulariser(adjoint: Adjoint, w_hh: Tensor) -> tuple[float, Tensor]:
    """Ω of one layer, and its immediate derivative with respect to the recurrent weight.

    Parameters
    ----------
    adjoint : Adjoint
    w_hh : Tensor, shape (hidden, hidden)

    Returns
    -------
    omega : float
        Mean over the sequences.
    gradient : Tensor, shape (hidden, hidden)
        Of the type of the weight.

    References
    ----------
    Pascanu, Mikolov and Bengio (2013), equations 9 and 10.
    """
    later, kind = adjoint.delta[1:], w_hh.dtype
    norm = later.square().sum(-1, keepdim=True).sqrt()  # (time - 1, batch, 1)
    reached = norm > 0
    unit = (later / torch.where(reached, norm, 1.0)).to(kind)  # the ratio does not depend on the norm
    slope = adjoint.slope[:-1].to(kind)
    carried = slope * (unit @ w_hh)  # (time - 1, batch, hidden)
    ratio = carried.square().sum(-1, keepdim=True).sqrt()
    value = torch.where(reached, ratio - 1, 0.0).double().square().sum()
    scale = torch.where(ratio > 0, 2 * (ratio - 1) / ratio, 0.0)  # where nothing is carried, no derivative
    batch = later.shape[1]
    gradient = (scale * unit).flatten(0, 1).T @ (slope * carried).flatten(0, 1) / batch
    return float(value) / batch, gradient


def _adjoints(passed: _Pass) -> list[Adjoint]:
    """Of every layer, the lowest first."""
    module, arrived = passed.module, passed.arrived
    hidden = _states(passed)
    ends, final = _ends(passed), arrived.get("final")
    direct = torch.zeros_like(hidden[-1])
    if "states" in arrived:
        there = arrived["states"]
        packed = isinstance(passed.states, PackedSequence)
        direct = direct + passed.over_time(passed.states._replace(data=there) if packed else there)
    found: list[Adjoint] = []
    for layer in reversed(range(module.num_layers)):
        if final is not None:
            direct[ends, torch.arange(len(ends), device=ends.device)] += final[layer].double()
        slope = _slope(module, hidden[layer])
        delta = _delta(direct, slope, getattr(module, f"weight_hh_l{layer}").detach().double())
        found.insert(0, Adjoint(delta, slope))
        direct = delta @ getattr(module, f"weight_ih_l{layer}").detach().double()
    return found


def _delta(direct: Tensor, slope: Tensor, w_hh: Tensor) -> Tensor:
    """δ_t = φ'(a_t) (e_t + Uᵀ δ_{t+1}), from the last step down."""
    deltas, later = [], torch.zeros_like(direct[0])
    for here, steep in zip(direct.flip(0), slope.flip(0), strict=True):
        later = steep * (here + later @ w_hh)
        deltas.append(later)
    return torch.stack(deltas).flip(0)


def _slope(module: Any, hidden: Tensor) -> Tensor:
    return (hidden > 0).double() if module.nonlinearity == "relu" else 1 - hidden.square()


def _ends(passed: _Pass) -> Tensor:
    """Last time step of every sequence, in the order of the batch."""
    if isinstance(passed.states, PackedSequence):
        return (pad_packed_sequence(passed.states)[1] - 1).to(passed.values.device)
    time, batch = passed.over_time(passed.states.detach()).shape[:2]
    return torch.full((batch,), time - 1, device=passed.values.device)


@torch.no_grad()
def _states(passed: _Pass) -> list[Tensor]:
    """States of every layer, (time, batch, hidden); those below the last are computed again."""
    module = passed.module
    top = passed.over_time(passed.states)
    if module.num_layers == 1:
        return [top]
    first = passed.given[1] if len(passed.given) > 1 else None
    below, found = passed.over_time(passed.given[0]), []
    for layer in range(module.num_layers - 1):
        h = torch.zeros_like(top[0]) if first is None else first[layer].double()
        found.append(_layer(module, layer, below, h))
        below = found[-1]
    return [*found, top]


def _layer(module: Any, layer: int, inputs: Tensor, h: Tensor) -> Tensor:
    names = ["weight_ih", "weight_hh"] + ["bias_ih", "bias_hh"] * bool(module.bias)
    w_ih, w_hh, *biases = (getattr(module, f"{name}_l{layer}").double() for name in names)
    squash = torch.relu if module.nonlinearity == "relu" else torch.tanh
    given = inputs @ w_ih.T + sum(biases, torch.zeros_like(h[0]))
    states = []
    for row in given:
        h = squash(row + h @ w_hh.T)
        states.append(h)
    return torch.stack(states)
