"""The numbers of a cell's diagram as a table."""

from __future__ import annotations

import pandas as pd

from gradviz.gallery.anatomy_run import anatomies
from gradviz.gallery.gallery_figure import Data


def anatomy_table(data: Data) -> pd.DataFrame:
    """Table of the means, one row per seed and mean.

    Parameters
    ----------
    data : mapping of str to DataTree
        As `anatomy_run` returns it.

    Returns
    -------
    DataFrame
        Columns ``run``, ``quantity`` (``mean_activation``, or ``log10_grad`` in decades), ``where`` and
        ``value``.
    """
    rows = []
    for run, found in zip(data, anatomies(data), strict=True):
        rows += [(run, "mean_activation", gate, value) for gate, value in found.gates.items()]
        rows += [(run, "log10_grad", wire, value) for wire, value in found.wires.items()]
    return pd.DataFrame(rows, columns=["run", "quantity", "where", "value"])
