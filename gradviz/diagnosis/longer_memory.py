"""The remedy that gives a network a longer memory, in lines of code."""

from __future__ import annotations

import math
from typing import Any

from gradviz.diagnosis.context import DiagnosisContext
from gradviz.diagnosis.finding import Change, Remedy
from gradviz.diagnosis.thresholds import ORTHOGONAL_LAG
from gradviz.vocabulary import BATCH_FIRST, BIAS, BIDIRECTIONAL, DTYPE, HIDDEN_SIZE, INPUT_SIZE, NUM_LAYERS


def longer_memory(context: DiagnosisContext) -> Remedy:
    """The remedy that lets the gradient cross the lag, by the kind of cell."""
    lag = max(context.measured_lag, 2)
    if context.is_observed:
        return _by_hand(context, lag)
    if context.cell.keeps:
        return _chrono(context, lag)
    if context.cell.is_rectified:
        return Remedy(
            "Initialise the recurrent weight with the identity: each unit then keeps its value.",
            f'gv.initialise({context.target}, "identity")',
            (initialised(context, "identity"),),
        )
    if context.cell.gates and lag <= ORTHOGONAL_LAG:
        return Remedy(
            "Start with orthogonal recurrent weights, which preserve the length of the gradient.",
            f'gv.initialise({context.target}, "orthogonal")',
            (initialised(context, "orthogonal"),),
        )
    if context.cell.gates:
        return Remedy(
            "A plain tanh network does not remember for this long, however it is initialised. Replace it "
            "with a GRU, which returns the same shapes, and set its time constants to the lag.",
            f"{context.layer_code} = {_as_gru(context)}\n"
            f'gv.initialise({context.target}, "chrono", t_max={lag})',
            (Change("replace_by_gru", {"module": context.module, "t_max": lag}),),
        )
    return _path_that_keeps()


def _by_hand(context: DiagnosisContext, lag: int) -> Remedy:
    """The remedy for a recurrence written by hand, of which only the names of its gates are known."""
    if context.cell.keeps:
        gate = context.cell.keeps
        return Remedy(
            f"Spread the time constants of the units up to the lag before training, by the bias of the "
            f"{gate} gate (chrono initialisation).",
            f"bias.data.uniform_(1, {max(lag - 1, 2)}).log_()  # bias: {bias_of(gate)}",
        )
    if context.cell.gates:
        gates = context.cell.gates
        which = f"its {gates[0]} gate" if len(gates) == 1 else f"one of its gates ({', '.join(gates)})"
        bias = math.log(max(lag - 1, 2))
        return Remedy(
            f"If {which} keeps the state, set the bias of that gate so that it does for the length of the "
            "lag. If it is a sigmoid that keeps the state when it is near 1, name it with keeps= for its "
            "time constants.",
            f"bias.data.fill_({bias:.1f})  # of a gate that keeps the state when it is near 1\n"
            f"# bias.data.fill_(-{bias:.1f})  of a gate that keeps it when it is near 0",
        )
    return _path_that_keeps()


def bias_of(gate: str) -> str:
    """What ``bias`` stands for in a line of code about a gate of a recurrence written by hand."""
    return f"that of your {gate} gate only, such as linear.bias[a:b]"


def weight_of(gate: str) -> str:
    """What ``weight`` stands for in a line of code about a gate of a recurrence written by hand."""
    return f"that of your {gate} gate only, such as linear.weight[a:b]"


def _path_that_keeps() -> Remedy:
    return Remedy(
        "Give the recurrence a path that keeps its state, as the gates of an LSTM or GRU do.",
        "h = z * h + (1 - z) * candidate  # z near 1 keeps the state",
    )


def _chrono(context: DiagnosisContext, lag: int) -> Remedy:
    code = f'gv.initialise({context.target}, "chrono", t_max={lag})'
    if not context.attributes.get(BIAS, 1):
        return Remedy(
            "The layer has no biases, so its gates cannot be set. Create it with bias=True, then spread its "
            "time constants up to the lag.",
            f"# nn.{context.cell.label}(..., bias=True)\n{code}",
        )
    return Remedy(
        "Spread the time constants of the units up to the lag before training (chrono initialisation).",
        code,
        (initialised(context, "chrono", t_max=lag),),
    )


def initialised(context: DiagnosisContext, scheme: str, **options: Any) -> Change:
    """The change that ``gv.initialise`` makes to the module, or to a model with no other.

    Parameters
    ----------
    context : DiagnosisContext
    scheme : str
    **options
        Of the scheme.

    Returns
    -------
    Change
    """
    return Change("initialise", {"module": context.target_module, "scheme": scheme, **options})


def _as_gru(context: DiagnosisContext) -> str:
    about = context.attributes
    inputs, units = about.get(INPUT_SIZE, "input_size"), about.get(HIDDEN_SIZE, "hidden_size")
    in_double = ".double()" if about.get(DTYPE) == "float64" else ""
    if context.is_cell:
        return f"torch.nn.GRUCell({inputs}, {units}){in_double}"
    sizes = [f"{inputs}, {units}"]
    if about.get(NUM_LAYERS, 1) != 1:
        sizes.append(f"num_layers={about[NUM_LAYERS]}")
    sizes += [f"{name}=True" for name in (BATCH_FIRST, BIDIRECTIONAL) if about.get(name)]
    return f"torch.nn.GRU({', '.join(sizes)}){in_double}"
