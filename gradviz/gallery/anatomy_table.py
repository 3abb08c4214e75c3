"""The numbers of a cell's diagram as a table."""

from __future__ import annotations

import numpy as np
import pandas as pd

from gradviz.gallery.anatomy_run import Anatomy


def anatomy_table(found: Anatomy) -> pd.DataFrame:
    """Table of the means, one row per mean.

    Parameters
    ----------
    found : Anatomy

    Returns
    -------
    DataFrame
        Columns ``quantity`` (``mean_activation``, or a log10 gradient norm in decades), ``where``, ``value``.
    """
    rows = [
        *(("mean_activation", gate, value) for gate, value in found.gates.items()),
        ("log10_grad_h", "", found.grad_h),
        ("log10_grad_c", "", found.grad_c),
        *(("log10_grad_gate", gate, value) for gate, value in found.grad_gates.items()),
        *(("log10_grad_path", path, value) for path, value in found.grad_paths.items()),
    ]
    table = pd.DataFrame(rows, columns=["quantity", "where", "value"])
    return table[np.isfinite(table["value"])]
