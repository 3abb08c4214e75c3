"""Initialisations by name; they decide how long an untrained recurrent network remembers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from gradviz.arguments import check_one_of, check_options
from gradviz.errors import CannotWatch
from gradviz.models.initialisations.chrono import chrono
from gradviz.models.initialisations.default import default
from gradviz.models.initialisations.forget_bias import forget_bias
from gradviz.models.initialisations.identity import identity
from gradviz.models.initialisations.keep_bias import Recurrent
from gradviz.models.initialisations.orthogonal import orthogonal
from gradviz.models.initialisations.unit_gate import unit_gate

INITIALISATIONS: dict[str, Callable[..., None]] = {
    "chrono": chrono,
    "default": default,
    "forget_bias": forget_bias,
    "identity": identity,
    "orthogonal": orthogonal,
    "unit_gate": unit_gate,
}


_ONLY_BIASES = {"chrono", "forget_bias", "unit_gate"}  # the others set weights too


def initialise(module: nn.Module, name: str, **options: Any) -> nn.Module:
    """Initialise all recurrent modules in ``module``, in place; on an error, none of them is changed.

    Parameters
    ----------
    module : nn.Module
        An ``nn.RNN``, ``nn.LSTM``, ``nn.GRU``, one of their cells, or a model that contains some.
    name : {"default", "orthogonal", "identity", "forget_bias", "chrono", "unit_gate"}
        ``"default"``: the initialisation of PyTorch, drawn again.
        ``"orthogonal"``: recurrent weights are orthogonal matrices times ``gain=``.
        ``"identity"``: for a plain RNN; the recurrent weight is ``scale=`` times the identity, and biases
        are 0.  With ``input_std=`` the input weights are drawn with that standard deviation.
        ``"forget_bias"``: the bias of an LSTM's forget gate, or of a GRU's update gate, is ``value=``.  A
        GRU keeps its state where z is near 1.  PyTorch adds two biases; their sum is set.
        ``"chrono"``: the same biases, drawn so that time constants are uniform from 2 to ``t_max=``.
        ``"unit_gate"``: the same biases, drawn so that the gates are uniform from 0 to 1.
    **options
        Options of the initialisation.  Those that draw random numbers also take a ``generator=``, by
        default the global one of torch; ``"default"`` always uses the global one.

    Returns
    -------
    nn.Module
        The same module.

    Raises
    ------
    UnknownName
        If there is no such initialisation or option.
    ValueError
        If a value is not valid, or an option is missing.
    TypeError
        If there is no recurrent module, one that the initialisation does not support, or one whose weights
        are computed from other parameters, as by ``torch.nn.utils.parametrizations.weight_norm``.

    References
    ----------
    See ``gradviz/models/initialisations/<name>.py`` for the paper of each.

    Examples
    --------
    >>> import torch
    >>> import gradviz as gv
    >>> from torch import nn
    >>> lstm, generator = nn.LSTM(2, 8), torch.Generator().manual_seed(0)
    >>> lstm = gv.initialise(lstm, "default")
    >>> lstm = gv.initialise(lstm, "orthogonal", gain=1.0, generator=generator)
    >>> lstm = gv.initialise(lstm, "chrono", t_max=100, generator=generator)
    >>> lstm = gv.initialise(lstm, "unit_gate", generator=generator)
    >>> lstm = gv.initialise(lstm, "forget_bias", value=1.0)
    >>> (lstm.bias_ih_l0 + lstm.bias_hh_l0)[8:16].tolist()
    [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]
    >>> rnn = gv.initialise(nn.RNN(2, 8, nonlinearity="relu"), "identity", scale=1.0, input_std=0.001)
    >>> torch.equal(rnn.weight_hh_l0, torch.eye(8))
    True
    """
    check_one_of("initialisation", name, INITIALISATIONS)
    check_options(f"the initialisation {name!r}", options, INITIALISATIONS[name])
    recurrent = [part for part in module.modules() if isinstance(part, Recurrent)]
    if not recurrent:
        raise CannotWatch(f"{type(module).__name__} has no nn.RNN, nn.LSTM or nn.GRU to initialise")
    for part in recurrent:
        _check_can_be_set(name, part)
    with torch.no_grad():
        INITIALISATIONS[name](recurrent, **options)
    return module


def _check_can_be_set(name: str, part: Recurrent) -> None:
    """Raise an error if what the initialisation sets are not parameters, so that it would have no effect."""
    held = dict(part.named_parameters(recurse=False))
    kinds = ("bias",) if name in _ONLY_BIASES else ("bias", "weight")
    for weight in _weight_names(part):
        if weight.startswith(kinds) and weight not in held:
            raise TypeError(
                f"{weight} of this {type(part).__name__} is computed from other parameters, so {name} cannot "
                "set it; initialise the module before you apply weight_norm or a parametrization"
            )


def _weight_names(part: Recurrent) -> list[str]:
    if isinstance(part, nn.RNNCellBase):
        ends = [""]
    else:
        ends = [f"_l{layer}{end}" for layer in range(part.num_layers) for end in ("", "_reverse")]
        ends = ends if part.bidirectional else ends[::2]
    kinds = ["weight_ih", "weight_hh"] + ["bias_ih", "bias_hh"] * bool(part.bias)
    return [kind + end for kind in kinds for end in ends]
