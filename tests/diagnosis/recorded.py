"""Recordings made of known numbers, for the diagnosis."""

import numpy as np
import xarray as xr
from invented import one, recording

from gradviz.cell_descriptions import CELLS

DECAY = np.linspace(-1, 0, 11)  # a healthy gradient: it loses a decade over ten steps


def decaying(decades, steps=11):
    """A gradient that has lost ``decades`` at the first step."""
    return np.linspace(-decades, 0, steps)


def of_last(total):
    """Direct gradient of a loss at the last step."""
    direct = np.full_like(np.asarray(total, dtype=float), -np.inf)
    direct[-1] = np.asarray(total)[-1]
    return direct


def dataset(cell="rnn", total=DECAY, *, direct=None, left=0.0, right=0.0, **variables):
    """One step, layer and direction, two sequences.

    ``total``: (time,). ``left`` and ``right``: the same for all gates, or a dict by the name of the gate.
    """
    total = np.asarray(total, dtype=float)
    gates = CELLS[cell].gates
    found = {
        "log10_grad_h": total,
        "log10_grad_h_direct": of_last(total) if direct is None else np.asarray(direct, dtype=float),
        "state_h": np.ones(len(total)),
    }
    found = {name: one(np.stack([values, values], axis=1)) for name, values in found.items()}
    for name, fractions in (("gate_left", left), ("gate_right", right)) if gates else ():
        row = [fractions.get(gate, 0.0) if isinstance(fractions, dict) else fractions for gate in gates]
        found[name] = one(np.tile(row, (len(total), 1)))
    given = {name: np.asarray(values, dtype=float) for name, values in variables.items()}
    return recording(cell, **found, **given).assign_attrs(
        module="layer", hidden_size=2, input_size=3, batch_size=2, length=len(total), dtype="float32"
    )


def called(*datasets):
    """Several calls of one module in one step; they may differ in length and sequences."""
    joined = xr.concat(datasets, "call", data_vars="all", join="outer").assign_coords(
        call=np.arange(len(datasets))
    )
    return joined.transpose("step", "call", ...).assign_attrs(datasets[0].attrs)


def unit_means(cell, units=2, **gates):
    """``unit_mean`` in which every gate is 0.5, except those that are named."""
    return one(np.array([np.broadcast_to(gates.get(gate, 0.5), units) for gate in CELLS[cell].gates]))


def tree(*modules, metrics=None, **attributes):
    """A tree of the datasets of modules, and of training curves (iteration,)."""
    root = xr.Dataset(
        {name: ("iteration", np.asarray(values, dtype=float)) for name, values in (metrics or {}).items()},
        attrs=attributes,
    )
    if metrics:
        root = root.assign_coords(iteration=np.arange(root.sizes["iteration"]))
    return xr.DataTree.from_dict({"/": root, **{f"/{ds.attrs['module']}": ds for ds in modules}})


def two_directions(forward, reverse):
    """``forward``, ``reverse``: (total, direct), each (time,) in the order of the sequence."""
    directions = [
        dataset(total=total, direct=direct).assign_coords(direction=[name])
        for (total, direct), name in ((forward, "forward"), (reverse, "reverse"))
    ]
    return xr.concat(directions, "direction", data_vars="minimal").assign_attrs(directions[0].attrs)


def with_input(change, spread, steps=11):
    """A healthy gradient, and an input with the same ``change`` and ``spread`` at every step."""
    changes = np.full((1, steps, 2), float(change))
    changes[:, 0] = np.nan
    return dataset(total=np.zeros(steps)).assign(
        {
            "input_norm": (("step", "time", "sample"), np.ones((1, steps, 2))),
            "input_change": (("step", "time", "sample"), changes),
            "input_spread": (("step", "time"), np.full((1, steps), float(spread))),
        }
    )


def passing(steps, total=11):
    """A gradient of the last step that is passed back over ``steps`` time steps."""
    norms = np.where(np.arange(total) >= total - 1 - steps, 0.0, -np.inf)
    return dataset(total=norms, direct=of_last(norms))


NOTHING = np.full(11, -np.inf)
WHOLE = (DECAY, of_last(DECAY))
WHOLE_REVERSE = (DECAY[::-1], of_last(DECAY)[::-1])
NONE = (NOTHING, NOTHING)
AT_START = (of_last(DECAY), of_last(DECAY))  # for a reverse direction, which starts at the last step
