"""Initialisations by name: they decide how long a recurrent network remembers at the start."""

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


def initialise(module: nn.Module, name: str, **options: Any) -> nn.Module:
    """Initialise every recurrent module in ``module``, in place; all of them or, on an error, none.

    Parameters
    ----------
    module : nn.Module
        An ``nn.RNN``, ``nn.LSTM``, ``nn.GRU``, one of their cells, or a model with some in it.
    name : {"default", "orthogonal", "identity", "forget_bias", "chrono", "unit_gate"}
        ``"default"``: PyTorch's own, drawn again.
        ``"orthogonal"``: recurrent weights that are orthogonal times ``gain=``.
        ``"identity"``: for a plain RNN, the recurrent weight ``scale=`` times the identity, biases 0; if
        ``input_std=`` is given, input weights of that deviation.
        ``"forget_bias"``: ``value=`` for the bias of an LSTM's forget gate, or of a GRU's update gate,
        where z near 1 keeps the state.  PyTorch adds two biases; it is their sum that is set.
        ``"chrono"``: these biases such that time constants are spread evenly from 2 to ``t_max=``.
        ``"unit_gate"``: these biases such that the gates are spread evenly from 0 to 1.
    **options
        Of the initialisation; whichever draws takes a ``generator=`` besides, by default torch's global
        one, but for ``"default"``, which is PyTorch's.

    Returns
    -------
    nn.Module
        The same module.

    Raises
    ------
    UnknownName
        For another name or option.
    ValueError
        For a value that makes no sense, or an option that is missing.
    TypeError
        When there is no recurrent module, or one that the initialisation is not for.

    References
    ----------
    Each in its own file, ``gradviz/models/initialisations/<name>.py``.
    """
    check_one_of("initialisation", name, INITIALISATIONS)
    check_options(f"the initialisation {name!r}", options, INITIALISATIONS[name])
    recurrent = [part for part in module.modules() if isinstance(part, Recurrent)]
    if not recurrent:
        raise CannotWatch(f"{type(module).__name__} has no nn.RNN, nn.LSTM or nn.GRU to initialise")
    with torch.no_grad():
        INITIALISATIONS[name](recurrent, **options)
    return module
