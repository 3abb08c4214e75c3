"""How a network is given a longer memory, in a line of code."""

from __future__ import annotations

from gradviz.diagnosis.context import DiagnosisContext
from gradviz.diagnosis.finding import Remedy
from gradviz.vocabulary import BATCH_FIRST, BIAS, BIDIRECTIONAL, DTYPE, HIDDEN_SIZE, INPUT_SIZE, NUM_LAYERS

ORTHOGONAL_REACHES = 50  # time steps over which an orthogonal tanh network still passes a thirtieth


def longer_memory(context: DiagnosisContext) -> Remedy:
    """What lets the gradient cross the lag, by the kind of cell."""
    lag = max(context.lag, 2)
    if context.cell.keeps:
        return _chrono(context, lag)
    if context.cell.is_rectified:
        return Remedy(
            "Start from the identity: every unit then keeps what it holds.",
            f'gv.initialise({context.target}, "identity")',
        )
    if context.cell.gates and lag <= ORTHOGONAL_REACHES:
        return Remedy(
            "Start with orthogonal recurrent weights: they keep the gradient's length.",
            f'gv.initialise({context.target}, "orthogonal")',
        )
    if context.cell.gates:
        return Remedy(
            "A plain tanh network does not hold so long, however it is initialised: take a GRU in its "
            "place (it gives back the same) and set its time constants to the lag.",
            f"{context.layer_code} = {_as_gru(context)}\n"
            f'gv.initialise({context.target}, "chrono", t_max={lag})',
        )
    return Remedy(
        "Give the recurrence a path on which its state is kept, as the gates of an LSTM or GRU are.",
        "h = z * h + (1 - z) * candidate  # z near 1 keeps the state",
    )


def _chrono(context: DiagnosisContext, lag: int) -> Remedy:
    code = f'gv.initialise({context.target}, "chrono", t_max={lag})'
    if not context.attributes.get(BIAS, 1):
        return Remedy(
            "The layer has no biases, so its gates cannot be set: make it with bias=True, then spread "
            "its time constants up to the lag.",
            f"# nn.{context.cell.label}(..., bias=True)\n{code}",
        )
    return Remedy(
        "Spread the time constants of the units up to the lag before training (chrono initialisation).", code
    )


def other_layout(context: DiagnosisContext) -> Remedy:
    """What swaps the axes of time and batch."""
    if context.is_cell:
        return Remedy(
            "Let the loop that calls the cell run along the axis of time.",
            "for x_t in x.unbind(dim=1): ...  # (batch, time, features)",
        )
    is_first = bool(context.attributes.get(BATCH_FIRST))
    return Remedy(
        "Say the layout that the data has (or transpose the data).",
        f"{context.layer_code}.batch_first = {not is_first}",
    )


def _as_gru(context: DiagnosisContext) -> str:
    about = context.attributes
    in_double = ".double()" if about.get(DTYPE) == "float64" else ""
    if context.is_cell:
        return f"torch.nn.GRUCell({about[INPUT_SIZE]}, {about[HIDDEN_SIZE]}){in_double}"
    sizes = [f"{about[INPUT_SIZE]}, {about[HIDDEN_SIZE]}"]
    if about.get(NUM_LAYERS, 1) != 1:
        sizes.append(f"num_layers={about[NUM_LAYERS]}")
    sizes += [f"{name}=True" for name in (BATCH_FIRST, BIDIRECTIONAL) if about.get(name)]
    return f"torch.nn.GRU({', '.join(sizes)}){in_double}"
