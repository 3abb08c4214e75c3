"""Trees of recordings made of numbers that are known, as a diagnosis reads them."""

import numpy as np
import xarray as xr
from invented import one, recording

from gradviz.vocabulary import CELLS

DECAY = np.linspace(-1, 0, 11)  # of a healthy gradient: a decade over ten steps


def decaying(decades, steps=11):
    """A gradient that has lost so many decades at the first step."""
    return np.linspace(-decades, 0, steps)


def of_last(total):
    """The direct gradient of a loss at the last step."""
    direct = np.full_like(np.asarray(total, dtype=float), -np.inf)
    direct[-1] = np.asarray(total)[-1]
    return direct


def dataset(cell="rnn", total=DECAY, *, direct=None, left=0.0, right=0.0, **variables):
    """One step, layer and direction, two sequences; ``total``: (time,); gates by name or all alike."""
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


def unit_means(cell, units=2, **gates):
    """``unit_mean`` with every gate at a half, but those that are named."""
    return one(np.array([np.broadcast_to(gates.get(gate, 0.5), units) for gate in CELLS[cell].gates]))


def tree(*modules, metrics=None, **attributes):
    """Of module datasets and of training curves, (iteration,)."""
    root = xr.Dataset(
        {name: ("iteration", np.asarray(values, dtype=float)) for name, values in (metrics or {}).items()},
        attrs=attributes,
    )
    if metrics:
        root = root.assign_coords(iteration=np.arange(root.sizes["iteration"]))
    return xr.DataTree.from_dict({"/": root, **{f"/{ds.attrs['module']}": ds for ds in modules}})
