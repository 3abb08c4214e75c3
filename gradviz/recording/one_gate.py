"""Selects one gate by its name, in a recording of which gates may have been selected."""

from __future__ import annotations

import xarray as xr

from gradviz.errors import BadRecording
from gradviz.vocabulary import GATE


def one_gate(values: xr.DataArray, gate: str) -> xr.DataArray:
    """The values of one gate, without the dim ``gate``.

    Parameters
    ----------
    values : DataArray
        Has the dim ``gate``.
    gate : str

    Returns
    -------
    DataArray

    Raises
    ------
    BadRecording
        If that gate was not selected.
    """
    gates = [str(name) for name in values[GATE].values]
    if gate not in gates:
        raise BadRecording(
            f"the gate {gate!r} is needed, and this recording has only {', '.join(gates)} along the dim "
            f"{GATE!r}; select {gate!r} too"
        )
    return values.isel({GATE: gates.index(gate)})
