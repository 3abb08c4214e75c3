"""What a recorded network is called in the palette: its cell, and the initialisation that its run names."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import xarray as xr

from gradviz.recording.tree import module_names, select_module
from gradviz.vocabulary import CELL, CONFIG

_USUAL = {"gain": 1.0, "scale": 1.0}  # values that a name leaves out


def variant_name(
    cell: str, init: str | Sequence[str] = "default", options: Mapping[str, Any] | None = None
) -> str:
    """The name of a cell with an initialisation.

    Parameters
    ----------
    cell : str
    init : str, or sequence of str
        See `gradviz.initialise`; several are applied in turn.
    options : mapping, optional
        Options of the initialisation; of several, a table of options for each name.

    Returns
    -------
    str
        The cell alone for PyTorch's initialisation. A key of ``named_lines.NAMED_LINES``, or another name
        that begins with the cell.

    Examples
    --------
    >>> from gradviz.plots.drawing.variant_name import variant_name
    >>> variant_name("lstm"), variant_name("lstm", "forget_bias", {"value": 1.0})
    ('lstm', 'lstm_bias_1')
    >>> variant_name("gru", "chrono", {"t_max": 100}), variant_name("rnn", "orthogonal", {"gain": 2})
    ('gru_chrono', 'rnn_orthogonal_gain_2')
    """
    given = dict(options or {})
    if not isinstance(init, str):
        return cell + "".join(variant_name(cell, one, given.get(one)).removeprefix(cell) for one in init)
    if init == "default":
        return cell
    if init == "forget_bias":
        return f"{cell}_bias_{_written(given.get('value'))}"
    unusual = [f"_{key}_{_written(given[key])}" for key in _USUAL if given.get(key, 1.0) != _USUAL[key]]
    return f"{cell}_{init}{''.join(unusual)}"


def variant_of(data: xr.Dataset | xr.DataTree, module: str | None = None) -> str:
    """The name of a recorded network.

    Parameters
    ----------
    data : Dataset or DataTree
        The module's attribute ``cell`` and, where the recording is of a run, the table ``model`` in its
        attribute ``config`` decide; labels do not.
    module : str, optional
        As in `select_module`.

    Returns
    -------
    str
        As `variant_name` returns it; empty if a tree has several modules and none is chosen, or if the
        recording does not name its cell.
    """
    if isinstance(data, xr.DataTree) and module is None and len(module_names(data)) > 1:
        return ""
    cell = select_module(data, module=module).attrs.get(CELL)
    if not isinstance(cell, str):
        return ""
    model = _model(data.attrs.get(CONFIG))
    if model.get(CELL) != cell:
        return cell
    options = model.get("init_options")
    init = model.get("init", "default")
    names = [str(one) for one in init] if isinstance(init, list) else str(init)
    return variant_name(cell, names, options if isinstance(options, Mapping) else {})


def _model(config: object) -> Mapping[str, Any]:
    """The table ``model`` of a run's configuration; empty if there is none."""
    try:
        table = json.loads(config) if isinstance(config, str) else config
    except ValueError:
        return {}
    model = table.get("model") if isinstance(table, Mapping) else None
    return model if isinstance(model, Mapping) else {}


def _written(value: object) -> str:
    return f"{value:g}" if isinstance(value, int | float) else str(value)
