"""Writes a page with its tables, its two pictures and its results."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt

from gradviz.benchmark.cases import CASES
from gradviz.benchmark.kept_results import Results, read_results, write_results
from gradviz.benchmark.others_picture import figure_others
from gradviz.benchmark.page import pictures_beside, read_page, results_beside, with_tables
from gradviz.benchmark.picture import figure_times
from gradviz.plots.drawing.style import use_style
from gradviz.plots.drawing.write_figure import write_figure

# In the picture of lengths; the other ways have one of their own.
_RECORDED = frozenset(name for name, case in CASES.items() if case.is_training and case.limits)
_DPI = 110  # of the pictures: 990 pixels wide


def write_page(page: Path, results: Results) -> list[Path]:
    """Write a page; what stands around its tables stays.

    Parameters
    ----------
    page : Path
    results : Results

    Returns
    -------
    list of Path
        The page, the results and the pictures.

    Raises
    ------
    NoPlaceForTables
        If the page has no marks for the tables.
    """
    text, (length, others) = read_page(page), pictures_beside(page)
    page.parent.mkdir(parents=True, exist_ok=True)
    mpl.use("agg")
    with use_style("notebook"):
        for figure, path in (
            (figure_times([m for m in results.measurements if m.case in _RECORDED]), length),
            (figure_others(results.measurements, results.comparisons), others),
        ):
            write_figure(figure, path, dpi=_DPI)
            plt.close(figure)
    write_results(results_beside(page), results)
    page.write_text(with_tables(text, results, pictures=[length.name, others.name]), encoding="utf-8")
    return [page, results_beside(page), length, others]


def remake_page(page: Path) -> list[Path]:
    """Write a page again from the results beside it.

    Raises
    ------
    NoResults
        If there are none.
    NoPlaceForTables
        If the page has no marks for the tables.
    """
    return write_page(page, read_results(results_beside(page)))
